//! What the machine has to know before its first event.

use std::{net::SocketAddrV4, time::Duration};

use mesos_model::{Role, WallTime};
use mesos_proto::mesos as pb;

use crate::state::frameworks::TaskLimits;

/// Options of the master machine, read from the flags by the shell.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seed of ids and uuids: one seed and one sequence of events give one result.
    pub seed: u64,
    pub hostname: String,
    /// Where others reach the process `master`.
    pub address: SocketAddrV4,
    pub cluster: Option<String>,
    pub domain: Option<pb::DomainInfo>,
    pub start_time: WallTime,
    pub agent_ping_timeout: Duration,
    pub max_agent_ping_timeouts: u32,
    pub agent_reregister_timeout: Duration,
    /// 0.0 to 1.0 (REG-16).
    pub recovery_agent_removal_limit: f64,
    /// One permit per this time (`--agent_removal_rate_limit`).
    pub removal_interval: Option<Duration>,
    pub offer_timeout: Option<Duration>,
    pub max_completed_frameworks: usize,
    pub tasks: TaskLimits,
    pub root_submissions: bool,
    pub require_agent_domain: bool,
    pub authenticate_agents: bool,
    pub authenticate_frameworks: bool,
    /// `--roles`.
    pub roles: Option<Vec<Role>>,
    /// `--weights`; used while the registry has none (REG-14).
    pub weights: Vec<(Role, f64)>,
    pub registry_gc_interval: Duration,
    pub registry_max_agent_age: Duration,
    pub registry_max_agent_count: usize,
    pub allocator: mesos_allocator::Config,
}

impl Config {
    /// The defaults of the flags, for an address.
    pub fn new(address: SocketAddrV4, seed: u64) -> Self {
        Self {
            seed,
            hostname: address.ip().to_string(),
            address,
            cluster: None,
            domain: None,
            start_time: WallTime::default(),
            agent_ping_timeout: Duration::from_secs(15),
            max_agent_ping_timeouts: 5,
            agent_reregister_timeout: Duration::from_secs(600),
            recovery_agent_removal_limit: 1.0,
            removal_interval: None,
            offer_timeout: None,
            max_completed_frameworks: 50,
            tasks: TaskLimits {
                completed: 1000,
                unreachable: 1000,
            },
            root_submissions: true,
            require_agent_domain: false,
            authenticate_agents: false,
            authenticate_frameworks: false,
            roles: None,
            weights: Vec::new(),
            registry_gc_interval: Duration::from_secs(15 * 60),
            registry_max_agent_age: Duration::from_secs(14 * 24 * 3600),
            registry_max_agent_count: 102_400,
            allocator: mesos_allocator::Config {
                seed,
                ..mesos_allocator::Config::default()
            },
        }
    }
}
