//! RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME, SHRINK_VOLUME, CREATE_DISK, DESTROY_DISK in an ACCEPT.
//!
//! Compat: OFR-8, OFR-9, OFR-12, OFR-16, OP-1 … OP-15.

use std::sync::Arc;

use mesos_model::{
    AgentId, FrameworkId, OfferId, Resources,
    resources::{Conversion, conversions, is_speculative, provider_of},
    validate::{self, operation::Asker},
};
use mesos_proto::{
    Raw, internal,
    mesos::{
        self as pb, OperationState,
        offer::{Operation, operation::Type},
    },
    wire,
};
use prost::Name;

use super::Acceptance;
use crate::{
    context::Context,
    ledger::Withdrawal,
    machine::Master,
    state::{Agent, OperationRecord, OperationUuid},
};

impl Master {
    /// An operation that takes effect at once (RES-47).
    pub(super) fn speculate(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        operation: Raw<Operation>,
    ) {
        let kind = operation.r#type();
        if kind == Type::Destroy {
            self.rescind_holders(cx, acceptance, &operation);
        }
        let changes = self
            .check_operation(cx, acceptance, &operation)
            .and_then(|()| {
                let changes = conversions(&operation).map_err(|e| e.to_string())?;
                let resizes = matches!(kind, Type::GrowVolume | Type::ShrinkVolume);
                let left = acceptance
                    .remaining
                    .apply_all(&changes)
                    .map_err(|e| e.to_string())?;
                if resizes {
                    for change in &changes {
                        acceptance.remaining -= &change.consumed;
                        acceptance.resized += &change.converted;
                    }
                } else {
                    acceptance.remaining = left;
                }
                Ok(changes)
            });
        match changes {
            Ok(changes) => {
                cx.info(format!(
                    "Applying {} of framework {} on agent {}",
                    kind.as_str_name(),
                    acceptance.framework,
                    acceptance.agent
                ));
                if let Some(framework) = self.frameworks.get_mut(&acceptance.framework) {
                    framework.counters_mut().operation(kind);
                }
                let agent = acceptance.agent.clone();
                self.apply_operation(cx, Some(&acceptance.framework), &agent, operation, &changes);
                acceptance.conversions.extend(changes);
            }
            Err(problem) => {
                self.drop_operation_of(cx, acceptance, &operation, &problem);
            }
        }
    }

    /// An operation whose outcome only the agent knows.
    pub(super) fn convert_disk(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        operation: Raw<Operation>,
    ) {
        let source = operation.create_disk.as_ref().map(|create| &create.source);
        let source = source
            .or(operation
                .destroy_disk
                .as_ref()
                .map(|destroy| &destroy.source))
            .cloned();
        let checked = self
            .check_operation(cx, acceptance, &operation)
            .and_then(|()| {
                let consumed = Resources::from_proto(source.as_slice());
                let provides = self
                    .agents
                    .get(&acceptance.agent)
                    .is_some_and(|agent| agent.capabilities.resource_provider);
                if !provides {
                    return Err("the agent has no resource providers".to_owned());
                }
                if !acceptance.remaining.contains(&consumed) {
                    return Err(format!("{consumed} is not in what is left of the offers"));
                }
                Ok(consumed)
            });
        match checked {
            Ok(consumed) => {
                acceptance.remaining -= &consumed;
                acceptance.allocated += &consumed;
                let agent = acceptance.agent.clone();
                let change = Conversion::new(consumed, Resources::new());
                self.apply_operation(
                    cx,
                    Some(&acceptance.framework),
                    &agent,
                    operation,
                    &[change],
                );
            }
            Err(problem) => {
                self.drop_operation_of(cx, acceptance, &operation, &problem);
            }
        }
    }

    /// OFR-8, OFR-9 and the checks of §7.4.
    fn check_operation(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &Acceptance,
        operation: &Operation,
    ) -> Result<(), String> {
        let framework = self
            .frameworks
            .get(&acceptance.framework)
            .ok_or("unknown framework")?;
        let agent = self.agents.get(&acceptance.agent).ok_or("unknown agent")?;
        if operation.id.is_some() && framework.stream().is_none() {
            let message = "The 'id' field was set in an offer operation, but operation feedback is not supported \
                           for the SchedulerDriver API"
                .to_owned();
            self.send_framework(
                cx,
                &acceptance.framework,
                &internal::FrameworkErrorMessage { message },
            );
            return Err("operation ids need the v1 scheduler API".to_owned());
        }
        if operation.id.is_some() {
            check_feedback(operation, agent)?;
        }
        let info = framework.info.get();
        let asker = Asker {
            framework: Some(info),
            principal: info.principal.as_deref(),
            agent: agent.capabilities,
        };
        check_contents(operation, agent, asker)
    }

    /// An operation that is not applied; its framework hears of it if it gave the operation a name (OPS-6).
    fn drop_operation_of(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &Acceptance,
        operation: &Operation,
        problem: &str,
    ) {
        cx.warn(format!(
            "Dropping {} of framework {}: {problem}",
            operation.r#type().as_str_name(),
            acceptance.framework
        ));
        let id = operation.id.as_ref();
        self.drop_with_feedback(cx, &acceptance.framework, id, problem);
    }

    /// DESTROY first takes the volume out of everybody else's offers (OFR-12).
    fn rescind_holders(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &Acceptance,
        operation: &Operation,
    ) {
        let Some(destroy) = &operation.destroy else {
            return;
        };
        let volumes = Resources::from_proto(&destroy.volumes).unallocated();
        let Some(agent) = self.agents.get(&acceptance.agent) else {
            return;
        };
        let holds = |offer: &&OfferId| {
            let Some(offer) = self.offers.by_id.get(*offer) else {
                return false;
            };
            let resources = offer.resources.unallocated();
            volumes
                .iter()
                .any(|volume| resources.contains_entry(volume))
        };
        let holders: Vec<OfferId> = agent.offers.iter().filter(holds).cloned().collect();
        for offer in holders {
            self.withdraw_offer(cx, &offer, Withdrawal::Rescind, None);
        }
    }

    /// Changes the agent's totals and tells it (OFR-16). The conversions are allocated to a role.
    pub(crate) fn apply_operation(
        &mut self,
        cx: &mut Context<'_>,
        framework_id: Option<&FrameworkId>,
        agent_id: &AgentId,
        operation: Raw<Operation>,
        changes: &[Conversion],
    ) {
        let speculative = is_speculative(operation.r#type());
        if speculative {
            self.convert_total(cx, agent_id, changes);
        }
        let Some(agent) = self.agents.get(agent_id) else {
            return;
        };
        if !agent.capabilities.resource_provider {
            let resources = agent.checkpointed().to_proto();
            cx.send(
                &agent.pid,
                &internal::CheckpointResourcesMessage { resources },
            );
            return;
        }
        let Ok(provider) = provider_of(&operation) else {
            return;
        };
        let version = match &provider {
            None => agent.resource_version.clone(),
            Some(id) => agent
                .providers
                .get(id)
                .map(|provider| provider.version.clone()),
        };
        let uuid = OperationUuid(*self.random.uuid().as_bytes());
        let version = internal::ResourceVersionUuid {
            resource_provider_id: provider
                .as_ref()
                .map(mesos_model::ResourceProviderId::to_proto),
            uuid: version.unwrap_or_default(),
        };
        let mut message = wire::Composer::new();
        if let Some(id) = framework_id {
            message = message.message(1, &id.to_proto());
        }
        let message = message
            .bytes(2, operation.bytes())
            .message(3, &uuid.to_proto())
            .message(4, &version);
        let name = internal::ApplyOperationMessage::NAME;
        cx.send_bytes(&agent.pid, name, message.finish());
        let consumed = if speculative {
            Resources::new()
        } else {
            changes
                .iter()
                .fold(Resources::new(), |sum, change| &sum + &change.consumed)
        };
        self.add_operation(OperationRecord {
            uuid,
            framework: framework_id.cloned(),
            agent: agent_id.clone(),
            id: operation.id.as_ref().map(mesos_model::OperationId::from),
            provider,
            latest_status: pb::OperationStatus {
                operation_id: operation.id.clone(),
                state: OperationState::OperationPending as i32,
                slave_id: Some(agent_id.to_proto()),
                ..pb::OperationStatus::default()
            },
            info: operation.into_value(),
            statuses: Vec::new(),
            consumed,
            orphan: false,
        });
    }

    fn convert_total(&mut self, cx: &mut Context<'_>, id: &AgentId, changes: &[Conversion]) {
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        for change in changes {
            let change = Conversion::new(
                change.consumed.unallocated(),
                change.converted.unallocated(),
            );
            match agent.total.apply_conversion(&change) {
                Ok(total) => agent.total = total,
                Err(problem) => cx.warn(format!(
                    "The total of agent {id} cannot follow an operation: {problem}"
                )),
            }
        }
    }

    /// Enters an operation; what it consumes until its outcome is known counts as used.
    fn add_operation(&mut self, operation: OperationRecord) {
        let operation = Arc::new(operation);
        if let Some(framework_id) = &operation.framework {
            if let Some(framework) = self.frameworks.get_mut(framework_id) {
                framework
                    .operations
                    .insert(operation.uuid, operation.agent.clone());
                if let Some(id) = &operation.id {
                    framework
                        .operations_by_id
                        .insert(id.clone(), operation.uuid);
                }
                framework.used += &operation.consumed;
            }
            if let Some(agent) = self.agents.get_mut(&operation.agent) {
                agent.use_resources(framework_id, &operation.consumed);
            }
        }
        if let Some(agent) = self.agents.get_mut(&operation.agent) {
            agent.operations.insert(operation.uuid, operation);
        }
    }
}

/// OFR-9: feedback needs an agent that gives it.
fn check_feedback(operation: &Operation, agent: &Agent) -> Result<(), String> {
    if !agent.capabilities.resource_provider {
        return Err(
            "Operation requested feedback, but the agent does not have the RESOURCE_PROVIDER capability"
                .to_owned(),
        );
    }
    let of_provider = provider_of(operation).is_ok_and(|provider| provider.is_some());
    if !of_provider && !agent.capabilities.agent_operation_feedback {
        return Err(
            "Operation on agent default resources requested feedback, but the agent does not have \
             the AGENT_OPERATION_FEEDBACK capability"
                .to_owned(),
        );
    }
    Ok(())
}

/// The sub-message of the operation's type must be there and valid (OFR-8, OP-1..15).
fn check_contents(operation: &Operation, agent: &Agent, asker: Asker<'_>) -> Result<(), String> {
    let missing = || {
        Err(format!(
            "'{}' is not set",
            operation.r#type().as_str_name().to_lowercase()
        ))
    };
    let checked = match operation.r#type() {
        Type::Reserve => match &operation.reserve {
            Some(reserve) if !reserve.source.is_empty() => {
                return Err("'source' cannot be set by frameworks".to_owned());
            }
            Some(reserve) => validate::operation::validate_reserve(reserve, asker),
            None => return missing(),
        },
        Type::Unreserve => match &operation.unreserve {
            Some(unreserve) => validate::operation::validate_unreserve(unreserve),
            None => return missing(),
        },
        Type::Create => match &operation.create {
            Some(create) => {
                validate::operation::validate_create(create, &agent.checkpointed(), asker)
            }
            None => return missing(),
        },
        Type::Destroy => match &operation.destroy {
            Some(destroy) => validate::operation::validate_destroy(
                destroy,
                &agent.checkpointed(),
                agent.used.values(),
            ),
            None => return missing(),
        },
        Type::GrowVolume => match &operation.grow_volume {
            Some(grow) => validate::operation::validate_grow(grow, agent.capabilities),
            None => return missing(),
        },
        Type::ShrinkVolume => match &operation.shrink_volume {
            Some(shrink) => validate::operation::validate_shrink(shrink, agent.capabilities),
            None => return missing(),
        },
        Type::CreateDisk => match &operation.create_disk {
            Some(create) => validate::operation::validate_create_disk(create),
            None => return missing(),
        },
        Type::DestroyDisk => match &operation.destroy_disk {
            Some(destroy) => validate::operation::validate_destroy_disk(destroy),
            None => return missing(),
        },
        Type::Unknown | Type::Launch | Type::LaunchGroup => {
            return Err("not a resource operation".to_owned());
        }
    };
    checked.map_err(|e| e.to_string())
}
