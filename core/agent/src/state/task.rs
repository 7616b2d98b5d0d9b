//! Tasks as the agent keeps them, and resources in the form older peers read.
//!
//! Compat: agent §5.1 item 5, §11.1 (consecutive statuses of equal state).

use mesos_model::Resource;
use mesos_proto::mesos as pb;
use mesos_proto::mesos::{FrameworkInfo, Task, TaskInfo, TaskState, TaskStatus};

/// Whether a task in this state will never change again, as far as the agent is concerned.
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

pub fn is_partition_aware(framework: &FrameworkInfo) -> bool {
    mesos_model::capability::FrameworkCapabilities::of(framework).partition_aware
}

/// The state of a task that never reached an executor.
pub fn dropped_or_lost(framework: &FrameworkInfo) -> TaskState {
    if is_partition_aware(framework) {
        TaskState::TaskDropped
    } else {
        TaskState::TaskLost
    }
}

/// The state of a task whose executor vanished through the agent's doing.
pub fn gone_or_lost(framework: &FrameworkInfo) -> TaskState {
    if is_partition_aware(framework) {
        TaskState::TaskGone
    } else {
        TaskState::TaskLost
    }
}

/// The book-keeping form of a task that was just accepted.
pub fn task_of(info: &TaskInfo, framework: &pb::FrameworkId) -> Task {
    let command_user =
        |command: &Option<pb::CommandInfo>| command.as_ref().and_then(|c| c.user.clone());
    let user = command_user(&info.command).or_else(|| {
        info.executor
            .as_ref()
            .and_then(|executor| command_user(&executor.command))
    });
    Task {
        name: info.name.clone(),
        task_id: info.task_id.clone(),
        framework_id: framework.clone(),
        executor_id: info
            .executor
            .as_ref()
            .map(|executor| executor.executor_id.clone()),
        slave_id: info.slave_id.clone(),
        state: TaskState::TaskStaging.into(),
        resources: info.resources.clone(),
        labels: info.labels.clone(),
        discovery: info.discovery.clone(),
        container: info.container.clone(),
        health_check: info.health_check.clone(),
        kill_policy: info.kill_policy,
        user,
        limits: info.limits.clone(),
        ..Task::default()
    }
}

/// Adds a status: one of the same state as the last replaces it.
pub fn record_status(task: &mut Task, status: &TaskStatus) {
    if task
        .statuses
        .last()
        .is_some_and(|last| last.state == status.state)
    {
        task.statuses.pop();
    }
    task.state = status.state;
    task.statuses.push(status.clone());
}

/// The form with one `reservations` stack per resource; what cannot be read stays as it came.
pub fn upgrade(resources: &mut [pb::Resource]) {
    for resource in resources {
        if let Ok(parsed) = Resource::from_proto(resource) {
            *resource = parsed.to_proto();
        }
    }
}

/// The form before reservation refinement, when every resource has one.
#[allow(deprecated, reason = "the older form is what is being written")]
pub fn downgrade(resources: &[pb::Resource]) -> Vec<pb::Resource> {
    if resources
        .iter()
        .any(|resource| resource.reservations.len() > 1)
    {
        return resources.to_vec();
    }
    resources.iter().map(downgrade_one).collect()
}

#[allow(deprecated, reason = "the older form is what is being written")]
fn downgrade_one(resource: &pb::Resource) -> pb::Resource {
    use pb::resource::reservation_info::Type;
    let mut old = resource.clone();
    let Some(reservation) = old.reservations.pop() else {
        // Already in the older form, or unreserved.
        if old.role.is_none() {
            old.role = Some("*".to_owned());
        }
        return old;
    };
    old.role = reservation.role.clone();
    if reservation.r#type() == Type::Dynamic {
        old.reservation = Some(pb::resource::ReservationInfo {
            r#type: None,
            role: None,
            ..reservation
        });
    }
    old
}

/// Gives resources without an allocation role the framework's only one.
pub fn allocate_missing(resources: &mut [pb::Resource], role: &str) {
    for resource in resources
        .iter_mut()
        .filter(|resource| resource.allocation_info.is_none())
    {
        resource.allocation_info = Some(pb::resource::AllocationInfo {
            role: Some(role.to_owned()),
        });
    }
}
