//! What all drivers of a process share: one tokio runtime, one network node, one clock.
//!
//! Compat: E2, E3, S5, J9 (nothing starts when the library is loaded, only with the first driver; no signal handler is touched).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesos_daemon::endpoints;
use mesos_daemon::metrics::Registry;
use mesos_model::clock::{Instant, Now, WallTime};
use mesos_process::http::Router;
use mesos_process::{Mailbox, Node, NodeConfig};
use nix::sys::signal::{SigSet, Signal};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::environment::Variables;
use crate::logging;

/// Socket work is light; callbacks run on the drivers' own threads.
const NETWORK_THREADS: usize = 2;
/// How long a stopping driver waits for its last message to be written.
const FLUSH_WAIT: Duration = Duration::from_secs(1);
const METRICS_RATE_LIMIT: &str = "2/1secs";

/// The runtime and the node.
pub struct Process {
    runtime: Runtime,
    node: Node,
    metrics: Registry,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Process({})", self.node.address())
    }
}

/// Why the network side could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("failed to start the network threads: {0}")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Environment(#[from] mesos_process::EnvError),
    #[error(transparent)]
    Bind(#[from] mesos_process::BindError),
}

static PROCESS: Mutex<Option<Arc<Process>>> = Mutex::new(None);

impl Process {
    /// The one of this OS process, started on first use; a failure is not remembered.
    ///
    /// # Errors
    /// A bad `LIBPROCESS_*` value, or an address that cannot be bound.
    pub fn shared(variables: &Variables) -> Result<Arc<Self>, StartError> {
        let mut slot = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = &*slot {
            return Ok(process.clone());
        }
        let process = Arc::new(Self::start(variables)?);
        *slot = Some(process.clone());
        Ok(process)
    }

    fn start(variables: &Variables) -> Result<Self, StartError> {
        let config = NodeConfig::from_env(|name| variables.get(name).map(str::to_owned))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(NETWORK_THREADS)
            .thread_name("mesos-network")
            .on_thread_start(block_sigpipe)
            .enable_io()
            .enable_time()
            .build()
            .map_err(StartError::Runtime)?;
        let node = outside(|| runtime.block_on(Node::bind(config)))?;
        let metrics = Registry::new();
        let mut router = Router::new();
        metrics
            .mount(&mut router, None, METRICS_RATE_LIMIT)
            .expect("the constant rate limit is well-formed");
        if let Some(logging) = logging::installed() {
            logging.mount(&mut router, None);
        }
        endpoints::mount(&mut router, &node, None);
        node.serve(Arc::new(router));
        Ok(Self {
            runtime,
            node,
            metrics,
        })
    }

    /// Waits until what was sent is on its way, but not for long (S5).
    pub(crate) fn flush(&self) {
        let flushed = async { tokio::time::timeout(FLUSH_WAIT, self.node().flush()).await };
        if self.handle().block_on(flushed).is_err() {
            tracing::warn!("Gave up waiting for the last messages to be written");
        }
    }

    /// Shows how much waits for a driver (E3).
    pub(crate) fn count_events(
        &self,
        kind: &str,
        mailbox: &Mailbox,
        calls: impl Fn() -> usize + Send + Sync + 'static,
    ) {
        let depth = mailbox.depth_probe();
        self.metrics
            .pull(&format!("{kind}/event_queue_messages"), move || {
                depth() as f64
            });
        self.count_calls(kind, calls);
    }

    /// Shows how many calls wait for a client that gets no messages (E3).
    pub(crate) fn count_calls(
        &self,
        kind: &str,
        calls: impl Fn() -> usize + Send + Sync + 'static,
    ) {
        self.metrics
            .pull(&format!("{kind}/event_queue_dispatches"), move || {
                calls() as f64
            });
    }

    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
    }
}

/// Writing to a connection that the peer has closed must give an error, not end a host that leaves SIGPIPE at its
/// default. Only the network threads' mask changes, no handler of the host (J9).
fn block_sigpipe() {
    let mut set = SigSet::empty();
    set.add(Signal::SIGPIPE);
    if let Err(error) = set.thread_block() {
        tracing::warn!("Failed to block SIGPIPE: {error}");
    }
}

/// Runs `work`, which waits for the runtime, on a thread that cannot be one of another runtime: the caller may be.
pub(crate) fn outside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Reads both clocks for the machines.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
}

impl Clock {
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }

    #[must_use]
    pub fn now(&self) -> Now {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Now {
            instant: Instant::from_nanos(nanos),
            wall: WallTime(wall.as_secs_f64()),
        }
    }

    /// The moment of the system's clock at which `instant` comes.
    #[must_use]
    pub fn at(&self, instant: Instant) -> std::time::Instant {
        let nanos = Duration::from_nanos(instant.as_nanos());
        self.start
            .checked_add(nanos)
            .unwrap_or_else(|| self.start + FAR_FUTURE)
    }

    /// The next of the timers, once its time has come; for ever if there is none.
    pub(crate) fn next<T: Copy>(
        self,
        timers: &BTreeMap<T, Instant>,
    ) -> impl Future<Output = T> + use<T> {
        let next = timers.iter().min_by_key(|(_, at)| **at);
        let next = next.map(|(timer, at)| (*timer, self.at(*at)));
        async move {
            let Some((timer, at)) = next else {
                return std::future::pending().await;
            };
            tokio::time::sleep_until(at.into()).await;
            timer
        }
    }
}

const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_threads_block_sigpipe_and_the_hosts_threads_do_not_change() {
        let variables = [("LIBPROCESS_IP", "127.0.0.1")].into_iter().collect();
        let process = Process::shared(&variables).unwrap();
        let mask = || SigSet::thread_get_mask().unwrap().contains(Signal::SIGPIPE);
        let network = process.handle().spawn(async move { mask() });
        assert!(process.handle().block_on(network).unwrap());
        assert!(!mask());
    }
}
