//! The scheduler client of the v1 HTTP API.
//!
//! Compat: V1–V4.

use bytes::Bytes;

use super::{Callbacks, ContentType, StartError};
use crate::environment::Variables;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`, `master@host:port`, `zk://…`, `file://…` or `local`.
    pub master: String,
    /// `mesos.v1.Credential`, for HTTP basic authentication.
    pub credential: Option<Bytes>,
    pub content_type: ContentType,
    /// The environment, usually the process's own.
    pub variables: Variables,
}

/// What came back for a call; `error` is set unless the status is 200 or 202.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `mesos.v1.scheduler.Response`, empty if the answer carried none.
    pub response: Bytes,
    pub error: Option<String>,
}

/// Told how a call ended: an answer, or why there is none.
pub type Done = Box<dyn FnOnce(Result<Answer, String>) + Send>;

/// A client; dropping it closes its connections.
#[derive(Debug)]
pub struct Client {}

impl Client {
    /// Makes a client that does nothing until [`Client::start`].
    ///
    /// # Errors
    /// A master string or an environment that cannot be used.
    pub fn new(_callbacks: Box<dyn Callbacks>, _config: &Config) -> Result<Self, StartError> {
        Err(StartError(
            "the v1 scheduler client is not built yet".to_owned(),
        ))
    }

    /// From now on there are callbacks.
    pub fn start(&self) {}

    /// `mesos.v1.scheduler.Call`; dropped with a log line if it does not fit the state of the connection.
    pub fn send(&self, _call: Bytes) {}

    /// A call other than SUBSCRIBE whose answer matters; `done` may run on any thread.
    pub fn call(&self, _call: Bytes, done: Done) {
        done(Err("the v1 scheduler client is not built yet".to_owned()));
    }

    /// Gives up the connections and makes new ones; no effect while disconnected.
    pub fn reconnect(&self) {}
}
