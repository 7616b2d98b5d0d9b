//! Start: the registry is read, this master's info stored, and work begins. Also what happens after every store.
//!
//! Compat: REG-12, ZK-12, AGT-43, REG-5, REG-13, REG-14, §2.4, ALC-9.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use mesos_model::{AgentId, Role, WallTime};
use mesos_proto::{Raw, internal::Registry, mesos as pb};

use crate::{
    context::Context,
    effect::Effect,
    event::Timer,
    machine::Master,
    registrar::{Operation, Outcome, Then},
    state::RecoveredAgent,
};

/// What a registry may demand of its master (REG-13).
const CAPABILITIES: [&str; 3] = ["AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2"];

impl Master {
    pub(crate) fn on_registry_fetched(
        &mut self,
        cx: &mut Context<'_>,
        registry: Result<Bytes, String>,
    ) {
        if let Err(problem) = registry.and_then(|bytes| self.registrar.recover(&bytes).map(|_| ()))
        {
            cx.fatal(format!("Recovery failed: {problem}"));
            return;
        }
        let registry = self.registrar.registry().clone();
        let unknown = registry
            .minimum_capabilities
            .iter()
            .find(|c| !CAPABILITIES.contains(&c.capability.as_str()));
        if let Some(unknown) = unknown {
            cx.fatal(format!(
                "Recovery failed: the registry was written by a newer master and needs the capability {}; \
                 see the documentation on downgrades",
                unknown.capability
            ));
            return;
        }
        self.take_over(cx, registry);
        let info = Box::new(self.identity.info.clone());
        self.registrar
            .apply(Operation::Recover(info), Then::FinishRecovery);
    }

    /// Fills the tables from the registry.
    fn take_over(&mut self, cx: &mut Context<'_>, registry: Registry) {
        let sets = &mut self.agents.sets;
        for slave in registry.slaves.unwrap_or_default().slaves {
            let Some(id) = slave.info.id.as_ref().map(AgentId::from) else {
                continue;
            };
            let mut info = slave.info;
            for resource in &mut info.resources {
                mesos_model::resources::format::upgrade(resource);
            }
            if let Some(drain) = slave.drain_info {
                sets.draining.insert(id.clone(), Arc::new(drain));
            }
            if slave.deactivated.unwrap_or(false) {
                sets.deactivated.insert(id.clone());
            }
            let agent = RecoveredAgent {
                id: id.clone(),
                info: Raw::new(info),
            };
            sets.recovered.insert(id, Arc::new(agent));
        }
        for slave in registry.unreachable.unwrap_or_default().slaves {
            let id = AgentId::from(&slave.id);
            if let Some(drain) = slave.drain_info {
                sets.draining.insert(id.clone(), Arc::new(drain));
            }
            if slave.deactivated.unwrap_or(false) {
                sets.deactivated.insert(id.clone());
            }
            sets.unreachable_mut()
                .insert(id, WallTime::from_nanos(slave.timestamp.nanoseconds));
        }
        for slave in registry.gone.unwrap_or_default().slaves {
            let since = WallTime::from_nanos(slave.timestamp.nanoseconds);
            sets.gone_mut().insert(AgentId::from(&slave.id), since);
        }
        let weights: Vec<(Role, f64)> = registry
            .weights
            .iter()
            .filter_map(|weight| Some((Role::new(weight.info.role.as_ref()?), weight.info.weight)))
            .collect();
        self.take_weights(cx, weights);
        #[allow(deprecated, reason = "masters before 1.9 wrote this field")]
        let has_quotas = !registry.quota_configs.is_empty() || !registry.quotas.is_empty();
        if has_quotas {
            cx.warn("The registry holds quotas: they are kept, but quota is not built yet and has no effect".to_owned());
        }
    }

    /// REG-14: the registry's weights win over `--weights`.
    fn take_weights(&mut self, cx: &mut Context<'_>, stored: Vec<(Role, f64)>) {
        let given = std::mem::take(&mut self.config.weights);
        let weights = match (stored.is_empty(), given.is_empty()) {
            (false, given_is_empty) => {
                if !given_is_empty {
                    cx.warn("Ignoring --weights: the registry has weights".to_owned());
                }
                stored
            }
            (true, true) => return,
            (true, false) => {
                let list = given
                    .iter()
                    .map(|(role, weight)| (role.to_string(), *weight))
                    .collect();
                self.registrar
                    .apply(Operation::Weights(list), Then::Nothing);
                given
            }
        };
        let map: BTreeMap<Role, f64> = weights.iter().cloned().collect();
        Arc::make_mut(&mut self.roles).weights = map;
        self.tell_allocator(cx, mesos_allocator::Event::WeightsUpdated { weights });
    }

    /// Begins a store if there is something to store.
    pub(crate) fn flush_registry(&mut self, cx: &mut Context<'_>) {
        if let Some((number, registry)) = self.registrar.flush() {
            cx.out.push(Effect::StoreRegistry { number, registry });
        }
    }

    pub(crate) fn on_registry_stored(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        result: Result<(), String>,
    ) {
        if let Err(problem) = result {
            // REG-9: a master that cannot write its registry must not go on.
            cx.fatal(format!("Failed to update the registry: {problem}"));
            return;
        }
        for outcome in self.registrar.stored(number) {
            self.continue_after_store(cx, outcome);
        }
    }

    fn continue_after_store(&mut self, cx: &mut Context<'_>, (result, then): Outcome) {
        match then {
            Then::FinishRecovery => self.finish_recovery(cx),
            Then::Register {
                pid,
                id,
                message,
                info,
            } => self.agent_admitted(cx, result, pid, id, &message, info),
            Then::Reregister {
                pid,
                id,
                message,
                info,
            } => self.agent_readmitted(cx, result, pid, &id, *message, info),
            Then::Unreachable {
                id,
                recovery,
                since,
            } => match result {
                Ok(()) => self.agent_unreachable(cx, &id, recovery, since),
                Err(problem) => {
                    self.agents.sets.marking_unreachable.remove(&id);
                    cx.warn(format!("Agent {id} was not marked unreachable: {problem}"));
                }
            },
            Then::Removed { id, reason } => self.agent_removed(cx, &id, &reason),
            Then::Pruned { unreachable, gone } => self.agents_pruned(&unreachable, &gone),
            Then::Nothing => {}
        }
    }

    fn finish_recovery(&mut self, cx: &mut Context<'_>) {
        self.recovered = true;
        self.elected_time = Some(cx.now.wall);
        self.leader = Some(Arc::new(self.identity.info.clone()));
        let recovered = self.agents.sets.recovered.len();
        self.registrar.set_recovered_agents(recovered);
        cx.info(format!(
            "Recovered {recovered} agents from the registry; allowing {:?} for them to re-register",
            self.config.agent_reregister_timeout
        ));
        if recovered > 0 {
            cx.arm(Timer::RecoveredAgents, self.config.agent_reregister_timeout);
        }
        cx.arm(Timer::RegistryCollection, self.config.registry_gc_interval);
        let event = mesos_allocator::Event::Recovered {
            agents: recovered,
            quotas: Vec::new(),
        };
        self.tell_allocator(cx, event);
    }

    /// The info that the registry holds of a known agent, to see whether it changed.
    pub(super) fn recovered_info(&self, id: &AgentId) -> Option<Raw<pb::SlaveInfo>> {
        Some(self.agents.sets.recovered.get(id)?.info.clone())
    }
}
