//! What the machine wants done. The shell does effects strictly in order: a checkpoint that precedes
//! a send is on disk before the send leaves.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::Resources;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId};
use mesos_process::Upid;
use mesos_proto::events::executor_event;
use mesos_proto::mesos::{ExecutorInfo, TaskInfo};
use prost::{Message, Name};

use crate::call::{Answer, CallId};
use crate::checkpoint::write::Disk;
use crate::state::Reach;

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
    /// Answer the call of an executor that speaks HTTP.
    Answer {
        call: CallId,
        answer: Answer,
    },
    /// One encoded `mesos.v1.executor.Event` for the stream that a SUBSCRIBE opened.
    Stream {
        stream: CallId,
        event: Bytes,
    },
    /// End a stream.
    Close {
        stream: CallId,
    },
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

/// Queues a message for an executor, however it is reached.
pub fn tell<M: Message + Name>(
    reach: &Reach,
    executor: &ExecutorId,
    message: &M,
    out: &mut Vec<Effect>,
) {
    let body = message.encode_to_vec().into();
    tell_bytes(reach, executor, &M::full_name(), body, out);
}

/// As [`tell`], of an encoded message.
pub fn tell_bytes(
    reach: &Reach,
    executor: &ExecutorId,
    name: &str,
    body: Bytes,
    out: &mut Vec<Effect>,
) {
    match reach {
        Reach::Unknown => {}
        Reach::Pid(pid) => out.push(Effect::Send {
            to: pid.clone(),
            name: name.to_owned(),
            body,
        }),
        Reach::Http(None) => log(
            Level::Warning,
            format!("Unable to send event to executor '{executor}': connection closed"),
            out,
        ),
        Reach::Http(Some(stream)) => match executor_event(name, &body) {
            Ok(Some(event)) => out.push(Effect::Stream {
                stream: *stream,
                event,
            }),
            Ok(None) => log(
                Level::Error,
                format!("No event of executor '{executor}' stands for {name}"),
                out,
            ),
            Err(error) => log(
                Level::Error,
                format!("Unable to send event to executor '{executor}': {error}"),
                out,
            ),
        },
    }
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
