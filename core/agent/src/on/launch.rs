//! Starting an executor: its books, its files, its environment, its container.
//!
//! Compat: agent §8.3, §8.4; rule A.8.

use mesos_model::Resources;
use mesos_model::clock::Now;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId};
use mesos_proto::mesos::TaskState;
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::task_status::Reason;

use crate::checkpoint::{paths, record, write::Disk};
use crate::containerizer::environment::executor_environment;
use crate::effect::{Effect, Launch, Level, log};
use crate::event::LaunchFailure;
use crate::machine::Agent;
use crate::on::unknown::stored;
use crate::state::task::{downgrade, dropped_or_lost};
use crate::state::{Executor, ExecutorPhase, Pending, PendingTermination};
use crate::timer::Timer;

impl Agent {
    pub(crate) fn launch_executor(
        &mut self,
        now: Now,
        id: &FrameworkId,
        order: &Pending,
        out: &mut Vec<Effect>,
    ) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let container = ContainerId::root(&self.rng.uuid().to_string());
        let executor_id = ExecutorId::from(&order.executor.executor_id);
        let mut info = order.executor.clone();
        if info.container.is_none() {
            info.container = self.config.default_container_info.clone();
        }
        let mut executor = Executor::new(executor_id.clone(), id.clone(), info, container.clone());
        let agent = self.agent_id();
        executor.sandbox = self.paths.work().run(&agent, id, &executor_id, &container);
        executor.generated = order.generated;
        executor.original = order.original.clone();
        executor.user = self.user_of(&framework.info.user, &executor);
        if framework.checkpoints() {
            executor.meta = Some(self.paths.meta().run(&agent, id, &executor_id, &container));
        }
        checkpoint_executor(&executor, out);
        let launch = self.launch_plan(id, &executor, order);
        let text = format!(
            "Launching executor '{executor_id}' of framework {id} with resources {} in work directory '{}'",
            Resources::from_proto(&executor.info.resources),
            executor.sandbox.display()
        );
        log(Level::Info, text, out);
        out.push(Effect::Launch(Box::new(launch)));
        self.attach_sandbox(&executor, out);
        self.containers
            .insert(container.clone(), (id.clone(), executor_id.clone()));
        let timeout = now.instant + self.config.executor_registration_timeout;
        self.timers.arm(
            Timer::ExecutorRegistration(id.clone(), executor_id.clone(), container),
            timeout,
        );
        if let Some(framework) = self.frameworks.get_mut(id) {
            framework.executors.insert(executor_id, executor);
        }
    }

    fn user_of(&self, framework_user: &str, executor: &Executor) -> Option<String> {
        if !self.config.switch_user {
            return None;
        }
        let own = executor
            .info
            .command
            .as_ref()
            .and_then(|command| command.user.clone());
        own.or_else(|| Some(framework_user.to_owned()))
            .filter(|user| !user.is_empty())
    }

    fn launch_plan(&self, id: &FrameworkId, executor: &Executor, order: &Pending) -> Launch {
        let checkpoints = executor.meta.is_some();
        let mut resources = Resources::from_proto(&executor.info.resources);
        for task in &order.tasks {
            resources += Resources::from_proto(&task.resources);
        }
        Launch {
            framework: id.clone(),
            executor: executor.id.clone(),
            container: executor.container.clone(),
            info: executor.info.clone(),
            task: if executor.generated {
                order.tasks.first().cloned()
            } else {
                None
            },
            resources,
            user: executor.user.clone(),
            sandbox: executor.sandbox.clone(),
            environment: executor_environment(
                &self.config,
                &self.agent_id(),
                id,
                executor,
                checkpoints,
            ),
            pid_file: executor.meta.as_deref().map(paths::run::forked_pid),
        }
    }

    pub(crate) fn on_container_launched(
        &mut self,
        now: Now,
        container: &ContainerId,
        outcome: Result<u32, LaunchFailure>,
        out: &mut Vec<Effect>,
    ) {
        let Some((framework, executor)) = self.containers.get(container).cloned() else {
            return;
        };
        let failure = match outcome {
            Ok(pid) => {
                if let Some(executor) = self.executor_mut(&framework, &executor) {
                    executor.forked = Some(pid);
                }
                return;
            }
            Err(failure) => failure,
        };
        let Some(info) = self.frameworks.get(&framework).map(|f| f.info.clone()) else {
            return;
        };
        let (state, reason, message) = match failure {
            LaunchFailure::Sandbox(text) => {
                (dropped_or_lost(&info), Reason::ExecutorTerminated, text)
            }
            LaunchFailure::Failed(text) => {
                self.counters.container_launch_errors += 1;
                (
                    TaskState::TaskFailed,
                    Reason::ContainerLaunchFailed,
                    format!("Failed to launch container: {text}"),
                )
            }
            LaunchFailure::Unsupported(text) => {
                self.counters.container_launch_errors += 1;
                (TaskState::TaskFailed, Reason::ContainerLaunchFailed, text)
            }
        };
        log(
            Level::Error,
            format!(
                "Container '{container}' for executor '{executor}' of framework {framework} failed to start: {message}"
            ),
            out,
        );
        if let Some(executor) = self.executor_mut(&framework, &executor) {
            executor.phase = ExecutorPhase::Terminating;
            // A launch that the agent itself broke off keeps the agent's reason.
            executor
                .pending_termination
                .get_or_insert(PendingTermination {
                    state,
                    reason,
                    message,
                });
        }
        self.on_container_ended(now, container, ContainerTermination::default(), out);
    }

    pub(crate) fn on_registration_timeout(
        &mut self,
        framework: &FrameworkId,
        executor: &ExecutorId,
        container: &ContainerId,
        out: &mut Vec<Effect>,
    ) {
        let timeout = self.config.executor_registration_timeout;
        let Some(found) = self.executor_mut(framework, executor) else {
            return;
        };
        if &found.container != container || found.phase != ExecutorPhase::Registering {
            return;
        }
        let text = mesos_model::units::format_duration(timeout.into());
        log(
            Level::Info,
            format!(
                "Terminating executor '{executor}' of framework {framework} because it did not register within {text}"
            ),
            out,
        );
        found.phase = ExecutorPhase::Terminating;
        found.pending_termination = Some(PendingTermination {
            state: TaskState::TaskFailed,
            reason: Reason::ExecutorRegistrationTimeout,
            message: format!("Executor did not register within {text}"),
        });
        out.push(Effect::Destroy {
            container: container.clone(),
        });
    }
}

fn checkpoint_executor(executor: &Executor, out: &mut Vec<Effect>) {
    let Some(run) = &executor.meta else { return };
    let Some(runs) = run.parent() else { return };
    let Some(folder) = runs.parent() else { return };
    let mut info = executor.info.clone();
    info.resources = downgrade(&info.resources);
    let mut disk = |change| out.push(Effect::Disk(change));
    disk(Disk::Write {
        path: folder.join("executor.info"),
        bytes: record::frame_bytes(&stored(&info, executor.original.as_ref())),
    });
    let generated = if executor.generated { b"1" } else { b"0" };
    disk(Disk::Write {
        path: folder.join("executor_generated_for_command_task"),
        bytes: generated.to_vec(),
    });
    disk(Disk::MakeDir {
        path: run.clone(),
        mode: 0o750,
    });
    disk(Disk::Link {
        target: run.clone(),
        link: runs.join("latest"),
    });
}
