//! What happens to the master.

use bytes::Bytes;
use mesos_allocator::{Outlook, RoleShares};
use mesos_model::{AgentId, FrameworkId, OfferId};
use mesos_process::Upid;
use mesos_proto::{Raw, internal, mesos::scheduler};

use crate::state::StreamId;

/// One input of the machine.
#[allow(
    clippy::large_enum_variant,
    reason = "events are handed over at once, never stored"
)]
#[derive(Debug)]
pub enum Event {
    /// A decoded message from a driver or an agent.
    Message { from: Upid, message: Message },
    /// How the attempt with that number ended for a peer.
    Authenticated {
        number: u64,
        pid: Upid,
        result: Authenticated,
    },
    /// The link to a peer broke.
    Exited { pid: Upid },
    /// A timer that an effect armed.
    TimerFired(Timer),
    /// What the registry held, read at start (empty bytes: nothing yet).
    RegistryFetched { registry: Result<Bytes, String> },
    /// The outcome of the store with that number.
    RegistryStored {
        number: u64,
        result: Result<(), String>,
    },
    /// A request of an operator; answered by `Effect::Reply` with the same ticket.
    Operator {
        ticket: Ticket,
        request: OperatorRequest,
    },
    /// A call of the v1 scheduler API; answered by `Effect::Answer` with the same ticket.
    SchedulerCall {
        ticket: Ticket,
        request: Box<SchedulerRequest>,
    },
    /// The client of a stream went away, or could not keep up.
    StreamClosed { stream: StreamId },
}

/// A call of the v1 scheduler API, in its v0 form.
#[derive(Debug)]
pub struct SchedulerRequest {
    pub call: scheduler::Call,
    pub original: Original,
    /// Who the request's credentials belong to, if they are asked for.
    pub principal: Option<String>,
    /// The header `Mesos-Stream-Id`.
    pub stream: Option<String>,
    /// The client takes JSON or protobuf as an answer.
    pub acceptable: bool,
    /// The id of the stream, should the call make one. Unlike the machine's own ids it must not be guessed.
    pub fresh: StreamId,
}

/// How a call of the v1 scheduler API is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallAnswer {
    /// 200 with the events of this stream.
    Subscribed(StreamId),
    /// 200, empty.
    Done,
    /// 202, empty.
    Accepted,
    /// 400 with the reason.
    BadRequest(String),
    /// 403 with the reason.
    Forbidden(String),
    /// 406 with the reason.
    NotAcceptable(String),
    /// 501 with the reason.
    NotImplemented(String),
    /// 503 with the reason.
    Unavailable(String),
}

/// The end of an attempt to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authenticated {
    /// As this principal.
    As(String),
    /// Unknown principal or wrong secret.
    Refused,
    /// An error, silence, or the peer went away.
    Failed(String),
}

/// Matches an operator's request with its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// What operators may ask for.
#[derive(Debug)]
pub enum OperatorRequest {
    Teardown {
        framework: FrameworkId,
    },
    /// How roles and frameworks share.
    Shares,
    /// Why a framework gets no offers.
    Explain {
        framework: FrameworkId,
    },
}

impl OperatorRequest {
    /// Changes nothing.
    pub fn is_question(&self) -> bool {
        match self {
            Self::Shares | Self::Explain { .. } => true,
            Self::Teardown { .. } => false,
        }
    }
}

/// How an operator's request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorReply {
    /// The answer to `Shares`.
    Shares(Vec<RoleShares>),
    /// The answer to `Explain`; None for an unknown framework.
    Outlook(Option<Outlook>),
    /// 200.
    Done,
    /// 202.
    Accepted,
    /// 400 with the reason.
    BadRequest(String),
    /// 404 with the reason.
    NotFound(String),
    /// 409 with the reason.
    Conflict(String),
    /// 503 with the reason.
    Unavailable(String),
}

/// A decoded message. What gets forwarded keeps its bytes.
#[derive(Debug)]
pub enum Message {
    // From drivers.
    Call(Box<scheduler::Call>, Original),
    RegisterFramework(Box<internal::RegisterFrameworkMessage>, Original),
    ReregisterFramework(Box<internal::ReregisterFrameworkMessage>, Original),
    UnregisterFramework(internal::UnregisterFrameworkMessage),
    DeactivateFramework(internal::DeactivateFrameworkMessage),
    ResourceRequest(internal::ResourceRequestMessage),
    LaunchTasks(Box<internal::LaunchTasksMessage>, Original),
    ReviveOffers(internal::ReviveOffersMessage),
    KillTask(internal::KillTaskMessage),
    StatusUpdateAcknowledgement(internal::StatusUpdateAcknowledgementMessage),
    FrameworkToExecutor(internal::FrameworkToExecutorMessage),
    ReconcileTasks(Box<internal::ReconcileTasksMessage>),
    SubmitScheduler(internal::SubmitSchedulerRequest),
    Authenticate(internal::AuthenticateMessage),
    // From agents.
    RegisterSlave(Box<internal::RegisterSlaveMessage>, Original),
    ReregisterSlave(Box<internal::ReregisterSlaveMessage>, Original),
    UnregisterSlave(internal::UnregisterSlaveMessage),
    UpdateSlave(Box<internal::UpdateSlaveMessage>),
    StatusUpdate(Raw<internal::StatusUpdateMessage>),
    ExitedExecutor(Raw<internal::ExitedExecutorMessage>),
    ExecutorToFramework(Raw<internal::ExecutorToFrameworkMessage>),
    UpdateOperationStatus(Box<internal::UpdateOperationStatusMessage>),
    /// A pong that came to `slave-observer(N)`.
    Pong {
        observer: u64,
    },
}

/// Timers. Each names enough to notice that it is stale when it fires.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The allocator wants to run.
    Allocator,
    /// The next ping of an agent (AGT-28).
    Ping { agent: AgentId, observer: u64 },
    /// A disconnected agent did not come back (AGT-30).
    AgentReregister { agent: AgentId, epoch: u64 },
    /// Agents of the registry did not come back after the election (REG-16).
    RecoveredAgents,
    /// The removal rate limiter gives the next permit.
    RemovalPermit,
    /// A disconnected framework did not come back (FWK-21).
    FrameworkFailover { framework: FrameworkId, epoch: u64 },
    /// An offer was held too long (OFR-4).
    Offer { offer: OfferId },
    /// Old unreachable and gone entries are pruned (REG-18).
    RegistryCollection,
    /// A stream's next heartbeat (HTTP-31).
    Heartbeat { stream: StreamId },
}

/// The bytes of a message that has fields we do not know; None if encoding the decoded value loses nothing.
pub type Original = Option<Bytes>;
