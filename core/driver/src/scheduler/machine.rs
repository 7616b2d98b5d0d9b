//! What a scheduler driver decides: events in, effects out.
//!
//! Compat: S2, S13–S30, W1–W4. Beyond the original: with a fixed master, a broken link makes the driver subscribe anew in
//! the background, without a callback (S17: the framework still sees no disconnect), so that it is served again when the
//! master comes back. FIX: where the original ends the whole process (a foreign framework id, an acknowledgement
//! with implicit acknowledgements, an operation with an id, duplicate suppressed roles) this driver aborts itself and
//! says why through the error callback. The shell stops feeding messages once the driver no longer runs.

mod connection;
mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;
mod updates;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::{Instant, Now};
use mesos_process::Upid;

use super::calls::Call;
use crate::random::Random;
use crate::splice::{self, Writer};

/// A detected master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    pub pid: Upid,
    /// `mesos.MasterInfo` as the detector knows it.
    pub info: Bytes,
}

/// How an authentication attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    Completed,
    Refused,
    /// An error or no answer in time; another attempt may work.
    Failed,
}

#[derive(Clone, Debug)]
pub enum Event {
    Detected(Option<Leader>),
    Authenticated {
        attempt: u64,
        result: Authentication,
    },
    TimerFired(Timer),
    /// The connection to that process broke or could not be made.
    LinkLost {
        pid: Upid,
    },
    Message {
        from: Upid,
        name: Arc<str>,
        body: Bytes,
    },
    Call(Call),
    /// A callback returned normally, and the driver still runs.
    Delivered(Acknowledgement),
    Stop {
        failover: bool,
    },
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    Registration,
    Authentication,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Link(Upid),
    Send {
        to: Upid,
        name: &'static str,
        body: Bytes,
    },
    Arm {
        timer: Timer,
        at: Instant,
    },
    Cancel(Timer),
    /// The attempt is reported back by [`Event::Authenticated`]; an older one is to be dropped.
    Authenticate {
        attempt: u64,
        master: Upid,
        timeout: Duration,
    },
    /// With an acknowledgement: report [`Event::Delivered`] if the callback returned normally.
    Callback {
        callback: Callback,
        acknowledge: Option<Acknowledgement>,
    },
    /// Abort the driver, then call `error`.
    Fail(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    Registered {
        framework_id: Bytes,
        master: Bytes,
    },
    Reregistered {
        master: Bytes,
    },
    Disconnected,
    ResourceOffers {
        offers: Vec<Bytes>,
    },
    OfferRescinded {
        offer_id: Bytes,
    },
    StatusUpdate {
        status: Bytes,
    },
    FrameworkMessage {
        executor_id: Bytes,
        agent_id: Bytes,
        data: Bytes,
    },
    SlaveLost {
        agent_id: Bytes,
    },
    ExecutorLost {
        executor_id: Bytes,
        agent_id: Bytes,
        status: i32,
    },
}

/// What an ACKNOWLEDGE call carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    pub agent_id: Bytes,
    pub task_id: Bytes,
    pub uuid: Bytes,
}

/// What the machine starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Nothing but its connection tells that the master came to an end.
    pub fixed_master: bool,
    /// `mesos.FrameworkInfo` with user and hostname filled in.
    pub framework: Bytes,
    pub has_credential: bool,
    pub implicit_acknowledgements: bool,
    pub suppressed_roles: Vec<String>,
    /// `mesos.scheduler.OfferConstraints`.
    pub offer_constraints: Bytes,
    pub registration_backoff: Duration,
    pub authentication_timeout_min: Duration,
    pub authentication_timeout_max: Duration,
    pub authentication_backoff: Duration,
    pub seed: u64,
}

/// Where an offer came from.
#[derive(Clone, Debug)]
struct OfferOrigin {
    agent_id: String,
    agent: Upid,
}

#[derive(Debug)]
pub struct Machine {
    framework: Bytes,
    /// `mesos.FrameworkID`.
    framework_id: Option<Bytes>,
    /// The id was given by the framework and this driver has not registered yet.
    failover: bool,
    implicit_acknowledgements: bool,
    suppressed: BTreeSet<String>,
    offer_constraints: Bytes,
    /// Something changed while disconnected: UPDATE_FRAMEWORK is due on connection.
    update_due: bool,
    has_credential: bool,
    authenticated: bool,
    attempt: u64,
    failed_attempts: u32,
    setup: Setup,
    leader: Option<Leader>,
    connected: bool,
    /// Connected as far as the framework knows, but subscribing anew with a fixed master.
    renewing: bool,
    aborted: bool,
    /// Upper bound of the next registration delay.
    backoff: Duration,
    offers: BTreeMap<String, OfferOrigin>,
    agents: BTreeMap<String, Upid>,
    random: Random,
}

const ID: u32 = 3;
const FAILOVER_TIMEOUT: u32 = 4;
const CAPABILITIES: u32 = 10;
const PARTITION_AWARE: u64 = 5;

impl Machine {
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let framework_id =
            splice::message(&setup.framework, ID).filter(|id| !splice::id(id).is_empty());
        Self {
            failover: framework_id.is_some(),
            framework_id,
            framework: setup.framework.clone(),
            implicit_acknowledgements: setup.implicit_acknowledgements,
            suppressed: setup.suppressed_roles.iter().cloned().collect(),
            offer_constraints: setup.offer_constraints.clone(),
            update_due: false,
            has_credential: setup.has_credential,
            authenticated: false,
            attempt: 0,
            failed_attempts: 0,
            leader: None,
            connected: false,
            renewing: false,
            aborted: false,
            backoff: setup.registration_backoff,
            offers: BTreeMap::new(),
            agents: BTreeMap::new(),
            random: Random::new(setup.seed),
            setup,
        }
    }

    /// `mesos.FrameworkID`, once it is known.
    pub fn framework_id(&self) -> Option<&Bytes> {
        self.framework_id.as_ref()
    }

    pub fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Detected(leader) => self.on_detected(now, leader, out),
            Event::Authenticated { attempt, result } => {
                self.on_authenticated(now, attempt, result, out)
            }
            Event::TimerFired(Timer::Registration) => self.on_registration_due(now, out),
            Event::LinkLost { pid } => self.on_link_lost(now, &pid, out),
            Event::TimerFired(Timer::Authentication) => self.authenticate(out),
            Event::Message { from, name, body } => self.on_message(&from, &name, &body, out),
            Event::Call(call) => self.on_call(now, call, out),
            Event::Delivered(acknowledgement) => self.acknowledge(&acknowledgement, out),
            Event::Stop { failover } => self.on_stop(failover, out),
            Event::Abort => self.on_abort(out),
        }
    }

    fn on_stop(&mut self, failover: bool, out: &mut Vec<Effect>) {
        if self.connected && !failover {
            self.send_call(CallType::Teardown, |call| call, out);
        }
        self.connected = false;
        self.aborted = true;
    }

    fn on_abort(&mut self, out: &mut Vec<Effect>) {
        self.aborted = true;
        out.push(Effect::Cancel(Timer::Registration));
        out.push(Effect::Cancel(Timer::Authentication));
        let (true, Some(leader), Some(id)) = (self.connected, &self.leader, &self.framework_id)
        else {
            return;
        };
        let body = Writer::new().bytes(1, id).finish();
        out.push(Effect::Send {
            to: leader.pid.clone(),
            name: "mesos.internal.DeactivateFrameworkMessage",
            body,
        });
    }

    fn callback(callback: Callback, out: &mut Vec<Effect>) {
        out.push(Effect::Callback {
            callback,
            acknowledge: None,
        });
    }

    /// Sends a Call: id and type, then what `rest` adds.
    fn send_call(
        &self,
        kind: CallType,
        rest: impl FnOnce(Writer) -> Writer,
        out: &mut Vec<Effect>,
    ) {
        let Some(leader) = &self.leader else { return };
        let head = Writer::new()
            .some(1, self.framework_id.as_deref())
            .varint(2, kind as u64);
        out.push(Effect::Send {
            to: leader.pid.clone(),
            name: "mesos.scheduler.Call",
            body: rest(head).finish(),
        });
    }

    fn is_partition_aware(&self) -> bool {
        splice::messages(&self.framework, CAPABILITIES)
            .iter()
            .any(|c| splice::number(c, 1) == Some(PARTITION_AWARE))
    }
}

/// `mesos.scheduler.Call.Type`.
#[derive(Clone, Copy, Debug)]
enum CallType {
    Subscribe = 1,
    Teardown = 2,
    Accept = 3,
    Decline = 4,
    Revive = 5,
    Kill = 6,
    Acknowledge = 8,
    Reconcile = 9,
    Message = 10,
    Request = 11,
    Suppress = 12,
    UpdateFramework = 17,
}
