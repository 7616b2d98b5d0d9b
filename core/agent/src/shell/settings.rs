//! What an agent is started with, in typed form, and what follows from it at start-up.
//!
//! Compat: agent §2 item 7 (the checks whose failure ends the start), §4.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mesos_auth::Credential;
use mesos_model::capability::AgentCapabilities;
use mesos_process::Upid;
use mesos_proto::mesos::{Attribute, ContainerInfo, DomainInfo, SlaveInfo};
use mesos_sandbox::fetcher;
use serde_json::{Map, Value};

use crate::config::{Config, ReconfigurationPolicy, RecoverMode};
use crate::resources::{Machine, determine};
use crate::state::task::upgrade;
use crate::view::state::Surroundings;

/// Why an agent does not start: one sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// How attempts to authenticate follow each other (`--authentication_*`).
#[derive(Clone, Copy, Debug)]
pub struct AuthenticationPace {
    pub backoff_factor: Duration,
    pub timeout_min: Duration,
    pub timeout_max: Duration,
}

impl Default for AuthenticationPace {
    fn default() -> Self {
        Self {
            backoff_factor: SECOND,
            timeout_min: 5 * SECOND,
            timeout_max: MINUTE,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub master: String,
    pub work_dir: PathBuf,
    pub runtime_dir: PathBuf,
    pub launcher_dir: PathBuf,
    pub sandbox_directory: String,
    /// What executors bind to; without it a loopback agent passes on its own address.
    pub executor_ip: Option<String>,
    pub capabilities: AgentCapabilities,
    pub disabled_endpoints: Vec<String>,
    pub hostname: Option<String>,
    pub hostname_lookup: bool,
    pub attributes: Vec<Attribute>,
    pub resources: Option<String>,
    pub default_role: String,
    pub domain: Option<DomainInfo>,
    pub isolation: Vec<String>,
    pub credential: Option<Credential>,
    pub authentication: AuthenticationPace,
    pub switch_user: bool,
    pub default_container_info: Option<ContainerInfo>,
    pub executor_environment_variables: Option<Vec<(String, String)>>,
    pub http_command_executor: bool,
    pub registration_backoff_factor: Duration,
    pub executor_registration_timeout: Duration,
    pub executor_reregistration_timeout: Duration,
    pub executor_reregistration_retry_interval: Option<Duration>,
    pub executor_shutdown_grace_period: Duration,
    pub recovery_timeout: Duration,
    pub recover: RecoverMode,
    pub reconfiguration_policy: ReconfigurationPolicy,
    pub strict: bool,
    pub gc_delay: Duration,
    pub gc_disk_headroom: f64,
    pub disk_watch_interval: Duration,
    pub max_completed_executors_per_framework: usize,
    pub fetcher_cache_dir: PathBuf,
    pub fetcher_cache_size: u64,
    pub fetcher_stall_timeout: Duration,
    pub frameworks_home: Option<PathBuf>,
    pub hadoop_home: Option<PathBuf>,
    pub log_dir: Option<String>,
    pub external_log_file: Option<String>,
    /// All flags as `/flags` shows them.
    pub shown_flags: Map<String, Value>,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Settings {
    /// The defaults of all flags.
    pub fn new(master: &str, work_dir: &Path) -> Self {
        let scratch = std::env::temp_dir().join("mesos");
        Self {
            master: master.to_owned(),
            work_dir: work_dir.to_owned(),
            runtime_dir: PathBuf::from("/var/run/mesos"),
            launcher_dir: program_dir(),
            sandbox_directory: "/mnt/mesos/sandbox".to_owned(),
            executor_ip: None,
            capabilities: all_capabilities(),
            disabled_endpoints: Vec::new(),
            hostname: None,
            hostname_lookup: true,
            attributes: Vec::new(),
            resources: None,
            default_role: "*".to_owned(),
            domain: None,
            isolation: vec!["posix/cpu".to_owned(), "posix/mem".to_owned()],
            credential: None,
            authentication: AuthenticationPace::default(),
            switch_user: true,
            default_container_info: None,
            executor_environment_variables: None,
            http_command_executor: false,
            registration_backoff_factor: SECOND,
            executor_registration_timeout: MINUTE,
            executor_reregistration_timeout: 2 * SECOND,
            executor_reregistration_retry_interval: None,
            executor_shutdown_grace_period: 5 * SECOND,
            recovery_timeout: 15 * MINUTE,
            recover: RecoverMode::Reconnect,
            reconfiguration_policy: ReconfigurationPolicy::Equal,
            strict: true,
            gc_delay: 7 * 24 * 60 * MINUTE,
            gc_disk_headroom: 0.1,
            disk_watch_interval: MINUTE,
            max_completed_executors_per_framework: 150,
            fetcher_cache_dir: scratch.join("fetch"),
            fetcher_cache_size: 2 << 30,
            fetcher_stall_timeout: MINUTE,
            frameworks_home: None,
            hadoop_home: None,
            log_dir: None,
            external_log_file: None,
            shown_flags: Map::new(),
        }
    }

    pub(super) fn fetcher(&self) -> fetcher::Config {
        fetcher::Config {
            cache_directory: self.fetcher_cache_dir.clone(),
            cache_bytes: self.fetcher_cache_size,
            launcher_directory: self.launcher_dir.clone(),
            frameworks_home: self.frameworks_home.clone(),
            hadoop_home: self.hadoop_home.clone(),
            stall_timeout: self.fetcher_stall_timeout,
        }
    }

    pub(super) fn surroundings(&self) -> Surroundings {
        let host = self
            .master
            .rsplit_once(':')
            .map(|(host, _)| host.trim_start_matches("master@").to_owned());
        Surroundings {
            flags: Value::Object(self.shown_flags.clone()),
            log_dir: self.log_dir.clone(),
            external_log_file: self.external_log_file.clone(),
            master_hostname: host,
            build: build_facts(),
        }
    }

    /// Finds out what the machine has and what follows from the rest.
    pub(super) fn config(&self, pid: Upid) -> Result<Config, StartError> {
        let resources = determine(
            self.resources.as_deref(),
            &self.default_role,
            Machine::measure(&self.work_dir),
        )
        .map_err(|error| StartError(format!("Failed to determine agent resources: {error}")))?;
        let mut listed = resources.to_proto();
        upgrade(&mut listed);
        let info = SlaveInfo {
            hostname: self.own_hostname(&pid)?,
            port: Some(i32::from(pid.address.port())),
            resources: listed,
            attributes: self.attributes.clone(),
            id: None,
            domain: self.domain.clone(),
            checkpoint: Some(true),
        };
        Ok(Config {
            work_dir: std::fs::canonicalize(&self.work_dir)
                .unwrap_or_else(|_| self.work_dir.clone()),
            launcher_dir: self.launcher_dir.clone(),
            sandbox_directory: self.sandbox_directory.clone(),
            info,
            resources,
            capabilities: self.capabilities,
            isolation: self.isolation.clone(),
            authenticates: self.credential.is_some(),
            switch_user: self.switch_user,
            default_container_info: self.default_container_info.clone(),
            executor_environment: self.executor_environment_variables.clone(),
            libprocess_ip: self.executor_ip.clone().or_else(|| loopback(&pid)),
            native_library: native_library(&self.launcher_dir),
            http_command_executor: self.http_command_executor,
            registration_backoff_factor: self.registration_backoff_factor,
            executor_registration_timeout: self.executor_registration_timeout,
            executor_reregistration_timeout: self.executor_reregistration_timeout,
            executor_reregistration_retry_interval: self.executor_reregistration_retry_interval,
            executor_shutdown_grace_period: self.executor_shutdown_grace_period,
            recovery_timeout: self.recovery_timeout,
            recover: self.recover,
            reconfiguration_policy: self.reconfiguration_policy,
            gc_delay: self.gc_delay,
            gc_disk_headroom: self.gc_disk_headroom,
            disk_watch_interval: self.disk_watch_interval,
            max_completed_executors_per_framework: self.max_completed_executors_per_framework,
            boot_id: boot_id()?,
            seed: uuid::Uuid::new_v4().as_u64_pair().0,
            pid,
        })
    }

    fn own_hostname(&self, pid: &Upid) -> Result<String, StartError> {
        let ip = *pid.address.ip();
        match &self.hostname {
            Some(name) => Ok(name.clone()),
            None if self.hostname_lookup => mesos_daemon::host::name_of(ip).map_err(StartError),
            None => Ok(ip.to_string()),
        }
    }
}

/// What `/state` says of this build, besides the version.
fn build_facts() -> Map<String, Value> {
    let info = mesos_daemon::version::info();
    let texts = [
        ("git_sha", info.git_sha),
        ("git_branch", info.git_branch),
        ("git_tag", info.git_tag),
    ];
    let mut facts: Map<String, Value> = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?.into())))
        .collect();
    facts.insert("build_date".to_owned(), info.build_date.into());
    facts.insert("build_time".to_owned(), (info.build_time as f64).into());
    facts.insert("build_user".to_owned(), info.build_user.into());
    facts
}

/// Where this program lies: helpers are installed beside it.
fn program_dir() -> PathBuf {
    let program = std::env::current_exe().ok();
    program
        .and_then(|path| path.parent().map(Path::to_owned))
        .unwrap_or_else(|| PathBuf::from("."))
}

pub(super) fn all_capabilities() -> AgentCapabilities {
    AgentCapabilities {
        multi_role: true,
        hierarchical_role: true,
        reservation_refinement: true,
        resource_provider: true,
        resize_volume: true,
        agent_operation_feedback: true,
        agent_draining: true,
        task_resource_limits: true,
    }
}

fn loopback(pid: &Upid) -> Option<String> {
    Some(pid.address.ip())
        .filter(|ip| ip.is_loopback())
        .map(ToString::to_string)
}

/// The installed library, which Java executors load.
fn native_library(launcher_dir: &Path) -> Option<String> {
    const NAME: &str = "libmesos-1.11.0.so";
    let places = [
        launcher_dir.join(NAME),
        launcher_dir.join("../../lib").join(NAME),
        launcher_dir.join("../lib").join(NAME),
    ];
    let found = places
        .iter()
        .find_map(|path| std::fs::canonicalize(path).ok());
    found.map(|path| path.display().to_string())
}

fn boot_id() -> Result<String, StartError> {
    const PATH: &str = "/proc/sys/kernel/random/boot_id";
    let text = std::fs::read_to_string(PATH)
        .map_err(|error| StartError(format!("Failed to read boot id: {error}")))?;
    Ok(text.trim().to_owned())
}
