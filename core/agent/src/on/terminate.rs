//! The end of a container: final updates for what it ran, then its books are closed.
//!
//! Compat: agent §10; rule A.4.

use mesos_model::clock::Now;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::task_status::Reason;
use mesos_proto::mesos::{TaskResourceLimitation, TaskState};

use crate::checkpoint::{paths, write::Disk};
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Phase};
use crate::state::{Executor, ExecutorPhase, FrameworkPhase};
use crate::timer::Timer;

/// What the remaining tasks of an ended executor are told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub state: TaskState,
    pub reason: Reason,
    pub message: String,
}

impl Verdict {
    /// The container's own word counts first, then the agent's reason for ending it, then the default;
    /// messages are joined, not replaced.
    pub(crate) fn of(executor: &Executor, termination: &ContainerTermination) -> Self {
        let pending = executor.pending_termination.as_ref();
        let state = termination
            .state
            .and_then(|state| TaskState::try_from(state).ok());
        let reason = termination
            .reason
            .and_then(|reason| Reason::try_from(reason).ok());
        let messages: Vec<&str> = [
            pending.map(|p| p.message.as_str()),
            termination.message.as_deref(),
        ]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
        Self {
            state: state
                .or(pending.map(|p| p.state))
                .unwrap_or(TaskState::TaskFailed),
            reason: reason
                .or(pending.map(|p| p.reason))
                .unwrap_or(Reason::ExecutorTerminated),
            message: if messages.is_empty() {
                "Executor terminated".to_owned()
            } else {
                messages.join("; ")
            },
        }
    }
}

impl Agent {
    pub(crate) fn on_container_ended(
        &mut self,
        now: Now,
        container: &ContainerId,
        termination: ContainerTermination,
        out: &mut Vec<Effect>,
    ) {
        let Some((id, executor_id)) = self.containers.remove(container) else {
            return;
        };
        let Some(framework) = self.frameworks.get_mut(&id) else {
            return;
        };
        let framework_phase = framework.phase;
        let Some(executor) = framework.executors.get_mut(&executor_id) else {
            return;
        };
        if &executor.container != container || executor.phase == ExecutorPhase::Terminated {
            return;
        }
        let how = termination
            .status
            .map_or_else(|| "terminated with unknown status".to_owned(), status_text);
        log(
            Level::Info,
            format!("Executor '{executor_id}' of framework {id} {how}"),
            out,
        );
        executor.phase = ExecutorPhase::Terminated;
        if framework_phase == FrameworkPhase::Terminating {
            // Nobody hears of these tasks any more: they stay as they were, but use nothing.
            executor.terminated.extend(executor.launched.drain(..));
        }
        self.counters.executors_terminated += 1;
        self.timers.cancel(&Timer::ExecutorRegistration(
            id.clone(),
            executor_id.clone(),
            container.clone(),
        ));
        self.timers.cancel(&Timer::ExecutorShutdown(
            id.clone(),
            executor_id.clone(),
            container.clone(),
        ));
        self.close_stream(&id, &executor_id, out);
        // Frameworks hear of the executor first, and its tasks' ends are due to that.
        if let Some(executor) = self.executor(&id, &executor_id)
            && !executor.generated
        {
            self.exited_executor(&id, &executor.info, termination.status.unwrap_or(-1), out);
        }
        if framework_phase == FrameworkPhase::Running {
            self.end_tasks(now, &id, &executor_id, &termination, out);
        }
        let Some(executor) = self.executor(&id, &executor_id) else {
            return;
        };
        let leaving =
            self.phase == Phase::Terminating || framework_phase == FrameworkPhase::Terminating;
        if leaving || !executor.has_tasks() {
            self.remove_executor(now, &id, &executor_id, out);
        }
        self.remove_framework_if_idle(now, &id, out);
    }

    fn end_tasks(
        &mut self,
        now: Now,
        id: &FrameworkId,
        executor_id: &ExecutorId,
        termination: &ContainerTermination,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor(id, executor_id) else {
            return;
        };
        let verdict = Verdict::of(executor, termination);
        let open: Vec<TaskId> = executor
            .launched
            .keys()
            .chain(executor.queued.keys())
            .cloned()
            .collect();
        let limited = !termination.limited_resources.is_empty();
        for task in open {
            let mut update = self.agent_update(
                now,
                id,
                &task,
                verdict.state,
                verdict.reason,
                &verdict.message,
            );
            update.executor_id = Some(executor_id.to_proto());
            if limited {
                update.status.limitation = Some(TaskResourceLimitation {
                    resources: termination.limited_resources.clone(),
                });
            }
            self.take_update(now, update, None, out);
        }
    }

    /// Closes the books of an ended executor and hands its directories to the collector.
    pub(crate) fn remove_executor(
        &mut self,
        now: Now,
        id: &FrameworkId,
        executor_id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let keep = self.config.max_completed_executors_per_framework;
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        let Some(executor) = framework.executors.shift_remove(executor_id) else {
            return;
        };
        log(
            Level::Info,
            format!("Cleaning up executor '{executor_id}' of framework {id}"),
            out,
        );
        let awaited = framework
            .pending
            .iter()
            .any(|p| p.executor.executor_id.value == executor_id.as_str());
        if let Some(meta) = &executor.meta {
            out.push(Effect::Disk(Disk::Mark {
                path: paths::run::sentinel(meta),
            }));
        }
        let mut folders = Vec::new();
        for run in [Some(&executor.sandbox), executor.meta.as_ref()]
            .into_iter()
            .flatten()
        {
            folders.push(run.clone());
            let top = run.parent().and_then(|runs| runs.parent());
            if let Some(top) = top.filter(|_| !awaited) {
                folders.push(top.to_owned());
            }
        }
        framework.completed.push_back(executor);
        while framework.completed.len() > keep {
            framework.completed.pop_front();
        }
        self.collect_later(now, folders, out);
    }
}

/// A wait status in words.
pub fn status_text(status: i32) -> String {
    let signal = status & 0x7f;
    if signal == 0 {
        return format!("exited with status {}", (status >> 8) & 0xff);
    }
    format!("terminated with signal {}", signal_name(signal))
}

/// The names the C library prints.
fn signal_name(signal: i32) -> String {
    const NAMES: [&str; 16] = [
        "Unknown signal 0",
        "Hangup",
        "Interrupt",
        "Quit",
        "Illegal instruction",
        "Trace/breakpoint trap",
        "Aborted",
        "Bus error",
        "Floating point exception",
        "Killed",
        "User defined signal 1",
        "Segmentation fault",
        "User defined signal 2",
        "Broken pipe",
        "Alarm clock",
        "Terminated",
    ];
    let known = usize::try_from(signal).ok().and_then(|at| NAMES.get(at));
    known.map_or_else(
        || format!("Unknown signal {signal}"),
        |name| (*name).to_owned(),
    )
}
