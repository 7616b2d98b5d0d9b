//! What the machine needs to know: the flags in parsed form and what was found at start-up.

use std::path::PathBuf;
use std::time::Duration;

use mesos_model::Resources;
use mesos_model::capability::AgentCapabilities;
use mesos_process::Upid;
use mesos_proto::mesos::{ContainerInfo, SlaveInfo};

/// After a restart: take the executors back, or end them all and leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverMode {
    Reconnect,
    Cleanup,
}

/// Which changes of the agent's own description keep its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconfigurationPolicy {
    Equal,
    Additive,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub pid: Upid,
    pub work_dir: PathBuf,
    pub launcher_dir: PathBuf,
    pub sandbox_directory: String,
    /// Hostname, port, resources, attributes, domain; never an id.
    pub info: SlaveInfo,
    /// `--resources` or what was detected, before checkpointed resources.
    pub resources: Resources,
    pub capabilities: AgentCapabilities,
    pub isolation: Vec<String>,
    pub authenticates: bool,
    pub switch_user: bool,
    pub default_container_info: Option<ContainerInfo>,
    pub executor_environment: Option<Vec<(String, String)>>,
    /// `LIBPROCESS_IP` of the agent itself, when it was given one.
    pub libprocess_ip: Option<String>,
    /// Path of the installed library, when there is one.
    pub native_library: Option<String>,
    pub http_command_executor: bool,
    pub registration_backoff_factor: Duration,
    pub executor_registration_timeout: Duration,
    pub executor_reregistration_timeout: Duration,
    pub executor_reregistration_retry_interval: Option<Duration>,
    pub executor_shutdown_grace_period: Duration,
    pub recovery_timeout: Duration,
    pub recover: RecoverMode,
    pub reconfiguration_policy: ReconfigurationPolicy,
    pub gc_delay: Duration,
    pub gc_disk_headroom: f64,
    pub disk_watch_interval: Duration,
    pub max_completed_executors_per_framework: usize,
    pub boot_id: String,
    /// Seed of jitter and ids.
    pub seed: u64,
}

/// Longest wait between two registration attempts.
pub const REGISTER_RETRY_MAX: Duration = Duration::from_secs(60);
/// Between two heartbeats on the stream of an executor that speaks HTTP.
pub const EXECUTOR_HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30 * 60);
/// Ping timeout until the master names one.
pub const PING_TIMEOUT_DEFAULT: Duration = Duration::from_secs(75);
/// Frameworks remembered after they ended.
pub const COMPLETED_FRAMEWORKS_MAX: usize = 50;
/// Tasks remembered per executor after they ended.
pub const COMPLETED_TASKS_MAX: usize = 200;
/// What an agent-made command executor costs on top of its task.
pub const COMMAND_EXECUTOR_OVERHEAD: &str = "cpus:0.1;mem:32";
/// Version told to the master.
pub const VERSION: &str = "1.11.0";
