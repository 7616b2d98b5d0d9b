//! Killing a task, wherever it is at that moment.
//!
//! Compat: agent §9, rule A.5.

use mesos_model::clock::Now;
use mesos_model::id::{ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::KillTaskMessage;
use mesos_proto::mesos::task_status::Reason;
use mesos_proto::mesos::{KillPolicy, TaskState};

use crate::effect::{Effect, Level, log, tell};
use crate::machine::{Agent, Phase};
use crate::state::task::dropped_or_lost;
use crate::state::{ExecutorPhase, FrameworkPhase};

const BEFORE_LAUNCH: &str =
    "A task within the task group was killed before delivery to the executor";
const BEFORE_DELIVERY: &str = "Killed before delivery to the executor";

impl Agent {
    pub(crate) fn on_kill_task(
        &mut self,
        now: Now,
        from: &Upid,
        m: &KillTaskMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) || !matches!(self.phase, Phase::Disconnected | Phase::Running) {
            log(
                Level::Warning,
                format!("Ignoring kill of task {} from {from}", m.task_id.value),
                out,
            );
            return;
        }
        let framework = FrameworkId::from(&m.framework_id);
        let task = TaskId::from(&m.task_id);
        log(
            Level::Info,
            format!("Asked to kill task {task} of framework {framework}"),
            out,
        );
        self.kill(now, &framework, &task, m.kill_policy, out);
    }

    pub(crate) fn kill(
        &mut self,
        now: Now,
        id: &FrameworkId,
        task: &TaskId,
        policy: Option<KillPolicy>,
        out: &mut Vec<Effect>,
    ) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if framework.phase == FrameworkPhase::Terminating {
            return;
        }
        if let Some(pending) = framework.take_pending(task) {
            let text = if pending.group.is_some() {
                BEFORE_LAUNCH
            } else {
                BEFORE_DELIVERY
            };
            for member in &pending.tasks {
                let member = TaskId::from(&member.task_id);
                let update = self.agent_update(
                    now,
                    id,
                    &member,
                    TaskState::TaskKilled,
                    Reason::TaskKilledDuringLaunch,
                    text,
                );
                self.take_update(now, update, None, out);
            }
            self.remove_framework_if_idle(now, id, out);
            return;
        }
        let state = dropped_or_lost(&framework.info);
        let Some(executor) = framework.executor_of_task(task) else {
            let update = self.agent_update(
                now,
                id,
                task,
                state,
                Reason::ExecutorTerminated,
                "Cannot find executor",
            );
            self.take_update(now, update, None, out);
            return;
        };
        let executor_id = executor.id.clone();
        let queued = executor.queued.contains_key(task);
        match executor.phase {
            ExecutorPhase::Registering | ExecutorPhase::Running if queued => {
                self.kill_queued(now, id, &executor_id, task, out);
            }
            ExecutorPhase::Running => self.kill_delivered(id, &executor_id, task, policy, out),
            ExecutorPhase::Registering | ExecutorPhase::Terminating | ExecutorPhase::Terminated => {
            }
        }
    }

    fn kill_queued(
        &mut self,
        now: Now,
        id: &FrameworkId,
        executor_id: &ExecutorId,
        task: &TaskId,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor(id, executor_id) else {
            return;
        };
        let members = executor.queued_with(task);
        let text = if executor.queued_groups.is_empty() {
            BEFORE_DELIVERY
        } else {
            BEFORE_LAUNCH
        };
        for member in members {
            let mut update = self.agent_update(
                now,
                id,
                &member,
                TaskState::TaskKilled,
                Reason::TaskKilledDuringLaunch,
                text,
            );
            update.executor_id = Some(executor_id.to_proto());
            self.take_update(now, update, None, out);
        }
        let unused = self.executor(id, executor_id).is_some_and(|executor| {
            executor.phase == ExecutorPhase::Running
                && executor.queued.is_empty()
                && !executor.was_used()
        });
        if unused {
            self.shutdown_one(now, id, executor_id, out);
        }
    }

    fn kill_delivered(
        &self,
        id: &FrameworkId,
        executor: &ExecutorId,
        task: &TaskId,
        policy: Option<KillPolicy>,
        out: &mut Vec<Effect>,
    ) {
        let Some(known) = self.executor(id, executor) else {
            return;
        };
        let message = KillTaskMessage {
            framework_id: id.to_proto(),
            task_id: task.to_proto(),
            kill_policy: policy,
        };
        tell(&known.reach, executor, &message, out);
    }
}
