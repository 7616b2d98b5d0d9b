//! Frameworks known to the agent.

use std::collections::VecDeque;

use bytes::Bytes;
use indexmap::IndexMap;
use mesos_model::id::{ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::mesos::{ExecutorInfo, FrameworkInfo, TaskGroupInfo, TaskInfo};

use super::Executor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameworkPhase {
    Running,
    /// Told to shut down: its executors are leaving and nothing new is taken.
    Terminating,
}

/// Tasks accepted from the master whose launch waits for a directory to finish being collected.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    pub executor: ExecutorInfo,
    pub tasks: Vec<TaskInfo>,
    pub group: Option<TaskGroupInfo>,
    pub generated: bool,
    pub launch_executor: Option<bool>,
    /// The executor as it came, when it holds fields that are not known here.
    pub original: Option<Bytes>,
}

pub struct Framework {
    pub id: FrameworkId,
    pub info: FrameworkInfo,
    /// The description as it came, when it holds fields that are not known here.
    pub original: Option<Bytes>,
    /// `None` for frameworks that speak HTTP.
    pub pid: Option<Upid>,
    pub phase: FrameworkPhase,
    pub pending: Vec<Pending>,
    pub executors: IndexMap<ExecutorId, Executor>,
    pub completed: VecDeque<Executor>,
}

impl Framework {
    pub fn new(id: FrameworkId, info: FrameworkInfo, pid: Option<Upid>) -> Self {
        Self {
            id,
            info,
            original: None,
            pid,
            phase: FrameworkPhase::Running,
            pending: Vec::new(),
            executors: IndexMap::new(),
            completed: VecDeque::new(),
        }
    }

    pub fn checkpoints(&self) -> bool {
        self.info.checkpoint.unwrap_or(false)
    }

    pub fn is_idle(&self) -> bool {
        self.executors.is_empty() && self.pending.is_empty()
    }

    pub fn executor_of_task(&self, task: &TaskId) -> Option<&Executor> {
        self.executors
            .values()
            .find(|executor| executor.knows(task))
    }

    pub fn has_pending(&self, task: &TaskId) -> bool {
        self.pending.iter().any(|pending| {
            pending
                .tasks
                .iter()
                .any(|t| t.task_id.value == task.as_str())
        })
    }

    /// Takes a pending launch out with everything that was to start with it.
    pub fn take_pending(&mut self, task: &TaskId) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| {
            pending
                .tasks
                .iter()
                .any(|t| t.task_id.value == task.as_str())
        })?;
        Some(self.pending.remove(at))
    }

    /// The role resources belong to when they do not say; `None` when the framework has several.
    pub fn only_role(&self) -> Option<String> {
        match mesos_model::role::framework_roles(&self.info).as_slice() {
            [role] => Some(role.as_str().to_owned()),
            _ => None,
        }
    }

    /// Text of the scheduler's address as it is stored and shown.
    pub fn pid_text(&self) -> String {
        self.pid
            .as_ref()
            .map_or_else(|| Upid::null().to_string(), Upid::to_string)
    }
}
