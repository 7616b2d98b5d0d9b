//! What the v1 machines and their shell say to each other: events in, effects out.
//!
//! Compat: V1, V2, agent §16.1.

use std::fmt;

use bytes::Bytes;
use mesos_model::clock::Instant;
use mesos_process::Upid;
use mesos_process::http::connection::Endpoint;

use super::Answer;
use super::deliver::Upcall;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Disconnected,
    Connecting,
    Connected,
    Subscribing,
    Subscribed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::Subscribing => "SUBSCRIBING",
            Self::Subscribed => "SUBSCRIBED",
        })
    }
}

/// Numbers attempts to connect, so that news of an old one change nothing.
pub(crate) type Attempt = u64;
/// Numbers requests.
pub(crate) type RequestId = u64;
/// Numbers calls whose answer somebody waits for.
pub(crate) type Ticket = u64;

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Start,
    /// The leading master, if there is one.
    Detected(Option<Upid>),
    Opened(Attempt),
    /// The connections could not be made, or one of them broke.
    Lost {
        attempt: Attempt,
        reason: String,
    },
    /// SUBSCRIBE was answered with 200; records follow.
    Streaming {
        attempt: Attempt,
        request: RequestId,
        stream_id: Option<String>,
    },
    Record {
        attempt: Attempt,
        record: Bytes,
    },
    Answered {
        attempt: Attempt,
        request: RequestId,
        status: u16,
        body: Bytes,
    },
    /// A call; with a ticket if somebody waits for its answer.
    Call {
        call: Bytes,
        ticket: Option<Ticket>,
    },
    Reconnect,
    TimerFired(Timer),
    /// A callback failed: nothing happens any more.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The wait before connecting.
    Connect,
    /// The executor's wait for a restarted agent.
    Recovery,
    /// The grace period of a shutdown.
    Shutdown,
    Heartbeat,
}

/// Which of the two connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Subscribe,
    Calls,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Answered by [`Event::Detected`].
    Detect,
    /// Makes both connections; an earlier attempt is to be dropped.
    Open {
        attempt: Attempt,
        target: Target,
    },
    /// Drops the connections, and the attempt to make some.
    Close {
        /// But for that of the calls, which is dropped when the last answer has come, or soon.
        linger: bool,
    },
    Send {
        channel: Channel,
        request: RequestId,
        body: Bytes,
        stream_id: Option<String>,
    },
    Arm {
        timer: Timer,
        at: Instant,
    },
    Cancel(Timer),
    Callback(Upcall),
    Done {
        ticket: Ticket,
        result: Result<Answer, String>,
    },
    /// Kills the own process group.
    KillSelf,
    /// Nothing more will come of this machine.
    End,
}
