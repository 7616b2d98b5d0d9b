//! Tasks and executors as the master keeps them: small, immutable, shared with the snapshots.
//!
//! Compat: STS-3, STS-4 (what a record remembers of the updates).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mesos_model::{AgentId, ExecutorId, FrameworkId, Resources, TaskId};
use mesos_proto::{Raw, mesos as pb};
use prost::Message;

/// The part of a task that never changes.
#[derive(Debug)]
pub struct TaskFixed {
    pub id: TaskId,
    pub framework: FrameworkId,
    pub agent: AgentId,
    /// None for command tasks.
    pub executor: Option<ExecutorId>,
    pub name: String,
    pub resources: Resources,
    /// User of the task's or else the executor's command.
    pub user: Option<String>,
    /// Most tasks have none of these, so they do not pay for the space.
    pub extras: Option<Box<TaskExtras>>,
}

/// The rarely used descriptive fields of a task.
#[derive(Debug, Default, PartialEq)]
pub struct TaskExtras {
    /// An encoded `mesos.Labels`: tasks have many, which take a fraction of the space that way.
    pub labels: Option<Bytes>,
    pub discovery: Option<pb::DiscoveryInfo>,
    pub container: Option<pb::ContainerInfo>,
    pub health_check: Option<pb::HealthCheck>,
    pub kill_policy: Option<pb::KillPolicy>,
    pub limits: std::collections::BTreeMap<String, pb::value::Scalar>,
}

impl TaskExtras {
    pub fn labels(&self) -> Option<pb::Labels> {
        let bytes = self.labels.as_ref()?;
        Some(pb::Labels::decode(&**bytes).expect("encoded by `packed`"))
    }
}

fn packed(labels: &pb::Labels) -> Bytes {
    labels.encode_to_vec().into()
}

/// One stored status: the fields that the machine asks for, and the whole message encoded (without `data`).
#[derive(Debug)]
pub struct StatusRecord {
    pub state: pb::TaskState,
    pub timestamp: Option<f64>,
    pub healthy: Option<bool>,
    /// An encoded `mesos.TaskStatus`.
    pub encoded: Bytes,
}

impl StatusRecord {
    pub fn new(status: &pb::TaskStatus) -> Self {
        let encoded = if status.data.is_some() {
            pb::TaskStatus {
                data: None,
                ..status.clone()
            }
            .encode_to_vec()
        } else {
            status.encode_to_vec()
        };
        Self {
            state: status.state(),
            timestamp: status.timestamp,
            healthy: status.healthy,
            encoded: encoded.into(),
        }
    }

    pub fn decode(&self) -> pb::TaskStatus {
        pb::TaskStatus::decode(&*self.encoded).expect("encoded by StatusRecord::new")
    }
}

/// A task at one moment. A change makes a new record, so views may keep what they rendered in `json`.
#[derive(Debug)]
pub struct TaskRecord {
    pub fixed: Arc<TaskFixed>,
    pub state: pb::TaskState,
    pub statuses: Vec<Arc<StatusRecord>>,
    /// State and uuid of the last update that this master forwarded (STS-3).
    pub forwarded: Option<(pb::TaskState, Bytes)>,
    /// The v0 JSON object of this record, filled by whoever renders it first.
    pub json: OnceLock<Bytes>,
}

impl Clone for TaskRecord {
    fn clone(&self) -> Self {
        Self {
            fixed: Arc::clone(&self.fixed),
            state: self.state,
            statuses: self.statuses.clone(),
            forwarded: self.forwarded.clone(),
            json: OnceLock::new(),
        }
    }
}

impl TaskRecord {
    pub fn id(&self) -> &TaskId {
        &self.fixed.id
    }

    pub fn agent(&self) -> &AgentId {
        &self.fixed.agent
    }

    /// The state that reconciliation reports: last forwarded, else current.
    pub fn reported_state(&self) -> pb::TaskState {
        self.forwarded
            .as_ref()
            .map_or(self.state, |(state, _)| *state)
    }

    /// A terminal or unreachable task holds no resources (STS-1, STS-5).
    pub fn holds_resources(&self) -> bool {
        !is_terminal(self.state) && self.state != pb::TaskState::TaskUnreachable
    }

    /// Stores a status: the last one is replaced when its state is the same (STS-4).
    pub fn push_status(&mut self, status: &pb::TaskStatus) {
        let record = Arc::new(StatusRecord::new(status));
        match self.statuses.last_mut() {
            Some(last) if last.state == record.state => *last = record,
            Some(_) | None => self.statuses.push(record),
        }
    }

    /// The `mesos.Task` of this record.
    pub fn to_proto(&self) -> pb::Task {
        let fixed = &self.fixed;
        let extras = fixed.extras.as_deref();
        pb::Task {
            name: fixed.name.clone(),
            task_id: fixed.id.to_proto(),
            framework_id: fixed.framework.to_proto(),
            executor_id: fixed.executor.as_ref().map(ExecutorId::to_proto),
            slave_id: fixed.agent.to_proto(),
            state: self.state as i32,
            resources: fixed.resources.to_proto(),
            statuses: self.statuses.iter().map(|status| status.decode()).collect(),
            status_update_state: self.forwarded.as_ref().map(|(state, _)| *state as i32),
            status_update_uuid: self.forwarded.as_ref().map(|(_, uuid)| uuid.clone()),
            labels: extras.and_then(TaskExtras::labels),
            discovery: extras.and_then(|e| e.discovery.clone()),
            container: extras.and_then(|e| e.container.clone()),
            health_check: extras.and_then(|e| e.health_check.clone()),
            kill_policy: extras.and_then(|e| e.kill_policy),
            user: fixed.user.clone(),
            limits: extras.map(|e| e.limits.clone()).unwrap_or_default(),
        }
    }

    /// A record of a task that an agent reported.
    pub fn from_proto(task: pb::Task) -> Self {
        let extras = TaskExtras {
            labels: task.labels.as_ref().map(packed),
            discovery: task.discovery,
            container: task.container,
            health_check: task.health_check,
            kill_policy: task.kill_policy,
            limits: task.limits,
        };
        let state = pb::TaskState::try_from(task.state).unwrap_or(pb::TaskState::TaskStaging);
        let forwarded_state = task
            .status_update_state
            .and_then(|s| pb::TaskState::try_from(s).ok());
        Self {
            fixed: Arc::new(TaskFixed {
                id: task.task_id.into(),
                framework: task.framework_id.into(),
                agent: task.slave_id.into(),
                executor: task.executor_id.map(ExecutorId::from),
                name: task.name,
                resources: Resources::from_proto(&task.resources),
                user: task.user,
                extras: (extras != TaskExtras::default()).then(|| Box::new(extras)),
            }),
            state,
            statuses: task
                .statuses
                .iter()
                .map(|status| Arc::new(StatusRecord::new(status)))
                .collect(),
            forwarded: forwarded_state.zip(task.status_update_uuid),
            json: OnceLock::new(),
        }
    }

    /// The record of a task that is about to be launched.
    pub fn launched(task: &pb::TaskInfo, framework: &FrameworkId, resources: Resources) -> Self {
        let extras = TaskExtras {
            labels: task.labels.as_ref().map(packed),
            discovery: task.discovery.clone(),
            container: task.container.clone(),
            health_check: task.health_check.clone(),
            kill_policy: task.kill_policy,
            limits: task.limits.clone(),
        };
        let command = task.command.as_ref();
        let executor_command = task
            .executor
            .as_ref()
            .and_then(|executor| executor.command.as_ref());
        let user = command
            .and_then(|c| c.user.clone())
            .or_else(|| executor_command.and_then(|c| c.user.clone()));
        Self {
            fixed: Arc::new(TaskFixed {
                id: TaskId::from(&task.task_id),
                framework: framework.clone(),
                agent: AgentId::from(&task.slave_id),
                executor: task
                    .executor
                    .as_ref()
                    .map(|executor| ExecutorId::from(&executor.executor_id)),
                name: task.name.clone(),
                resources,
                user,
                extras: (extras != TaskExtras::default()).then(|| Box::new(extras)),
            }),
            state: pb::TaskState::TaskStaging,
            statuses: Vec::new(),
            forwarded: None,
            json: OnceLock::new(),
        }
    }
}

/// STS-1.
pub fn is_terminal(state: pb::TaskState) -> bool {
    use pb::TaskState as S;
    match state {
        S::TaskFinished
        | S::TaskFailed
        | S::TaskKilled
        | S::TaskLost
        | S::TaskError
        | S::TaskDropped
        | S::TaskGone
        | S::TaskGoneByOperator => true,
        S::TaskStaging
        | S::TaskStarting
        | S::TaskRunning
        | S::TaskKilling
        | S::TaskUnreachable
        | S::TaskUnknown => false,
    }
}

/// An executor known to run on an agent.
#[derive(Debug)]
pub struct ExecutorRecord {
    pub id: ExecutorId,
    pub framework: FrameworkId,
    pub agent: AgentId,
    pub info: Raw<pb::ExecutorInfo>,
    pub resources: Resources,
}
