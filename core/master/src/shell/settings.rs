//! What a master is started with, in typed form. Compat: FLG-10 (checks at start), §11.2, REG-22.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    path::PathBuf,
    time::Duration,
};

use mesos_allocator::{MinAllocatable, SorterKind, default_min_allocatable};
use mesos_auth::Credential;
use mesos_daemon::flags::{FlagSet, MasterFlags, MasterSettings};
use mesos_model::{Now, Role, units::Nanos};
use mesos_proto::mesos::DomainInfo;

use super::authenticator::read_credentials;
use crate::{config::Config, state::frameworks::TaskLimits};

/// Why a master does not start: one sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Where the registry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryKind {
    InMemory,
    /// For now one file in the work directory (see `docs/decisions`).
    ReplicatedLog,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub registry: RegistryKind,
    pub work_dir: Option<PathBuf>,
    pub hostname: Option<String>,
    pub hostname_lookup: bool,
    pub cluster: Option<String>,
    pub domain: Option<DomainInfo>,
    pub require_agent_domain: bool,
    pub authenticate_agents: bool,
    pub authenticate_frameworks: bool,
    /// HTTP frameworks need basic credentials.
    pub authenticate_http_frameworks: bool,
    /// Of `--credentials`; without them everybody is refused.
    pub credentials: Vec<Credential>,
    pub authentication_timeout: Duration,
    pub agent_ping_timeout: Duration,
    pub max_agent_ping_timeouts: u32,
    pub agent_reregister_timeout: Duration,
    /// One agent per this time becomes unreachable.
    pub removal_interval: Option<Duration>,
    /// 0.0 to 1.0.
    pub recovery_agent_removal_limit: f64,
    pub offer_timeout: Option<Duration>,
    pub max_completed_frameworks: usize,
    pub max_completed_tasks_per_framework: usize,
    pub max_unreachable_tasks_per_framework: usize,
    pub root_submissions: bool,
    /// The only roles there may be; `*` is among them.
    pub roles: Option<Vec<Role>>,
    pub weights: Vec<(Role, f64)>,
    pub registry_fetch_timeout: Duration,
    pub registry_store_timeout: Duration,
    pub registry_gc_interval: Duration,
    pub registry_max_agent_age: Duration,
    pub registry_max_agent_count: usize,
    pub allocation_interval: Duration,
    pub sorter: SorterKind,
    pub fair_sharing_excluded_resource_names: Vec<String>,
    pub filter_gpu_resources: bool,
    pub min_allocatable_resources: MinAllocatable,
    pub allocator_recovery_timeout: Duration,
    pub allocator_agent_recovery_factor: f64,
    pub publish_per_framework_metrics: bool,
    /// Paths of `--firewall_rules`.
    pub disabled_endpoints: Vec<String>,
    /// The operator's own web UI instead of the one that is built in.
    pub webui_dir: Option<PathBuf>,
    /// The path below which a proxy shows the master.
    pub webui_base_path: Option<String>,
    /// `/agent/<agent id>/…` is served.
    pub webui_agent_proxy: bool,
    /// Whose pages may read answers.
    pub cors_allow_origin: Option<String>,
    /// What `/files` shows as the log, instead of our own file.
    pub external_log_file: Option<PathBuf>,
    /// To be logged at the start.
    pub warnings: Vec<String>,
    /// Flags as `/flags` and `/state` show them, sorted by name.
    pub shown_flags: Vec<(String, String)>,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Default for Settings {
    /// The defaults of all flags.
    fn default() -> Self {
        Self {
            registry: RegistryKind::ReplicatedLog,
            work_dir: None,
            hostname: None,
            hostname_lookup: true,
            cluster: None,
            domain: None,
            require_agent_domain: false,
            authenticate_agents: false,
            authenticate_frameworks: false,
            authenticate_http_frameworks: false,
            credentials: Vec::new(),
            authentication_timeout: 15 * SECOND,
            agent_ping_timeout: 15 * SECOND,
            max_agent_ping_timeouts: 5,
            agent_reregister_timeout: 10 * MINUTE,
            removal_interval: None,
            recovery_agent_removal_limit: 1.0,
            offer_timeout: None,
            max_completed_frameworks: 50,
            max_completed_tasks_per_framework: 1000,
            max_unreachable_tasks_per_framework: 1000,
            root_submissions: true,
            roles: None,
            weights: Vec::new(),
            registry_fetch_timeout: MINUTE,
            registry_store_timeout: 20 * SECOND,
            registry_gc_interval: 15 * MINUTE,
            registry_max_agent_age: Duration::from_secs(14 * 24 * 3600),
            registry_max_agent_count: 102_400,
            allocation_interval: SECOND,
            sorter: SorterKind::Drf,
            fair_sharing_excluded_resource_names: Vec::new(),
            filter_gpu_resources: true,
            min_allocatable_resources: default_min_allocatable(),
            allocator_recovery_timeout: 10 * MINUTE,
            allocator_agent_recovery_factor: 0.8,
            publish_per_framework_metrics: true,
            disabled_endpoints: Vec::new(),
            webui_dir: None,
            webui_base_path: None,
            webui_agent_proxy: true,
            cors_allow_origin: None,
            external_log_file: None,
            warnings: Vec::new(),
            shown_flags: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the flags: first the recorded refusals, then what asks for something that does not stand yet.
    ///
    /// # Errors
    /// The first complaint, for the operator.
    pub fn from_flags(flags: &MasterFlags) -> Result<Self, StartError> {
        let read = flags.settings().map_err(StartError)?;
        // A file that cannot be read is told as the original does, before what is not built.
        let path = flags.credentials.as_ref();
        let credentials = path.map(|path| read_credentials(path.as_path()));
        let credentials = credentials.transpose()?.unwrap_or_default();
        if let Some(complaint) = flags.not_built_yet().into_iter().next() {
            return Err(StartError(complaint));
        }
        let registry = if flags.registry == "in_memory" {
            RegistryKind::InMemory
        } else {
            RegistryKind::ReplicatedLog
        };
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let firewall = flags
            .firewall_rules
            .as_ref()
            .and_then(|rules| rules.0.disabled_endpoints.as_ref());
        Ok(Self {
            registry,
            work_dir: flags.work_dir.as_ref().map(PathBuf::from),
            hostname: flags.hostname.clone(),
            hostname_lookup: flags.hostname_lookup,
            cluster: flags.cluster.clone(),
            domain: flags.domain.as_ref().map(|domain| domain.0.clone()),
            require_agent_domain: flags.require_agent_domain,
            authenticate_agents: flags.authenticate_agents,
            authenticate_frameworks: flags.authenticate_frameworks,
            authenticate_http_frameworks: flags.authenticate_http_frameworks,
            credentials,
            authentication_timeout: flags.authentication_v0_timeout.to_std(),
            agent_ping_timeout: flags.agent_ping_timeout.to_std(),
            max_agent_ping_timeouts: u32::try_from(flags.max_agent_ping_timeouts)
                .unwrap_or(u32::MAX),
            agent_reregister_timeout: flags.agent_reregister_timeout.to_std(),
            removal_interval: removal_interval(&read),
            recovery_agent_removal_limit: read.recovery_removal_limit,
            offer_timeout: flags.offer_timeout.map(|timeout| timeout.to_std()),
            max_completed_frameworks: count(flags.max_completed_frameworks),
            max_completed_tasks_per_framework: count(flags.max_completed_tasks_per_framework),
            max_unreachable_tasks_per_framework: count(flags.max_unreachable_tasks_per_framework),
            root_submissions: flags.root_submissions,
            roles: read.roles,
            weights: read.weights.into_iter().collect(),
            registry_fetch_timeout: flags.registry_fetch_timeout.to_std(),
            registry_store_timeout: flags.registry_store_timeout.to_std(),
            registry_gc_interval: flags.registry_gc_interval.to_std(),
            registry_max_agent_age: flags.registry_max_agent_age.to_std(),
            registry_max_agent_count: count(flags.registry_max_agent_count),
            allocation_interval: flags.allocation_interval.to_std(),
            sorter: sorter(flags),
            fair_sharing_excluded_resource_names: flags
                .fair_sharing_excluded_resource_names
                .iter()
                .flatten()
                .cloned()
                .collect(),
            filter_gpu_resources: flags.filter_gpu_resources,
            min_allocatable_resources: read.min_allocatable,
            allocator_recovery_timeout: flags.allocator_recovery_timeout.to_std(),
            allocator_agent_recovery_factor: flags.allocator_agent_recovery_factor,
            publish_per_framework_metrics: flags.publish_per_framework_metrics,
            webui_dir: webui_dir(flags),
            webui_base_path: flags.webui_base_path.clone(),
            webui_agent_proxy: flags.webui_agent_proxy,
            cors_allow_origin: flags.cors_allow_origin.clone(),
            external_log_file: flags.external_log_file.as_ref().map(PathBuf::from),
            warnings: read.warnings,
            disabled_endpoints: firewall.map(|list| list.paths.clone()).unwrap_or_default(),
            shown_flags: shown(flags),
        })
    }

    /// The machine's configuration.
    pub(super) fn config(&self, address: SocketAddrV4, now: Now) -> Result<Config, StartError> {
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        Ok(Config {
            hostname: self.own_hostname(*address.ip())?,
            cluster: self.cluster.clone(),
            domain: self.domain.clone(),
            start_time: now.wall,
            agent_ping_timeout: self.agent_ping_timeout,
            max_agent_ping_timeouts: self.max_agent_ping_timeouts,
            agent_reregister_timeout: self.agent_reregister_timeout,
            recovery_agent_removal_limit: self.recovery_agent_removal_limit,
            removal_interval: self.removal_interval,
            offer_timeout: self.offer_timeout,
            max_completed_frameworks: self.max_completed_frameworks,
            tasks: TaskLimits {
                completed: self.max_completed_tasks_per_framework,
                unreachable: self.max_unreachable_tasks_per_framework,
            },
            root_submissions: self.root_submissions,
            require_agent_domain: self.require_agent_domain,
            authenticate_agents: self.authenticate_agents,
            authenticate_frameworks: self.authenticate_frameworks,
            roles: self.roles.clone(),
            weights: self.weights.clone(),
            registry_gc_interval: self.registry_gc_interval,
            registry_max_agent_age: self.registry_max_agent_age,
            registry_max_agent_count: self.registry_max_agent_count,
            allocator: self.allocator(seed),
            ..Config::new(address, seed)
        })
    }

    fn allocator(&self, seed: u64) -> mesos_allocator::Config {
        let fault_domain = self
            .domain
            .as_ref()
            .and_then(|domain| domain.fault_domain.as_ref());
        mesos_allocator::Config {
            allocation_interval: self.allocation_interval,
            sorter: self.sorter,
            fair_sharing_excluded_resource_names: self
                .fair_sharing_excluded_resource_names
                .iter()
                .cloned()
                .collect(),
            filter_gpu_resources: self.filter_gpu_resources,
            min_allocatable_resources: self.min_allocatable_resources.clone(),
            region: fault_domain.map(|fault| fault.region.name.clone()),
            recovery_timeout: self.allocator_recovery_timeout,
            agent_recovery_factor: self.allocator_agent_recovery_factor,
            seed,
            ..mesos_allocator::Config::default()
        }
    }

    fn own_hostname(&self, ip: Ipv4Addr) -> Result<String, StartError> {
        match &self.hostname {
            Some(name) => Ok(name.clone()),
            None if self.hostname_lookup => mesos_daemon::host::name_of(ip).map_err(StartError),
            None => Ok(ip.to_string()),
        }
    }
}

fn sorter(flags: &MasterFlags) -> SorterKind {
    if flags.role_sorter == "random" {
        SorterKind::Random
    } else {
        SorterKind::Drf
    }
}

/// One agent per this time.
fn removal_interval(read: &MasterSettings) -> Option<Duration> {
    read.removal_rate
        .map(|(agents, time): (u32, Nanos)| time.to_std() / agents.max(1))
}

/// Names and values as listings show them, sorted.
fn shown(flags: &MasterFlags) -> Vec<(String, String)> {
    let listing = flags.listing().into_iter();
    let mut shown: Vec<(String, String)> = listing
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    shown.sort();
    shown
}

/// The web UI's folder: one that was named, or the default if there is a UI in it.
fn webui_dir(flags: &MasterFlags) -> Option<PathBuf> {
    let folder = PathBuf::from(&flags.webui_dir);
    let wanted = flags.names().was_loaded("webui_dir") || folder.join("index.html").is_file();
    wanted.then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_becomes_the_time_between_two_agents() {
        let rate = |agents, time| MasterSettings {
            removal_rate: Some((agents, time)),
            ..MasterSettings::default()
        };
        assert_eq!(
            removal_interval(&rate(2, Nanos::mins(10))),
            Some(Duration::from_secs(300))
        );
        assert_eq!(removal_interval(&MasterSettings::default()), None);
    }

    #[test]
    fn what_is_not_built_is_refused_after_the_recorded_refusals() {
        let mut flags = MasterFlags::default();
        assert!(
            Settings::from_flags(&flags)
                .unwrap_err()
                .0
                .contains("--work_dir")
        );
        flags.work_dir = Some("/w".to_owned());
        assert!(Settings::from_flags(&flags).is_ok());
        flags.authenticators = "foo".to_owned();
        assert!(Settings::from_flags(&flags).unwrap_err().0.contains("foo"));
    }

    #[test]
    fn the_defaults_are_those_of_the_flags() {
        let mut flags = MasterFlags::default();
        flags.registry = "in_memory".to_owned();
        let read = Settings::from_flags(&flags).unwrap();
        let ours = Settings::default();
        assert_eq!(
            read.min_allocatable_resources,
            ours.min_allocatable_resources
        );
        assert_eq!(read.registry_store_timeout, ours.registry_store_timeout);
        assert_eq!(
            read.recovery_agent_removal_limit,
            ours.recovery_agent_removal_limit
        );
    }
}
