//! Plain removal of agents, and pruning of old registry entries. Compat: AGT-37 … AGT-39, REG-18, REG-19.

use mesos_model::{AgentId, WallTime};
use mesos_process::Upid;
use mesos_proto::{internal, mesos::task_status::Reason};

use crate::{
    context::Context,
    event::Timer,
    machine::Master,
    registrar::{Operation, RemovalReason, Then},
};

impl Master {
    pub(super) fn on_unregister_agent(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: &internal::UnregisterSlaveMessage,
    ) {
        self.counters.master.messages_unregister_slave += 1;
        let id = AgentId::from(&message.slave_id);
        let Some(agent) = self.agents.get(&id) else {
            return;
        };
        if agent.pid != *from {
            cx.warn(format!(
                "Ignoring unregistration of agent {id}: {from} is not its address"
            ));
            return;
        }
        cx.info(format!("Agent {id} asks to be unregistered"));
        self.begin_agent_removal(cx, &id, RemovalReason::Unregistered);
    }

    /// Writes the removal to the registry (AGT-39).
    pub(super) fn begin_agent_removal(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        reason: RemovalReason,
    ) {
        let sets = &mut self.agents.sets;
        if sets.marking_unreachable.contains(id)
            || sets.marking_gone.contains(id)
            || sets.removing.contains(id)
        {
            cx.warn(format!(
                "Not removing agent {id}: another transition is in progress"
            ));
            return;
        }
        sets.removing.insert(id.clone());
        self.registrar.apply(
            Operation::Remove(id.clone()),
            Then::Removed {
                id: id.clone(),
                reason,
            },
        );
    }

    /// The registry has it (AGT-38).
    pub(super) fn agent_removed(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        reason: &RemovalReason,
    ) {
        self.agents.sets.removing.remove(id);
        if self.agents.get(id).is_none() {
            return;
        }
        self.counters.master.slave_removals += 1;
        match reason {
            RemovalReason::Unregistered => {
                self.counters.master.slave_removals_reason_unregistered += 1
            }
            RemovalReason::Replaced => self.counters.master.slave_removals_reason_registered += 1,
        }
        let message = match reason {
            RemovalReason::Unregistered => "Agent unregistered",
            RemovalReason::Replaced => "A new agent registered at the same address",
        };
        for (framework, task) in self.tasks_of_agent(id) {
            self.lose_task(
                cx,
                id,
                &framework,
                &task,
                Reason::SlaveRemoved,
                &format!("Agent was removed: {message}"),
            );
        }
        cx.info(format!("Removed agent {id}: {message}"));
        self.forget_agent(cx, id);
        self.agents.sets.draining.remove(id);
        self.agents.sets.deactivated.remove(id);
        self.send_all_frameworks(
            cx,
            &internal::LostSlaveMessage {
                slave_id: id.to_proto(),
            },
        );
    }

    /// REG-18: too many or too old entries go, oldest first.
    pub(super) fn on_registry_collection(&mut self, cx: &mut Context<'_>) {
        cx.arm(Timer::RegistryCollection, self.config.registry_gc_interval);
        let sets = &self.agents.sets;
        let unreachable = self.prunable(cx, sets.unreachable());
        let gone = self.prunable(cx, sets.gone());
        if unreachable.is_empty() && gone.is_empty() {
            return;
        }
        let then = Then::Pruned {
            unreachable: unreachable.clone(),
            gone: gone.clone(),
        };
        self.registrar
            .apply(Operation::Prune { unreachable, gone }, then);
    }

    fn prunable(
        &self,
        cx: &Context<'_>,
        list: &std::collections::HashMap<AgentId, WallTime>,
    ) -> Vec<AgentId> {
        let mut entries: Vec<(&AgentId, WallTime)> =
            list.iter().map(|(id, since)| (id, *since)).collect();
        entries.sort_by(|a, b| a.1.secs().total_cmp(&b.1.secs()).then_with(|| a.0.cmp(b.0)));
        let surplus = entries
            .len()
            .saturating_sub(self.config.registry_max_agent_count);
        let oldest = cx.now.wall.secs() - self.config.registry_max_agent_age.as_secs_f64();
        let marked = entries
            .iter()
            .enumerate()
            .filter(|(at, (_, since))| *at < surplus || since.secs() < oldest);
        marked.map(|(_, (id, _))| (*id).clone()).collect()
    }

    /// REG-19: with an entry go the tasks that were remembered for it.
    pub(super) fn agents_pruned(&mut self, unreachable: &[AgentId], gone: &[AgentId]) {
        for id in unreachable {
            self.agents.sets.unreachable_mut().remove(id);
            let Some(tasks) = self.agents.sets.unreachable_tasks.remove(id) else {
                continue;
            };
            for (framework, tasks) in tasks {
                let Some(framework) = self.frameworks.get_mut(&framework) else {
                    continue;
                };
                for task in tasks {
                    framework.unreachable_tasks.remove(&task);
                }
            }
        }
        for id in gone {
            self.agents.sets.gone_mut().remove(id);
        }
    }
}
