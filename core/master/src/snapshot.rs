//! The immutable picture of the master that every read is answered from.
//!
//! The machine publishes one after each batch of events; making it costs reference counts only, and a reader can keep
//! it as long as it likes without delaying anybody.
//!
//! Compat: ZK-14.

use std::{collections::HashMap, net::SocketAddrV4, sync::Arc};

use bytes::Bytes;
use mesos_model::{AgentId, FrameworkId, Now, WallTime};
use mesos_proto::mesos as pb;

use crate::{
    counters::Counters,
    state::{AgentRecord, FrameworkRecord, RecoveredAgent, Rows, TaskRecord, roles::RoleSettings},
};

/// Who this master is; never changes.
#[derive(Debug, Clone)]
pub struct Identity {
    /// A random UUID of this process.
    pub id: Arc<str>,
    pub hostname: String,
    /// Where others reach it.
    pub address: SocketAddrV4,
    pub version: String,
    pub cluster: Option<String>,
    pub domain: Option<pb::DomainInfo>,
    pub start_time: WallTime,
    /// As sent to frameworks.
    pub info: pb::MasterInfo,
}

impl Identity {
    /// `master@ip:port`.
    pub fn pid(&self) -> String {
        format!("master@{}", self.address)
    }
}

/// What the allocator tells about itself.
#[derive(Debug, Clone, Default)]
pub struct AllocatorFigures {
    pub allocation_runs: u64,
    /// Everything else under its full metric name.
    pub values: Vec<(String, f64)>,
}

/// What `/registrar(1)/registry` and the registrar's metrics show.
#[derive(Debug, Clone, Default)]
pub struct RegistrarFigures {
    pub queued_operations: usize,
    /// An encoded `mesos.internal.Registry`; empty before recovery.
    pub registry: Bytes,
    pub recovered: bool,
}

/// The master at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every publication.
    pub sequence: u64,
    pub taken: Now,
    pub identity: Arc<Identity>,
    pub elected_time: Option<WallTime>,
    /// The leading master, if one is known.
    pub leader: Option<Arc<pb::MasterInfo>>,
    /// Agents and calls are accepted (REG-15).
    pub recovered: bool,
    pub agents: Rows<Arc<AgentRecord>>,
    pub recovered_agents: Rows<Arc<RecoveredAgent>>,
    pub unreachable_agents: Arc<HashMap<AgentId, WallTime>>,
    pub gone_agents: Arc<HashMap<AgentId, WallTime>>,
    pub frameworks: Rows<Arc<FrameworkRecord>>,
    /// Oldest first.
    pub completed_frameworks: Arc<Vec<Arc<FrameworkRecord>>>,
    pub role_settings: Arc<RoleSettings>,
    pub outstanding_offers: usize,
    pub allocator: Arc<AllocatorFigures>,
    pub registrar: RegistrarFigures,
    pub counters: Counters,
}

impl Snapshot {
    pub fn is_leader(&self) -> bool {
        self.elected_time.is_some()
    }

    /// Linear; for requests that name one framework.
    pub fn framework(&self, id: &FrameworkId) -> Option<&Arc<FrameworkRecord>> {
        self.frameworks.iter().find(|framework| framework.id == *id)
    }

    /// Linear; for requests that name one agent.
    pub fn agent(&self, id: &AgentId) -> Option<&Arc<AgentRecord>> {
        self.agents.iter().find(|agent| agent.id == *id)
    }

    pub fn activated_agents(&self) -> usize {
        self.agents.iter().filter(|agent| agent.active).count()
    }

    pub fn deactivated_agents(&self) -> usize {
        self.agents.len() - self.activated_agents()
    }

    /// Tasks on registered agents by state: the `master/tasks_*` gauges.
    pub fn tasks_by_state(&self) -> HashMap<pb::TaskState, u64> {
        let mut counts = HashMap::new();
        let unreachable = |task: &&Arc<TaskRecord>| task.state == pb::TaskState::TaskUnreachable;
        for framework in self.frameworks.iter() {
            for task in framework
                .tasks
                .iter()
                .chain(framework.unreachable_tasks.iter().filter(unreachable))
            {
                *counts.entry(task.state).or_default() += 1;
            }
        }
        counts
    }
}
