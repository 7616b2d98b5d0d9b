//! What the machine wants done. The shell does effects strictly in order: a checkpoint that precedes
//! a send is on disk before the send leaves.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::Resources;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId};
use mesos_process::Upid;
use mesos_proto::mesos::{ExecutorInfo, TaskInfo};
use prost::{Message, Name};

use crate::checkpoint::write::Disk;

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Send {
        to: Upid,
        name: String,
        body: Bytes,
    },
    /// Watch a process; `fresh` asks for a new connection.
    Link {
        to: Upid,
        fresh: bool,
    },
    /// Forget the detected master and detect again.
    Detect,
    Authenticate {
        master: Upid,
    },
    Disk(Disk),
    /// Start (creating the sandbox first) the container of an executor.
    Launch(Box<Launch>),
    /// Take over a container that survived a restart of the agent.
    Adopt {
        container: ContainerId,
        pid: Option<u32>,
        sandbox: PathBuf,
    },
    /// End what an earlier agent started and nobody has adopted.
    DestroyOrphans,
    /// The container's task set changed.
    Resize {
        container: ContainerId,
        resources: Resources,
    },
    /// End a container with everything in it; `ContainerEnded` follows.
    Destroy {
        container: ContainerId,
    },
    /// Show a directory under a virtual path.
    Attach {
        name: String,
        path: PathBuf,
    },
    Detach {
        name: String,
    },
    MeasureDisk,
    /// Remove a path for good; `PathRemoved` follows.
    Collect {
        path: PathBuf,
    },
    /// Leave the process. Everything before this effect has been done.
    Exit {
        status: i32,
        message: String,
    },
    /// A line for the log.
    Log {
        level: Level,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// Everything needed to start one executor's container.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    pub framework: FrameworkId,
    pub executor: ExecutorId,
    pub container: ContainerId,
    pub info: ExecutorInfo,
    /// The task of an agent-made command executor.
    pub task: Option<TaskInfo>,
    pub resources: Resources,
    pub user: Option<String>,
    pub sandbox: PathBuf,
    pub environment: Vec<(String, String)>,
    /// Where the pid is stored before the process may run; only for checkpointing frameworks.
    pub pid_file: Option<PathBuf>,
}

/// Queues a message of the internal protocol.
pub fn send<M: Message + Name>(to: &Upid, message: &M, out: &mut Vec<Effect>) {
    out.push(Effect::Send {
        to: to.clone(),
        name: M::full_name(),
        body: message.encode_to_vec().into(),
    });
}

pub fn log(level: Level, text: impl Into<String>, out: &mut Vec<Effect>) {
    out.push(Effect::Log {
        level,
        text: text.into(),
    });
}

/// Protocol form of a duration.
pub fn duration_of(info: &mesos_proto::mesos::DurationInfo) -> Duration {
    Duration::from_nanos(u64::try_from(info.nanoseconds).unwrap_or(0))
}
