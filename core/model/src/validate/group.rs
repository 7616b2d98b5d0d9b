//! A task group to be launched. Compat: TSK-1..TSK-15 (groups).

use super::{
    command, container, executor, resource,
    task::{self, Books},
};
use crate::{
    Resources,
    error::{Invalid, refuse},
};
use mesos_proto::mesos as pb;
use pb::{container_info, executor_info, health_check};

/// Checks a group of LAUNCH_GROUP against what is left of the offers; the first failure wins.
pub fn validate(
    group: &pb::TaskGroupInfo,
    info: &pb::ExecutorInfo,
    books: &dyn Books,
    offered: &Resources,
) -> Result<(), Invalid> {
    for task in &group.tasks {
        validate_task(task, books).map_err(|error| {
            error.within(&format!("Task '{}' is invalid: ", task.task_id.value))
        })?;
    }
    validate_executor(group, info, books, offered)?;
    validate_cgroups(group, info, books)
}

fn validate_task(task: &pb::TaskInfo, books: &dyn Books) -> Result<(), Invalid> {
    task::validate_common(task, books)?;
    if task.executor.is_none() {
        return refuse("'TaskInfo.executor' must be set");
    }
    if let Some(container) = &task.container {
        let kind = task.health_check.as_ref().map(pb::HealthCheck::r#type);
        let networked = matches!(
            kind,
            Some(health_check::Type::Http | health_check::Type::Tcp)
        );
        if !container.network_infos.is_empty() && networked {
            return refuse(
                "HTTP and TCP health checks are not supported for nested containers not joining \
                 parent's network",
            );
        }
        if container.r#type() == container_info::Type::Docker {
            return refuse("Docker ContainerInfo is not supported on the task");
        }
    }
    if !task.limits.is_empty() && container::shares_cgroups(task.container.as_ref()) {
        return refuse(
            "Resource limits may only be set for tasks within a task group when the \
             'share_cgroups' field is set to 'false'.",
        );
    }
    Ok(())
}

fn validate_executor(
    group: &pb::TaskGroupInfo,
    info: &pb::ExecutorInfo,
    books: &dyn Books,
    offered: &Resources,
) -> Result<(), Invalid> {
    let id = info.executor_id.value.as_str();
    let known = books.executor(id);
    executor::validate_launch(info, books.framework_id(), known)?;
    validate_executor_kind(info)?;
    for task in &group.tasks {
        if task
            .executor
            .as_ref()
            .is_some_and(|own| !executor::same(own, info))
        {
            return Err(Invalid::new(format!(
                "The `ExecutorInfo` of task '{}' is different from executor '{id}'",
                task.task_id.value
            )));
        }
    }
    let executors = Resources::from_proto(&info.resources);
    if let Some(what) = task::cpus_shortage(&executors).or_else(|| task::mem_shortage(&executors)) {
        return Err(Invalid::new(format!("Executor '{id}' {what}")));
    }
    if executors.disk_mb().is_none() {
        return Err(Invalid::new(format!("Executor '{id}' uses no disk")));
    }
    let tasks: Vec<Resources> = group
        .tasks
        .iter()
        .map(|task| Resources::from_proto(&task.resources))
        .collect();
    validate_together(&tasks, &executors)?;
    let mut needed = Resources::new();
    for bag in &tasks {
        needed += bag;
    }
    if known.is_none() {
        needed += &executors;
    }
    if !offered.contains(&needed) {
        return Err(Invalid::new(format!(
            "Total resources {needed} required by task group and its executor are more than \
             available {offered}"
        )));
    }
    match &info.command {
        // The missing blank is part of the known text.
        Some(info) => command::validate(info).map_err(|error| {
            error.within(&format!("Executor '{id}'contains an invalid command: "))
        }),
        None => Ok(()),
    }
}

fn validate_executor_kind(info: &pb::ExecutorInfo) -> Result<(), Invalid> {
    if info.r#type.is_none() {
        return refuse("'ExecutorInfo.type' must be set");
    }
    if info.r#type() == executor_info::Type::Unknown {
        return refuse("Unknown executor type");
    }
    let docker = |container: &pb::ContainerInfo| container.r#type() == container_info::Type::Docker;
    if info.container.as_ref().is_some_and(docker) {
        return refuse("Docker ContainerInfo is not supported on the executor");
    }
    Ok(())
}

fn validate_together(tasks: &[Resources], executors: &Resources) -> Result<(), Invalid> {
    let mut total = executors.clone();
    for bag in tasks {
        total += bag;
    }
    resource::validate_unique_persistence(&total)
        .map_err(|e| e.within("Task group and executor use duplicate persistence ID: "))?;
    resource::validate_unmixed(&total).map_err(|e| {
        e.within("Task group and executor mix revocable and non-revocable resources: ")
    })?;
    let mut all: Vec<&Resources> = tasks.iter().collect();
    all.push(executors);
    if resource::overlap(&all) {
        let list: Vec<String> = tasks.iter().map(Resources::to_string).collect();
        return Err(Invalid::new(format!(
            "There are overlapping resources in the task group's task resources [ {} ] and/or \
             executor resources {executors}",
            list.join(", ")
        )));
    }
    Ok(())
}

fn validate_cgroups(
    group: &pb::TaskGroupInfo,
    info: &pb::ExecutorInfo,
    books: &dyn Books,
) -> Result<(), Invalid> {
    if container::asks_to_share_cgroups(info.container.as_ref()) {
        return refuse("The 'share_cgroups' field cannot be set to 'true' on executor containers");
    }
    let id = info.executor_id.value.as_str();
    let mut sharing: Vec<bool> = group
        .tasks
        .iter()
        .map(|task| container::shares_cgroups(task.container.as_ref()))
        .collect();
    if books.executor(id).is_some() {
        sharing.extend(books.tasks_share_cgroups(id));
    }
    if sharing.windows(2).any(|pair| pair[0] != pair[1]) {
        return refuse(
            "If set, the value of 'share_cgroups' must be the same for all tasks in each task \
             group and under a single executor",
        );
    }
    Ok(())
}
