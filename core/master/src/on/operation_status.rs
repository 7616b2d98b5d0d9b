//! Status updates of operations. Compat: OPS-2, OPS-3, OPS-4, AGT-55.
//!
//! Drivers cannot name operations (FWK-5, OFR-9): for them, as for operators, the master acknowledges.

use std::{sync::Arc, time::Duration};

use mesos_allocator::{AgentSpec, Event as Allocation};
use mesos_model::{AgentId, FrameworkId, Resources};
use mesos_proto::{internal, mesos as pb};

use crate::{
    context::Context,
    machine::Master,
    state::{
        OperationRecord, OperationUuid,
        operations::{is_speculative, is_terminal},
    },
};

/// How long after the agent's return an orphan's framework may take to come back (OPS-4).
const ORPHAN_WAIT: Duration = Duration::from_secs(600);

impl Master {
    pub(super) fn on_operation_status(
        &mut self,
        cx: &mut Context<'_>,
        message: internal::UpdateOperationStatusMessage,
    ) {
        self.counters.master.messages_operation_status_update += 1;
        let framework = message.framework_id.as_ref().map(FrameworkId::from);
        if let (None, Some(framework)) = (&message.operation_uuid, &framework) {
            // OPS-1: the agent's answer to a forwarded reconciliation.
            self.send_framework(cx, framework, &message);
            return;
        }
        let Some((id, uuid, operation)) = self.find_operation(cx, framework.as_ref(), &message)
        else {
            self.counters.master.invalid_operation_status_updates += 1;
            return;
        };
        self.counters.master.valid_operation_status_updates += 1;
        let status_uuid = message.status.uuid.clone();
        let latest = message
            .latest_status
            .clone()
            .unwrap_or_else(|| message.status.clone());
        let terminal = is_terminal(latest.state());
        self.record_operation_status(cx, &id, uuid, latest, true);
        if let Some(framework) = self.acknowledger(&operation) {
            self.send_framework(cx, &framework, &message);
            if terminal && status_uuid.is_none() {
                self.remove_operation(&id, uuid);
            }
            return;
        }
        if self.waits_for_framework(cx, &id, &operation) {
            return;
        }
        if let Some(status_uuid) = status_uuid {
            let acknowledgement = internal::AcknowledgeOperationStatusMessage {
                status_uuid,
                operation_uuid: uuid.to_proto(),
                resource_provider_id: operation
                    .provider
                    .as_ref()
                    .map(mesos_model::ResourceProviderId::to_proto),
            };
            self.send_agent(cx, &id, &acknowledgement);
        }
        if terminal {
            self.remove_operation(&id, uuid);
        }
    }

    /// OPS-2: an operation of a registered agent; of an unknown one the framework is told all the same.
    fn find_operation(
        &mut self,
        cx: &mut Context<'_>,
        framework: Option<&FrameworkId>,
        message: &internal::UpdateOperationStatusMessage,
    ) -> Option<(AgentId, OperationUuid, Arc<OperationRecord>)> {
        let id = message.slave_id.as_ref().map(AgentId::from);
        let agent = id.as_ref().and_then(|id| self.agents.get(id));
        let Some(agent) = agent else {
            cx.warn("Ignoring an operation status update of an unknown agent".to_owned());
            return None;
        };
        let uuid = message
            .operation_uuid
            .as_ref()
            .and_then(OperationUuid::from_proto);
        let found = uuid.and_then(|uuid| Some((uuid, agent.operations.get(&uuid)?)));
        if let Some((uuid, operation)) = found {
            return Some((agent.id.clone(), uuid, Arc::clone(operation)));
        }
        cx.warn(format!(
            "A status update of an unknown operation on agent {}",
            agent.id
        ));
        let connected = |id: &&FrameworkId| {
            self.frameworks
                .get(id)
                .is_some_and(|framework| framework.connected() && framework.stream().is_some())
        };
        if let Some(framework) = framework.filter(connected) {
            self.send_framework(cx, framework, message);
        }
        None
    }

    /// OPS-4: the framework that acknowledges the statuses of an operation, if it is not the master.
    fn acknowledger(&self, operation: &OperationRecord) -> Option<FrameworkId> {
        let framework = operation.framework.as_ref()?;
        let named = operation.id.is_some() && !operation.orphan;
        (named && !self.frameworks.is_completed(framework)).then(|| framework.clone())
    }

    /// OPS-4: the framework of an orphan may still come back; the agent asks again until it is answered.
    fn waits_for_framework(
        &self,
        cx: &Context<'_>,
        id: &AgentId,
        operation: &OperationRecord,
    ) -> bool {
        let unknown = operation.orphan
            && operation.framework.as_ref().is_some_and(|framework| {
                self.frameworks.get(framework).is_none() && !self.frameworks.is_completed(framework)
            });
        let since = self
            .agents
            .get(id)
            .and_then(|agent| agent.reregistered_time);
        unknown
            && since
                .is_some_and(|since| cx.now.wall.secs() - since.secs() < ORPHAN_WAIT.as_secs_f64())
    }

    /// OPS-3: a terminal status stays; the first one settles what the operation consumed.
    ///
    /// `convert`: the agent's total has to follow; false when the agent just reported its total.
    pub(super) fn record_operation_status(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        uuid: OperationUuid,
        status: pb::OperationStatus,
        convert: bool,
    ) {
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        let Some(operation) = agent.operations.get_mut(&uuid) else {
            return;
        };
        let record = Arc::make_mut(operation);
        let ends = !is_terminal(record.state()) && is_terminal(status.state());
        if !is_terminal(record.state()) {
            record.latest_status = status.clone();
        }
        if record.statuses.last() != Some(&status) {
            record.statuses.push(status.clone());
        }
        if ends && !is_speculative(&record.info) {
            let record = record.clone();
            self.settle_operation(cx, id, &record, &status, convert);
        }
    }

    fn settle_operation(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        record: &OperationRecord,
        status: &pb::OperationStatus,
        convert: bool,
    ) {
        let consumed = &record.consumed;
        if record.orphan {
            self.settle_orphan(cx, id, consumed, status, convert);
            return;
        }
        let Some(framework_id) = &record.framework else {
            return;
        };
        if let Some(framework) = self.frameworks.get_mut(framework_id) {
            framework.used -= consumed;
        }
        if let Some(agent) = self.agents.get_mut(id) {
            agent.free_resources(framework_id, consumed);
        }
        self.recover_allocated(cx, framework_id, id, consumed.clone());
        if !convert || status.state() != pb::OperationState::OperationFinished {
            return;
        }
        let converted = Resources::from_proto(&status.converted_resources).unallocated();
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        agent.total -= &consumed.unallocated();
        agent.total += &converted;
        let event = Allocation::AgentUpdated {
            agent: id.clone(),
            spec: AgentSpec::of(&agent.info, agent.capabilities),
            total: agent.total.clone(),
        };
        self.tell_allocator(cx, event);
    }

    /// AGT-55: what an orphan withheld, or what became of it, is the agent's again.
    fn settle_orphan(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        consumed: &Resources,
        status: &pb::OperationStatus,
        convert: bool,
    ) {
        let Some(agent) = self.agents.get_mut(id).filter(|_| convert) else {
            return;
        };
        agent.total += &if status.state() == pb::OperationState::OperationFinished {
            Resources::from_proto(&status.converted_resources).unallocated()
        } else {
            consumed.unallocated()
        };
        let event = Allocation::AgentUpdated {
            agent: id.clone(),
            spec: AgentSpec::of(&agent.info, agent.capabilities),
            total: agent.total.clone(),
        };
        self.tell_allocator(cx, event);
    }

    pub(super) fn remove_operation(&mut self, id: &AgentId, uuid: OperationUuid) {
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        let Some(record) = agent.operations.remove(&uuid) else {
            return;
        };
        if let Some(framework) = record
            .framework
            .as_ref()
            .and_then(|id| self.frameworks.get_mut(id))
        {
            framework.operations.remove(&uuid);
            if let Some(operation_id) = &record.id {
                framework.operations_by_id.remove(operation_id);
            }
        }
    }

    /// The agent is leaving: what its pending operations held is given back (AGT-35).
    pub(super) fn drop_agent_operations(&mut self, cx: &mut Context<'_>, id: &AgentId) {
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let operations: Vec<Arc<OperationRecord>> = agent.operations.values().cloned().collect();
        for operation in operations {
            self.drop_operation(cx, id, &operation);
        }
    }

    /// An operation that nobody will report on any more: what it held is given back.
    pub(super) fn drop_operation(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        operation: &OperationRecord,
    ) {
        if !is_terminal(operation.state())
            && !operation.orphan
            && let Some(framework_id) = operation
                .framework
                .as_ref()
                .filter(|_| !operation.consumed.is_empty())
        {
            if let Some(framework) = self.frameworks.get_mut(framework_id) {
                framework.used -= &operation.consumed;
            }
            if let Some(agent) = self.agents.get_mut(id) {
                agent.free_resources(framework_id, &operation.consumed);
            }
            self.recover_allocated(cx, framework_id, id, operation.consumed.clone());
        }
        self.remove_operation(id, operation.uuid);
    }
}
