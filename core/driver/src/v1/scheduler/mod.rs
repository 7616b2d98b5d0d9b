//! The scheduler client of the v1 HTTP API.
//!
//! Compat: V1–V4, E1. FIX of V4: callbacks begin when the client is started, so no call of a callback comes too early;
//! what is sent before is dropped with a log line. FIX: where the original ends the process (an unusable master string
//! or environment), making the client fails.

mod any;
mod machine;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use mesos_process::Upid;
use mesos_proto::v1::scheduler::call::Type;

pub use self::any::AnyClient;
use self::machine::{Machine, Setup};
use super::codec::{Codec, Protocol};
use super::shell::{Parts, Running};
pub use super::{Answer, Done};
use super::{Callbacks, ContentType, StartError};
use crate::environment::{V1SchedulerFlags, Variables};
use crate::latch::Latch;
use crate::local::RunningCluster;
use crate::runtime::{Process, outside};
use crate::scheduler::detect::{self, Location};
use crate::{local, logging, splice};

/// How long a TEARDOWN waits for its answer.
pub const TEARDOWN_WAIT: Duration = Duration::from_secs(10 * 60);
/// `mesos.v1.scheduler.Call.type`.
const TYPE: u32 = 2;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`, `master@host:port`, `file://…` or `local`; `zk://…` is refused: it is not built yet.
    pub master: String,
    /// `mesos.v1.Credential`, for HTTP basic authentication.
    pub credential: Option<Bytes>,
    pub content_type: ContentType,
    /// The environment, usually the process's own.
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
    /// A credential, a master string or an environment that cannot be used.
    pub fn new(callbacks: Box<dyn Callbacks>, config: &Config) -> Result<Self, StartError> {
        if let Some(credential) = &config.credential {
            super::check("mesos.v1.Credential", credential)?;
        }
        let flags = V1SchedulerFlags::load(&config.variables).map_err(text)?;
        logging::ensure(&flags.logging, &config.variables, "mesos").map_err(StartError)?;
        let location = detect::locate(&config.master).map_err(text)?;
        let process = Process::shared(&config.variables).map_err(text)?;
        let (master, cluster) = master(location, flags.num_slaves, &process)?;
        let machine = Machine::new(Setup {
            codec: Codec {
                protocol: Protocol::Scheduler,
                content_type: config.content_type,
            },
            connection_delay_max: flags.connection_delay_max,
            seed: uuid::Uuid::new_v4().as_u64_pair().0,
        });
        let parts = Parts {
            process,
            machine: Box::new(machine),
            content_type: config.content_type,
            authorization: config.credential.as_ref().map(basic),
            master: Some(master),
            cluster,
            metrics: "scheduler",
        };
        Ok(Self {
            running: Running::new(callbacks, parts),
        })
    }

    /// From now on there are callbacks.
    pub fn start(&self) {
        self.running.start();
    }

    /// `mesos.v1.scheduler.Call`; dropped with a log line if it does not fit the state of the connection.
    pub fn send(&self, call: Bytes) {
        self.running.send(call);
    }

    /// As [`Client::send`]; what is answered lets the caller of a TEARDOWN wait until the master has it, because who
    /// lets go of the client right after would lose it.
    #[must_use = "a TEARDOWN is to be waited for"]
    pub fn send_and_wait(&self, call: Bytes) -> Settled {
        if splice::number(&call, TYPE) != Some(Type::Teardown as u64) {
            self.send(call);
            return Settled(None);
        }
        let latch = Arc::new(Latch::default());
        let answered = latch.clone();
        let done = move |result: Result<Answer, String>| {
            if let Err(reason) = result {
                tracing::warn!("Dropping TEARDOWN: {reason}");
            }
            answered.open();
        };
        self.call(call, Box::new(done));
        Settled(Some(latch))
    }

    /// A call other than SUBSCRIBE whose answer matters.
    pub fn call(&self, call: Bytes, done: Done) {
        self.running.call(call, done);
    }

    /// Gives up the connections and makes new ones; no effect while disconnected.
    pub fn reconnect(&self) {
        self.running.reconnect();
    }
}

/// The answer to a TEARDOWN, if that is what was sent.
#[derive(Debug)]
pub struct Settled(Option<Arc<Latch>>);

impl Settled {
    /// Returns when there is an answer or can be none; gives up after ten minutes.
    pub fn wait(self) {
        self.wait_at_most(TEARDOWN_WAIT);
    }

    /// Whether there is an answer, or can be none, within that time; for who does something else between waits.
    pub fn wait_at_most(&self, limit: Duration) -> bool {
        self.0
            .as_ref()
            .is_none_or(|latch| latch.wait_at_most(limit))
    }
}

fn text(error: impl std::fmt::Display) -> StartError {
    StartError(error.to_string())
}

fn master(
    location: Location,
    agents: u32,
    process: &Process,
) -> Result<(Upid, Option<Box<dyn RunningCluster>>), StartError> {
    match location {
        Location::Fixed(pid) => Ok((pid, None)),
        Location::Local => {
            let failed =
                |reason: &str| StartError(format!("Failed to start the local cluster: {reason}"));
            let starter =
                local::starter().ok_or_else(|| failed("this library was built without it"))?;
            let (node, runtime) = (process.node(), process.handle());
            let cluster = outside(|| starter.start(node, agents, runtime));
            let cluster = cluster.map_err(|reason| failed(&reason))?;
            Ok((cluster.master(), Some(cluster)))
        }
    }
}

/// The `Authorization` header of a `mesos.v1.Credential`.
fn basic(credential: &Bytes) -> String {
    let principal = splice::message(credential, 1).unwrap_or_default();
    let secret = splice::message(credential, 2).unwrap_or_default();
    let pair = [&principal[..], b":", &secret[..]].concat();
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}
