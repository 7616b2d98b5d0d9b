//! The in-process cluster behind the master string `local`.
//!
//! Compat: S9. This crate knows neither master nor agent; whoever links them together installs a starter.

use std::sync::{Arc, OnceLock};

use mesos_process::{Node, Upid};

/// Starts a master and agents inside this process.
pub trait LocalCluster: Send + Sync {
    /// # Errors
    /// A sentence saying what failed; it reaches the framework's error callback.
    fn start(
        &self,
        node: &Node,
        agents: u32,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Box<dyn RunningCluster>, String>;
}

/// A running cluster; dropping it shuts it down.
pub trait RunningCluster: Send {
    fn master(&self) -> Upid;
}

static STARTER: OnceLock<Arc<dyn LocalCluster>> = OnceLock::new();

/// Installs the starter; the first one stays.
pub fn install(cluster: Arc<dyn LocalCluster>) {
    let _ = STARTER.set(cluster);
}

pub(crate) fn starter() -> Option<Arc<dyn LocalCluster>> {
    STARTER.get().cloned()
}
