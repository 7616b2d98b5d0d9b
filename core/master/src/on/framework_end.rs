//! Disconnection, deactivation, failover timeout and removal of frameworks.
//!
//! Compat: FWK-20a, FWK-21, FWK-23, FWK-24, FWK-26.

use std::{sync::Arc, time::Duration};

use mesos_allocator::Event as Allocation;
use mesos_model::{AgentId, ExecutorId, FrameworkId, TaskId};
use mesos_proto::{
    internal,
    mesos::{TaskState, task_status::Reason},
};
use prost::{Message, Name};

use crate::{
    context::Context,
    effect::Effect,
    event::Timer,
    ledger::{Shelf, Withdrawal},
    machine::Master,
    notify::OwnUpdate,
    state::{Framework, FrameworkState, TaskRecord},
};

impl Master {
    /// The link to a driver broke, or the stream of an HTTP framework ended.
    pub(super) fn on_framework_exited(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if !framework.connected() {
            return;
        }
        cx.info(format!(
            "Framework '{}' {id} disconnected",
            framework.name()
        ));
        if let Some(pid) = framework.pid().cloned() {
            let message = "Framework disconnected".to_owned();
            cx.send(&pid, &internal::FrameworkErrorMessage { message });
        }
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        framework.state = FrameworkState::Disconnected;
        framework.epoch += 1;
        let epoch = framework.epoch;
        let timeout = Duration::try_from_secs_f64(framework.info.get().failover_timeout().max(0.0))
            .unwrap_or(Duration::MAX);
        cx.info(format!("Giving framework {id} {timeout:?} to fail over"));
        self.deactivate_framework(cx, id, Withdrawal::Discard);
        cx.arm(
            Timer::FrameworkFailover {
                framework: id.clone(),
                epoch,
            },
            timeout,
        );
    }

    pub(crate) fn deactivate_framework(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        how: Withdrawal,
    ) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if !framework.active {
            return;
        }
        framework.active = false;
        cx.info(format!("Deactivating framework {id}"));
        self.tell_allocator(
            cx,
            Allocation::FrameworkDeactivated {
                framework: id.clone(),
            },
        );
        self.withdraw_framework_offers(cx, id, how);
    }

    pub(super) fn on_failover_timeout(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        epoch: u64,
    ) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        if framework.connected() || framework.epoch != epoch {
            return;
        }
        cx.info(format!("Framework {id} did not come back in time"));
        self.remove_framework(cx, id);
    }

    /// Ends a framework for good (FWK-24).
    pub(crate) fn remove_framework(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        cx.info(format!("Removing framework '{}' {id}", framework.name()));
        self.deactivate_framework(cx, id, Withdrawal::Discard);
        self.withdraw_framework_offers(cx, id, Withdrawal::Discard);
        let shutdown = internal::ShutdownFrameworkMessage {
            framework_id: id.to_proto(),
        }
        .encode_to_vec();
        let shutdown = bytes::Bytes::from(shutdown);
        for agent in self.agents.iter() {
            cx.send_bytes(
                &agent.pid,
                internal::ShutdownFrameworkMessage::NAME,
                shutdown.clone(),
            );
        }
        self.remove_framework_tasks(cx, id);
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        if let Some(pid) = framework.pid() {
            self.authentication.forget(pid);
        }
        if let (Some(stream), true) = (framework.stream(), framework.connected()) {
            cx.out.push(Effect::CloseStream { stream });
        }
        let executors: Vec<(AgentId, ExecutorId)> = framework.executors.keys().cloned().collect();
        for (agent, executor) in executors {
            self.remove_executor(cx, &agent, id, &executor);
        }
        self.orphan_operations(id);
        self.tell_allocator(
            cx,
            Allocation::FrameworkRemoved {
                framework: id.clone(),
            },
        );
        let Some(mut framework) = self.frameworks.remove(id) else {
            return;
        };
        if let Some(principal) = framework.info.get().principal.as_deref() {
            let shared =
                |other: &Framework| other.info.get().principal.as_deref() == Some(principal);
            if !self.frameworks.iter().any(shared) {
                self.counters.remove_principal(principal);
            }
        }
        framework.state = FrameworkState::Disconnected;
        framework.active = false;
        framework.unregistered_time = cx.now.wall;
        self.frameworks
            .complete(framework.publish(), self.config.max_completed_frameworks);
    }

    /// Its tasks count as killed; nobody is told (FWK-24).
    fn remove_framework_tasks(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let tasks: Vec<Arc<TaskRecord>> = framework.tasks.iter().cloned().collect();
        let unreachable: Vec<Arc<TaskRecord>> =
            framework.unreachable_tasks.iter().cloned().collect();
        for task in tasks {
            let update = removed_update(id, &task, cx.now.wall.secs());
            self.update_task(cx, &update, false);
            self.remove_task(cx, id, task.id(), Shelf::Completed);
        }
        for task in unreachable {
            let update = removed_update(id, &task, cx.now.wall.secs());
            let mut record = TaskRecord::clone(&task);
            if !crate::state::tasks::is_terminal(record.state) {
                record.state = TaskState::TaskKilled;
                self.counters.master.task_reached(TaskState::TaskKilled);
            }
            record.push_status(&update.status);
            self.forget_unreachable(id, task.agent(), task.id());
            if let Some(framework) = self.frameworks.get_mut(id) {
                framework.completed_tasks.push(Arc::new(record));
            }
        }
    }

    /// Takes a task off a framework's unreachable list and out of the index by agent.
    pub(crate) fn forget_unreachable(
        &mut self,
        framework: &FrameworkId,
        agent: &AgentId,
        task: &TaskId,
    ) -> Option<Arc<TaskRecord>> {
        let index = &mut self.agents.sets.unreachable_tasks;
        if let Some(by_framework) = index.get_mut(agent) {
            if let Some(tasks) = by_framework.get_mut(framework) {
                tasks.remove(task);
                if tasks.is_empty() {
                    by_framework.remove(framework);
                }
            }
            if by_framework.is_empty() {
                index.remove(agent);
            }
        }
        self.frameworks
            .get_mut(framework)?
            .unreachable_tasks
            .remove(task)
    }

    /// Operations of a framework that is gone are acknowledged by the master (OPS-4).
    fn orphan_operations(&mut self, id: &FrameworkId) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        let operations = std::mem::take(&mut framework.operations);
        framework.operations_by_id.clear();
        for (uuid, agent) in operations {
            let agent = self.agents.get_mut(&agent);
            if let Some(operation) = agent.and_then(|agent| agent.operations.get_mut(&uuid)) {
                Arc::make_mut(operation).orphan = true;
            }
        }
    }
}

fn removed_update(id: &FrameworkId, task: &TaskRecord, wall: f64) -> internal::StatusUpdate {
    OwnUpdate {
        framework: id,
        agent: Some(task.agent()),
        task: task.id(),
        executor: task.fixed.executor.as_ref(),
        state: TaskState::TaskKilled,
        reason: Reason::FrameworkRemoved,
        message: "Framework removed",
        unreachable_time: None,
    }
    .to_proto(wall)
}
