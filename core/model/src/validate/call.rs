//! The shape of scheduler and executor calls: which part must come with which type. Compat: FWK-2, FWK-3, FWK-1, SCHED-1.

use super::{check, id};
use crate::error::{Invalid, refuse};
use mesos_proto::mesos as pb;
use pb::{executor, scheduler};

fn present<T>(part: Option<&T>, name: &str) -> Result<(), Invalid> {
    match part {
        Some(_) => Ok(()),
        None => Err(Invalid::new(format!("Expecting '{name}' to be present"))),
    }
}

/// Checks a scheduler call; required fields were checked when it was decoded.
pub fn validate_scheduler(call: &scheduler::Call, principal: Option<&str>) -> Result<(), Invalid> {
    use scheduler::call::Type;
    present(call.r#type.as_ref(), "type")?;
    if call.r#type() == Type::Subscribe {
        return validate_subscribe(call, principal);
    }
    present(call.framework_id.as_ref(), "framework_id")?;
    match call.r#type() {
        Type::Subscribe | Type::Teardown | Type::Revive | Type::Suppress | Type::Unknown => Ok(()),
        Type::Accept => present(call.accept.as_ref(), "accept"),
        Type::Decline => present(call.decline.as_ref(), "decline"),
        Type::AcceptInverseOffers => {
            present(call.accept_inverse_offers.as_ref(), "accept_inverse_offers")
        }
        Type::DeclineInverseOffers => present(
            call.decline_inverse_offers.as_ref(),
            "decline_inverse_offers",
        ),
        Type::Kill => present(call.kill.as_ref(), "kill"),
        Type::Shutdown => present(call.shutdown.as_ref(), "shutdown"),
        Type::Acknowledge => match &call.acknowledge {
            None => present::<()>(None, "acknowledge"),
            Some(body) => id::validate_uuid(&body.uuid),
        },
        Type::AcknowledgeOperationStatus => match &call.acknowledge_operation_status {
            None => present::<()>(None, "acknowledge_operation_status"),
            Some(body) => {
                id::validate_uuid(&body.uuid)?;
                present(body.slave_id.as_ref(), "agent_id")
            }
        },
        Type::Reconcile => present(call.reconcile.as_ref(), "reconcile"),
        Type::ReconcileOperations => {
            present(call.reconcile_operations.as_ref(), "reconcile_operations")
        }
        Type::Message => present(call.message.as_ref(), "message"),
        Type::Request => present(call.request.as_ref(), "request"),
        Type::UpdateFramework => {
            let Some(body) = &call.update_framework else {
                return present::<()>(None, "update_framework");
            };
            if framework_id(call.framework_id.as_ref())
                != framework_id(body.framework_info.id.as_ref())
            {
                return refuse("'framework_id' differs from 'update_framework.framework_info.id'");
            }
            Ok(())
        }
    }
}

fn framework_id(id: Option<&pb::FrameworkId>) -> &str {
    id.map_or("", |id| id.value.as_str())
}

fn validate_subscribe(call: &scheduler::Call, principal: Option<&str>) -> Result<(), Invalid> {
    let Some(body) = &call.subscribe else {
        return present::<()>(None, "subscribe");
    };
    let info = &body.framework_info;
    if framework_id(info.id.as_ref()) != framework_id(call.framework_id.as_ref()) {
        return refuse("'framework_id' differs from 'subscribe.framework_info.id'");
    }
    match (principal, info.principal.as_deref()) {
        (Some(principal), Some(claimed)) if principal != claimed => Err(Invalid::new(format!(
            "Authenticated principal '{principal}' does not match principal '{claimed}' set in \
             `FrameworkInfo`"
        ))),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// Checks an executor call; required fields were checked when it was decoded.
pub fn validate_executor(call: &executor::Call) -> Result<(), Invalid> {
    use executor::call::Type;
    present(call.r#type.as_ref(), "type")?;
    match call.r#type() {
        Type::Subscribe => present(call.subscribe.as_ref(), "subscribe"),
        Type::Update => match &call.update {
            None => present::<()>(None, "update"),
            Some(body) => validate_update(call, &body.status),
        },
        Type::Message => present(call.message.as_ref(), "message"),
        Type::Heartbeat | Type::Unknown => Ok(()),
    }
}

fn validate_update(call: &executor::Call, status: &pb::TaskStatus) -> Result<(), Invalid> {
    let Some(uuid) = &status.uuid else {
        return present::<()>(None, "uuid");
    };
    id::validate_uuid(uuid)?;
    let (executor, framework) = (&call.executor_id.value, &call.framework_id.value);
    if let Some(other) = status
        .executor_id
        .as_ref()
        .filter(|id| id.value != *executor)
    {
        return Err(Invalid::new(format!(
            "ExecutorID in Call: {executor} does not match ExecutorID in TaskStatus: {}",
            other.value
        )));
    }
    if status.source() != pb::task_status::Source::Executor {
        return Err(Invalid::new(format!(
            "Received Call from executor {executor} of framework {framework} with invalid source, \
             expecting 'SOURCE_EXECUTOR'"
        )));
    }
    if status.state() == pb::TaskState::TaskStaging {
        return Err(Invalid::new(format!(
            "Received TASK_STAGING from executor {executor} of framework {framework} which is not \
             allowed"
        )));
    }
    status
        .check_status
        .as_ref()
        .map_or(Ok(()), check::validate_status)
}
