//! Executors that register, come back after a restart, exchange messages and are shut down.
//!
//! Compat: agent §8.6, §6 item 16; flows 8.3, 8.10.

use bytes::Bytes;
use mesos_model::clock::Now;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::{
    ExecutorRegisteredMessage, ExecutorReregisteredMessage, ExecutorToFrameworkMessage,
    FrameworkToExecutorMessage, RegisterExecutorMessage, ReregisterExecutorMessage,
    RunTaskGroupMessage, RunTaskMessage, ShutdownExecutorMessage,
};
use mesos_proto::mesos::TaskState;
use mesos_proto::mesos::task_status::Reason;

use crate::checkpoint::{paths, write::Disk};
use crate::effect::{Effect, Level, duration_of, log, send, tell, tell_bytes};
use crate::machine::{Agent, Phase};
use crate::on::status_update::Sender;
use crate::on::unknown;
use crate::state::task::dropped_or_lost;
use crate::state::{ExecutorPhase, FrameworkPhase, Reach};
use crate::timer::Timer;
use prost::Name;

impl Agent {
    pub(crate) fn on_register_executor(
        &mut self,
        now: Now,
        from: &Upid,
        m: &RegisterExecutorMessage,
        out: &mut Vec<Effect>,
    ) {
        let framework = FrameworkId::from(&m.framework_id);
        let id = ExecutorId::from(&m.executor_id);
        log(
            Level::Info,
            format!("Got registration for executor '{id}' of framework {framework} from {from}"),
            out,
        );
        if !self.may_join(&framework, &id, &[ExecutorPhase::Registering]) {
            log(
                Level::Warning,
                format!(
                    "Shutting down executor '{id}' of framework {framework}: it cannot register now"
                ),
                out,
            );
            send(from, &ShutdownExecutorMessage::default(), out);
            return;
        }
        self.reach_executor(&framework, &id, from, out);
        let unused = self
            .executor(&framework, &id)
            .is_some_and(|e| e.queued.is_empty() && !e.was_used());
        if unused {
            log(
                Level::Warning,
                format!(
                    "Shutting down executor '{id}' of framework {framework} because it has no tasks to run"
                ),
                out,
            );
            self.shutdown_one(now, &framework, &id, out);
            return;
        }
        let Some(body) = self.registered_message(&framework, &id) else {
            return;
        };
        out.push(Effect::Send {
            to: from.clone(),
            name: ExecutorRegisteredMessage::full_name(),
            body,
        });
        self.send_queue(&framework, &id, out);
    }

    /// The encoded welcome to an executor.
    pub(crate) fn registered_message(
        &self,
        framework: &FrameworkId,
        id: &ExecutorId,
    ) -> Option<Bytes> {
        let known = self.frameworks.get(framework)?;
        let executor = known.executors.get(id)?;
        let mut executor_info = executor.info.clone();
        executor_info.framework_id = Some(framework.to_proto());
        let message = ExecutorRegisteredMessage {
            executor_info,
            framework_id: framework.to_proto(),
            framework_info: known.info.clone(),
            slave_id: self.agent_id().to_proto(),
            slave_info: self.info.clone(),
        };
        let originals = (executor.original.as_ref(), known.original.as_ref());
        Some(unknown::registered(&message, originals.0, originals.1))
    }

    fn may_join(&self, framework: &FrameworkId, id: &ExecutorId, phases: &[ExecutorPhase]) -> bool {
        let phase_fits = matches!(self.phase, Phase::Disconnected | Phase::Running);
        let live = |f: &crate::state::Framework| f.phase == FrameworkPhase::Running;
        phase_fits
            && self.frameworks.get(framework).is_some_and(live)
            && self
                .executor(framework, id)
                .is_some_and(|executor| phases.contains(&executor.phase))
    }

    fn reach_executor(
        &mut self,
        framework: &FrameworkId,
        id: &ExecutorId,
        from: &Upid,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor_mut(framework, id) else {
            return;
        };
        executor.phase = ExecutorPhase::Running;
        executor.reach = Reach::Pid(from.clone());
        out.push(Effect::Link {
            to: from.clone(),
            fresh: false,
        });
        if let Some(meta) = &executor.meta {
            let path = paths::run::libprocess_pid(meta);
            out.push(Effect::Disk(Disk::Write {
                path,
                bytes: from.to_string().into_bytes(),
            }));
        }
        let container = executor.container.clone();
        self.timers.cancel(&Timer::ExecutorRegistration(
            framework.clone(),
            id.clone(),
            container,
        ));
    }

    /// Hands everything queued to a registered executor.
    pub(crate) fn send_queue(
        &mut self,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.frameworks.get_mut(framework) else {
            return;
        };
        let (info, pid) = (entry.info.clone(), entry.pid_text());
        let original = entry.original.clone();
        let Some(executor) = entry.executors.get_mut(id) else {
            return;
        };
        // Without a connection tasks stay in the queue: the executor gets them when it is back.
        if executor.queued.is_empty() || !executor.is_reachable() {
            return;
        }
        let reach = executor.reach.clone();
        let executor_info = executor.info.clone();
        let (tasks, groups) = executor.take_queue();
        out.push(Effect::Resize {
            container: executor.container.clone(),
            resources: executor.allocated(),
        });
        for task in tasks {
            log(
                Level::Info,
                format!(
                    "Sending queued task '{}' to executor '{id}' of framework {framework}{reach}",
                    task.task_id.value
                ),
                out,
            );
            let message = RunTaskMessage {
                framework: info.clone(),
                task,
                pid: Some(pid.clone()),
                ..Default::default()
            };
            let body = self
                .unknown
                .run_task(framework, original.as_ref(), &message);
            tell_bytes(&reach, id, &RunTaskMessage::full_name(), body, out);
        }
        for task_group in groups {
            log(
                Level::Info,
                format!(
                    "Sending queued task group of {} tasks to executor '{id}' of framework {framework}{reach}",
                    task_group.tasks.len()
                ),
                out,
            );
            let message = RunTaskGroupMessage {
                framework: info.clone(),
                executor: executor_info.clone(),
                task_group,
                ..Default::default()
            };
            tell(&reach, id, &message, out);
        }
    }

    pub(crate) fn on_reregister_executor(
        &mut self,
        now: Now,
        from: &Upid,
        m: ReregisterExecutorMessage,
        out: &mut Vec<Effect>,
    ) {
        let framework = FrameworkId::from(&m.framework_id);
        let id = ExecutorId::from(&m.executor_id);
        log(
            Level::Info,
            format!(
                "Received re-registration message from executor '{id}' of framework {framework}"
            ),
            out,
        );
        let recovering = self.phase == Phase::Recovering;
        let known = self
            .executor(&framework, &id)
            .map(|executor| executor.phase);
        let terminating = self
            .frameworks
            .get(&framework)
            .is_some_and(|f| f.phase == FrameworkPhase::Terminating);
        match known {
            Some(ExecutorPhase::Registering)
                if !terminating && self.phase != Phase::Terminating => {}
            Some(ExecutorPhase::Running)
                if self.config.executor_reregistration_retry_interval.is_some() && !terminating =>
            {
                return;
            }
            _ => {
                log(
                    Level::Warning,
                    format!(
                        "Shutting down executor '{id}' of framework {framework}: it cannot re-register"
                    ),
                    out,
                );
                send(from, &ShutdownExecutorMessage::default(), out);
                return;
            }
        }
        self.reach_executor(&framework, &id, from, out);
        let message = ExecutorReregisteredMessage {
            slave_id: self.agent_id().to_proto(),
            slave_info: self.info.clone(),
        };
        send(from, &message, out);
        for update in m.updates {
            self.take_update(now, update, Some(Sender::Pid(from.clone())), out);
        }
        self.drop_undelivered(
            now,
            &framework,
            &id,
            &m.tasks
                .iter()
                .map(|t| TaskId::from(&t.task_id))
                .collect::<Vec<_>>(),
            out,
        );
        let unused = self
            .executor(&framework, &id)
            .is_some_and(|e| !e.has_tasks() && !e.was_used());
        if unused && !recovering {
            self.shutdown_one(now, &framework, &id, out);
        }
    }

    /// Tasks sent just before the restart that the executor never saw.
    pub(crate) fn drop_undelivered(
        &mut self,
        now: Now,
        framework: &FrameworkId,
        id: &ExecutorId,
        held: &[TaskId],
        out: &mut Vec<Effect>,
    ) {
        let Some(state) = self
            .frameworks
            .get(framework)
            .map(|f| dropped_or_lost(&f.info))
        else {
            return;
        };
        let Some(executor) = self.executor(framework, id) else {
            return;
        };
        let lost: Vec<TaskId> = executor
            .launched
            .iter()
            .filter(|(task, record)| {
                record.state() == TaskState::TaskStaging && !held.contains(task)
            })
            .map(|(task, _)| task.clone())
            .collect();
        for task in lost {
            let mut update = self.agent_update(
                now,
                framework,
                &task,
                state,
                Reason::SlaveRestarted,
                "Task launched during agent restart",
            );
            update.executor_id = Some(id.to_proto());
            self.take_update(now, update, None, out);
        }
    }

    pub(crate) fn on_shutdown_executor(
        &mut self,
        now: Now,
        from: &Upid,
        m: &ShutdownExecutorMessage,
        out: &mut Vec<Effect>,
    ) {
        let (Some(framework), Some(executor)) = (&m.framework_id, &m.executor_id) else {
            return;
        };
        if !self.is_master(from) || self.phase != Phase::Running {
            return;
        }
        let (framework, executor) = (FrameworkId::from(framework), ExecutorId::from(executor));
        log(
            Level::Info,
            format!("Asked to shut down executor '{executor}' of framework {framework} by {from}"),
            out,
        );
        let leaving = self
            .frameworks
            .get(&framework)
            .is_none_or(|f| f.phase == FrameworkPhase::Terminating);
        if !leaving {
            self.shutdown_one(now, &framework, &executor, out);
        }
    }

    /// Asks an executor to leave; its container is destroyed if it does not.
    pub(crate) fn shutdown_one(
        &mut self,
        now: Now,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let grace_default = self.config.executor_shutdown_grace_period;
        let Some(executor) = self.executor_mut(framework, id) else {
            return;
        };
        match executor.phase {
            ExecutorPhase::Registering | ExecutorPhase::Running => {}
            ExecutorPhase::Terminating | ExecutorPhase::Terminated => return,
        }
        log(
            Level::Info,
            format!("Shutting down executor '{id}' of framework {framework}"),
            out,
        );
        executor.phase = ExecutorPhase::Terminating;
        tell(
            &executor.reach,
            id,
            &ShutdownExecutorMessage::default(),
            out,
        );
        let grace = executor
            .info
            .shutdown_grace_period
            .as_ref()
            .map_or(grace_default, duration_of);
        let container = executor.container.clone();
        self.timers.cancel(&Timer::ExecutorRegistration(
            framework.clone(),
            id.clone(),
            container.clone(),
        ));
        self.timers.arm(
            Timer::ExecutorShutdown(framework.clone(), id.clone(), container),
            now.instant + grace,
        );
    }

    pub(crate) fn on_shutdown_timeout(
        &mut self,
        framework: &FrameworkId,
        id: &ExecutorId,
        container: &ContainerId,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor(framework, id) else {
            return;
        };
        if &executor.container != container || executor.phase != ExecutorPhase::Terminating {
            return;
        }
        log(
            Level::Info,
            format!("Killing executor '{id}' of framework {framework}"),
            out,
        );
        out.push(Effect::Destroy {
            container: container.clone(),
        });
    }

    pub(crate) fn on_framework_message(
        &mut self,
        m: FrameworkToExecutorMessage,
        out: &mut Vec<Effect>,
    ) {
        let framework = FrameworkId::from(&m.framework_id);
        let id = ExecutorId::from(&m.executor_id);
        let live = self.phase == Phase::Running
            && self
                .frameworks
                .get(&framework)
                .is_some_and(|f| f.phase == FrameworkPhase::Running);
        let to = self
            .executor(&framework, &id)
            .filter(|e| live && e.phase == ExecutorPhase::Running)
            .map(|e| e.reach.clone());
        let Some(to) = to else {
            log(
                Level::Warning,
                format!(
                    "Dropping message from framework {framework} to executor '{id}' because it cannot be reached"
                ),
                out,
            );
            self.counters.invalid_framework_messages += 1;
            return;
        };
        tell(&to, &id, &m, out);
        self.counters.valid_framework_messages += 1;
    }

    pub(crate) fn on_executor_message(
        &mut self,
        m: ExecutorToFrameworkMessage,
        out: &mut Vec<Effect>,
    ) {
        let framework = self.frameworks.get(&FrameworkId::from(&m.framework_id));
        let Some(framework) = framework
            .filter(|f| self.phase == Phase::Running && f.phase == FrameworkPhase::Running)
        else {
            log(
                Level::Warning,
                format!(
                    "Dropping message from executor '{}' of framework {}",
                    m.executor_id.value, m.framework_id.value
                ),
                out,
            );
            self.counters.invalid_framework_messages += 1;
            return;
        };
        match framework.pid.clone() {
            Some(pid) => send(&pid, &m, out),
            None => self.to_master(&m, out),
        }
        self.counters.valid_framework_messages += 1;
    }
}
