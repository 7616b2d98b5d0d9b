//! Task and operation state tables. Compat: STS-1.

use mesos_proto::mesos as pb;
pub use pb::{OperationState, TaskState};

/// Whether the task is over. `TASK_UNREACHABLE` is not, though it releases resources.
pub fn is_terminal(state: TaskState) -> bool {
    match state {
        TaskState::TaskFinished
        | TaskState::TaskFailed
        | TaskState::TaskKilled
        | TaskState::TaskError
        | TaskState::TaskLost
        | TaskState::TaskDropped
        | TaskState::TaskGone
        | TaskState::TaskGoneByOperator => true,
        TaskState::TaskStaging
        | TaskState::TaskStarting
        | TaskState::TaskRunning
        | TaskState::TaskKilling
        | TaskState::TaskUnreachable
        | TaskState::TaskUnknown => false,
    }
}

/// Whether a task in this state holds its resources.
pub fn holds_resources(state: TaskState) -> bool {
    !is_terminal(state) && state != TaskState::TaskUnreachable
}

/// Whether the operation is over.
pub fn is_terminal_operation(state: OperationState) -> bool {
    match state {
        OperationState::OperationFinished
        | OperationState::OperationFailed
        | OperationState::OperationError
        | OperationState::OperationDropped
        | OperationState::OperationGoneByOperator => true,
        OperationState::OperationUnsupported
        | OperationState::OperationPending
        | OperationState::OperationUnreachable
        | OperationState::OperationRecovering
        | OperationState::OperationUnknown => false,
    }
}
