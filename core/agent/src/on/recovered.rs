//! Taking over what an earlier agent left: identity, resources, executors, streams.
//!
//! Compat: agent §6 items 8–19; rules A.1, A.18.

use mesos_model::Resources;
use mesos_model::clock::Now;
use mesos_model::id::{AgentId, ExecutorId, FrameworkId};
use mesos_proto::internal::status_update_record::Type;
use mesos_proto::internal::{ReconnectExecutorMessage, StatusUpdateRecord};
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::task_status::Reason;

use crate::checkpoint::{paths, write::Disk};
use crate::config::RecoverMode;
use crate::effect::{Effect, Level, log, send};
use crate::machine::{Agent, Drain, Phase};
use crate::recover::{
    AgentState, ExecutorState, FrameworkState, Recovered, TaskRecord, compat, failure_text,
};
use crate::state::task::{allocate_missing, gone_or_lost, is_terminal, record_status, upgrade};
use crate::state::{Executor, ExecutorPhase, Framework, PendingTermination, Reach};
use crate::timer::Timer;
use crate::updates::Stream;

impl Agent {
    pub(crate) fn on_recovered(&mut self, now: Now, state: Recovered, out: &mut Vec<Effect>) {
        self.counters.recovery_errors = state.errors;
        self.streams.pause();
        self.operations.pause();
        if let Err(cause) = self.recover_resources(&state, out) {
            self.fail_recovery(&cause, out);
            return;
        }
        if let Some(agent) = state.agent {
            match self.keep_identity(&agent, state.rebooted, out) {
                Ok(true) => self.recover_frameworks(now, agent, out),
                Ok(false) => {}
                Err(cause) => {
                    self.fail_recovery(&cause, out);
                    return;
                }
            }
        }
        self.reconnects = true;
        out.push(Effect::DestroyOrphans);
        self.collect_found(now, state.leftovers);
        self.collect_found(now, state.strangers);
        if self.frameworks.is_empty() {
            self.finish_recovery(now, out);
            return;
        }
        self.reconnect_executors(now, out);
        // Even when all executors are back earlier, the whole time is waited out.
        self.timers.arm(
            Timer::ExecutorReregistration,
            now.instant + self.config.executor_reregistration_timeout,
        );
    }

    pub(crate) fn fail_recovery(&self, cause: &str, out: &mut Vec<Effect>) {
        let message = failure_text(cause, &self.paths.meta().latest_agent());
        out.push(Effect::Exit { status: 1, message });
    }

    fn recover_resources(
        &mut self,
        state: &Recovered,
        out: &mut Vec<Effect>,
    ) -> Result<(), String> {
        let current = Resources::from_proto(&state.resources.resources);
        self.checkpointed = current;
        // A target is the newer of the two, complete by itself.
        let latest = state.target.as_ref().unwrap_or(&state.resources);
        for operation in &latest.operations {
            if let Some(uuid) = super::operation::uuid_of(&operation.uuid) {
                self.operations.adopt(uuid, operation.clone());
            }
        }
        if let Some(target) = &state.target {
            let wanted = Resources::from_proto(&target.resources);
            for change in self.volume_changes(&wanted) {
                out.push(Effect::Disk(change));
            }
            let rename = |from, to| Effect::Disk(Disk::Rename { from, to });
            if self.paths.resources_target().exists() {
                out.push(rename(
                    self.paths.resources_target(),
                    self.paths.resources_info(),
                ));
            }
            if self.paths.resources_and_operations_target().exists() {
                out.push(rename(
                    self.paths.resources_and_operations_target(),
                    self.paths.resources_and_operations(),
                ));
            }
            self.checkpointed = wanted;
        }
        let applied = self.config.resources.apply_checkpointed(&self.checkpointed);
        self.total = applied.map_err(|error| {
            format!(
                "Checkpointed resources {} are incompatible with agent resources {}: {error}",
                self.checkpointed, self.config.resources
            )
        })?;
        Ok(())
    }

    /// Whether the old id is kept. `Err` says why the agent must not start.
    fn keep_identity(
        &mut self,
        agent: &AgentState,
        rebooted: bool,
        out: &mut Vec<Effect>,
    ) -> Result<bool, String> {
        let mut old = agent.info.clone();
        upgrade(&mut old.resources);
        let mut new = self.info.clone();
        new.id = Some(agent.id.to_proto());
        match compat::check(self.config.reconfiguration_policy, &old, &new) {
            Ok(()) => {
                self.id = Some(agent.id.clone());
                self.info = new;
                Ok(true)
            }
            Err(_) if rebooted => {
                log(
                    Level::Info,
                    "Agent rebooted and its description changed: registering as a new agent",
                    out,
                );
                out.push(Effect::Disk(Disk::Remove {
                    path: self.paths.meta().latest_agent(),
                }));
                Ok(false)
            }
            Err(cause) => Err(cause),
        }
    }

    fn recover_frameworks(&mut self, now: Now, agent: AgentState, out: &mut Vec<Effect>) {
        if let Some(config) = agent.drain {
            self.drain = Some(Drain {
                config,
                started: now.wall,
            });
        }
        for state in agent.frameworks {
            let id = state.id.clone();
            self.recover_framework(now, &agent.id, state, out);
            self.remove_framework_if_idle(now, &id, out);
        }
    }

    fn recover_framework(
        &mut self,
        now: Now,
        agent: &AgentId,
        state: FrameworkState,
        out: &mut Vec<Effect>,
    ) {
        let mut info = state.info;
        if info.id.is_none() {
            info.id = Some(state.id.to_proto());
        }
        let mut framework = Framework::new(state.id.clone(), info, state.pid);
        framework.original = state.original;
        let role = framework.only_role();
        self.frameworks.insert(state.id.clone(), framework);
        for executor in state.executors {
            self.recover_executor(now, agent, &state.id, role.as_deref(), executor, out);
        }
    }

    fn recover_executor(
        &mut self,
        now: Now,
        agent: &AgentId,
        framework: &FrameworkId,
        role: Option<&str>,
        state: ExecutorState,
        out: &mut Vec<Effect>,
    ) {
        let run = state.run;
        let mut info = state.info;
        upgrade(&mut info.resources);
        if let Some(role) = role {
            allocate_missing(&mut info.resources, role);
        }
        let mut executor = Executor::new(
            state.id.clone(),
            framework.clone(),
            info,
            run.container.clone(),
        );
        executor.sandbox = self
            .paths
            .work()
            .run(agent, framework, &state.id, &run.container);
        executor.generated = state.generated;
        executor.original = state.original;
        executor.forked = run.forked;
        executor.reach = match run.pid.clone() {
            Some(pid) => Reach::Pid(pid),
            None if run.http => Reach::Http(None),
            None => Reach::Unknown,
        };
        executor.meta = Some(run.meta.clone());
        for task in run.tasks {
            self.recover_task(framework, role, &mut executor, task);
        }
        self.attach_sandbox(&executor, out);
        if run.completed {
            executor.phase = ExecutorPhase::Terminated;
            let open: Vec<_> = executor.launched.drain(..).collect();
            executor.terminated.extend(open);
        } else {
            self.containers
                .insert(run.container.clone(), (framework.clone(), state.id.clone()));
            out.push(Effect::Adopt {
                container: run.container.clone(),
                pid: run.forked,
                sandbox: executor.sandbox.clone(),
            });
            out.push(Effect::Resize {
                container: run.container.clone(),
                resources: executor.allocated(),
            });
        }
        let id = state.id.clone();
        if let Some(entry) = self.frameworks.get_mut(framework) {
            entry.executors.insert(id.clone(), executor);
        }
        if run.completed {
            self.remove_executor(now, framework, &id, out);
        }
    }

    fn recover_task(
        &mut self,
        framework: &FrameworkId,
        role: Option<&str>,
        executor: &mut Executor,
        record: TaskRecord,
    ) {
        let mut task = record.info;
        upgrade(&mut task.resources);
        if let Some(role) = role {
            allocate_missing(&mut task.resources, role);
        }
        let mut last = None;
        for update in record.updates.iter().filter_map(|r| r.update.as_ref()) {
            record_status(&mut task, &update.status);
            last = update.uuid.clone();
            if is_terminal(update.status.state()) {
                break;
            }
        }
        task.status_update_state = task.statuses.last().map(|status| status.state);
        task.status_update_uuid = last.clone();
        let acknowledged = |r: &StatusUpdateRecord| r.r#type() == Type::Ack && r.uuid == last;
        let done = is_terminal(task.state()) && record.updates.iter().any(acknowledged);
        let meta = executor.meta.clone().unwrap_or_default();
        let path = paths::run::task_updates(&meta, &record.id);
        if !record.updates.is_empty()
            && let Some(stream) = Stream::replay(path, &record.updates)
        {
            self.streams.adopt(framework, &record.id, stream);
        }
        match (is_terminal(task.state()), done) {
            (false, _) => {
                executor.launched.insert(record.id, task);
            }
            (true, false) => {
                executor.terminated.insert(record.id, task);
            }
            (true, true) => executor.completed.push_back(task),
        }
    }

    fn reconnect_executors(&mut self, now: Now, out: &mut Vec<Effect>) {
        log(Level::Info, "Recovering executors", out);
        if self.config.recover == RecoverMode::Cleanup {
            self.phase = Phase::Terminating;
            let all: Vec<_> = self
                .frameworks
                .values()
                .flat_map(|f| f.executors.values())
                .map(|e| {
                    (
                        e.framework.clone(),
                        e.id.clone(),
                        e.container.clone(),
                        e.reach != Reach::Unknown,
                    )
                })
                .collect();
            for (framework, executor, container, known) in all {
                if known {
                    self.shutdown_one(now, &framework, &executor, out);
                } else {
                    out.push(Effect::Destroy { container });
                }
            }
            return;
        }
        self.ask_executors(out);
        if let Some(interval) = self.config.executor_reregistration_retry_interval {
            self.timers
                .arm(Timer::ExecutorReconnectRetry, now.instant + interval);
        }
    }

    fn ask_executors(&self, out: &mut Vec<Effect>) {
        let message = ReconnectExecutorMessage {
            slave_id: self.agent_id().to_proto(),
        };
        for executor in self.frameworks.values().flat_map(|f| f.executors.values()) {
            if let (ExecutorPhase::Registering, Some(pid)) = (executor.phase, executor.pid()) {
                log(
                    Level::Info,
                    format!(
                        "Sending reconnect request to executor '{}' of framework {} at {pid}",
                        executor.id, executor.framework
                    ),
                    out,
                );
                send(pid, &message, out);
            }
        }
    }

    pub(crate) fn on_reconnect_retry(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.phase != Phase::Recovering {
            return;
        }
        self.ask_executors(out);
        if let Some(interval) = self.config.executor_reregistration_retry_interval {
            self.timers
                .arm(Timer::ExecutorReconnectRetry, now.instant + interval);
        }
    }

    /// Executors that did not come back are ended; then the agent is ready for a master.
    pub(crate) fn on_reregistration_timeout(&mut self, now: Now, out: &mut Vec<Effect>) {
        let timeout =
            mesos_model::units::format_duration(self.config.executor_reregistration_timeout.into());
        log(Level::Info, "Cleaning up un-reregistered executors", out);
        let mut dead = Vec::new();
        for framework in self.frameworks.values_mut() {
            let state = gone_or_lost(&framework.info);
            for executor in framework.executors.values_mut() {
                if executor.phase != ExecutorPhase::Registering {
                    continue;
                }
                log(
                    Level::Info,
                    format!(
                        "Killing un-reregistered executor '{}' of framework {}",
                        executor.id, framework.id
                    ),
                    out,
                );
                executor.phase = ExecutorPhase::Terminating;
                executor.pending_termination = Some(PendingTermination {
                    state,
                    reason: Reason::ExecutorReregistrationTimeout,
                    message: format!("Executor did not reregister within {timeout}"),
                });
                dead.push((executor.container.clone(), executor.forked));
            }
        }
        for (container, forked) in dead {
            match forked {
                Some(_) => out.push(Effect::Destroy { container }),
                None => self.on_container_ended(now, &container, unknown_container(), out),
            }
        }
        if self.drain.is_some() {
            self.kill_everything(now, out);
        }
        self.finish_recovery(now, out);
    }

    fn finish_recovery(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.recovered_after = Some(now.instant.since(self.started.instant));
        if self.config.recover == RecoverMode::Cleanup {
            self.phase = Phase::Terminating;
            self.exit_if_done(out);
            return;
        }
        let boot_id = self.config.boot_id.clone().into_bytes();
        out.push(Effect::Disk(Disk::Write {
            path: self.paths.boot_id(),
            bytes: boot_id,
        }));
        if self.phase == Phase::Recovering {
            self.phase = Phase::Disconnected;
        }
        self.timers.cancel(&Timer::ExecutorReconnectRetry);
        self.timers.arm(
            Timer::DiskWatch,
            now.instant + self.config.disk_watch_interval,
        );
        self.finish_drain_if_empty(out);
        log(Level::Info, "Finished recovery", out);
        out.push(Effect::Detect);
        // A reconnected executor may have been waiting with nothing to do.
        let idle: Vec<(FrameworkId, ExecutorId)> = self
            .frameworks
            .values()
            .flat_map(|f| f.executors.values())
            .filter(|e| e.phase == ExecutorPhase::Running && !e.has_tasks() && !e.was_used())
            .map(|e| (e.framework.clone(), e.id.clone()))
            .collect();
        for (framework, executor) in idle {
            self.shutdown_one(now, &framework, &executor, out);
        }
    }
}

/// The end of a container nobody can find any more.
fn unknown_container() -> ContainerTermination {
    ContainerTermination {
        message: Some("Abnormal executor termination: unknown container".to_owned()),
        ..ContainerTermination::default()
    }
}
