//! Reading back what an earlier agent left in `work_dir`.
//!
//! `state` reads the trees, `compat` decides whether this agent may go on under the old id; the
//! machine's `on/recovered.rs` rebuilds its tables from the result.
//!
//! Compat: agent §6.

pub mod compat;
pub mod state;
pub mod text_format;

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use mesos_model::clock::WallTime;
use mesos_model::id::{AgentId, ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::StatusUpdateRecord;
use mesos_proto::internal::slave::ResourceState;
use mesos_proto::mesos::{DrainConfig, ExecutorInfo, FrameworkInfo, SlaveInfo, Task};

/// Everything found on disk.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    pub rebooted: bool,
    /// Files that could not be read and were passed over (`--no-strict`).
    pub errors: u64,
    pub resources: ResourceState,
    /// An interrupted change of resources, to be done again.
    pub target: Option<ResourceState>,
    pub agent: Option<AgentState>,
    /// Directories of agents that are not this one.
    pub strangers: Vec<Leftover>,
    /// Sandboxes without a live owner.
    pub leftovers: Vec<Leftover>,
}

/// A directory to be removed when its time has come, counted from its last change.
#[derive(Clone, Debug)]
pub struct Leftover {
    pub path: PathBuf,
    pub modified: WallTime,
}

impl Leftover {
    /// What cannot be looked at counts as long gone.
    fn at(path: PathBuf) -> Self {
        let modified = std::fs::symlink_metadata(&path).and_then(|found| found.modified());
        let since = modified
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self {
            path,
            modified: WallTime(since.unwrap_or_default().as_secs_f64()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct AgentState {
    pub id: AgentId,
    pub info: SlaveInfo,
    pub drain: Option<DrainConfig>,
    pub frameworks: Vec<FrameworkState>,
}

#[derive(Clone, Debug)]
pub struct FrameworkState {
    pub id: FrameworkId,
    pub info: FrameworkInfo,
    /// The file's bytes, when they hold fields that are not known here.
    pub original: Option<Bytes>,
    pub pid: Option<Upid>,
    pub executors: Vec<ExecutorState>,
}

#[derive(Clone, Debug)]
pub struct ExecutorState {
    pub id: ExecutorId,
    pub info: ExecutorInfo,
    pub original: Option<Bytes>,
    pub generated: bool,
    pub run: RunState,
}

#[derive(Clone, Debug)]
pub struct RunState {
    pub container: ContainerId,
    pub meta: PathBuf,
    pub forked: Option<u32>,
    pub pid: Option<Upid>,
    /// It subscribed over HTTP.
    pub http: bool,
    /// The sentinel is there: nothing is left to do.
    pub completed: bool,
    pub tasks: Vec<TaskRecord>,
}

#[derive(Clone, Debug)]
pub struct TaskRecord {
    pub id: TaskId,
    pub info: Task,
    pub updates: Vec<StatusUpdateRecord>,
}

/// Why the agent cannot start from this `work_dir`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecoverError(pub String);

/// What the operator is told when recovery fails: the cause, then what can be done about it.
pub fn failure_text(cause: &str, latest: &std::path::Path) -> String {
    format!(
        "Failed to perform recovery: {cause}\n\
         If recovery failed due to a change in configuration and you want to\n\
         keep the current agent id, you might want to change the\n\
         `--reconfiguration_policy` flag to a more permissive value.\n\
         \n\
         To restart this agent with a new agent id instead, do as follows:\n\
         rm -f {}\n\
         This ensures that the agent does not recover old live executors.\n\
         \n\
         If you use the Docker containerizer and think that the Docker\n\
         daemon state is broken, you can try to clear it. But be careful:\n\
         these commands will erase all containers and images from this host,\n\
         not just those started by Mesos!\n\
         docker kill $(docker ps -q)\n\
         docker rm $(docker ps -a -q)\n\
         docker rmi $(docker images -q)\n\
         \n\
         Finally, restart the agent.",
        latest.display()
    )
}
