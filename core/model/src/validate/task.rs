//! A task to be launched. Compat: TSK-1..TSK-15.

use super::{check, command, container, executor, id, resource};
use crate::{
    AgentId, FrameworkId, Resources,
    capability::AgentCapabilities,
    error::{Invalid, refuse},
    units::Bytes,
};
use mesos_proto::mesos as pb;

/// What the checks must know of the framework and the agent.
pub trait Books {
    fn framework_id(&self) -> &FrameworkId;
    fn agent_id(&self) -> &AgentId;
    fn agent_capabilities(&self) -> AgentCapabilities;
    /// A current task of the framework, on any agent, terminal-unacknowledged included.
    fn has_task(&self, id: &str) -> bool;
    fn has_unreachable_task(&self, id: &str) -> bool;
    /// The framework's executor running under that id on the agent.
    fn executor(&self, id: &str) -> Option<&pb::ExecutorInfo>;
    /// Whether current and unreachable tasks of that executor on the agent share cgroups; one entry a task.
    fn tasks_share_cgroups(&self, executor_id: &str) -> Vec<bool>;
}

/// Checks a task of LAUNCH against what is left of the offers; the first failure wins.
pub fn validate(
    task: &pb::TaskInfo,
    books: &dyn Books,
    offered: &Resources,
) -> Result<(), Invalid> {
    validate_common(task, books)?;
    validate_executor(task, books, offered)?;
    if !container::shares_cgroups(task.container.as_ref()) {
        return refuse("Only tasks in a task group may have 'share_cgroups' set to 'false'");
    }
    Ok(())
}

/// What holds for tasks of LAUNCH and LAUNCH_GROUP alike.
pub(super) fn validate_common(task: &pb::TaskInfo, books: &dyn Books) -> Result<(), Invalid> {
    let task_id = task.task_id.value.as_str();
    id::validate(task_id)?;
    if books.has_task(task_id) {
        return Err(Invalid::new(format!("Task has duplicate ID: {task_id}")));
    }
    if books.has_unreachable_task(task_id) {
        let text = format!("Task reuses the ID of an unreachable task: {task_id}");
        return Err(Invalid::new(text));
    }
    if task.slave_id.value != books.agent_id().as_str() {
        return Err(Invalid::new(format!(
            "Task uses invalid agent {} while agent {} is expected",
            task.slave_id.value,
            books.agent_id()
        )));
    }
    validate_times(task)?;
    if let Some(info) = &task.check {
        check::validate(info).map_err(|e| e.within("Task uses invalid check: "))?;
    }
    if let Some(info) = &task.health_check {
        check::validate_health(info).map_err(|e| e.within("Task uses invalid health check: "))?;
    }
    let bag = validate_resources(task)?;
    if let Some(info) = &task.command {
        command::validate(info).map_err(|e| e.within("Task's `CommandInfo` is invalid: "))?;
    }
    if let Some(info) = &task.container {
        container::validate(info).map_err(|e| e.within("Task's `ContainerInfo` is invalid: "))?;
    }
    validate_limits(task, &bag, books.agent_capabilities())
}

fn validate_times(task: &pb::TaskInfo) -> Result<(), Invalid> {
    let grace = task
        .kill_policy
        .as_ref()
        .and_then(|policy| policy.grace_period.as_ref());
    if grace.is_some_and(|grace| grace.nanoseconds < 0) {
        return refuse("Task's 'kill_policy.grace_period' must be non-negative");
    }
    if task
        .max_completion_time
        .as_ref()
        .is_some_and(|time| time.nanoseconds < 0)
    {
        return refuse("Task's `max_completion_time` must be non-negative");
    }
    Ok(())
}

fn validate_resources(task: &pb::TaskInfo) -> Result<Resources, Invalid> {
    if task.resources.is_empty() {
        return refuse("Task uses no resources");
    }
    resource::validate(&task.resources).map_err(|e| e.within("Task uses invalid resources: "))?;
    let bag = Resources::from_proto(&task.resources);
    resource::validate_unique_persistence(&bag)
        .map_err(|e| e.within("Task uses duplicate persistence ID: "))?;
    resource::validate_single_allocation(&bag).map_err(|e| e.within("Invalid task resources: "))?;
    resource::validate_unmixed(&bag)
        .map_err(|e| e.within("Task mixes revocable and non-revocable resources: "))?;
    Ok(bag)
}

fn validate_limits(
    task: &pb::TaskInfo,
    bag: &Resources,
    agent: AgentCapabilities,
) -> Result<(), Invalid> {
    if task.limits.is_empty() {
        return Ok(());
    }
    if !agent.task_resource_limits {
        return refuse("Agent is not capable of handling task resource limits");
    }
    if task
        .limits
        .keys()
        .any(|name| name != "cpus" && name != "mem")
    {
        return refuse("Only cpus and mem may be included in a task's resource limits");
    }
    if let Some(limit) = task.limits.get("cpus") {
        let Some(cpus) = bag.cpus() else {
            return refuse("When a CPU limit is specified, a CPU request must also be specified");
        };
        if limit.value < cpus {
            return refuse("The cpu limit must be greater than or equal to the cpu request");
        }
    }
    if let Some(limit) = task.limits.get("mem") {
        let Some(mem) = bag.mem_mb() else {
            return refuse(
                "When a memory limit is specified, a memory request must also be specified",
            );
        };
        // A float to integer cast truncates and saturates.
        if !limit.value.is_infinite() && (limit.value as u64) < mem {
            return refuse("The memory limit must be greater than or equal to the memory request");
        }
    }
    Ok(())
}

fn validate_executor(
    task: &pb::TaskInfo,
    books: &dyn Books,
    offered: &Resources,
) -> Result<(), Invalid> {
    if task.executor.is_some() == task.command.is_some() {
        return refuse(
            "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
        );
    }
    let own = Resources::from_proto(&task.resources);
    let mut needed = own.clone();
    if let Some(info) = &task.executor {
        let known = books.executor(&info.executor_id.value);
        executor::validate_launch(info, books.framework_id(), known)?;
        validate_custom_executor(info)?;
        if known.is_none() {
            needed += Resources::from_proto(&info.resources);
        }
    }
    validate_together(task, &own)?;
    if !offered.contains(&needed) {
        return Err(Invalid::new(format!(
            "Total resources {needed} required by task and its executor is more than available \
             {offered}"
        )));
    }
    Ok(())
}

fn validate_custom_executor(info: &pb::ExecutorInfo) -> Result<(), Invalid> {
    if info.r#type.is_some() && info.r#type() != pb::executor_info::Type::Custom {
        return refuse("'ExecutorInfo.type' must be 'CUSTOM'");
    }
    if info.command.is_none() {
        return refuse("'ExecutorInfo.command' must be set");
    }
    let bag = Resources::from_proto(&info.resources);
    if !bag.shared().is_empty() {
        return Err(Invalid::new(format!(
            "Executor resources {bag} should not contain any shared resources"
        )));
    }
    if container::asks_to_share_cgroups(info.container.as_ref()) {
        return refuse("The 'share_cgroups' field cannot be set to 'true' on executor containers");
    }
    Ok(())
}

fn validate_together(task: &pb::TaskInfo, own: &Resources) -> Result<(), Invalid> {
    let list = task
        .executor
        .as_ref()
        .map_or(&[][..], |info| &info.resources);
    let executors = Resources::from_proto(list);
    let total = own + &executors;
    resource::validate_bag(&total)
        .map_err(|e| e.within("Task and its executor use invalid resources: "))?;
    if task.executor.is_some() && resource::overlap(&[own, &executors]) {
        return Err(Invalid::new(format!(
            "There are overlapping resources in the task resources {own} and executor resources \
             {executors}"
        )));
    }
    resource::validate_unique_persistence(&total)
        .map_err(|e| e.within("Task and its executor use duplicate persistence ID: "))?;
    resource::validate_unmixed(&total)
        .map_err(|e| e.within("Task and its executor mix revocable and non-revocable resources: "))
}

/// The least an executor should have; for LAUNCH a warning, for LAUNCH_GROUP an error.
pub const EXECUTOR_CPUS_MIN: f64 = 0.01;
/// See [`EXECUTOR_CPUS_MIN`].
pub const EXECUTOR_MEM_MIN: Bytes = Bytes(32 << 20);

/// The warnings about too small an executor of a LAUNCH task, to be logged.
pub fn executor_warnings(task: &pb::TaskInfo) -> Vec<String> {
    let Some(info) = &task.executor else {
        return Vec::new();
    };
    let bag = Resources::from_proto(&info.resources);
    let lead = format!(
        "Executor '{}' for task '{}'",
        info.executor_id.value, task.task_id.value
    );
    let tail = ". Please update your executor, as this will be mandatory in future releases.";
    let shortages = [cpus_shortage(&bag), mem_shortage(&bag)];
    shortages
        .into_iter()
        .flatten()
        .map(|what| format!("{lead} {what}{tail}"))
        .collect()
}

pub(super) fn cpus_shortage(bag: &Resources) -> Option<String> {
    let cpus = bag.cpus();
    if cpus.is_some_and(|cpus| cpus >= EXECUTOR_CPUS_MIN) {
        return None;
    }
    let have = cpus.map_or_else(|| "None".to_owned(), crate::value::format_double);
    Some(format!(
        "uses less CPUs ({have}) than the minimum required ({EXECUTOR_CPUS_MIN})"
    ))
}

pub(super) fn mem_shortage(bag: &Resources) -> Option<String> {
    let mem = bag.mem_mb().map(Bytes::megabytes);
    if mem.is_some_and(|mem| mem >= EXECUTOR_MEM_MIN) {
        return None;
    }
    let have = mem.map_or_else(|| "None".to_owned(), |mem| mem.to_string());
    Some(format!(
        "uses less memory ({have}) than the minimum required ({EXECUTOR_MEM_MIN})"
    ))
}
