//! The agent's machine: one value, one entry point. Handlers live in `on/`.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use mesos_model::Resources;
use mesos_model::clock::{Instant, Now, WallTime};
use mesos_model::id::{AgentId, ContainerId, ExecutorId, FrameworkId};
use mesos_process::Upid;
use mesos_proto::mesos::{DrainConfig, SlaveInfo};

use crate::checkpoint::paths::Paths;
use crate::config::{Config, PING_TIMEOUT_DEFAULT};
use crate::effect::{Effect, Level, log};
use crate::event::{Event, Message};
use crate::gc::Gc;
use crate::metrics::Counters;
use crate::on::operation::Operations;
use crate::on::unknown::Unknown;
use crate::recover::Leftover;
use crate::rng::Rng;
use crate::state::{Executor, Framework};
use crate::timer::{Timer, Timers};
use crate::updates::Streams;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Recovering,
    Disconnected,
    Running,
    Terminating,
}

/// A drain in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    pub config: DrainConfig,
    pub started: WallTime,
}

pub struct Agent {
    pub(crate) config: Config,
    pub(crate) paths: Paths,
    pub(crate) id: Option<AgentId>,
    pub(crate) info: SlaveInfo,
    pub(crate) phase: Phase,
    pub(crate) master: Option<Upid>,
    pub(crate) frameworks: IndexMap<FrameworkId, Framework>,
    pub(crate) completed_frameworks: VecDeque<Framework>,
    pub(crate) streams: Streams,
    pub(crate) operations: Operations,
    /// What the agent has, checkpointed reservations and volumes applied.
    pub(crate) total: Resources,
    pub(crate) checkpointed: Resources,
    pub(crate) resource_version: uuid::Uuid,
    pub(crate) drain: Option<Drain>,
    pub(crate) gc: Gc,
    pub(crate) timers: Timers,
    pub(crate) rng: Rng,
    pub(crate) counters: Counters,
    pub(crate) started: Now,
    pub(crate) recovered_after: Option<Duration>,
    pub(crate) register_attempts: u32,
    pub(crate) ping_timeout: Duration,
    /// Virtual paths now shown, and what they stand for.
    pub(crate) attached: BTreeMap<String, PathBuf>,
    pub(crate) containers: BTreeMap<ContainerId, (FrameworkId, ExecutorId)>,
    pub(crate) unknown: Unknown,
    /// What an earlier agent left is in the tables.
    pub(crate) reconnects: bool,
}

impl Agent {
    pub fn new(config: Config, started: Now) -> Self {
        let mut rng = Rng::seeded(config.seed);
        let resource_version = rng.uuid();
        Self {
            paths: Paths::new(&config.work_dir),
            id: None,
            info: config.info.clone(),
            phase: Phase::Recovering,
            master: None,
            frameworks: IndexMap::new(),
            completed_frameworks: VecDeque::new(),
            streams: Streams::default(),
            operations: Operations::default(),
            total: config.resources.clone(),
            checkpointed: Resources::new(),
            resource_version,
            drain: None,
            gc: Gc::new(config.gc_delay, config.gc_disk_headroom),
            timers: Timers::default(),
            rng,
            counters: Counters::default(),
            started,
            recovered_after: None,
            register_attempts: 0,
            ping_timeout: PING_TIMEOUT_DEFAULT,
            attached: BTreeMap::new(),
            containers: BTreeMap::new(),
            unknown: Unknown::default(),
            reconnects: false,
            config,
        }
    }

    /// Takes one event in; the effects are to be done in order.
    pub fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Recovered(state) => self.on_recovered(now, *state, out),
            Event::RecoveryFailed(error) => self.fail_recovery(&error.0, out),
            Event::MasterDetected(master) => self.on_master_detected(now, master, out),
            Event::Authenticated(result) => self.on_authenticated(now, result, out),
            Event::Message {
                from,
                message,
                body,
            } => {
                let mark = self.keep_unknown(&from, &message, body);
                self.on_message(now, &from, *message, out);
                self.forget_unless_taken(mark);
            }
            Event::ExecutorCall(call) => self.on_executor_call(now, *call, out),
            Event::StreamEnded { stream } => self.on_stream_ended(stream, out),
            Event::Exited { pid } => self.on_exited(&pid, out),
            Event::Tick => self.on_tick(now, out),
            Event::ContainerLaunched { container, outcome } => {
                self.on_container_launched(now, &container, outcome, out);
            }
            Event::ContainerEnded {
                container,
                termination,
            } => {
                self.on_container_ended(now, &container, *termination, out);
            }
            Event::DiskMeasured { used } => self.on_disk_measured(now, used, out),
            Event::PathRemoved { path, removed } => self.on_path_removed(now, path, removed, out),
            Event::LeaveRequested { reason } => self.on_leave(now, &reason, out),
        }
    }

    /// Names the present set of resources; launches and operations must quote it.
    pub fn resource_version(&self) -> mesos_proto::mesos::Uuid {
        self.version_uuid()
    }

    pub fn work_dir(&self) -> &std::path::Path {
        &self.config.work_dir
    }

    /// When `Event::Tick` is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        [
            self.timers.next_deadline(),
            self.streams.next_deadline(),
            self.operations.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn on_message(&mut self, now: Now, from: &Upid, message: Message, out: &mut Vec<Effect>) {
        match message {
            Message::SlaveRegistered(m) => self.on_registered(now, from, &m, out),
            Message::SlaveReregistered(m) => self.on_reregistered(now, from, m, out),
            Message::Ping(m) => self.on_ping(now, from, m, out),
            Message::Shutdown(m) => self.on_shutdown(now, from, &m, out),
            Message::RunTask(m) => self.on_run_task(now, from, m, out),
            Message::RunTaskGroup(m) => self.on_run_task_group(now, from, m, out),
            Message::KillTask(m) => self.on_kill_task(now, from, &m, out),
            Message::ShutdownFramework(m) => self.on_shutdown_framework(now, from, &m, out),
            Message::ShutdownExecutor(m) => self.on_shutdown_executor(now, from, &m, out),
            Message::UpdateFramework(m) => self.on_update_framework(now, m, out),
            Message::FrameworkToExecutor(m) => self.on_framework_message(m, out),
            Message::ExecutorToFramework(m) => self.on_executor_message(m, out),
            Message::RegisterExecutor(m) => self.on_register_executor(now, from, &m, out),
            Message::ReregisterExecutor(m) => self.on_reregister_executor(now, from, m, out),
            Message::StatusUpdate(m) => self.on_status_update(now, from, m, out),
            Message::StatusUpdateAcknowledgement(m) => self.on_acknowledgement(now, from, &m, out),
            Message::CheckpointResources(m) => self.on_checkpoint_resources(from, &m, out),
            Message::ApplyOperation(m) => self.on_apply_operation(now, from, m, out),
            Message::ReconcileOperations(m) => self.on_reconcile_operations(from, &m, out),
            Message::AcknowledgeOperationStatus(m) => self.on_operation_acknowledged(now, &m, out),
            Message::Drain(m) => self.on_drain(now, from, m, out),
        }
    }

    fn on_tick(&mut self, now: Now, out: &mut Vec<Effect>) {
        while let Some(timer) = self.timers.pop_due(now.instant) {
            match timer {
                Timer::Register => self.on_register_due(now, out),
                Timer::PingTimeout => self.on_ping_timeout(out),
                Timer::ExecutorRegistration(f, e, c) => {
                    self.on_registration_timeout(&f, &e, &c, out)
                }
                Timer::ExecutorShutdown(f, e, c) => self.on_shutdown_timeout(&f, &e, &c, out),
                Timer::ExecutorHeartbeat(f, e) => self.on_heartbeat_due(now, &f, &e, out),
                Timer::ExecutorReregistration => self.on_reregistration_timeout(now, out),
                Timer::ExecutorReconnectRetry => self.on_reconnect_retry(now, out),
                Timer::DiskWatch => out.push(Effect::MeasureDisk),
            }
        }
        let steps = self.streams.due(now.instant);
        self.do_steps(steps, out);
        self.resend_operations(now, out);
    }

    fn on_disk_measured(&mut self, now: Now, used: f64, out: &mut Vec<Effect>) {
        for path in self.gc.prune(now.instant, used) {
            log(Level::Info, format!("Deleting {}", path.display()), out);
            self.detach_all_of(&path, out);
            out.push(Effect::Collect { path });
        }
        self.timers.arm(
            Timer::DiskWatch,
            now.instant + self.config.disk_watch_interval,
        );
    }

    fn on_path_removed(&mut self, now: Now, path: PathBuf, removed: bool, out: &mut Vec<Effect>) {
        self.gc.removed(&path);
        if removed {
            self.counters.path_removals_succeeded += 1;
        } else {
            self.counters.path_removals_failed += 1;
        }
        self.resume_pending(now, out);
    }

    pub(crate) fn attach_sandbox(&mut self, executor: &Executor, out: &mut Vec<Effect>) {
        let names = crate::checkpoint::paths::sandbox_virtual_paths(
            &executor.sandbox,
            &executor.framework,
            &executor.id,
        );
        for name in names {
            self.attached.insert(name.clone(), executor.sandbox.clone());
            out.push(Effect::Attach {
                name,
                path: executor.sandbox.clone(),
            });
        }
    }

    fn detach_all_of(&mut self, path: &std::path::Path, out: &mut Vec<Effect>) {
        let gone = |real: &PathBuf| real.starts_with(path);
        let names: Vec<String> = self
            .attached
            .iter()
            .filter(|(_, real)| gone(real))
            .map(|(n, _)| n.clone())
            .collect();
        for name in names {
            self.attached.remove(&name);
            out.push(Effect::Detach { name });
        }
    }

    /// Puts directories on the list of things to remove, counting from now.
    pub(crate) fn collect_later(
        &mut self,
        now: Now,
        paths: impl IntoIterator<Item = PathBuf>,
        out: &mut Vec<Effect>,
    ) {
        for path in paths {
            out.push(Effect::Disk(crate::checkpoint::write::Disk::Touch {
                path: path.clone(),
            }));
            self.gc.schedule(now.instant, path);
        }
    }

    /// As [`Agent::collect_later`] for what an earlier agent left: its age counts.
    pub(crate) fn collect_found(&mut self, now: Now, found: Vec<Leftover>) {
        for Leftover { path, modified } in found {
            let age = Duration::try_from_secs_f64(now.wall.secs() - modified.secs());
            // A time in the future is no age.
            let age = age.unwrap_or_default();
            self.gc.schedule_aged(now.instant, path, age);
        }
    }

    pub(crate) fn executor(
        &self,
        framework: &FrameworkId,
        executor: &ExecutorId,
    ) -> Option<&Executor> {
        self.frameworks.get(framework)?.executors.get(executor)
    }

    pub(crate) fn executor_mut(
        &mut self,
        framework: &FrameworkId,
        executor: &ExecutorId,
    ) -> Option<&mut Executor> {
        self.frameworks
            .get_mut(framework)?
            .executors
            .get_mut(executor)
    }

    pub(crate) fn is_master(&self, from: &Upid) -> bool {
        self.master.as_ref() == Some(from)
    }

    /// The agent's id. Handlers that need it run only after registration.
    pub(crate) fn agent_id(&self) -> AgentId {
        self.id.clone().unwrap_or_else(|| AgentId::new(""))
    }

    pub(crate) fn to_master<M: prost::Message + prost::Name>(
        &self,
        message: &M,
        out: &mut Vec<Effect>,
    ) {
        if let Some(master) = &self.master {
            crate::effect::send(master, message, out);
        }
    }
}
