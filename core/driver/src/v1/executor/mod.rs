//! The executor client of the v1 HTTP API.
//!
//! Compat: agent §16.1. FIX: where the original ends the process (a missing or unusable variable), making the client
//! fails. The authentication token stays in the host's environment, which a library does not change.

mod environment;
mod machine;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use self::environment::Environment;
use self::machine::Machine;
use super::codec::{Codec, Protocol};
use super::shell::{Parts, Running};
use super::{Callbacks, ContentType, StartError};
use crate::environment::{LoggingFlags, Variables};
use crate::logging;
use crate::runtime::Process;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct Config {
    pub content_type: ContentType,
    /// The environment that the agent has set, usually the process's own.
    pub variables: Variables,
}

/// A client; dropping it hands what was sent to the socket and closes the connections.
#[derive(Debug)]
pub struct Client {
    running: Running,
}

impl Client {
    /// Makes a client that does nothing until [`Client::start`].
    ///
    /// # Errors
    /// A variable that is missing or cannot be used.
    pub fn new(callbacks: Box<dyn Callbacks>, config: &Config) -> Result<Self, StartError> {
        let text = |error: &dyn std::fmt::Display| StartError(error.to_string());
        let flags = LoggingFlags::load(&config.variables).map_err(|e| text(&e))?;
        logging::ensure(&flags, &config.variables, "mesos").map_err(StartError)?;
        let environment = Environment::load(&config.variables).map_err(|e| text(&e))?;
        let process = Process::shared(&config.variables).map_err(|e| text(&e))?;
        let authorization = environment.token.as_ref().map(|t| format!("Bearer {t}"));
        let codec = Codec {
            protocol: Protocol::Executor,
            content_type: config.content_type,
        };
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let parts = Parts {
            process,
            machine: Box::new(Machine::new(codec, environment, seed)),
            content_type: config.content_type,
            authorization,
            master: None,
            cluster: None,
            metrics: "executor",
        };
        Ok(Self {
            running: Running::new(callbacks, parts),
        })
    }

    /// From now on there are callbacks.
    pub fn start(&self) {
        self.running.start();
    }

    /// `mesos.v1.executor.Call`; dropped with a log line if it does not fit the state of the connection.
    pub fn send(&self, call: Bytes) {
        self.running.send(call);
    }
}
