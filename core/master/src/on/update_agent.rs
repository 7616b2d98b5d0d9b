//! UpdateSlaveMessage: oversubscribed resources, resource providers, operations. Compat: AGT-55, AGT-50 … AGT-54.

use std::{collections::HashSet, sync::Arc};

use mesos_allocator::{AgentSpec, Event as Allocation};
use mesos_model::{AgentId, FrameworkId, OfferId, OperationId, ResourceProviderId, Resources};
use mesos_proto::{internal, mesos as pb};

use crate::{
    context::Context,
    ledger::Withdrawal,
    machine::Master,
    state::{OperationRecord, OperationUuid, agents::ProviderRecord, operations::consumed_by},
};

impl Master {
    pub(super) fn on_update_agent(
        &mut self,
        cx: &mut Context<'_>,
        message: internal::UpdateSlaveMessage,
    ) {
        self.counters.master.messages_update_slave += 1;
        let id = AgentId::from(&message.slave_id);
        if self.agents.get(&id).is_none() {
            cx.warn(format!(
                "Ignoring an update of agent {id}: it is not registered"
            ));
            return;
        }
        let version_changed = self.take_version(&id, message.resource_version_uuid);
        let oversubscribed = message.update_oversubscribed_resources.unwrap_or(true);
        let revocable_changed = oversubscribed
            && self.take_revocable(
                &id,
                &Resources::from_proto(&message.oversubscribed_resources),
            );
        let providers = message.resource_providers.map(|list| list.providers);
        let providers_changed =
            providers.is_some_and(|providers| self.take_providers(cx, &id, providers));
        if let Some(operations) = message.operations {
            self.compare_operations(cx, &id, None, operations.operations);
        }
        if !revocable_changed && !providers_changed {
            if version_changed {
                cx.debug(format!("Agent {id} has a new resource version"));
            }
            return;
        }
        let Some(agent) = self.agents.get(&id) else {
            return;
        };
        cx.info(format!("Agent {id} now has {}", agent.total));
        let event = Allocation::AgentUpdated {
            agent: id.clone(),
            spec: AgentSpec::of(&agent.info, agent.capabilities),
            total: agent.total.clone(),
        };
        self.tell_allocator(cx, event);
        self.rescind_stale_offers(cx, &id, revocable_changed, providers_changed);
    }

    fn take_version(&mut self, id: &AgentId, version: Option<pb::Uuid>) -> bool {
        let Some(agent) = self.agents.get_quietly(id) else {
            return false;
        };
        let changed = version.is_some() && agent.resource_version != version;
        if changed {
            agent.resource_version = version;
        }
        changed
    }

    fn take_revocable(&mut self, id: &AgentId, revocable: &Resources) -> bool {
        let Some(agent) = self.agents.get(id) else {
            return false;
        };
        if agent.total.revocable() == *revocable {
            return false;
        }
        let Some(agent) = self.agents.get_mut(id) else {
            return false;
        };
        agent.total = &agent.total.non_revocable() + revocable;
        true
    }

    /// AGT-52: the list is complete; providers that are not in it are gone.
    fn take_providers(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        providers: Vec<internal::update_slave_message::ResourceProvider>,
    ) -> bool {
        let mut changed = false;
        let mut listed: HashSet<ResourceProviderId> = HashSet::new();
        for provider in providers {
            let Some(info) = provider.info else { continue };
            let Some(provider_id) = info.id.as_ref().map(ResourceProviderId::from) else {
                continue;
            };
            listed.insert(provider_id.clone());
            let total = Resources::from_proto(&provider.total_resources);
            let record = Arc::new(ProviderRecord {
                id: provider_id.clone(),
                info,
                total: total.clone(),
                version: provider.resource_version_uuid,
            });
            let withheld = self.withheld(id, &provider_id);
            let Some(agent) = self.agents.get_mut(id) else {
                return changed;
            };
            agent.total += &withheld;
            let old = agent
                .providers
                .insert(provider_id.clone(), record)
                .map(|old| old.total.clone());
            if old.as_ref() != Some(&total) {
                if let Some(old) = &old {
                    agent.total -= old;
                }
                agent.total += &total;
                changed = true;
            }
            self.compare_operations(cx, id, Some(&provider_id), provider.operations.operations);
            let still_withheld = self.withheld(id, &provider_id);
            changed |= withheld != still_withheld;
            if let Some(agent) = self.agents.get_mut(id) {
                agent.total -= &still_withheld;
            }
        }
        self.drop_lost_providers(cx, id, &listed) || changed
    }

    /// AGT-55: what orphans of a provider keep out of the agent's total.
    fn withheld(&self, id: &AgentId, provider: &ResourceProviderId) -> Resources {
        let mut withheld = Resources::new();
        let agent = self.agents.get(id);
        for operation in agent.iter().flat_map(|agent| agent.operations.values()) {
            if operation.provider.as_ref() == Some(provider)
                && let Some(consumed) = operation.withheld()
            {
                withheld += &consumed.unallocated();
            }
        }
        withheld
    }

    /// AGT-52: providers that are not listed any more leave with their operations.
    fn drop_lost_providers(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        listed: &HashSet<ResourceProviderId>,
    ) -> bool {
        let mut changed = false;
        let Some(agent) = self.agents.get(id) else {
            return changed;
        };
        let lost: Vec<ResourceProviderId> = agent
            .providers
            .keys()
            .filter(|p| !listed.contains(*p))
            .cloned()
            .collect();
        for provider in lost {
            let withheld = self.withheld(id, &provider);
            let agent = self.agents.get(id);
            let operations: Vec<Arc<OperationRecord>> = agent
                .iter()
                .flat_map(|agent| agent.operations.values())
                .filter(|operation| operation.provider.as_ref() == Some(&provider))
                .cloned()
                .collect();
            for operation in operations {
                self.drop_operation(cx, id, &operation);
            }
            let Some(agent) = self.agents.get_mut(id) else {
                return changed;
            };
            agent.total += &withheld;
            if let Some(old) = agent.providers.remove(&provider) {
                agent.total -= &old.total;
                changed = true;
            }
        }
        changed
    }

    /// Operations that the agent did not list are asked for; those the master did not know are entered.
    fn compare_operations(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        provider: Option<&ResourceProviderId>,
        operations: Vec<pb::Operation>,
    ) {
        let mut listed: HashSet<OperationUuid> = HashSet::new();
        for operation in operations {
            let Some(uuid) = OperationUuid::from_proto(&operation.uuid) else {
                continue;
            };
            listed.insert(uuid);
            let known = self
                .agents
                .get(id)
                .is_some_and(|agent| agent.operations.contains_key(&uuid));
            if known {
                self.record_operation_status(cx, id, uuid, operation.latest_status, false);
            } else {
                self.enter_reported_operation(id, provider, uuid, operation);
            }
        }
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let missing: Vec<internal::reconcile_operations_message::Operation> = agent
            .operations
            .values()
            .filter(|operation| {
                operation.provider.as_ref() == provider && !listed.contains(&operation.uuid)
            })
            .map(
                |operation| internal::reconcile_operations_message::Operation {
                    operation_uuid: Some(operation.uuid.to_proto()),
                    operation_id: None,
                    resource_provider_id: provider.map(ResourceProviderId::to_proto),
                },
            )
            .collect();
        if !missing.is_empty() {
            cx.send(
                &agent.pid,
                &internal::ReconcileOperationsMessage {
                    operations: missing,
                    framework_id: None,
                },
            );
        }
    }

    fn enter_reported_operation(
        &mut self,
        id: &AgentId,
        provider: Option<&ResourceProviderId>,
        uuid: OperationUuid,
        operation: pb::Operation,
    ) {
        let framework = operation.framework_id.as_ref().map(FrameworkId::from);
        let orphan = framework
            .as_ref()
            .is_some_and(|framework| self.frameworks.get(framework).is_none());
        let record = OperationRecord {
            uuid,
            framework,
            agent: id.clone(),
            id: operation.info.id.as_ref().map(OperationId::from),
            provider: provider.cloned(),
            consumed: if orphan {
                consumed_by(&operation.info)
            } else {
                Resources::new()
            },
            info: operation.info,
            latest_status: operation.latest_status,
            statuses: operation.statuses,
            orphan,
        };
        if let Some(framework) = record
            .framework
            .as_ref()
            .and_then(|id| self.frameworks.get_mut(id))
        {
            framework.operations.insert(uuid, id.clone());
            if let Some(operation_id) = &record.id {
                framework
                    .operations_by_id
                    .insert(operation_id.clone(), uuid);
            }
        }
        if let Some(agent) = self.agents.get_mut(id) {
            agent.operations.insert(uuid, Arc::new(record));
        }
    }

    /// AGT-54.
    fn rescind_stale_offers(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        revocable: bool,
        providers: bool,
    ) {
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let stale = |offer: &&OfferId| {
            let Some(offer) = self.offers.by_id.get(*offer) else {
                return false;
            };
            let mut resources = offer.resources.iter();
            resources.any(|r| {
                (revocable && r.is_revocable()) || (providers && r.provider_id().is_some())
            })
        };
        let stale: Vec<OfferId> = agent.offers.iter().filter(stale).cloned().collect();
        for offer in stale {
            self.withdraw_offer(cx, &offer, Withdrawal::Rescind, None);
        }
    }
}
