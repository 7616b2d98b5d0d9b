//! What can happen to the agent.

use std::path::PathBuf;

use bytes::Bytes;
use mesos_model::id::ContainerId;
use mesos_process::Upid;
use mesos_proto::Raw;
use mesos_proto::internal;
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::wire::WireError;

use crate::call::{CallId, ExecutorCall};
use crate::recover::{RecoverError, Recovered};

#[derive(Clone, Debug)]
pub enum Event {
    /// The state on disk was read (or there was none).
    Recovered(Box<Recovered>),
    /// What is on disk cannot be used.
    RecoveryFailed(RecoverError),
    /// The detector named a master, or said that there is none.
    MasterDetected(Option<Upid>),
    /// The authentication with the master ended; `Err` is a refusal.
    Authenticated(Result<(), String>),
    /// `body` is there when it holds fields that `message` cannot.
    Message {
        from: Upid,
        message: Box<Message>,
        body: Option<Bytes>,
    },
    /// A call of an executor that speaks HTTP.
    ExecutorCall(Box<ExecutorCall>),
    /// The stream that a SUBSCRIBE opened is closed, or its client does not read.
    StreamEnded { stream: CallId },
    /// A linked process went away.
    Exited { pid: Upid },
    /// A deadline passed.
    Tick,
    /// The container's first process runs under this pid, or the launch failed.
    ContainerLaunched {
        container: ContainerId,
        outcome: Result<u32, LaunchFailure>,
    },
    ContainerEnded {
        container: ContainerId,
        termination: Box<ContainerTermination>,
    },
    /// The file system of `work_dir` is used to this share, 0 to 1.
    DiskMeasured { used: f64 },
    /// A collected path is gone, or could not be removed.
    PathRemoved { path: PathBuf, removed: bool },
    /// The operator asked the agent to leave (SIGUSR1).
    LeaveRequested { reason: String },
}

/// Why a container did not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchFailure {
    /// Its directories could not be made.
    Sandbox(String),
    Failed(String),
    /// No containerizer takes such a container.
    Unsupported(String),
}

/// Declares the messages the agent understands, by their names on the wire.
macro_rules! messages {
    ($($name:ident => $type:ident),+ $(,)?) => {
        #[allow(clippy::large_enum_variant, reason = "one message lives at a time, boxed")]
        #[derive(Clone, Debug, PartialEq)]
        pub enum Message {
            $($name(internal::$type),)+
        }

        impl Message {
            /// The message, and whether `body` holds more; `None` for a name without a handler.
            pub fn decode(name: &str, body: &Bytes) -> Option<Result<(Self, bool), WireError>> {
                match name.strip_prefix("mesos.internal.")? {
                    $(stringify!($type) => Some(decode(body).map(|(value, more)| (Self::$name(value), more))),)+
                    _ => None,
                }
            }
        }
    };
}

fn decode<T: prost::Name + Default + Clone>(body: &Bytes) -> Result<(T, bool), WireError> {
    let raw = Raw::<T>::from_bytes(body.clone())?;
    let more = raw.has_unknown();
    Ok((raw.into_value(), more))
}

messages! {
    SlaveRegistered => SlaveRegisteredMessage,
    SlaveReregistered => SlaveReregisteredMessage,
    Ping => PingSlaveMessage,
    Shutdown => ShutdownMessage,
    RunTask => RunTaskMessage,
    RunTaskGroup => RunTaskGroupMessage,
    KillTask => KillTaskMessage,
    ShutdownFramework => ShutdownFrameworkMessage,
    ShutdownExecutor => ShutdownExecutorMessage,
    UpdateFramework => UpdateFrameworkMessage,
    FrameworkToExecutor => FrameworkToExecutorMessage,
    ExecutorToFramework => ExecutorToFrameworkMessage,
    RegisterExecutor => RegisterExecutorMessage,
    ReregisterExecutor => ReregisterExecutorMessage,
    StatusUpdate => StatusUpdateMessage,
    StatusUpdateAcknowledgement => StatusUpdateAcknowledgementMessage,
    CheckpointResources => CheckpointResourcesMessage,
    ApplyOperation => ApplyOperationMessage,
    ReconcileOperations => ReconcileOperationsMessage,
    AcknowledgeOperationStatus => AcknowledgeOperationStatusMessage,
    Drain => DrainSlaveMessage,
}
