//! Executor descriptions. Compat: TSK-12.

use super::{command, container, id, resource};
use crate::{
    FrameworkId, Resources, debug_text,
    error::{Invalid, refuse},
};
use mesos_proto::mesos as pb;
use pb::{container_info, executor_info::Type};

/// What holds for every executor, whoever reports it.
pub fn validate(executor: &pb::ExecutorInfo) -> Result<(), Invalid> {
    validate_type(executor)?;
    id::validate(&executor.executor_id.value)?;
    if executor
        .shutdown_grace_period
        .as_ref()
        .is_some_and(|grace| grace.nanoseconds < 0)
    {
        return refuse("ExecutorInfo's 'shutdown_grace_period' must be non-negative");
    }
    if let Some(info) = &executor.command {
        command::validate(info).map_err(|e| e.within("Executor's `CommandInfo` is invalid: "))?;
    }
    if let Some(info) = &executor.container {
        container::validate(info)
            .map_err(|e| e.within("Executor's `ContainerInfo` is invalid: "))?;
    }
    Ok(())
}

/// What holds for an executor to be launched; `known` runs under that id on the agent.
pub fn validate_launch(
    executor: &pb::ExecutorInfo,
    framework_id: &FrameworkId,
    known: Option<&pb::ExecutorInfo>,
) -> Result<(), Invalid> {
    validate(executor)?;
    let Some(given) = &executor.framework_id else {
        return refuse("'ExecutorInfo.framework_id' must be set");
    };
    if given.value != framework_id.as_str() {
        return Err(Invalid::new(format!(
            "ExecutorInfo has an invalid FrameworkID (Actual: {} vs Expected: {framework_id})",
            given.value
        )));
    }
    validate_resources(executor)?;
    match known {
        Some(known) if !same(known, executor) => Err(incompatible(known, executor)),
        Some(_) | None => Ok(()),
    }
}

fn validate_type(executor: &pb::ExecutorInfo) -> Result<(), Invalid> {
    match executor.r#type() {
        Type::Default => {
            if executor.command.is_some() {
                return refuse("'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
            }
            let Some(container) = &executor.container else {
                return Ok(());
            };
            if container.r#type() != container_info::Type::Mesos {
                return refuse(
                    "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor",
                );
            }
            if container
                .mesos
                .as_ref()
                .is_some_and(|mesos| mesos.image.is_some())
            {
                return refuse(
                    "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor",
                );
            }
            Ok(())
        }
        Type::Custom if executor.command.is_none() => {
            refuse("'ExecutorInfo.command' must be set for 'CUSTOM' executor")
        }
        Type::Custom | Type::Unknown => Ok(()),
    }
}

fn validate_resources(executor: &pb::ExecutorInfo) -> Result<(), Invalid> {
    resource::validate(&executor.resources)
        .map_err(|e| e.within("Executor uses invalid resources: "))?;
    let bag = Resources::from_proto(&executor.resources);
    resource::validate_unique_persistence(&bag)
        .map_err(|e| e.within("Executor uses duplicate persistence ID: "))?;
    resource::validate_single_allocation(&bag)
        .map_err(|e| e.within("Invalid executor resources: "))?;
    resource::validate_unmixed(&bag)
        .map_err(|e| e.within("Executor mixes revocable and non-revocable resources: "))
}

/// Whether two descriptions are of the same executor: resources as bags, the rest field by field.
pub fn same(left: &pb::ExecutorInfo, right: &pb::ExecutorInfo) -> bool {
    if Resources::from_proto(&left.resources) != Resources::from_proto(&right.resources) {
        return false;
    }
    let rest = |info: &pb::ExecutorInfo| pb::ExecutorInfo {
        resources: Vec::new(),
        ..info.clone()
    };
    left == right || rest(left) == rest(right)
}

fn incompatible(known: &pb::ExecutorInfo, given: &pb::ExecutorInfo) -> Invalid {
    let line = "------------------------------------------------------------";
    Invalid::new(format!(
        "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n\
         {line}\nExisting ExecutorInfo:\n{}\n{line}\nExecutorInfo:\n{}\n{line}\n",
        debug_text::format(known),
        debug_text::format(given)
    ))
}
