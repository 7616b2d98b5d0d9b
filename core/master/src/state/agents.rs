//! Agents: the machine's records, the sets of §5.1 and what is published of them.
//!
//! Compat: AGT-8 (by-pid index), AGT-21 (index follows the current pid), §5.1.

use std::{
    collections::{HashMap, HashSet},
    net::Ipv4Addr,
    sync::Arc,
};

use bytes::Bytes;
use mesos_model::{
    AgentId, ExecutorId, FrameworkId, OfferId, ResourceProviderId, Resources, TaskId, WallTime,
    capability::AgentCapabilities,
};
use mesos_process::Upid;
use mesos_proto::{Raw, mesos as pb};

use super::{BoundedTable, ExecutorRecord, OperationRecord, OperationUuid, Rows, Table};

/// How many ids of agents that this master removed are remembered.
pub const MAX_REMOVED_AGENTS: usize = 100_000;

/// A registered agent as the views see it.
#[derive(Debug)]
pub struct AgentRecord {
    pub id: AgentId,
    pub pid: Upid,
    /// As registered; resources in here are the declared ones.
    pub info: Raw<pb::SlaveInfo>,
    pub version: Arc<str>,
    pub capabilities: AgentCapabilities,
    pub registered_time: WallTime,
    pub reregistered_time: Option<WallTime>,
    pub connected: bool,
    pub active: bool,
    pub deactivated: bool,
    pub drain: Option<Arc<pb::DrainInfo>>,
    pub estimated_drain_start: Option<WallTime>,
    /// Total with checkpointed reservations, volumes, provider and revocable resources.
    pub total: Resources,
    /// Allocated to tasks and executors, with allocation roles.
    pub used: Resources,
    /// In outstanding offers, with allocation roles.
    pub offered: Resources,
    /// Tasks that are not completed.
    pub tasks: usize,
    /// Frameworks that hold tasks or executors here.
    pub frameworks: Vec<FrameworkId>,
    pub executors: Vec<Arc<ExecutorRecord>>,
    pub operations: Vec<Arc<OperationRecord>>,
    pub providers: Vec<Arc<ProviderRecord>>,
    /// The v0 summary object of this record, filled by whoever renders it first.
    pub json: std::sync::OnceLock<bytes::Bytes>,
}

/// A resource provider of an agent.
#[derive(Debug, Clone)]
pub struct ProviderRecord {
    pub id: ResourceProviderId,
    pub info: pb::ResourceProviderInfo,
    pub total: Resources,
    pub version: pb::Uuid,
}

/// An agent of the registry that has not come back since this master was elected.
#[derive(Debug)]
pub struct RecoveredAgent {
    pub id: AgentId,
    pub info: Raw<pb::SlaveInfo>,
}

/// The pinging of one agent (AGT-28).
#[derive(Debug, Default)]
pub struct Observer {
    /// N of `slave-observer(N)`.
    pub number: u64,
    pub waiting_for_pong: bool,
    pub missed: u32,
    /// A transition to unreachable waits for the rate limiter.
    pub unreachable_scheduled: bool,
}

/// A registered agent as the machine keeps it.
#[derive(Debug)]
pub struct Agent {
    pub id: AgentId,
    pub pid: Upid,
    pub info: Raw<pb::SlaveInfo>,
    pub hostname: Arc<str>,
    pub ip: Ipv4Addr,
    pub version: Arc<str>,
    pub capabilities: AgentCapabilities,
    pub registered_time: WallTime,
    pub reregistered_time: Option<WallTime>,
    /// Counts (re-)registrations and disconnections: timers of an earlier epoch are stale.
    pub epoch: u64,
    pub connected: bool,
    pub active: bool,
    pub estimated_drain_start: Option<WallTime>,
    pub resource_version: Option<pb::Uuid>,
    pub total: Resources,
    pub used: HashMap<FrameworkId, Resources>,
    pub offered: Resources,
    pub offers: HashSet<OfferId>,
    pub tasks: HashMap<FrameworkId, HashSet<TaskId>>,
    pub executors: HashMap<FrameworkId, HashMap<ExecutorId, Arc<ExecutorRecord>>>,
    /// Kills asked for while tasks run here, with their encoded policies: sent again when the
    /// agent comes back (AGT-25).
    pub killed: HashMap<FrameworkId, HashMap<TaskId, Option<Bytes>>>,
    pub operations: HashMap<OperationUuid, Arc<OperationRecord>>,
    pub providers: HashMap<ResourceProviderId, Arc<ProviderRecord>>,
    pub observer: Observer,
}

impl Agent {
    pub fn has_executor(&self, framework: &FrameworkId, executor: &ExecutorId) -> bool {
        self.executor(framework, executor).is_some()
    }

    pub fn executor(
        &self,
        framework: &FrameworkId,
        executor: &ExecutorId,
    ) -> Option<&Arc<ExecutorRecord>> {
        self.executors.get(framework)?.get(executor)
    }

    pub fn has_tasks(&self) -> bool {
        self.tasks.values().any(|tasks| !tasks.is_empty())
    }

    pub fn use_resources(&mut self, framework: &FrameworkId, resources: &Resources) {
        match self.used.get_mut(framework) {
            Some(used) => *used += resources,
            None => {
                self.used.insert(framework.clone(), resources.clone());
            }
        }
    }

    pub fn free_resources(&mut self, framework: &FrameworkId, resources: &Resources) {
        let Some(used) = self.used.get_mut(framework) else {
            return;
        };
        *used -= resources;
        if used.is_empty() {
            self.used.remove(framework);
        }
    }

    /// The list that an agent without resource providers has checkpointed (RES-50).
    pub fn checkpointed(&self) -> Resources {
        self.total.needing_checkpoint()
    }

    fn publish(&self, sets: &AgentSets) -> AgentRecord {
        let mut used = Resources::new();
        for resources in self.used.values() {
            used += resources;
        }
        let holds =
            |id: &FrameworkId| self.tasks.contains_key(id) || self.executors.contains_key(id);
        let mut frameworks: Vec<FrameworkId> =
            self.tasks.keys().filter(|id| holds(id)).cloned().collect();
        frameworks.extend(
            self.executors
                .keys()
                .filter(|id| !self.tasks.contains_key(*id))
                .cloned(),
        );
        AgentRecord {
            id: self.id.clone(),
            pid: self.pid.clone(),
            info: self.info.clone(),
            version: Arc::clone(&self.version),
            capabilities: self.capabilities,
            registered_time: self.registered_time,
            reregistered_time: self.reregistered_time,
            connected: self.connected,
            active: self.active,
            deactivated: sets.deactivated.contains(&self.id),
            drain: sets.draining.get(&self.id).cloned(),
            estimated_drain_start: self.estimated_drain_start,
            total: self.total.clone(),
            used,
            offered: self.offered.clone(),
            tasks: self.tasks.values().map(HashSet::len).sum(),
            frameworks,
            executors: self
                .executors
                .values()
                .flat_map(HashMap::values)
                .cloned()
                .collect(),
            operations: self.operations.values().cloned().collect(),
            providers: self.providers.values().cloned().collect(),
            json: std::sync::OnceLock::new(),
        }
    }
}

/// Ids known apart from registration (§5.1).
#[derive(Debug, Default)]
pub struct AgentSets {
    pub recovered: Table<AgentId, Arc<RecoveredAgent>>,
    /// Plain registrations in progress, by pid.
    pub registering: HashSet<Upid>,
    /// Re-registrations waiting for the registry.
    pub reregistering: HashSet<AgentId>,
    pub deactivated: HashSet<AgentId>,
    pub draining: HashMap<AgentId, Arc<pb::DrainInfo>>,
    pub removing: HashSet<AgentId>,
    pub marking_unreachable: HashSet<AgentId>,
    pub marking_gone: HashSet<AgentId>,
    unreachable: Arc<HashMap<AgentId, WallTime>>,
    gone: Arc<HashMap<AgentId, WallTime>>,
    /// Tasks in frameworks' unreachable lists, by agent.
    pub unreachable_tasks: HashMap<AgentId, HashMap<FrameworkId, HashSet<TaskId>>>,
    removed: RemovedIds,
}

/// Ids of agents that this master removed, the oldest forgotten first.
#[derive(Debug)]
struct RemovedIds(BoundedTable<AgentId, ()>);

impl Default for RemovedIds {
    fn default() -> Self {
        Self(BoundedTable::new(MAX_REMOVED_AGENTS))
    }
}

impl AgentSets {
    /// The registry is storing a change that would hit the agent right after it came back (AGT-32): it tries again.
    pub fn in_transition(&self, id: &AgentId) -> bool {
        self.reregistering.contains(id)
            || self.marking_unreachable.contains(id)
            || self.marking_gone.contains(id)
    }

    pub fn unreachable(&self) -> &Arc<HashMap<AgentId, WallTime>> {
        &self.unreachable
    }

    /// Copies the map if a snapshot holds it.
    pub fn unreachable_mut(&mut self) -> &mut HashMap<AgentId, WallTime> {
        Arc::make_mut(&mut self.unreachable)
    }

    pub fn gone(&self) -> &Arc<HashMap<AgentId, WallTime>> {
        &self.gone
    }

    pub fn gone_mut(&mut self) -> &mut HashMap<AgentId, WallTime> {
        Arc::make_mut(&mut self.gone)
    }

    pub fn is_removed(&self, id: &AgentId) -> bool {
        self.removed.0.contains(id)
    }

    pub fn remember_removed(&mut self, id: AgentId) {
        self.removed.0.insert(id, ());
    }

    pub fn forget_removed(&mut self, id: &AgentId) {
        self.removed.0.remove(id);
    }
}

/// All agents.
#[derive(Debug, Default)]
pub struct Agents {
    registered: HashMap<AgentId, Agent>,
    by_pid: HashMap<Upid, AgentId>,
    dirty: HashSet<AgentId>,
    published: Table<AgentId, Arc<AgentRecord>>,
    pub sets: AgentSets,
    next_id: u64,
    next_observer: u64,
}

impl Agents {
    /// `<master id>-S<n>`, n from 0 (RES-62).
    pub fn next_id(&mut self, master_id: &str) -> AgentId {
        let id = format!("{master_id}-S{}", self.next_id);
        self.next_id += 1;
        id.into()
    }

    pub fn next_observer(&mut self) -> u64 {
        self.next_observer += 1;
        self.next_observer
    }

    pub fn len(&self) -> usize {
        self.registered.len()
    }

    pub fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    pub fn get(&self, id: &AgentId) -> Option<&Agent> {
        self.registered.get(id)
    }

    /// A record for changing; it will be published again.
    pub fn get_mut(&mut self, id: &AgentId) -> Option<&mut Agent> {
        let agent = self.registered.get_mut(id)?;
        if !self.dirty.contains(id) {
            self.dirty.insert(id.clone());
        }
        Some(agent)
    }

    /// A record for changing what no view shows.
    pub fn get_quietly(&mut self, id: &AgentId) -> Option<&mut Agent> {
        self.registered.get_mut(id)
    }

    pub fn by_pid(&self, pid: &Upid) -> Option<&AgentId> {
        self.by_pid.get(pid)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.registered.values()
    }

    pub fn ids(&self) -> Vec<AgentId> {
        self.registered.keys().cloned().collect()
    }

    pub fn insert(&mut self, agent: Agent) {
        self.by_pid.insert(agent.pid.clone(), agent.id.clone());
        self.dirty.insert(agent.id.clone());
        self.registered.insert(agent.id.clone(), agent);
    }

    pub fn remove(&mut self, id: &AgentId) -> Option<Agent> {
        let agent = self.registered.remove(id)?;
        if self.by_pid.get(&agent.pid) == Some(id) {
            self.by_pid.remove(&agent.pid);
        }
        self.dirty.insert(id.clone());
        Some(agent)
    }

    pub fn set_pid(&mut self, id: &AgentId, pid: Upid) {
        let Some(agent) = self.registered.get_mut(id) else {
            return;
        };
        if self.by_pid.get(&agent.pid) == Some(id) {
            self.by_pid.remove(&agent.pid);
        }
        agent.pid = pid.clone();
        self.by_pid.insert(pid, id.clone());
        self.dirty.insert(id.clone());
    }

    /// Marks a record whose sets changed.
    pub fn touch(&mut self, id: &AgentId) {
        if self.registered.contains_key(id) {
            self.dirty.insert(id.clone());
        }
    }

    /// Brings the published rows up to date.
    pub fn publish(&mut self) -> Rows<Arc<AgentRecord>> {
        for id in self.dirty.drain() {
            match self.registered.get(&id) {
                Some(agent) => {
                    self.published
                        .insert(id, Arc::new(agent.publish(&self.sets)));
                }
                None => {
                    self.published.remove(&id);
                }
            }
        }
        self.published.rows().clone()
    }
}
