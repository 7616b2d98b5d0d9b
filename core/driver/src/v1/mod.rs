//! Clients of the v1 HTTP APIs: schedulers towards the master, executors towards their agent; and a scheduler client
//! that speaks the driver protocol instead.
//!
//! Compat: V1–V5. Calls and events cross the interface as serialised `mesos.v1` protobuf, whatever goes over the wire.
//! `session` is what both HTTP machines share, `actor` carries out their effects on the process's network threads, and
//! `deliver` makes the callbacks on a thread of the client's own, so that a callback that blocks holds up no socket.

mod actor;
mod codec;
mod deliver;
pub mod executor;
mod line;
pub mod scheduler;
mod session;
mod shell;
pub mod v0_adapter;
mod words;

use bytes::Bytes;

use crate::CallbackResult;

/// What goes over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentType {
    #[default]
    Protobuf,
    Json,
}

impl ContentType {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// What a client tells its user; all calls come one after the other, on one thread of that client.
///
/// An error closes the connections and stops the client for good, after a last `disconnected` if it was connected.
pub trait Callbacks: Send + 'static {
    /// Both connections stand: it is time to subscribe, again and again until that has worked. Of a server that is not
    /// ready yet nothing is heard.
    fn connected(&mut self) -> CallbackResult;

    fn disconnected(&mut self) -> CallbackResult;

    /// `mesos.v1.scheduler.Event`s or `mesos.v1.executor.Event`s, at least one.
    fn received(&mut self, events: &[Bytes]) -> CallbackResult;
}

/// Why a client cannot be made; the text names what is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Refuses bytes that are no message of that name.
fn check(name: &str, message: &Bytes) -> Result<(), StartError> {
    match mesos_proto::wire::check(name, message) {
        Ok(_) => Ok(()),
        Err(error) => Err(StartError(format!("Failed to parse {name}: {error}"))),
    }
}

/// What came back for a call; `error` is set unless the status is 200 or 202.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `mesos.v1.scheduler.Response`, empty if the answer carried none.
    pub response: Bytes,
    pub error: Option<String>,
}

/// Told once how a call ended: an answer, or why there is none. It runs beside callbacks and must not block,
/// nor drop a client, which may block.
pub type Done = Box<dyn FnOnce(Result<Answer, String>) + Send>;
