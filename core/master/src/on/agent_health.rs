//! Pings, broken links, and the way to unreachable. Compat: AGT-28 … AGT-36, REG-16, REG-17.

use std::sync::Arc;

use mesos_allocator::Event as Allocation;
use mesos_model::{AgentId, FrameworkId, TaskId, WallTime};
use mesos_process::Upid;
use mesos_proto::{
    internal,
    mesos::{self as pb, TaskState, task_status::Reason},
};
use prost::{Message, Name};

use crate::{
    context::Context,
    effect::Effect,
    event::Timer,
    ledger::{Shelf, Withdrawal},
    limiter::{Cause, Permit},
    machine::Master,
    notify::{NO_PID, OwnUpdate},
    registrar::{Operation, Then},
    state::TaskRecord,
};

impl Master {
    /// Sends a ping and arms the next tick (AGT-28).
    pub(super) fn ping(&mut self, cx: &mut Context<'_>, id: &AgentId) {
        // Pinging changes nothing that a view shows, so the record is not published again for it.
        let Some(agent) = self.agents.get_quietly(id) else {
            return;
        };
        agent.observer.waiting_for_pong = true;
        let number = agent.observer.number;
        let body = internal::PingSlaveMessage {
            connected: agent.connected,
        }
        .encode_to_vec()
        .into();
        let to = agent.pid.clone();
        cx.out.push(Effect::SendFromObserver {
            number,
            to,
            name: internal::PingSlaveMessage::NAME,
            body,
        });
        cx.arm(
            Timer::Ping {
                agent: id.clone(),
                observer: number,
            },
            self.config.agent_ping_timeout,
        );
    }

    pub(super) fn on_ping_timer(&mut self, cx: &mut Context<'_>, id: &AgentId, observer: u64) {
        let max = self.config.max_agent_ping_timeouts;
        let Some(agent) = self.agents.get_quietly(id) else {
            return;
        };
        if agent.observer.number != observer {
            return;
        }
        let mut schedule = false;
        if agent.observer.waiting_for_pong {
            agent.observer.missed += 1;
            schedule = agent.observer.missed >= max && !agent.observer.unreachable_scheduled;
        }
        if schedule {
            agent.observer.unreachable_scheduled = true;
            cx.info(format!("Agent {id} did not answer {max} pings"));
            self.schedule_unreachable(cx, id, Cause::HealthCheck { observer });
        }
        self.ping(cx, id);
    }

    pub(super) fn on_pong(&mut self, cx: &mut Context<'_>, from: &Upid, observer: u64) {
        let Some(id) = self.agents.by_pid(from).cloned() else {
            return;
        };
        let Some(agent) = self.agents.get_quietly(&id) else {
            return;
        };
        if agent.observer.number != observer {
            return;
        }
        agent.observer.waiting_for_pong = false;
        agent.observer.missed = 0;
        if std::mem::take(&mut agent.observer.unreachable_scheduled)
            && !self.agents.sets.marking_unreachable.contains(&id)
        {
            self.counters.master.slave_unreachable_canceled += 1;
            cx.info(format!("Agent {id} answered in time: it stays"));
        }
    }

    fn schedule_unreachable(&mut self, cx: &mut Context<'_>, id: &AgentId, cause: Cause) {
        self.counters.master.slave_unreachable_scheduled += 1;
        match self.limiter.request(cx.now.instant, id, cause) {
            Permit::Granted => self.carry_out_unreachable(cx, id, cause),
            Permit::Waits(at) => cx.out.push(Effect::Arm {
                timer: Timer::RemovalPermit,
                at,
            }),
        }
    }

    pub(super) fn on_removal_permit(&mut self, cx: &mut Context<'_>) {
        let (request, again) = self.limiter.take(cx.now.instant);
        if let Some((id, cause)) = request {
            self.carry_out_unreachable(cx, &id, cause);
        }
        if let Some(at) = again {
            cx.out.push(Effect::Arm {
                timer: Timer::RemovalPermit,
                at,
            });
        }
    }

    /// The permit is there: goes on unless the reason has gone away meanwhile.
    fn carry_out_unreachable(&mut self, cx: &mut Context<'_>, id: &AgentId, cause: Cause) {
        let agent = self.agents.get(id);
        let still = match cause {
            Cause::HealthCheck { observer } => {
                // A pong has already counted the cancellation.
                match agent {
                    Some(agent) if agent.observer.number == observer => {
                        if !agent.observer.unreachable_scheduled {
                            return;
                        }
                        true
                    }
                    Some(_) | None => false,
                }
            }
            Cause::Disconnected { epoch } => {
                agent.is_some_and(|agent| agent.epoch == epoch && !agent.connected)
            }
            Cause::Recovery => self.agents.sets.recovered.contains(id),
        };
        if still && self.mark_unreachable(cx, id, cause == Cause::Recovery) {
            self.counters.master.slave_unreachable_completed += 1;
        } else {
            self.counters.master.slave_unreachable_canceled += 1;
        }
    }

    /// Writes the transition to the registry (AGT-32). False if it is not due.
    fn mark_unreachable(&mut self, cx: &mut Context<'_>, id: &AgentId, recovery: bool) -> bool {
        let sets = &mut self.agents.sets;
        let busy = sets.reregistering.contains(id)
            || sets.marking_unreachable.contains(id)
            || sets.removing.contains(id)
            || sets.is_removed(id)
            || sets.marking_gone.contains(id)
            || sets.gone().contains_key(id);
        if busy || (!sets.recovered.contains(id) && self.agents.get(id).is_none()) {
            return false;
        }
        cx.info(format!("Marking agent {id} unreachable"));
        self.agents.sets.marking_unreachable.insert(id.clone());
        let since = cx.now.wall;
        let then = Then::Unreachable {
            id: id.clone(),
            recovery,
            since,
        };
        self.registrar
            .apply(Operation::MarkUnreachable(id.clone(), since), then);
        true
    }

    /// The registry has it: the agent's tasks are out of reach (AGT-33 … AGT-35).
    pub(super) fn agent_unreachable(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        recovery: bool,
        since: WallTime,
    ) {
        self.agents.sets.marking_unreachable.remove(id);
        self.agents.sets.unreachable_mut().insert(id.clone(), since);
        self.counters.master.slave_removals += 1;
        self.counters.master.slave_removals_reason_unhealthy += 1;
        if recovery || self.agents.sets.recovered.contains(id) {
            self.agents.sets.recovered.remove(id);
            self.counters.master.recovery_slave_removals += 1;
            self.send_all_frameworks(
                cx,
                &internal::LostSlaveMessage {
                    slave_id: id.to_proto(),
                },
            );
            return;
        }
        let time = pb::TimeInfo {
            nanoseconds: since.as_nanos(),
        };
        self.tell_of_operations(
            cx,
            id,
            pb::OperationState::OperationUnreachable,
            "Agent is unreachable",
        );
        for (framework, task) in self.tasks_of_agent(id) {
            self.task_unreachable(cx, id, &framework, &task, time);
        }
        cx.info(format!("Agent {id} is unreachable"));
        self.forget_agent(cx, id);
        self.send_all_frameworks(
            cx,
            &internal::LostSlaveMessage {
                slave_id: id.to_proto(),
            },
        );
    }

    fn task_unreachable(
        &mut self,
        cx: &mut Context<'_>,
        agent: &AgentId,
        framework_id: &FrameworkId,
        task: &TaskId,
        since: pb::TimeInfo,
    ) {
        let Some(framework) = self.frameworks.get(framework_id) else {
            return;
        };
        let aware = framework.capabilities.partition_aware;
        let connected = framework.connected();
        let Some(record) = framework.tasks.get(task).cloned() else {
            return;
        };
        let update = OwnUpdate {
            framework: framework_id,
            agent: Some(agent),
            task,
            executor: record.fixed.executor.as_ref(),
            state: if aware {
                TaskState::TaskUnreachable
            } else {
                TaskState::TaskLost
            },
            reason: Reason::SlaveRemoved,
            message: "Agent is unreachable",
            unreachable_time: Some(since),
        };
        self.update_task(cx, &update.to_proto(cx.now.wall.secs()), false);
        self.remove_task(cx, framework_id, task, Shelf::Unreachable);
        if connected {
            self.send_own_update(cx, &update, Some(NO_PID));
        }
    }

    /// Takes a registered agent out of every table: executors, offers, operations, allocator (AGT-35).
    pub(super) fn forget_agent(&mut self, cx: &mut Context<'_>, id: &AgentId) {
        for (framework, executor) in self.executors_of_agent(id) {
            self.remove_executor(cx, id, &framework, &executor);
        }
        self.withdraw_agent_offers(cx, id, Withdrawal::Rescind);
        self.drop_agent_operations(cx, id);
        self.tell_allocator(cx, Allocation::AgentRemoved { agent: id.clone() });
        if let Some(agent) = self.agents.remove(id) {
            self.authentication.forget(&agent.pid);
            cx.out.push(Effect::CloseObserver {
                number: agent.observer.number,
            });
        }
        self.agents.sets.remember_removed(id.clone());
    }

    /// The link to an agent broke (AGT-30).
    pub(super) fn on_agent_exited(&mut self, cx: &mut Context<'_>, id: &AgentId) {
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        if !agent.connected {
            return;
        }
        agent.connected = false;
        agent.epoch += 1;
        let (epoch, was_active) = (agent.epoch, std::mem::take(&mut agent.active));
        cx.info(format!(
            "Agent {id} at {} ({}) disconnected",
            agent.pid, agent.hostname
        ));
        if was_active {
            self.tell_allocator(cx, Allocation::AgentDeactivated { agent: id.clone() });
        }
        self.withdraw_agent_offers(cx, id, Withdrawal::Rescind);
        let keeps = |framework: &FrameworkId| {
            self.frameworks
                .get(framework)
                .is_none_or(|f| f.checkpoint())
        };
        let mut executors = self.executors_of_agent(id);
        executors.retain(|(framework, _)| !keeps(framework));
        let mut tasks = self.tasks_of_agent(id);
        tasks.retain(|(framework, _)| !keeps(framework));
        for (framework, task) in tasks {
            self.lose_task(
                cx,
                id,
                &framework,
                &task,
                Reason::SlaveDisconnected,
                "Agent disconnected",
            );
        }
        for (framework, executor) in executors {
            self.remove_executor(cx, id, &framework, &executor);
        }
        cx.arm(
            Timer::AgentReregister {
                agent: id.clone(),
                epoch,
            },
            self.config.agent_reregister_timeout,
        );
    }

    /// TASK_LOST, to completed, told to a connected framework (AGT-30, AGT-38).
    pub(super) fn lose_task(
        &mut self,
        cx: &mut Context<'_>,
        agent: &AgentId,
        framework_id: &FrameworkId,
        task: &TaskId,
        reason: Reason,
        message: &str,
    ) {
        let Some(framework) = self.frameworks.get(framework_id) else {
            return;
        };
        let connected = framework.connected();
        let Some(record): Option<Arc<TaskRecord>> = framework.tasks.get(task).cloned() else {
            return;
        };
        let update = OwnUpdate {
            framework: framework_id,
            agent: Some(agent),
            task,
            executor: record.fixed.executor.as_ref(),
            state: TaskState::TaskLost,
            reason,
            message,
            unreachable_time: None,
        };
        self.update_task(cx, &update.to_proto(cx.now.wall.secs()), false);
        self.remove_task(cx, framework_id, task, Shelf::Completed);
        if connected {
            self.send_own_update(cx, &update, Some(NO_PID));
        }
    }

    pub(super) fn on_agent_timeout(&mut self, cx: &mut Context<'_>, id: &AgentId, epoch: u64) {
        if self
            .agents
            .get(id)
            .is_some_and(|agent| !agent.connected && agent.epoch == epoch)
        {
            cx.info(format!("Agent {id} did not come back in time"));
            self.schedule_unreachable(cx, id, Cause::Disconnected { epoch });
        }
    }

    /// REG-16: agents of the registry that have not been heard of since the election.
    pub(super) fn on_recovered_agents_timeout(&mut self, cx: &mut Context<'_>) {
        let admitted = self.registrar.recovered_agents();
        let missing: Vec<AgentId> = self.agents.sets.recovered.keys().cloned().collect();
        if missing.is_empty() {
            return;
        }
        let share = missing.len() as f64 / admitted.max(1) as f64;
        if share > self.config.recovery_agent_removal_limit {
            cx.fatal(format!(
                "{} of {admitted} agents did not re-register after the election: more than the recovery removal limit",
                missing.len()
            ));
            return;
        }
        for id in missing {
            if !self.agents.sets.reregistering.contains(&id) {
                self.schedule_unreachable(cx, &id, Cause::Recovery);
            }
        }
    }
}
