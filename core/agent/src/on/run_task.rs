//! Accepting tasks from the master: the checks, in the order that decides which reason wins.
//!
//! Compat: agent §8.1, §8.2; rule A.9.

use bytes::Bytes;
use mesos_model::Resources;
use mesos_model::clock::Now;
use mesos_model::id::{ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::{
    ExitedExecutorMessage, ResourceVersionUuid, RunTaskGroupMessage, RunTaskMessage,
};
use mesos_proto::mesos::task_status::Reason;
use mesos_proto::mesos::{
    ContainerInfo, ExecutorInfo, FrameworkInfo, TaskInfo, TaskState, container_info, executor_info,
};

use crate::checkpoint::{record, write::Disk};
use crate::containerizer::command::command_executor;
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Phase};
use crate::on::unknown::stored;
use crate::state::task::{allocate_missing, downgrade, dropped_or_lost, upgrade};
use crate::state::{ExecutorPhase, Framework, FrameworkPhase, Pending};

/// A message to run something, single task or group.
struct Order {
    info: FrameworkInfo,
    original: Option<Bytes>,
    pid: Option<Upid>,
    versions: Vec<ResourceVersionUuid>,
    launch: Pending,
}

/// Why tasks are turned away.
struct Refusal {
    state: TaskState,
    reason: Reason,
    message: String,
}

const NO_DEFAULT_EXECUTOR: &str = "The default executor is not supported by this agent yet";

impl Agent {
    pub(crate) fn on_run_task(
        &mut self,
        now: Now,
        from: &Upid,
        m: RunTaskMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.accepts_orders(from, "run task", out) {
            return;
        }
        let generated = m.task.executor.is_none();
        let mut task = m.task;
        upgrade(&mut task.resources);
        let framework = m.framework.id.clone().unwrap_or_default();
        let executor = match task.executor.clone() {
            Some(executor) => executor,
            None => command_executor(&self.config, &framework, &task),
        };
        let launch = Pending {
            executor,
            tasks: vec![task],
            group: None,
            generated,
            launch_executor: m.launch_executor,
            original: self.unknown.ordered_executor(),
        };
        let pid = m
            .pid
            .as_deref()
            .map(Upid::parse_literal)
            .filter(|pid| !pid.is_null());
        self.take_order(
            now,
            Order {
                info: m.framework,
                original: self.unknown.ordered_framework(),
                pid,
                versions: m.resource_version_uuids,
                launch,
            },
            out,
        );
    }

    pub(crate) fn on_run_task_group(
        &mut self,
        now: Now,
        from: &Upid,
        m: RunTaskGroupMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.accepts_orders(from, "run task group", out) || m.task_group.tasks.is_empty() {
            return;
        }
        let mut group = m.task_group;
        for task in &mut group.tasks {
            upgrade(&mut task.resources);
            // The members of a group run under the group's executor.
            task.executor = Some(m.executor.clone());
        }
        let launch = Pending {
            executor: m.executor,
            tasks: group.tasks.clone(),
            group: Some(group),
            generated: false,
            launch_executor: m.launch_executor,
            original: None,
        };
        self.take_order(
            now,
            Order {
                info: m.framework,
                original: self.unknown.group_framework(),
                pid: None,
                versions: m.resource_version_uuids,
                launch,
            },
            out,
        );
    }

    fn accepts_orders(&self, from: &Upid, what: &str, out: &mut Vec<Effect>) -> bool {
        if !self.is_master(from) {
            log(
                Level::Warning,
                format!(
                    "Ignoring {what} message from {from} because it is not the expected master"
                ),
                out,
            );
            return false;
        }
        matches!(self.phase, Phase::Disconnected | Phase::Running)
    }

    fn take_order(&mut self, now: Now, mut order: Order, out: &mut Vec<Effect>) {
        let Some(id) = order.info.id.as_ref().map(FrameworkId::from) else {
            return;
        };
        let mine = self.agent_id();
        if order
            .launch
            .tasks
            .iter()
            .any(|task| task.slave_id.value != mine.as_str())
        {
            log(
                Level::Warning,
                "Ignoring a launch because its agent id is not this agent's",
                out,
            );
            return;
        }
        if !has_plain_ids(&id, &order.launch) {
            log(
                Level::Warning,
                "Ignoring a launch because an id in it is no file name",
                out,
            );
            return;
        }
        for task in &order.launch.tasks {
            log(
                Level::Info,
                format!(
                    "Got assigned task '{}' for framework {id}",
                    task.task_id.value
                ),
                out,
            );
        }
        self.know_framework(&id, &order, out);
        self.fill_allocation(&id, &mut order.launch);
        if let Err(refusal) = self.check_early(&order) {
            self.refuse(now, &id, &order.launch, &refusal, out);
            return;
        }
        self.needed_again(&id, &ExecutorId::from(&order.launch.executor.executor_id));
        let terminating = self
            .frameworks
            .get(&id)
            .is_some_and(|f| f.phase == FrameworkPhase::Terminating);
        if terminating {
            log(
                Level::Warning,
                format!("Ignoring a launch because framework {id} is terminating"),
                out,
            );
            self.report_no_executor(&id, &order.launch, out);
            return;
        }
        if let Err(refusal) = self.check_versions(&order) {
            self.refuse(now, &id, &order.launch, &refusal, out);
            return;
        }
        self.launch_or_wait(now, &id, order.launch, out);
    }

    fn know_framework(&mut self, id: &FrameworkId, order: &Order, out: &mut Vec<Effect>) {
        if self.frameworks.contains_key(id) {
            return;
        }
        let mut framework = Framework::new(id.clone(), order.info.clone(), order.pid.clone());
        framework.original = order.original.clone();
        let known = self
            .completed_frameworks
            .iter()
            .position(|done| &done.id == id);
        if let Some(done) = known.and_then(|at| self.completed_frameworks.remove(at)) {
            framework.completed = done.completed;
        }
        self.checkpoint_framework(&framework, out);
        self.frameworks.insert(id.clone(), framework);
    }

    pub(crate) fn checkpoint_framework(&self, framework: &Framework, out: &mut Vec<Effect>) {
        if !framework.checkpoints() {
            return;
        }
        let folder = self.paths.meta().framework(&self.agent_id(), &framework.id);
        let info = stored(&framework.info, framework.original.as_ref());
        out.push(Effect::Disk(Disk::Write {
            path: folder.join("framework.info"),
            bytes: record::frame_bytes(&info),
        }));
        let pid = framework.pid_text().into_bytes();
        out.push(Effect::Disk(Disk::Write {
            path: folder.join("framework.pid"),
            bytes: pid,
        }));
    }

    /// Tasks and executors of frameworks with one role need not name it.
    fn fill_allocation(&mut self, id: &FrameworkId, launch: &mut Pending) {
        let Some(role) = self.frameworks.get(id).and_then(Framework::only_role) else {
            return;
        };
        upgrade(&mut launch.executor.resources);
        allocate_missing(&mut launch.executor.resources, &role);
        for task in &mut launch.tasks {
            allocate_missing(&mut task.resources, &role);
        }
        for task in launch.group.iter_mut().flat_map(|group| &mut group.tasks) {
            allocate_missing(&mut task.resources, &role);
        }
    }

    fn check_early(&self, order: &Order) -> Result<(), Refusal> {
        let isolates = |name: &str| {
            self.config
                .isolation
                .iter()
                .any(|token| token == name || token == "cgroups/all")
        };
        for task in &order.launch.tasks {
            let docker =
                |container: &ContainerInfo| container.r#type() == container_info::Type::Docker;
            if task.container.as_ref().is_some_and(docker) {
                continue;
            }
            for (limit, isolator) in [("cpus", "cgroups/cpu"), ("mem", "cgroups/mem")] {
                if task.limits.contains_key(limit) && !isolates(isolator) {
                    return Err(Refusal {
                        state: dropped_or_lost(&order.info),
                        // A historic slip that frameworks may rely on.
                        reason: Reason::GcError,
                        message: format!(
                            "'{isolator}' is not in --isolation, so a {limit} limit cannot be set"
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    fn check_versions(&self, order: &Order) -> Result<(), Refusal> {
        let refusal = |reason, message: &str| Refusal {
            state: dropped_or_lost(&order.info),
            reason,
            message: message.to_owned(),
        };
        if self.drain.is_some() {
            return Err(refusal(
                Reason::SlaveDraining,
                "Task was dropped because the agent is draining",
            ));
        }
        let current = self.version_uuid();
        let own = |version: &&ResourceVersionUuid| version.resource_provider_id.is_none();
        if order
            .versions
            .iter()
            .filter(own)
            .any(|version| version.uuid != current)
        {
            return Err(refusal(
                Reason::InvalidOffers,
                "Task assumes outdated resource state",
            ));
        }
        let mut used: Vec<_> = order
            .launch
            .tasks
            .iter()
            .flat_map(|task| &task.resources)
            .cloned()
            .collect();
        used.extend(order.launch.executor.resources.iter().cloned());
        let used = Resources::from_proto(&used)
            .unallocated()
            .needing_checkpoint();
        for resource in &used {
            if !self.checkpointed.contains_entry(resource) {
                return Err(refusal(
                    Reason::ResourcesUnknown,
                    "The checkpointed resources being used by the task or executor are unknown to the agent",
                ));
            }
        }
        Ok(())
    }

    /// Directories that were on their way out are in use again.
    fn needed_again(&mut self, framework: &FrameworkId, executor: &ExecutorId) {
        let agent = self.agent_id();
        for tree in [self.paths.work(), self.paths.meta()] {
            self.gc.unschedule(&tree.framework(&agent, framework));
            self.gc
                .unschedule(&tree.executor(&agent, framework, executor));
        }
    }

    fn launch_or_wait(
        &mut self,
        now: Now,
        id: &FrameworkId,
        launch: Pending,
        out: &mut Vec<Effect>,
    ) {
        let executor = ExecutorId::from(&launch.executor.executor_id);
        let agent = self.agent_id();
        let trees = [self.paths.work(), self.paths.meta()];
        let busy = trees
            .iter()
            .any(|tree| self.gc.is_removing(&tree.executor(&agent, id, &executor)));
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        let earlier = framework
            .pending
            .iter()
            .any(|p| p.executor.executor_id == launch.executor.executor_id);
        if busy || earlier {
            // Launches of one executor keep their order of arrival.
            framework.pending.push(launch);
            return;
        }
        self.launch(now, id, launch, out);
    }

    /// Continues launches that waited for a directory to go away.
    pub(crate) fn resume_pending(&mut self, now: Now, out: &mut Vec<Effect>) {
        let ids: Vec<FrameworkId> = self
            .frameworks
            .values()
            .filter(|f| !f.pending.is_empty())
            .map(|f| f.id.clone())
            .collect();
        for id in ids {
            let waiting = self
                .frameworks
                .get_mut(&id)
                .map(|f| std::mem::take(&mut f.pending))
                .unwrap_or_default();
            for launch in waiting {
                self.launch_or_wait(now, &id, launch, out);
            }
        }
    }

    fn launch(&mut self, now: Now, id: &FrameworkId, launch: Pending, out: &mut Vec<Effect>) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let executor_id = ExecutorId::from(&launch.executor.executor_id);
        let existing = framework
            .executors
            .get(&executor_id)
            .map(|executor| executor.phase);
        let refusal = |message: &str| Refusal {
            state: dropped_or_lost(&framework.info),
            reason: Reason::ExecutorTerminated,
            message: message.to_owned(),
        };
        let unsupported = launch.executor.r#type() == executor_info::Type::Default;
        let verdict = match (existing, launch.launch_executor) {
            _ if unsupported => Err(Refusal {
                state: TaskState::TaskFailed,
                reason: Reason::ContainerLaunchFailed,
                message: NO_DEFAULT_EXECUTOR.to_owned(),
            }),
            (Some(_), Some(true)) if !launch.generated => Err(refusal(
                "Executor already exists although a new one was to be launched",
            )),
            (None, Some(false)) => Err(refusal("No executor is found to run task(s)")),
            (Some(ExecutorPhase::Terminating), _) => Err(refusal("Executor terminating")),
            (Some(ExecutorPhase::Terminated), _) => Err(refusal("Executor terminated")),
            (None, _) => Ok(None),
            (Some(phase), _) => Ok(Some(phase)),
        };
        match verdict {
            Err(refusal) => {
                let doubled =
                    existing.is_some() && launch.launch_executor == Some(true) && !launch.generated;
                self.refuse(now, id, &launch, &refusal, out);
                if doubled && existing != Some(ExecutorPhase::Terminated) {
                    self.shutdown_one(now, id, &executor_id, out);
                }
            }
            Ok(None) => {
                self.launch_executor(now, id, &launch, out);
                self.queue(id, &executor_id, launch, out);
            }
            Ok(Some(phase)) => {
                self.queue(id, &executor_id, launch, out);
                if phase == ExecutorPhase::Running {
                    self.send_queue(id, &executor_id, out);
                }
            }
        }
    }

    fn queue(
        &mut self,
        id: &FrameworkId,
        executor_id: &ExecutorId,
        launch: Pending,
        out: &mut Vec<Effect>,
    ) {
        for task in &launch.tasks {
            self.checkpoint_task(id, executor_id, task, out);
        }
        let Some(executor) = self.executor_mut(id, executor_id) else {
            return;
        };
        for task in launch.tasks {
            let task_id = TaskId::from(&task.task_id);
            let text =
                format!("Queued task '{task_id}' for executor '{executor_id}' of framework {id}");
            log(Level::Info, text, out);
            executor.queued.insert(task_id, task);
        }
        executor.queued_groups.extend(launch.group);
    }

    fn checkpoint_task(
        &self,
        framework: &FrameworkId,
        executor: &ExecutorId,
        task: &TaskInfo,
        out: &mut Vec<Effect>,
    ) {
        let Some(meta) = self
            .executor(framework, executor)
            .and_then(|executor| executor.meta.as_ref())
        else {
            return;
        };
        let mut stored = crate::state::task::task_of(task, &framework.to_proto());
        stored.resources = downgrade(&stored.resources);
        let bytes = self.unknown.stored_task(framework, &stored);
        let path = crate::checkpoint::paths::run::task_info(meta, &TaskId::from(&task.task_id));
        out.push(Effect::Disk(Disk::Write {
            path,
            bytes: record::frame_bytes(&bytes),
        }));
    }

    fn refuse(
        &mut self,
        now: Now,
        id: &FrameworkId,
        launch: &Pending,
        refusal: &Refusal,
        out: &mut Vec<Effect>,
    ) {
        for task in &launch.tasks {
            let update = self.agent_update(
                now,
                id,
                &TaskId::from(&task.task_id),
                refusal.state,
                refusal.reason,
                &refusal.message,
            );
            self.take_update(now, update, None, out);
        }
        self.report_no_executor(id, launch, out);
        self.remove_framework_if_idle(now, id, out);
    }

    /// Keeps the master's books right when an executor it counted on will not run.
    fn report_no_executor(&self, id: &FrameworkId, launch: &Pending, out: &mut Vec<Effect>) {
        let alive = self
            .executor(id, &ExecutorId::from(&launch.executor.executor_id))
            .is_some_and(|executor| executor.phase != ExecutorPhase::Terminated);
        if launch.launch_executor != Some(true) || alive {
            return;
        }
        self.exited_executor(id, &launch.executor, -1, out);
    }

    pub(crate) fn exited_executor(
        &self,
        id: &FrameworkId,
        executor: &ExecutorInfo,
        status: i32,
        out: &mut Vec<Effect>,
    ) {
        let message = ExitedExecutorMessage {
            slave_id: self.agent_id().to_proto(),
            framework_id: id.to_proto(),
            executor_id: executor.executor_id.clone(),
            status,
        };
        self.to_master(&message, out);
    }
}

/// Ids become names of directories, so none may lead elsewhere. The master checks them, too.
fn has_plain_ids(framework: &FrameworkId, launch: &Pending) -> bool {
    is_file_name(framework.as_str())
        && is_file_name(&launch.executor.executor_id.value)
        && launch
            .tasks
            .iter()
            .all(|task| is_file_name(&task.task_id.value))
}

pub(crate) fn is_file_name(id: &str) -> bool {
    !id.is_empty() && id != "." && id != ".." && !id.contains(['/', '\0'])
}
