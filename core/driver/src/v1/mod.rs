//! Clients of the v1 HTTP APIs: schedulers towards the master, executors towards their agent; and a scheduler client
//! that speaks the driver protocol instead.
//!
//! Compat: V1–V5. Calls and events cross the interface as serialised `mesos.v1` protobuf, whatever goes over the wire.

pub mod executor;
pub mod scheduler;
pub mod v0_adapter;

use bytes::Bytes;

use crate::CallbackResult;

/// What goes over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentType {
    #[default]
    Protobuf,
    Json,
}

/// What a client tells its user; all calls come one after the other, on one thread of that client.
///
/// An error closes the connections and stops the client for good.
pub trait Callbacks: Send + 'static {
    /// Both connections stand: it is time to subscribe.
    fn connected(&mut self) -> CallbackResult;

    fn disconnected(&mut self) -> CallbackResult;

    /// `mesos.v1.scheduler.Event`s or `mesos.v1.executor.Event`s, at least one.
    fn received(&mut self, events: &[Bytes]) -> CallbackResult;
}

/// Why a client cannot be made; the text names what is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);
