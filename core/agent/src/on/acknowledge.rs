//! Acknowledgements of status updates, and what a finished task leaves behind.
//!
//! Compat: agent §11.2 items 4, 7, 8.

use mesos_model::clock::Now;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::StatusUpdateAcknowledgementMessage;

use crate::checkpoint::paths;
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Phase};
use crate::state::ExecutorPhase;

impl Agent {
    pub(crate) fn on_acknowledgement(
        &mut self,
        now: Now,
        from: &Upid,
        m: &StatusUpdateAcknowledgementMessage,
        out: &mut Vec<Effect>,
    ) {
        let by_master = from.id.starts_with("master");
        if by_master && (self.phase != Phase::Running || !self.is_master(from)) {
            log(
                Level::Warning,
                format!("Dropping status update acknowledgement message from {from}"),
                out,
            );
            return;
        }
        let framework = FrameworkId::from(&m.framework_id);
        let task = TaskId::from(&m.task_id);
        match self
            .streams
            .acknowledge(now.instant, &framework, &task, &m.uuid)
        {
            Ok(acked) => {
                self.unknown.forget_update(&framework, &task, &m.uuid);
                self.do_steps(acked.steps, out);
                if acked.terminal {
                    self.unknown.forget_updates(&framework, &task);
                    self.complete_task(now, &framework, &task, out);
                }
            }
            Err(error) => log(
                Level::Error,
                format!("Failed to handle status update acknowledgement: {error}"),
                out,
            ),
        }
    }

    fn complete_task(&mut self, now: Now, id: &FrameworkId, task: &TaskId, out: &mut Vec<Effect>) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        let Some(executor) = framework
            .executors
            .values_mut()
            .find(|e| e.terminated.contains_key(task))
        else {
            self.remove_framework_if_idle(now, id, out);
            return;
        };
        executor.complete(task);
        let executor_id = executor.id.clone();
        let finished = executor.phase == ExecutorPhase::Terminated && !executor.has_tasks();
        let folder = executor
            .meta
            .as_ref()
            .map(|meta| paths::run::task(meta, task));
        self.collect_later(now, folder, out);
        if finished {
            self.remove_executor(now, id, &executor_id, out);
        }
        self.remove_framework_if_idle(now, id, out);
    }
}
