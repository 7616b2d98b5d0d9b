//! Registration messages of agents. Compat: AGT-2, AGT-12.

use super::{executor, framework, id};
use crate::{
    error::{Invalid, refuse},
    resources,
};
use mesos_proto::{internal, mesos as pb};
use std::collections::BTreeSet;

fn validate_info(info: &pb::SlaveInfo) -> Result<(), Invalid> {
    if let Some(agent_id) = &info.id {
        id::validate(&agent_id.value)?;
    }
    resources::validate_all(&info.resources)
}

pub fn validate_register(message: &internal::RegisterSlaveMessage) -> Result<(), Invalid> {
    validate_info(&message.slave)?;
    if !message.checkpointed_resources.is_empty() && !message.slave.checkpoint() {
        return refuse("Checkpointed resources provided when checkpointing is not enabled");
    }
    message
        .checkpointed_resources
        .iter()
        .try_for_each(resources::validate)
}

pub fn validate_reregister(message: &internal::ReregisterSlaveMessage) -> Result<(), Invalid> {
    validate_info(&message.slave)?;
    message
        .checkpointed_resources
        .iter()
        .try_for_each(resources::validate)?;
    let frameworks = validate_frameworks(message)?;
    let executors = validate_executors(message, &frameworks)?;
    message
        .tasks
        .iter()
        .try_for_each(|task| validate_task(message, task, &frameworks, &executors))
}

fn framework_id(id: Option<&pb::FrameworkId>) -> &str {
    id.map_or("", |id| id.value.as_str())
}

fn validate_frameworks(
    message: &internal::ReregisterSlaveMessage,
) -> Result<BTreeSet<&str>, Invalid> {
    let mut seen = BTreeSet::new();
    for info in &message.frameworks {
        framework::validate(info)?;
        let id = framework_id(info.id.as_ref());
        if !seen.insert(id) {
            let text = format!("Framework has a duplicate FrameworkID: '{id}'");
            return Err(Invalid::new(text));
        }
    }
    Ok(seen)
}

fn validate_executors<'a>(
    message: &'a internal::ReregisterSlaveMessage,
    frameworks: &BTreeSet<&str>,
) -> Result<BTreeSet<(&'a str, &'a str)>, Invalid> {
    let mut seen = BTreeSet::new();
    for info in &message.executor_infos {
        executor::validate(info)?;
        resources::validate_all(&info.resources)?;
        let owner = framework_id(info.framework_id.as_ref());
        if !frameworks.contains(owner) {
            let text = format!("Executor has an invalid FrameworkID '{owner}'");
            return Err(Invalid::new(text));
        }
        let id = info.executor_id.value.as_str();
        if !seen.insert((owner, id)) {
            let text = format!("Framework '{owner}' has a duplicate ExecutorID '{id}'");
            return Err(Invalid::new(text));
        }
    }
    Ok(seen)
}

fn validate_task(
    message: &internal::ReregisterSlaveMessage,
    task: &pb::Task,
    frameworks: &BTreeSet<&str>,
    executors: &BTreeSet<(&str, &str)>,
) -> Result<(), Invalid> {
    id::validate(&task.task_id.value).map_err(|e| e.within("Task has an invalid TaskID: "))?;
    let agent_id = message.slave.id.as_ref().map_or("", |id| id.value.as_str());
    if task.slave_id.value != agent_id {
        let text = format!("Task has an invalid SlaveID '{}'", task.slave_id.value);
        return Err(Invalid::new(text));
    }
    let owner = task.framework_id.value.as_str();
    if !frameworks.contains(owner) {
        return Err(Invalid::new(format!(
            "Task has an invalid FrameworkID '{owner}'"
        )));
    }
    if let Some(executor_id) = &task.executor_id {
        let running = task.state() == pb::TaskState::TaskRunning;
        if running && !executors.contains(&(owner, executor_id.value.as_str())) {
            let text = format!("Task has an invalid ExecutorID '{}'", executor_id.value);
            return Err(Invalid::new(text));
        }
    }
    resources::validate_all(&task.resources).map_err(|e| e.within("Task uses invalid resources: "))
}
