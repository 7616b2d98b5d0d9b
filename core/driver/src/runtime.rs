//! What all drivers of a process share: one tokio runtime, one network node, one clock.
//!
//! Compat: E2, J9 (nothing starts when the library is loaded, only with the first driver; no signal handler is touched).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesos_model::clock::{Instant, Now, WallTime};
use mesos_process::{Node, NodeConfig};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::environment::Variables;

/// Socket work is light; callbacks run on the drivers' own threads.
const NETWORK_THREADS: usize = 2;

/// The runtime and the node.
#[derive(Debug)]
pub struct Process {
    runtime: Runtime,
    node: NodeBox,
}

struct NodeBox(Node);

impl std::fmt::Debug for NodeBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({})", self.0.address())
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
            .enable_io()
            .enable_time()
            .build()
            .map_err(StartError::Runtime)?;
        let node = runtime.block_on(Node::bind(config))?;
        Ok(Self { runtime, node: NodeBox(node) })
    }

    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node.0
    }
}

/// Reads both clocks for the machines.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
}

impl Clock {
    #[must_use]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }

    #[must_use]
    pub fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Now { instant: Instant::from_nanos(nanos), wall: WallTime(wall.as_secs_f64()) }
    }

    /// The moment of the system's clock at which `instant` comes.
    #[must_use]
    pub fn at(&self, instant: Instant) -> std::time::Instant {
        let nanos = Duration::from_nanos(instant.as_nanos());
        self.start.checked_add(nanos).unwrap_or_else(|| self.start + FAR_FUTURE)
    }
}

const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
