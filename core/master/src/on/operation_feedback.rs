//! What frameworks are told of their operations, and what they say to it: only over HTTP (FWK-5).
//!
//! Compat: AGT-33, OPS-5, OPS-6, the table "Operation reconciliation" of §7.6.

use std::collections::BTreeMap;

use mesos_model::{AgentId, FrameworkId, OperationId};
use mesos_proto::{
    internal,
    mesos::{self as pb, OperationState, scheduler::call},
};

use crate::{
    context::Context,
    machine::Master,
    state::{OperationUuid, operations::is_terminal},
};

type Asked = call::reconcile_operations::Operation;

impl Master {
    /// OPS-5.
    pub(super) fn on_acknowledge_operation(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        call: call::AcknowledgeOperationStatus,
    ) {
        self.counters
            .master
            .messages_operation_status_update_acknowledgement += 1;
        let found = self.acknowledged_operation(id, &call);
        let (agent_id, uuid, terminal) = match found {
            Ok(found) => found,
            Err(problem) => {
                self.counters
                    .master
                    .invalid_operation_status_update_acknowledgements += 1;
                cx.warn(format!(
                    "Ignoring acknowledgement for operation {} of framework {id}: {problem}",
                    call.operation_id.value
                ));
                return;
            }
        };
        if terminal {
            self.remove_operation(&agent_id, uuid);
        }
        let message = internal::AcknowledgeOperationStatusMessage {
            status_uuid: pb::Uuid { value: call.uuid },
            operation_uuid: uuid.to_proto(),
            resource_provider_id: call.resource_provider_id,
        };
        self.send_agent(cx, &agent_id, &message);
        self.counters
            .master
            .valid_operation_status_update_acknowledgements += 1;
    }

    /// The operation, and whether the acknowledged status ends it.
    fn acknowledged_operation(
        &self,
        id: &FrameworkId,
        call: &call::AcknowledgeOperationStatus,
    ) -> Result<(AgentId, OperationUuid, bool), &'static str> {
        let agent_id = call.slave_id.as_ref().map(AgentId::from);
        let agent = agent_id.as_ref().and_then(|id| self.agents.get(id));
        let agent = agent.ok_or("its agent is not registered")?;
        if !agent.connected {
            return Err("its agent is disconnected");
        }
        let feedback = if call.resource_provider_id.is_some() {
            agent.capabilities.resource_provider
        } else {
            agent.capabilities.agent_operation_feedback
        };
        if !feedback {
            return Err("its agent does not give feedback on operations");
        }
        let operation_id = OperationId::from(&call.operation_id);
        let framework = self.frameworks.get(id);
        let uuid = framework.and_then(|framework| framework.operations_by_id.get(&operation_id));
        let operation = uuid.and_then(|uuid| agent.operations.get(uuid));
        let operation = operation.ok_or("the operation is unknown")?;
        let is_meant = |status: &&pb::OperationStatus| {
            status
                .uuid
                .as_ref()
                .is_some_and(|uuid| uuid.value == call.uuid)
        };
        let status = operation.statuses.iter().find(is_meant);
        let status = status.ok_or("the status is unknown")?;
        Ok((
            agent.id.clone(),
            operation.uuid,
            is_terminal(status.state()),
        ))
    }

    /// Answers come as UPDATE_OPERATION_STATUS events without uuid.
    pub(super) fn on_reconcile_operations(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        asked: &[Asked],
    ) {
        self.counters.master.messages_reconcile_operations += 1;
        let mut statuses = Vec::new();
        let mut forwarded: BTreeMap<AgentId, Vec<Asked>> = BTreeMap::new();
        if asked.is_empty() {
            statuses.extend(self.known_statuses(id));
        }
        for operation in asked {
            match self.judge_operation(id, operation) {
                Some(status) => statuses.push(status),
                None => {
                    let agent = operation.slave_id.as_ref().map(AgentId::from);
                    let agent = agent.unwrap_or_else(|| AgentId::new(""));
                    forwarded.entry(agent).or_default().push(operation.clone());
                }
            }
        }
        cx.info(format!(
            "Reconciling operations of framework {id}: {} asked, {} answered",
            asked.len(),
            statuses.len()
        ));
        for status in statuses {
            self.send_operation_status(cx, id, status);
        }
        for (agent, operations) in forwarded {
            let operations = operations.into_iter();
            let operations = operations.map(|asked| {
                internal::reconcile_operations_message::Operation {
                    // The master does not know it, so nobody but the framework has a name for it.
                    operation_uuid: None,
                    operation_id: Some(asked.operation_id),
                    resource_provider_id: asked.resource_provider_id,
                }
            });
            let message = internal::ReconcileOperationsMessage {
                operations: operations.collect(),
                framework_id: Some(id.to_proto()),
            };
            self.send_agent(cx, &agent, &message);
        }
    }

    /// The last status of every operation of a framework that it can name.
    fn known_statuses(&self, id: &FrameworkId) -> Vec<pb::OperationStatus> {
        let Some(framework) = self.frameworks.get(id) else {
            return Vec::new();
        };
        let last = |(uuid, agent): (&OperationUuid, &AgentId)| self.last_status(agent, *uuid);
        let mut statuses: Vec<pb::OperationStatus> =
            framework.operations.iter().filter_map(last).collect();
        // The table has no order of its own, and one input must give one output.
        statuses.sort_by(|a, b| {
            let key = |status: &pb::OperationStatus| {
                status.operation_id.as_ref().map(|id| id.value.clone())
            };
            key(a).cmp(&key(b))
        });
        statuses
    }

    fn last_status(&self, agent: &AgentId, uuid: OperationUuid) -> Option<pb::OperationStatus> {
        let operation = self.agents.get(agent)?.operations.get(&uuid)?;
        let status = operation
            .statuses
            .last()
            .unwrap_or(&operation.latest_status);
        Some(pb::OperationStatus {
            uuid: None,
            ..status.clone()
        })
    }

    /// The table, first match; `None`: the agent is asked.
    fn judge_operation(&self, id: &FrameworkId, asked: &Asked) -> Option<pb::OperationStatus> {
        let framework = self.frameworks.get(id)?;
        let operation_id = OperationId::from(&asked.operation_id);
        let known = framework.operations_by_id.get(&operation_id);
        let known = known.and_then(|uuid| Some((uuid, framework.operations.get(uuid)?)));
        if let Some(status) = known.and_then(|(uuid, agent)| self.last_status(agent, *uuid)) {
            return Some(status);
        }
        let agent = asked.slave_id.as_ref().map(AgentId::from);
        let sets = &self.agents.sets;
        let (state, message) = match &agent {
            Some(agent) if sets.recovered.contains(agent) => (
                OperationState::OperationRecovering,
                "Reconciliation: Agent is recovered but has not re-registered",
            ),
            Some(agent) if self.agents.get(agent).is_some() => {
                let registered = self.agents.get(agent)?;
                let provider = asked.resource_provider_id.as_ref();
                let unknown_provider = provider.is_some_and(|provider| {
                    !registered
                        .providers
                        .contains_key(&mesos_model::ResourceProviderId::from(provider))
                });
                if unknown_provider && registered.capabilities.agent_operation_feedback {
                    return None;
                }
                (
                    OperationState::OperationUnknown,
                    "Reconciliation: Operation is unknown",
                )
            }
            Some(agent) if sets.unreachable().contains_key(agent) => (
                OperationState::OperationUnreachable,
                "Reconciliation: Agent is unreachable",
            ),
            Some(agent) if sets.gone().contains_key(agent) => (
                OperationState::OperationGoneByOperator,
                "Reconciliation: Agent marked gone by operator",
            ),
            Some(_) | None => (
                OperationState::OperationUnknown,
                "Reconciliation: Operation is unknown",
            ),
        };
        Some(pb::OperationStatus {
            operation_id: Some(asked.operation_id.clone()),
            state: state as i32,
            message: Some(message.to_owned()),
            slave_id: asked.slave_id.clone(),
            resource_provider_id: asked.resource_provider_id.clone(),
            ..pb::OperationStatus::default()
        })
    }

    /// AGT-33: what becomes of the operations of an agent that is lost, for the frameworks that named them.
    pub(super) fn tell_of_operations(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        state: OperationState,
        message: &str,
    ) {
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let told = |framework: &FrameworkId| {
            self.frameworks
                .get(framework)
                .is_some_and(|framework| framework.connected() && framework.stream().is_some())
        };
        let mut statuses: Vec<(OperationUuid, FrameworkId, pb::OperationStatus)> = agent
            .operations
            .values()
            .filter_map(|operation| {
                let framework = operation.framework.as_ref().filter(|id| told(id))?;
                let status = pb::OperationStatus {
                    operation_id: Some(operation.id.as_ref()?.to_proto()),
                    state: state as i32,
                    message: Some(message.to_owned()),
                    slave_id: Some(id.to_proto()),
                    resource_provider_id: operation
                        .provider
                        .as_ref()
                        .map(mesos_model::ResourceProviderId::to_proto),
                    ..pb::OperationStatus::default()
                };
                Some((operation.uuid, framework.clone(), status))
            })
            .collect();
        statuses.sort_by_key(|(uuid, _, _)| *uuid);
        for (_, framework, status) in statuses {
            self.send_operation_status(cx, &framework, status);
        }
    }

    /// OPS-6: the master itself does not let an operation through.
    pub(super) fn drop_with_feedback(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        operation: Option<&pb::OperationId>,
        problem: &str,
    ) {
        let over_http = self
            .frameworks
            .get(id)
            .is_some_and(|framework| framework.stream().is_some());
        let (Some(operation), true) = (operation, over_http) else {
            return;
        };
        let status = pb::OperationStatus {
            operation_id: Some(operation.clone()),
            state: OperationState::OperationError as i32,
            message: Some(problem.to_owned()),
            ..pb::OperationStatus::default()
        };
        self.send_operation_status(cx, id, status);
    }

    fn send_operation_status(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        status: pb::OperationStatus,
    ) {
        let message = internal::UpdateOperationStatusMessage {
            framework_id: Some(id.to_proto()),
            status,
            ..internal::UpdateOperationStatusMessage::default()
        };
        self.send_framework(cx, id, &message);
    }
}
