//! Executors and the tasks they hold.
//!
//! A task is queued (accepted, executor not registered), launched (sent), terminated (final state
//! known, not yet acknowledged) or completed (acknowledged; a bounded ring).

use std::collections::VecDeque;
use std::path::PathBuf;

use bytes::Bytes;
use indexmap::IndexMap;
use mesos_model::Resources;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::mesos::task_status::{Reason, Source};
use mesos_proto::mesos::{ExecutorInfo, Task, TaskGroupInfo, TaskInfo, TaskState, TaskStatus};

use super::task;
use crate::call::CallId;
use crate::config::COMPLETED_TASKS_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutorPhase {
    Registering,
    Running,
    Terminating,
    Terminated,
}

/// How to talk to an executor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Unknown,
    Pid(Upid),
    /// It speaks HTTP; the stream is there while its connection is.
    Http(Option<CallId>),
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Pid(pid) => write!(f, " at {pid}"),
            Self::Http(_) => f.write_str(" (via HTTP)"),
        }
    }
}

/// What the agent decided about an executor's tasks before its container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingTermination {
    pub state: TaskState,
    pub reason: Reason,
    pub message: String,
}

pub struct Executor {
    pub id: ExecutorId,
    pub framework: FrameworkId,
    pub info: ExecutorInfo,
    /// The description as it came, when it holds fields that are not known here.
    pub original: Option<Bytes>,
    pub container: ContainerId,
    pub sandbox: PathBuf,
    /// The meta run directory, for checkpointing frameworks.
    pub meta: Option<PathBuf>,
    /// Made by the agent for a command task.
    pub generated: bool,
    pub user: Option<String>,
    pub phase: ExecutorPhase,
    pub reach: Reach,
    /// Pid of the container's first process, once known.
    pub forked: Option<u32>,
    pub queued: IndexMap<TaskId, TaskInfo>,
    pub queued_groups: Vec<TaskGroupInfo>,
    pub launched: IndexMap<TaskId, Task>,
    pub terminated: IndexMap<TaskId, Task>,
    pub completed: VecDeque<Task>,
    pub pending_termination: Option<PendingTermination>,
}

/// What a status update means for an executor's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The task changed; forward the update.
    Changed,
    /// The task reached its final state with this update.
    Ended,
    /// The update contradicts what is known: acknowledge it to the executor, forward nothing.
    Stale,
}

impl Executor {
    pub fn new(
        id: ExecutorId,
        framework: FrameworkId,
        info: ExecutorInfo,
        container: ContainerId,
    ) -> Self {
        Self {
            id,
            framework,
            info,
            original: None,
            container,
            sandbox: PathBuf::new(),
            meta: None,
            generated: false,
            user: None,
            phase: ExecutorPhase::Registering,
            reach: Reach::Unknown,
            forked: None,
            queued: IndexMap::new(),
            queued_groups: Vec::new(),
            launched: IndexMap::new(),
            terminated: IndexMap::new(),
            completed: VecDeque::new(),
            pending_termination: None,
        }
    }

    pub fn pid(&self) -> Option<&Upid> {
        match &self.reach {
            Reach::Pid(pid) => Some(pid),
            Reach::Unknown | Reach::Http(_) => None,
        }
    }

    /// Whether the way to the executor is open at this moment.
    pub fn is_reachable(&self) -> bool {
        match self.reach {
            Reach::Pid(_) | Reach::Http(Some(_)) => true,
            Reach::Unknown | Reach::Http(None) => false,
        }
    }

    pub fn knows(&self, task: &TaskId) -> bool {
        self.queued.contains_key(task)
            || self.launched.contains_key(task)
            || self.terminated.contains_key(task)
    }

    /// Whether unfinished business keeps the executor on the books after its container ended.
    pub fn has_tasks(&self) -> bool {
        !self.queued.is_empty() || !self.launched.is_empty() || !self.terminated.is_empty()
    }

    /// Whether any task was ever handed to the executor itself.
    pub fn was_used(&self) -> bool {
        let from_executor = |task: &Task| {
            task.statuses
                .iter()
                .any(|status| status.source == Some(Source::Executor.into()))
        };
        !self.launched.is_empty()
            || self.terminated.values().any(from_executor)
            || self.completed.iter().any(from_executor)
    }

    /// Resources of the executor and of all its unfinished tasks.
    pub fn allocated(&self) -> Resources {
        let mut sum = Resources::from_proto(&self.info.resources);
        for task in self.queued.values() {
            sum += Resources::from_proto(&task.resources);
        }
        for task in self.launched.values() {
            sum += Resources::from_proto(&task.resources);
        }
        sum
    }

    /// Queued tasks leave the queue for the executor.
    pub fn take_queue(&mut self) -> (Vec<TaskInfo>, Vec<TaskGroupInfo>) {
        let groups = std::mem::take(&mut self.queued_groups);
        let grouped = |id: &TaskId| {
            groups
                .iter()
                .any(|g| g.tasks.iter().any(|t| t.task_id.value == id.as_str()))
        };
        let mut singles = Vec::new();
        let framework = self.framework.to_proto();
        for (id, info) in std::mem::take(&mut self.queued) {
            self.launched
                .insert(id.clone(), task::task_of(&info, &framework));
            if !grouped(&id) {
                singles.push(info);
            }
        }
        (singles, groups)
    }

    /// The ids that share a task group with `task`, itself included, in the queue.
    pub fn queued_with(&self, task: &TaskId) -> Vec<TaskId> {
        let holds =
            |group: &&TaskGroupInfo| group.tasks.iter().any(|t| t.task_id.value == task.as_str());
        match self.queued_groups.iter().find(holds) {
            Some(group) => group
                .tasks
                .iter()
                .map(|t| TaskId::from(&t.task_id))
                .collect(),
            None => vec![task.clone()],
        }
    }

    /// Brings the books in line with an update. A terminal one moves the task to `terminated`.
    pub fn note(&mut self, status: &TaskStatus) -> Noted {
        let id = TaskId::from(&status.task_id);
        let ends = task::is_terminal(status.state());
        if let Some(info) = self.queued.get(&id) {
            if !ends {
                return Noted::Stale;
            }
            let mut record = task::task_of(info, &self.framework.to_proto());
            task::record_status(&mut record, status);
            self.queued.shift_remove(&id);
            self.drop_from_groups(&id);
            self.terminated.insert(id, record);
            return Noted::Ended;
        }
        let Some(record) = self.launched.get_mut(&id) else {
            return Noted::Stale;
        };
        task::record_status(record, status);
        if !ends {
            return Noted::Changed;
        }
        let record = self
            .launched
            .shift_remove(&id)
            .expect("it was found just above");
        self.terminated.insert(id, record);
        Noted::Ended
    }

    fn drop_from_groups(&mut self, id: &TaskId) {
        for group in &mut self.queued_groups {
            group.tasks.retain(|task| task.task_id.value != id.as_str());
        }
        self.queued_groups.retain(|group| !group.tasks.is_empty());
    }

    /// An acknowledged terminal task moves to the ring; returns the one that fell out.
    pub fn complete(&mut self, id: &TaskId) -> Option<Task> {
        let task = self.terminated.shift_remove(id)?;
        self.completed.push_back(task);
        if self.completed.len() > COMPLETED_TASKS_MAX {
            self.completed.pop_front()
        } else {
            None
        }
    }
}
