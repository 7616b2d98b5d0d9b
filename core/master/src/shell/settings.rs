//! What a master is started with, in typed form. Compat: FLG-10 (checks at start), §11.2, REG-22.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    path::PathBuf,
    time::Duration,
};

use mesos_allocator::{MinAllocatable, SorterKind};
use mesos_daemon::flags::{FlagSet, MasterFlags};
use mesos_model::{Now, ResourceQuantities, Role, role, units};
use mesos_proto::mesos::DomainInfo;

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
    pub agent_ping_timeout: Duration,
    pub max_agent_ping_timeouts: u32,
    pub agent_reregister_timeout: Duration,
    /// `N/duration`.
    pub agent_removal_rate_limit: Option<String>,
    /// Percent text.
    pub recovery_agent_removal_limit: String,
    pub offer_timeout: Option<Duration>,
    pub max_completed_frameworks: usize,
    pub max_completed_tasks_per_framework: usize,
    pub max_unreachable_tasks_per_framework: usize,
    pub root_submissions: bool,
    pub roles: Option<String>,
    /// `role=weight,…`.
    pub weights: Option<String>,
    pub registry_gc_interval: Duration,
    pub registry_max_agent_age: Duration,
    pub registry_max_agent_count: usize,
    pub allocation_interval: Duration,
    pub role_sorter: String,
    pub framework_sorter: String,
    pub fair_sharing_excluded_resource_names: Vec<String>,
    pub filter_gpu_resources: bool,
    pub min_allocatable_resources: String,
    pub allocator_recovery_timeout: Duration,
    pub allocator_agent_recovery_factor: f64,
    pub publish_per_framework_metrics: bool,
    /// Paths of `--firewall_rules`.
    pub disabled_endpoints: Vec<String>,
    /// Flags as `/flags` and `/state` show them, sorted by name.
    pub shown_flags: Vec<(String, String)>,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// Agents of an earlier master get at least this long to come back.
const REREGISTER_TIMEOUT_MIN: Duration = Duration::from_secs(600);

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
            agent_ping_timeout: 15 * SECOND,
            max_agent_ping_timeouts: 5,
            agent_reregister_timeout: 10 * MINUTE,
            agent_removal_rate_limit: None,
            recovery_agent_removal_limit: "100%".to_owned(),
            offer_timeout: None,
            max_completed_frameworks: 50,
            max_completed_tasks_per_framework: 1000,
            max_unreachable_tasks_per_framework: 1000,
            root_submissions: true,
            roles: None,
            weights: None,
            registry_gc_interval: 15 * MINUTE,
            registry_max_agent_age: Duration::from_secs(14 * 24 * 3600),
            registry_max_agent_count: 102_400,
            allocation_interval: SECOND,
            role_sorter: "drf".to_owned(),
            framework_sorter: "drf".to_owned(),
            fair_sharing_excluded_resource_names: Vec::new(),
            filter_gpu_resources: true,
            min_allocatable_resources: "cpus:0.01|mem:32".to_owned(),
            allocator_recovery_timeout: 10 * MINUTE,
            allocator_agent_recovery_factor: 0.8,
            publish_per_framework_metrics: true,
            disabled_endpoints: Vec::new(),
            shown_flags: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the flags; what asks for something that does not stand yet is an error that names it.
    ///
    /// # Errors
    /// The first complaint, for the operator.
    pub fn from_flags(flags: &MasterFlags) -> Result<Self, StartError> {
        if let Some(complaint) = flags.not_built_yet().into_iter().chain(not_built(flags)).next() {
            return Err(StartError(complaint));
        }
        let registry = match flags.registry.as_str() {
            "in_memory" => RegistryKind::InMemory,
            "replicated_log" | "log_storage" => RegistryKind::ReplicatedLog,
            other => return Err(StartError(format!("'{other}' is not a supported option for registry persistence"))),
        };
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let firewall = flags.firewall_rules.as_ref().and_then(|rules| rules.0.disabled_endpoints.as_ref());
        let mut shown: Vec<(String, String)> =
            flags.listing().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        shown.sort();
        Ok(Self {
            registry,
            work_dir: flags.work_dir.as_ref().map(PathBuf::from),
            hostname: flags.hostname.clone(),
            hostname_lookup: flags.hostname_lookup,
            cluster: flags.cluster.clone(),
            domain: flags.domain.as_ref().map(|domain| domain.0.clone()),
            require_agent_domain: flags.require_agent_domain,
            agent_ping_timeout: flags.agent_ping_timeout.to_std(),
            max_agent_ping_timeouts: u32::try_from(flags.max_agent_ping_timeouts).unwrap_or(u32::MAX),
            agent_reregister_timeout: flags.agent_reregister_timeout.to_std(),
            agent_removal_rate_limit: flags.agent_removal_rate_limit.clone(),
            recovery_agent_removal_limit: flags.recovery_agent_removal_limit.clone(),
            offer_timeout: flags.offer_timeout.map(|timeout| timeout.to_std()),
            max_completed_frameworks: count(flags.max_completed_frameworks),
            max_completed_tasks_per_framework: count(flags.max_completed_tasks_per_framework),
            max_unreachable_tasks_per_framework: count(flags.max_unreachable_tasks_per_framework),
            root_submissions: flags.root_submissions,
            roles: flags.roles.clone(),
            weights: flags.weights.clone(),
            registry_gc_interval: flags.registry_gc_interval.to_std(),
            registry_max_agent_age: flags.registry_max_agent_age.to_std(),
            registry_max_agent_count: count(flags.registry_max_agent_count),
            allocation_interval: flags.allocation_interval.to_std(),
            role_sorter: flags.role_sorter.clone(),
            framework_sorter: flags.framework_sorter.clone(),
            fair_sharing_excluded_resource_names: flags
                .fair_sharing_excluded_resource_names
                .iter()
                .flatten()
                .cloned()
                .collect(),
            filter_gpu_resources: flags.filter_gpu_resources,
            min_allocatable_resources: flags.min_allocatable_resources.clone(),
            allocator_recovery_timeout: flags.allocator_recovery_timeout.to_std(),
            allocator_agent_recovery_factor: flags.allocator_agent_recovery_factor,
            publish_per_framework_metrics: flags.publish_per_framework_metrics,
            disabled_endpoints: firewall.map(|list| list.paths.clone()).unwrap_or_default(),
            shown_flags: shown,
        })
    }

    /// The machine's configuration; checks what needs more than one flag or a parser.
    pub(super) fn config(&self, address: SocketAddrV4, now: Now) -> Result<Config, StartError> {
        if self.agent_reregister_timeout < REREGISTER_TIMEOUT_MIN {
            return Err(StartError(format!(
                "Invalid value '{}' for --agent_reregister_timeout: Must be at least 10mins",
                units::format_duration(units::Nanos(self.agent_reregister_timeout.as_nanos() as i64))
            )));
        }
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        Ok(Config {
            hostname: self.own_hostname(*address.ip()),
            cluster: self.cluster.clone(),
            domain: self.domain.clone(),
            start_time: now.wall,
            agent_ping_timeout: self.agent_ping_timeout,
            max_agent_ping_timeouts: self.max_agent_ping_timeouts,
            agent_reregister_timeout: self.agent_reregister_timeout,
            recovery_agent_removal_limit: percent(&self.recovery_agent_removal_limit)?,
            removal_interval: self.agent_removal_rate_limit.as_deref().map(removal_interval).transpose()?,
            offer_timeout: self.offer_timeout,
            max_completed_frameworks: self.max_completed_frameworks,
            tasks: TaskLimits {
                completed: self.max_completed_tasks_per_framework,
                unreachable: self.max_unreachable_tasks_per_framework,
            },
            root_submissions: self.root_submissions,
            require_agent_domain: self.require_agent_domain,
            roles: self.roles.as_deref().map(whitelist).transpose()?,
            weights: self.weights.as_deref().map(weights).transpose()?.unwrap_or_default(),
            registry_gc_interval: self.registry_gc_interval,
            registry_max_agent_age: self.registry_max_agent_age,
            registry_max_agent_count: self.registry_max_agent_count,
            allocator: self.allocator(seed)?,
            ..Config::new(address, seed)
        })
    }

    fn allocator(&self, seed: u64) -> Result<mesos_allocator::Config, StartError> {
        let sorter = match (self.role_sorter.as_str(), self.framework_sorter.as_str()) {
            ("drf", "drf") => SorterKind::Drf,
            ("random", "random") => SorterKind::Random,
            (role, framework) => {
                return Err(StartError(format!(
                    "Unsupported combination of --role_sorter '{role}' and --framework_sorter '{framework}'"
                )));
            }
        };
        let fault_domain = self.domain.as_ref().and_then(|domain| domain.fault_domain.as_ref());
        Ok(mesos_allocator::Config {
            allocation_interval: self.allocation_interval,
            sorter,
            fair_sharing_excluded_resource_names: self.fair_sharing_excluded_resource_names.iter().cloned().collect(),
            filter_gpu_resources: self.filter_gpu_resources,
            min_allocatable_resources: min_allocatable(&self.min_allocatable_resources)?,
            region: fault_domain.map(|fault| fault.region.name.clone()),
            recovery_timeout: self.allocator_recovery_timeout,
            agent_recovery_factor: self.allocator_agent_recovery_factor,
            seed,
            ..mesos_allocator::Config::default()
        })
    }

    fn own_hostname(&self, ip: Ipv4Addr) -> String {
        match &self.hostname {
            Some(name) => name.clone(),
            None if self.hostname_lookup => name_of(ip),
            None => ip.to_string(),
        }
    }
}

/// Flags that would be ignored silently: their features belong to later work.
fn not_built(flags: &MasterFlags) -> Vec<String> {
    let asked = [
        (flags.acls.is_some(), "acls", "authorization"),
        (flags.authenticate_agents, "authenticate_agents", "authentication"),
        (flags.authenticate_frameworks, "authenticate_frameworks", "authentication"),
        (flags.authenticate_http_readonly, "authenticate_http_readonly", "HTTP authentication"),
        (flags.authenticate_http_readwrite, "authenticate_http_readwrite", "HTTP authentication"),
        (flags.rate_limits.is_some(), "rate_limits", "rate limiting"),
        (flags.whitelist.is_some(), "whitelist", "the agent whitelist"),
    ];
    let asked = asked.into_iter().filter(|(asked, ..)| *asked);
    asked.map(|(_, flag, feature)| format!("Flag '{flag}': {feature} is not built yet")).collect()
}

/// The name an address has in the hosts file; else this machine's own name.
fn name_of(ip: Ipv4Addr) -> String {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let named = hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address: Ipv4Addr = words.next()?.parse().ok()?;
        words.next().filter(|_| address == ip).map(str::to_owned)
    });
    let own = || Some(std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_owned());
    named.or_else(own).unwrap_or_else(|| ip.to_string())
}

fn percent(text: &str) -> Result<f64, StartError> {
    let bad = |why: &str| {
        StartError(format!("Invalid value '{text}' for --recovery_agent_removal_limit: {why}"))
    };
    let number = text.strip_suffix('%').ok_or_else(|| bad("Missing '%'"))?;
    let value: f64 = number.parse().map_err(|_| bad("not a number"))?;
    if (0.0..=100.0).contains(&value) { Ok(value / 100.0) } else { Err(bad("Must be within [0%-100%]")) }
}

/// `N/duration`: one permit per duration/N.
fn removal_interval(text: &str) -> Result<Duration, StartError> {
    let bad = |why: String| StartError(format!("Invalid agent_removal_rate_limit: '{text}': {why}"));
    let (count, duration) =
        text.split_once('/').ok_or_else(|| bad("Format is <Number of agents>/<Duration>".to_owned()))?;
    let count: u32 = count.trim().parse().map_err(|_| bad("the number of agents is not an integer".to_owned()))?;
    let duration = units::parse_duration(duration.trim()).map_err(|e| bad(e.to_string()))?.to_std();
    if count == 0 || duration.is_zero() {
        return Err(bad("number and duration must be greater than zero".to_owned()));
    }
    Ok(duration / count)
}

fn whitelist(text: &str) -> Result<Vec<Role>, StartError> {
    let mut roles = role::parse_list(text).map_err(|e| StartError(format!("Failed to parse --roles: {e}")))?;
    if !roles.iter().any(Role::is_default) {
        roles.push(Role::new(role::DEFAULT_ROLE));
    }
    Ok(roles)
}

fn weights(text: &str) -> Result<Vec<(Role, f64)>, StartError> {
    let bad = |entry: &str, why: String| StartError(format!("Invalid weight '{entry}' in --weights: {why}"));
    let mut list: Vec<(Role, f64)> = Vec::new();
    for entry in text.split(',').filter(|entry| !entry.is_empty()) {
        let (name, value) = entry.split_once('=').ok_or_else(|| bad(entry, "expected 'role=weight'".to_owned()))?;
        role::validate(name).map_err(|e| bad(entry, e.to_string()))?;
        let weight: f64 = value.parse().map_err(|_| bad(entry, "not a number".to_owned()))?;
        if !weight.is_finite() || weight <= 0.0 {
            return Err(bad(entry, "Weights must be positive".to_owned()));
        }
        if list.iter().any(|(role, _)| role.as_str() == name) {
            return Err(bad(entry, "the role occurs twice".to_owned()));
        }
        list.push((Role::new(name), weight));
    }
    Ok(list)
}

fn min_allocatable(text: &str) -> Result<MinAllocatable, StartError> {
    let parse = |part: &str| {
        ResourceQuantities::parse(part).map_err(|e| {
            StartError(format!("Error parsing min_allocatable_resources '{part}': {e}"))
        })
    };
    text.split('|').filter(|part| !part.is_empty()).map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_numbers_or_a_sentence() {
        assert_eq!(percent("12.5%").unwrap(), 0.125);
        assert!(percent("101%").is_err() && percent("5").is_err());
        assert_eq!(removal_interval("2/10mins").unwrap(), Duration::from_secs(300));
        assert!(removal_interval("1/0secs").is_err(), "FLG-11: a clean message instead of an abort");
        assert_eq!(weights("a=2,b=0.5").unwrap().len(), 2);
        assert!(weights("a=-1").is_err() && weights("a").is_err());
        assert_eq!(whitelist("a,b").unwrap().len(), 3, "RES-66");
        assert_eq!(min_allocatable("cpus:0.01|mem:32").unwrap().len(), 2);
        assert!(min_allocatable("cpus:x").is_err());
    }

    #[test]
    fn a_reregister_timeout_under_ten_minutes_is_refused() {
        let settings = Settings { agent_reregister_timeout: SECOND, ..Settings::default() };
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 5050);
        assert!(settings.config(address, Now::default()).is_err());
    }
}
