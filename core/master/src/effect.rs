//! What the master wants done. The shell executes effects in order.
//!
//! All messages that a master sends are of package `mesos.internal`; `name` leaves it out.

use bytes::Bytes;
use mesos_model::Instant;
use mesos_process::Upid;

use crate::{
    event::{CallAnswer, OperatorReply, Ticket, Timer},
    state::StreamId,
};

/// One output of the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A message from the process `master`.
    Send {
        to: Upid,
        name: &'static str,
        body: Bytes,
    },
    /// A message from the process `slave-observer(number)`.
    SendFromObserver {
        number: u64,
        to: Upid,
        name: &'static str,
        body: Bytes,
    },
    /// A v0 message for an HTTP framework's stream, to be sent as a v1 event.
    Stream {
        stream: StreamId,
        name: &'static str,
        body: Bytes,
    },
    /// A heartbeat on an HTTP framework's stream.
    Heartbeat {
        stream: StreamId,
    },
    /// The answer to a call of the v1 scheduler API. After `Subscribed` the stream takes events.
    Answer {
        ticket: Ticket,
        answer: CallAnswer,
    },
    /// The stream ends.
    CloseStream {
        stream: StreamId,
    },
    /// Run an attempt to authenticate `pid` with `client`; answered by `Authenticated` with that number.
    Authenticate {
        number: u64,
        client: Upid,
        pid: Upid,
    },
    /// The attempt is over or replaced.
    EndAuthentication {
        number: u64,
    },
    /// Watch a peer.
    Link {
        to: Upid,
    },
    /// Open `slave-observer(number)` so that pongs arrive.
    OpenObserver {
        number: u64,
    },
    CloseObserver {
        number: u64,
    },
    /// `TimerFired(timer)` at that moment.
    Arm {
        timer: Timer,
        at: Instant,
    },
    /// Read the registry; answered by `RegistryFetched`.
    FetchRegistry,
    /// Write the registry; answered by `RegistryStored` with that number.
    StoreRegistry {
        number: u64,
        registry: Bytes,
    },
    /// The answer to an operator's request.
    Reply {
        ticket: Ticket,
        reply: OperatorReply,
    },
    /// A log line.
    Note {
        level: Level,
        text: String,
    },
    /// The process cannot go on; the text says why.
    Fatal {
        text: String,
    },
}

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}
