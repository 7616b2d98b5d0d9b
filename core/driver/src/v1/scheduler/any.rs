//! A scheduler client of either kind, for who leaves the choice to the user.
//!
//! Compat: V1, V5.

use bytes::Bytes;

use super::{Client, Config, Done, Settled};
use crate::v1::{Callbacks, StartError, v0_adapter};

/// Speaks HTTP, or the driver protocol.
#[derive(Debug)]
pub enum AnyClient {
    Http(Client),
    Driver(v0_adapter::Client),
}

impl AnyClient {
    /// Makes a client that does nothing until [`AnyClient::start`]; with a `mesos.v1.FrameworkInfo` it speaks the driver
    /// protocol, where the content type means nothing.
    ///
    /// # Errors
    /// Those of [`Client::new`] and of [`v0_adapter::Client::new`].
    pub fn new(
        callbacks: Box<dyn Callbacks>,
        config: Config,
        framework: Option<Bytes>,
    ) -> Result<Self, StartError> {
        let Some(framework) = framework else {
            return Client::new(callbacks, &config).map(Self::Http);
        };
        let config = v0_adapter::Config {
            framework,
            master: config.master,
            credential: config.credential,
            variables: config.variables,
        };
        v0_adapter::Client::new(callbacks, &config).map(Self::Driver)
    }

    /// From now on there are callbacks.
    pub fn start(&self) {
        match self {
            Self::Http(client) => client.start(),
            Self::Driver(client) => client.start(),
        }
    }

    /// `mesos.v1.scheduler.Call`.
    pub fn send(&self, call: Bytes) {
        match self {
            Self::Http(client) => client.send(call),
            Self::Driver(client) => client.send(call),
        }
    }

    /// As [`Client::send_and_wait`]; of the driver protocol nothing is waited for.
    #[must_use = "a TEARDOWN is to be waited for"]
    pub fn send_and_wait(&self, call: Bytes) -> Settled {
        match self {
            Self::Http(client) => client.send_and_wait(call),
            Self::Driver(client) => {
                client.send(call);
                Settled(None)
            }
        }
    }

    /// A call whose answer matters: the driver protocol has none.
    pub fn call(&self, call: Bytes, done: Done) {
        match self {
            Self::Http(client) => client.call(call, done),
            Self::Driver(client) => client.call(call, done),
        }
    }

    /// As [`Client::reconnect`]; the driver protocol finds its master itself.
    pub fn reconnect(&self) {
        match self {
            Self::Http(client) => client.reconnect(),
            Self::Driver(_) => {}
        }
    }
}
