//! Frameworks: the machine's records and what is published of them. Compat: §6.6, FWK-25, RES-62, RES-65.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use mesos_model::{
    AgentId, ExecutorId, FrameworkId, OfferId, OperationId, Resources, Role, TaskId, WallTime,
};
use mesos_process::Upid;
use mesos_proto::{
    Raw,
    mesos::{self as pb, scheduler::OfferConstraints},
};

pub use mesos_model::capability::FrameworkCapabilities;

use super::{
    BoundedTable, ExecutorRecord, OfferRecord, OperationUuid, Ring, Rows, Table, TaskRecord,
};
use crate::counters::FrameworkCounters;

/// A streaming response of the v1 scheduler API; its text is that of a uuid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId(pub u128);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_u128(self.0).fmt(f)
    }
}

/// How the master reaches a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    Driver(Upid),
    Http(StreamId),
}

/// §6.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameworkState {
    Recovered,
    Connected,
    Disconnected,
}

/// A framework as the views see it.
#[derive(Debug)]
pub struct FrameworkRecord {
    pub id: FrameworkId,
    pub info: Raw<pb::FrameworkInfo>,
    /// The connection, also of the last one while disconnected; None for recovered frameworks.
    pub connection: Option<Connection>,
    pub state: FrameworkState,
    pub active: bool,
    pub capabilities: FrameworkCapabilities,
    pub roles: Vec<Role>,
    pub suppressed: Vec<Role>,
    pub offer_constraints: Option<Arc<OfferConstraints>>,
    /// Zero while recovered.
    pub registered_time: WallTime,
    pub reregistered_time: WallTime,
    /// Zero while registered.
    pub unregistered_time: WallTime,
    pub tasks: Rows<Arc<TaskRecord>>,
    pub unreachable_tasks: Rows<Arc<TaskRecord>>,
    pub completed_tasks: Ring<Arc<TaskRecord>>,
    pub offers: Rows<Arc<OfferRecord>>,
    pub executors: Rows<Arc<ExecutorRecord>>,
    pub used: Resources,
    pub offered: Resources,
    pub counters: Arc<FrameworkCounters>,
    /// The v0 JSON of this record, filled by whoever renders it first, unless it is long.
    pub json: OnceLock<Bytes>,
}

impl FrameworkRecord {
    pub fn connected(&self) -> bool {
        self.state == FrameworkState::Connected
    }

    /// A copy for changing; shares all rows.
    pub fn shallow_clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            info: self.info.clone(),
            connection: self.connection.clone(),
            roles: self.roles.clone(),
            suppressed: self.suppressed.clone(),
            offer_constraints: self.offer_constraints.clone(),
            tasks: self.tasks.clone(),
            unreachable_tasks: self.unreachable_tasks.clone(),
            completed_tasks: self.completed_tasks.clone(),
            offers: self.offers.clone(),
            executors: self.executors.clone(),
            used: self.used.clone(),
            offered: self.offered.clone(),
            counters: Arc::clone(&self.counters),
            json: OnceLock::new(),
            ..*self
        }
    }

    /// The driver's pid, if it is a driver framework.
    pub fn pid(&self) -> Option<&Upid> {
        match self.connection.as_ref()? {
            Connection::Driver(pid) => Some(pid),
            Connection::Http(_) => None,
        }
    }
}

/// A framework as the machine keeps it.
#[derive(Debug)]
pub struct Framework {
    pub id: FrameworkId,
    /// With `id` filled in.
    pub info: Raw<pb::FrameworkInfo>,
    pub connection: Option<Connection>,
    pub state: FrameworkState,
    pub active: bool,
    pub capabilities: FrameworkCapabilities,
    pub roles: Vec<Role>,
    pub suppressed: HashSet<Role>,
    pub offer_constraints: Option<Arc<OfferConstraints>>,
    pub registered_time: WallTime,
    pub reregistered_time: WallTime,
    pub unregistered_time: WallTime,
    /// Counts connections and disconnections: a failover timer of an earlier epoch is stale (FWK-21).
    pub epoch: u64,
    pub tasks: Table<TaskId, Arc<TaskRecord>>,
    pub unreachable_tasks: BoundedTable<TaskId, Arc<TaskRecord>>,
    pub completed_tasks: Ring<Arc<TaskRecord>>,
    pub offers: Table<OfferId, Arc<OfferRecord>>,
    pub executors: Table<(AgentId, ExecutorId), Arc<ExecutorRecord>>,
    /// Executor ids by agent, for offers.
    pub executors_by_agent: HashMap<AgentId, HashSet<ExecutorId>>,
    pub operations: HashMap<OperationUuid, AgentId>,
    pub operations_by_id: HashMap<OperationId, OperationUuid>,
    pub used: Resources,
    pub offered: Resources,
    pub counters: Arc<FrameworkCounters>,
}

/// How many tasks are remembered per framework.
#[derive(Debug, Clone, Copy)]
pub struct TaskLimits {
    pub completed: usize,
    pub unreachable: usize,
}

impl Framework {
    /// A framework that is not connected yet.
    pub fn recovered(id: FrameworkId, info: Raw<pb::FrameworkInfo>, limits: TaskLimits) -> Self {
        let mut framework = Self {
            id,
            info: info.clone(),
            connection: None,
            state: FrameworkState::Recovered,
            active: false,
            capabilities: FrameworkCapabilities::default(),
            roles: Vec::new(),
            suppressed: HashSet::new(),
            offer_constraints: None,
            registered_time: WallTime::default(),
            reregistered_time: WallTime::default(),
            unregistered_time: WallTime::default(),
            epoch: 0,
            tasks: Table::default(),
            unreachable_tasks: BoundedTable::new(limits.unreachable),
            completed_tasks: Ring::new(limits.completed),
            offers: Table::default(),
            executors: Table::default(),
            executors_by_agent: HashMap::new(),
            operations: HashMap::new(),
            operations_by_id: HashMap::new(),
            used: Resources::new(),
            offered: Resources::new(),
            counters: Arc::default(),
        };
        framework.set_info(info);
        framework
    }

    /// Replaces the info and what is derived from it.
    pub fn set_info(&mut self, info: Raw<pb::FrameworkInfo>) {
        self.capabilities = FrameworkCapabilities::of(&info);
        self.roles = mesos_model::role::framework_roles(&info);
        self.info = info;
    }

    pub fn connected(&self) -> bool {
        self.state == FrameworkState::Connected
    }

    pub fn pid(&self) -> Option<&Upid> {
        match self.connection.as_ref()? {
            Connection::Driver(pid) => Some(pid),
            Connection::Http(_) => None,
        }
    }

    /// The pid that agents are told: nobody's for HTTP frameworks (FWK-17).
    pub fn pid_text(&self) -> String {
        self.pid()
            .map_or_else(|| crate::notify::NO_PID.to_owned(), ToString::to_string)
    }

    /// The stream of an HTTP framework.
    pub fn stream(&self) -> Option<StreamId> {
        match self.connection.as_ref()? {
            Connection::Http(stream) => Some(*stream),
            Connection::Driver(_) => None,
        }
    }

    pub fn name(&self) -> &str {
        &self.info.get().name
    }

    pub fn checkpoint(&self) -> bool {
        self.info.get().checkpoint()
    }

    pub fn info_bytes(&self) -> &Bytes {
        self.info.bytes()
    }

    pub fn counters_mut(&mut self) -> &mut FrameworkCounters {
        Arc::make_mut(&mut self.counters)
    }

    /// What the views see of it now.
    pub fn publish(&self) -> FrameworkRecord {
        let mut suppressed: Vec<Role> = self.suppressed.iter().cloned().collect();
        suppressed.sort();
        FrameworkRecord {
            id: self.id.clone(),
            info: self.info.clone(),
            connection: self.connection.clone(),
            state: self.state,
            active: self.active,
            capabilities: self.capabilities,
            roles: self.roles.clone(),
            suppressed,
            offer_constraints: self.offer_constraints.clone(),
            registered_time: self.registered_time,
            reregistered_time: self.reregistered_time,
            unregistered_time: self.unregistered_time,
            tasks: self.tasks.rows().clone(),
            unreachable_tasks: self.unreachable_tasks.rows().clone(),
            completed_tasks: self.completed_tasks.clone(),
            offers: self.offers.rows().clone(),
            executors: self.executors.rows().clone(),
            used: self.used.clone(),
            offered: self.offered.clone(),
            counters: Arc::clone(&self.counters),
            json: OnceLock::new(),
        }
    }
}

/// A removed framework: only what the views show.
pub type CompletedFramework = Arc<FrameworkRecord>;

/// All frameworks.
#[derive(Debug, Default)]
pub struct Frameworks {
    registered: HashMap<FrameworkId, Framework>,
    by_pid: HashMap<Upid, FrameworkId>,
    by_stream: HashMap<StreamId, FrameworkId>,
    dirty: HashSet<FrameworkId>,
    published: Table<FrameworkId, Arc<FrameworkRecord>>,
    /// Oldest first; bounded by `--max_completed_frameworks`.
    completed: VecDeque<CompletedFramework>,
    completed_published: Arc<Vec<CompletedFramework>>,
    next_id: u64,
}

impl Frameworks {
    /// `<master id>-NNNN`, the counter padded to four digits (RES-62).
    pub fn next_id(&mut self, master_id: &str) -> FrameworkId {
        let id = format!("{master_id}-{:04}", self.next_id);
        self.next_id += 1;
        id.into()
    }

    pub fn len(&self) -> usize {
        self.registered.len()
    }

    pub fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    pub fn get(&self, id: &FrameworkId) -> Option<&Framework> {
        self.registered.get(id)
    }

    /// A record for changing; it will be published again.
    pub fn get_mut(&mut self, id: &FrameworkId) -> Option<&mut Framework> {
        let framework = self.registered.get_mut(id)?;
        if !self.dirty.contains(id) {
            self.dirty.insert(id.clone());
        }
        Some(framework)
    }

    pub fn by_pid(&self, pid: &Upid) -> Option<&FrameworkId> {
        self.by_pid.get(pid)
    }

    pub fn by_stream(&self, stream: StreamId) -> Option<&FrameworkId> {
        self.by_stream.get(&stream)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Framework> {
        self.registered.values()
    }

    pub fn ids(&self) -> Vec<FrameworkId> {
        self.registered.keys().cloned().collect()
    }

    pub fn insert(&mut self, framework: Framework) {
        self.dirty.insert(framework.id.clone());
        self.registered.insert(framework.id.clone(), framework);
    }

    pub fn remove(&mut self, id: &FrameworkId) -> Option<Framework> {
        self.unbind(id);
        self.dirty.insert(id.clone());
        self.registered.remove(id)
    }

    /// Routes messages of a connection to a framework.
    pub fn bind(&mut self, id: &FrameworkId, connection: Connection) {
        self.unbind(id);
        match &connection {
            Connection::Driver(pid) => {
                self.by_pid.insert(pid.clone(), id.clone());
            }
            Connection::Http(stream) => {
                self.by_stream.insert(*stream, id.clone());
            }
        }
        if let Some(framework) = self.get_mut(id) {
            framework.connection = Some(connection);
        }
    }

    fn unbind(&mut self, id: &FrameworkId) {
        let Some(framework) = self.registered.get(id) else {
            return;
        };
        match &framework.connection {
            Some(Connection::Driver(pid)) if self.by_pid.get(pid) == Some(id) => {
                self.by_pid.remove(pid);
            }
            Some(Connection::Http(stream)) if self.by_stream.get(stream) == Some(id) => {
                self.by_stream.remove(stream);
            }
            Some(Connection::Driver(_) | Connection::Http(_)) | None => {}
        }
    }

    pub fn is_completed(&self, id: &FrameworkId) -> bool {
        self.completed.iter().any(|framework| framework.id == *id)
    }

    /// A removed framework's record for changing.
    pub fn completed_mut(&mut self, id: &FrameworkId) -> Option<&mut CompletedFramework> {
        self.completed_published = Arc::default();
        self.completed
            .iter_mut()
            .find(|framework| framework.id == *id)
    }

    /// Remembers a removed framework; the oldest beyond `limit` is forgotten (FWK-25).
    pub fn complete(&mut self, framework: FrameworkRecord, limit: usize) {
        self.completed.push_back(Arc::new(framework));
        while self.completed.len() > limit {
            self.completed.pop_front();
        }
        self.completed_published = Arc::default();
    }

    /// Brings the published rows up to date.
    pub fn publish(&mut self) -> (Rows<Arc<FrameworkRecord>>, Arc<Vec<CompletedFramework>>) {
        for id in self.dirty.drain() {
            match self.registered.get(&id) {
                Some(framework) => {
                    self.published.insert(id, Arc::new(framework.publish()));
                }
                None => {
                    self.published.remove(&id);
                }
            }
        }
        if self.completed_published.len() != self.completed.len() {
            self.completed_published = Arc::new(self.completed.iter().cloned().collect());
        }
        (
            self.published.rows().clone(),
            Arc::clone(&self.completed_published),
        )
    }
}
