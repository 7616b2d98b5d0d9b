//! The v1 scheduler interface over the scheduler driver.
//!
//! Compat: V5.

use bytes::Bytes;

use super::Callbacks;
use super::scheduler::Done;
use crate::environment::Variables;

/// What an adapter is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// `mesos.v1.FrameworkInfo`.
    pub framework: Bytes,
    pub master: String,
    /// `mesos.v1.Credential`.
    pub credential: Option<Bytes>,
    pub variables: Variables,
}

/// An adapter; dropping it ends its driver without a word to the master.
#[derive(Debug)]
pub struct Client {}

impl Client {
    /// Makes a client that does nothing until [`Client::start`].
    #[must_use]
    pub fn new(_callbacks: Box<dyn Callbacks>, _config: &Config) -> Self {
        Self {}
    }

    /// Starts the driver.
    pub fn start(&self) {}

    /// `mesos.v1.scheduler.Call`.
    pub fn send(&self, _call: Bytes) {}

    /// The driver protocol has no answers: this fails.
    pub fn call(&self, _call: Bytes, done: Done) {
        done(Err("the driver protocol does not answer calls".to_owned()));
    }
}
