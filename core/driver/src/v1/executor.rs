//! The executor client of the v1 HTTP API.
//!
//! Compat: the common library rules of executors.

use bytes::Bytes;

use super::{Callbacks, ContentType, StartError};
use crate::environment::Variables;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct Config {
    pub content_type: ContentType,
    /// The environment that the agent has set, usually the process's own.
    pub variables: Variables,
}

/// A client; dropping it closes its connections.
#[derive(Debug)]
pub struct Client {}

impl Client {
    /// Makes a client that does nothing until [`Client::start`].
    ///
    /// # Errors
    /// A variable that is missing or cannot be used.
    pub fn new(_callbacks: Box<dyn Callbacks>, _config: &Config) -> Result<Self, StartError> {
        Err(StartError(
            "the v1 executor client is not built yet".to_owned(),
        ))
    }

    /// From now on there are callbacks.
    pub fn start(&self) {}

    /// `mesos.v1.executor.Call`; dropped with a log line if it does not fit the state of the connection.
    pub fn send(&self, _call: Bytes) {}
}
