//! Status updates on their way in and out.
//!
//! Compat: agent §11.1, §11.2 item 6; rule A.2; flow 8.4.

use mesos_model::clock::Now;
use mesos_model::id::{ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::{
    ReconcileTasksMessage, StatusUpdate, StatusUpdateAcknowledgementMessage, StatusUpdateMessage,
};
use mesos_proto::mesos::task_status::{Reason, Source};
use mesos_proto::mesos::{ContainerStatus, NetworkInfo, TaskState, TaskStatus, network_info};

use crate::checkpoint::{paths, record, write::Disk};
use crate::effect::{Effect, Level, log, send, tell};
use crate::machine::{Agent, Phase};
use crate::state::executors::Noted;
use crate::state::task::{dropped_or_lost, is_partition_aware, is_terminal};
use crate::state::{Executor, FrameworkPhase};
use crate::updates::{Step, StreamError, uuid_text};
use prost::Name;

/// With this many tasks waiting for acknowledgements, updates of tasks nobody launched are dropped.
const STREAMS_MAX: usize = 100_000;

/// Who sent an update and waits to hear that it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Pid(Upid),
    /// An executor that speaks HTTP, of the update's framework.
    Executor(ExecutorId),
}

impl Agent {
    pub(crate) fn on_status_update(
        &mut self,
        now: Now,
        from: &Upid,
        m: StatusUpdateMessage,
        out: &mut Vec<Effect>,
    ) {
        let named = m
            .pid
            .as_deref()
            .map(Upid::parse_literal)
            .filter(|pid| !pid.is_null());
        let sender = named.unwrap_or_else(|| from.clone());
        self.take_update(now, m.update, Some(Sender::Pid(sender)), out);
    }

    /// An update made by the agent itself.
    pub(crate) fn agent_update(
        &mut self,
        now: Now,
        framework: &FrameworkId,
        task: &TaskId,
        state: TaskState,
        reason: Reason,
        message: &str,
    ) -> StatusUpdate {
        let slave = self.agent_id().to_proto();
        let uuid = bytes::Bytes::from(self.rng.uuid().into_bytes().to_vec());
        StatusUpdate {
            framework_id: framework.to_proto(),
            slave_id: Some(slave.clone()),
            status: TaskStatus {
                task_id: task.to_proto(),
                state: state.into(),
                source: Some(Source::Slave.into()),
                reason: Some(reason.into()),
                message: Some(message.to_owned()),
                slave_id: Some(slave),
                timestamp: Some(now.wall.secs()),
                uuid: Some(uuid.clone()),
                ..Default::default()
            },
            timestamp: now.wall.secs(),
            uuid: Some(uuid),
            ..Default::default()
        }
    }

    /// Takes an update of an executor (`sender`) or of the agent (no sender).
    pub(crate) fn take_update(
        &mut self,
        now: Now,
        mut update: StatusUpdate,
        sender: Option<Sender>,
        out: &mut Vec<Effect>,
    ) {
        if let Err(why) = self.check_update(&update) {
            log(
                Level::Warning,
                format!(
                    "Ignoring status update for task {}: {why}",
                    update.status.task_id.value
                ),
                out,
            );
            self.counters.invalid_status_updates += 1;
            return;
        }
        self.complete_update(&mut update, sender.is_some());
        self.counters.valid_status_updates += 1;
        let framework_id = FrameworkId::from(&update.framework_id);
        let task = TaskId::from(&update.status.task_id);
        let uuid = update.uuid.as_ref().map(uuid_text).unwrap_or_default();
        log(
            Level::Info,
            format!(
                "Handling status update {} (Status UUID: {uuid}) for task {task} of framework {framework_id}",
                update.status.state().as_str_name()
            ),
            out,
        );
        let owner = self
            .frameworks
            .get(&framework_id)
            .and_then(|f| f.executor_of_task(&task))
            .map(|e| e.id.clone());
        match owner {
            Some(owner) => self.take_update_of(now, update, &owner, sender, out),
            None => self.take_update_of_nobody(now, update, sender, out),
        }
    }

    /// An update of a task that no executor holds: passed on without being stored. Of the sender's
    /// word alone nothing lasts here unless the sender is an executor of the framework.
    fn take_update_of_nobody(
        &mut self,
        now: Now,
        update: StatusUpdate,
        sender: Option<Sender>,
        out: &mut Vec<Effect>,
    ) {
        let task = TaskId::from(&update.status.task_id);
        let framework_id = FrameworkId::from(&update.framework_id);
        if let Some(stranger) = &sender
            && !self.is_executor_of(&framework_id, stranger)
        {
            self.forward(update.clone(), out);
            self.acknowledge_to(sender, &update, out);
            return;
        }
        if self.streams.len() >= STREAMS_MAX {
            log(
                Level::Warning,
                format!(
                    "Dropping status update for unknown task {task}: too many updates wait for acknowledgement"
                ),
                out,
            );
            self.counters.dropped_status_updates += 1;
            return;
        }
        if let Some(framework) = self.frameworks.get_mut(&framework_id) {
            framework.take_pending(&task);
        }
        self.unknown.forget_task(&framework_id, &task);
        self.store_and_forward(now, update, None, sender, out);
    }

    fn is_executor_of(&self, framework: &FrameworkId, sender: &Sender) -> bool {
        let Some(known) = self.frameworks.get(framework) else {
            return false;
        };
        match sender {
            Sender::Pid(pid) => known.executors.values().any(|e| e.pid() == Some(pid)),
            Sender::Executor(id) => known.executors.contains_key(id),
        }
    }

    fn take_update_of(
        &mut self,
        now: Now,
        mut update: StatusUpdate,
        owner: &ExecutorId,
        sender: Option<Sender>,
        out: &mut Vec<Effect>,
    ) {
        let framework_id = FrameworkId::from(&update.framework_id);
        let task = TaskId::from(&update.status.task_id);
        if sender.is_some() && update.status.state() == TaskState::TaskStaging {
            log(
                Level::Error,
                format!(
                    "Received unexpected TASK_STAGING for task {task}; shutting down its executor"
                ),
                out,
            );
            self.shutdown_one(now, &framework_id, owner, out);
            return;
        }
        let again = update
            .uuid
            .as_ref()
            .is_some_and(|uuid| self.streams.has_seen(&framework_id, &task, uuid));
        if again {
            // An executor that came back repeats what it is not sure of; the task may be further by now.
            self.acknowledge_to(sender, &update, out);
            return;
        }
        if self.streams.is_full(&framework_id, &task, &update) {
            self.turn_away(&StreamError::Full(task.as_str().to_owned()), out);
            return;
        }
        let Some(executor) = self.executor(&framework_id, owner) else {
            return;
        };
        if sender.is_some() || !is_agent_verdict(&update) {
            self.describe_container(&mut update.status, executor);
        }
        let Some(executor) = self.executor_mut(&framework_id, owner) else {
            return;
        };
        let noted = executor.note(&update.status);
        let path = executor
            .meta
            .as_ref()
            .map(|meta| paths::run::task_updates(meta, &task));
        let (container, left) = (executor.container.clone(), executor.allocated());
        match noted {
            Noted::Stale => self.acknowledge_to(sender, &update, out),
            Noted::Changed => self.store_and_forward(now, update, path, sender, out),
            Noted::Ended => {
                self.counters.count_terminal(update.status.state());
                self.unknown.forget_task(&framework_id, &task);
                out.push(Effect::Resize {
                    container,
                    resources: left,
                });
                self.store_and_forward(now, update, path, sender, out);
            }
        }
    }

    fn check_update(&self, update: &StatusUpdate) -> Result<(), &'static str> {
        let mine = self.agent_id();
        let is_mine = |id: &Option<mesos_proto::mesos::SlaveId>| {
            id.as_ref().is_none_or(|id| id.value == mine.as_str())
        };
        if update.uuid.as_ref().is_none_or(|uuid| uuid.len() != 16) {
            return Err("it has no uuid");
        }
        if !is_mine(&update.slave_id) || !is_mine(&update.status.slave_id) {
            return Err("it is for another agent");
        }
        match self
            .frameworks
            .get(&FrameworkId::from(&update.framework_id))
        {
            None => Err("its framework is unknown"),
            Some(framework) if framework.phase == FrameworkPhase::Terminating => {
                Err("its framework is terminating")
            }
            Some(_) => Ok(()),
        }
    }

    fn complete_update(&self, update: &mut StatusUpdate, from_executor: bool) {
        update.status.uuid = update.uuid.clone();
        let source = if from_executor {
            Source::Executor
        } else {
            Source::Slave
        };
        update.status.source = Some(source.into());
        if update.executor_id.is_some() {
            update.status.executor_id = update.executor_id.clone();
        }
        let Some(drain) = &self.drain else { return };
        let killed = update.status.state() == TaskState::TaskKilled;
        if !killed && update.status.state() != TaskState::TaskKilling {
            return;
        }
        update.status.reason = Some(Reason::SlaveDraining.into());
        let framework = self
            .frameworks
            .get(&FrameworkId::from(&update.framework_id));
        let aware = framework.is_some_and(|f| is_partition_aware(&f.info));
        if killed && drain.config.mark_gone.unwrap_or(false) && aware {
            update.status.set_state(TaskState::TaskGoneByOperator);
        }
    }

    /// Adds what the agent knows of the container: its id, its pid and its address.
    fn describe_container(&self, status: &mut TaskStatus, executor: &Executor) {
        let known = status
            .container_status
            .get_or_insert_with(ContainerStatus::default);
        if known.container_id.is_none() {
            known.container_id = Some(executor.container.to_proto());
            known.executor_pid = known.executor_pid.or(executor.forked);
        }
        if known.network_infos.is_empty() {
            let address = network_info::IpAddress {
                ip_address: Some(self.config.pid.address.ip().to_string()),
                ..Default::default()
            };
            known.network_infos.push(NetworkInfo {
                ip_addresses: vec![address],
                ..Default::default()
            });
        }
    }

    fn store_and_forward(
        &mut self,
        now: Now,
        update: StatusUpdate,
        path: Option<std::path::PathBuf>,
        sender: Option<Sender>,
        out: &mut Vec<Effect>,
    ) {
        match self.streams.update(now.instant, update.clone(), path) {
            Ok(steps) => {
                self.do_steps(steps, out);
                self.acknowledge_to(sender, &update, out);
            }
            Err(error) => self.turn_away(&error, out),
        }
    }

    /// The update is not acknowledged: an executor that keeps it may repeat it when it re-registers.
    fn turn_away(&mut self, error: &StreamError, out: &mut Vec<Effect>) {
        self.counters.dropped_status_updates += 1;
        log(
            Level::Error,
            format!("Failed to handle status update: {error}"),
            out,
        );
    }

    /// The executor may forget an update once the agent has it; the framework comes later.
    fn acknowledge_to(&self, sender: Option<Sender>, update: &StatusUpdate, out: &mut Vec<Effect>) {
        let (Some(to), Some(uuid)) = (sender, update.uuid.clone()) else {
            return;
        };
        let message = StatusUpdateAcknowledgementMessage {
            slave_id: self.agent_id().to_proto(),
            framework_id: update.framework_id.clone(),
            task_id: update.status.task_id.clone(),
            uuid,
        };
        match to {
            Sender::Pid(pid) => send(&pid, &message, out),
            Sender::Executor(id) => {
                let framework = FrameworkId::from(&update.framework_id);
                if let Some(executor) = self.executor(&framework, &id) {
                    tell(&executor.reach, &id, &message, out);
                }
            }
        }
    }

    pub(crate) fn do_steps(&mut self, steps: Vec<Step>, out: &mut Vec<Effect>) {
        for step in steps {
            match step {
                Step::Append { path, record } => {
                    let bytes = record::frame_bytes(&self.unknown.record(&record));
                    out.push(Effect::Disk(Disk::Append { path, bytes }));
                }
                Step::Forward(update) => self.forward(*update, out),
            }
        }
    }

    fn forward(&mut self, mut update: StatusUpdate, out: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        let task_id = TaskId::from(&update.status.task_id);
        let framework = self
            .frameworks
            .get_mut(&FrameworkId::from(&update.framework_id));
        let record = framework.and_then(|framework| {
            framework.executors.values_mut().find_map(|executor| {
                let launched = executor.launched.get_mut(&task_id);
                launched.or(executor.terminated.get_mut(&task_id))
            })
        });
        if let Some(record) = record {
            update.latest_state = Some(record.state);
            record.status_update_state = Some(update.status.state);
            record.status_update_uuid = update.uuid.clone();
        }
        let message = StatusUpdateMessage {
            update,
            pid: Some(self.config.pid.to_string()),
        };
        let body = self.unknown.update(&message);
        if let Some(to) = self.master.clone() {
            out.push(Effect::Send {
                to,
                name: StatusUpdateMessage::full_name(),
                body,
            });
        }
    }

    /// The master asked about tasks it believes to be here.
    pub(crate) fn reconcile_unknown_tasks(
        &mut self,
        now: Now,
        m: &ReconcileTasksMessage,
        out: &mut Vec<Effect>,
    ) {
        let framework_id = FrameworkId::from(&m.framework_id);
        for status in &m.statuses {
            let task = TaskId::from(&status.task_id);
            let known = self
                .frameworks
                .get(&framework_id)
                .is_some_and(|f| f.has_pending(&task) || f.executor_of_task(&task).is_some());
            if known {
                continue;
            }
            let state = m
                .framework
                .as_ref()
                .map_or(TaskState::TaskLost, dropped_or_lost);
            let update = self.agent_update(
                now,
                &framework_id,
                &task,
                state,
                Reason::Reconciliation,
                "Reconciliation: task unknown to the agent",
            );
            if let Ok(steps) = self.streams.update(now.instant, update, None) {
                self.do_steps(steps, out);
            }
        }
    }
}

/// Whether the update is the agent's word on a task that no container stands behind.
fn is_agent_verdict(update: &StatusUpdate) -> bool {
    match update.status.state() {
        TaskState::TaskDropped | TaskState::TaskLost => true,
        state => {
            is_terminal(state)
                && update.status.reason == Some(Reason::TaskKilledDuringLaunch.into())
        }
    }
}
