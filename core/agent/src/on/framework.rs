//! Frameworks as a whole: new addresses, shutting down, removal.
//!
//! Compat: agent §7.4, §10 (removal).

use mesos_model::clock::Now;
use mesos_model::id::FrameworkId;
use mesos_process::Upid;
use mesos_proto::internal::{ShutdownFrameworkMessage, UpdateFrameworkMessage};

use crate::config::COMPLETED_FRAMEWORKS_MAX;
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Phase};
use crate::state::{ExecutorPhase, FrameworkPhase};

impl Agent {
    pub(crate) fn on_update_framework(
        &mut self,
        now: Now,
        m: UpdateFrameworkMessage,
        out: &mut Vec<Effect>,
    ) {
        if self.phase != Phase::Running {
            return;
        }
        let id = FrameworkId::from(&m.framework_id);
        let original = self.unknown.updated_framework();
        let Some(framework) = self.frameworks.get_mut(&id) else {
            log(
                Level::Info,
                format!("Ignoring info update for framework {id} because it does not exist"),
                out,
            );
            return;
        };
        if framework.phase == FrameworkPhase::Terminating {
            return;
        }
        framework.pid = m
            .pid
            .as_deref()
            .map(Upid::parse_literal)
            .filter(|pid| !pid.is_null());
        if let Some(info) = m.framework_info {
            framework.info = info;
            framework.original = original;
        }
        log(
            Level::Info,
            format!(
                "Updating info for framework {id} with pid updated to {}",
                framework.pid_text()
            ),
            out,
        );
        let framework = self.frameworks.get(&id).expect("it was found just above");
        self.checkpoint_framework(framework, out);
        let steps = self.streams.resume(now.instant);
        self.do_steps(steps, out);
    }

    pub(crate) fn on_shutdown_framework(
        &mut self,
        now: Now,
        from: &Upid,
        m: &ShutdownFrameworkMessage,
        out: &mut Vec<Effect>,
    ) {
        let id = FrameworkId::from(&m.framework_id);
        if !self.is_master(from) || matches!(self.phase, Phase::Recovering | Phase::Disconnected) {
            log(
                Level::Warning,
                format!("Ignoring shutdown framework message for {id} from {from}"),
                out,
            );
            return;
        }
        log(
            Level::Info,
            format!("Asked to shut down framework {id} by {from}"),
            out,
        );
        self.shutdown_framework(now, &id, out);
    }

    pub(crate) fn shutdown_framework(&mut self, now: Now, id: &FrameworkId, out: &mut Vec<Effect>) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if framework.phase == FrameworkPhase::Terminating {
            return;
        }
        log(Level::Info, format!("Shutting down framework {id}"), out);
        framework.phase = FrameworkPhase::Terminating;
        framework.pending.clear();
        let executors: Vec<_> = framework
            .executors
            .values()
            .map(|e| (e.id.clone(), e.phase))
            .collect();
        for (executor, phase) in executors {
            match phase {
                ExecutorPhase::Registering | ExecutorPhase::Running => {
                    self.shutdown_one(now, id, &executor, out)
                }
                ExecutorPhase::Terminated => self.remove_executor(now, id, &executor, out),
                ExecutorPhase::Terminating => {}
            }
        }
        self.remove_framework_if_idle(now, id, out);
    }

    pub(crate) fn remove_framework_if_idle(
        &mut self,
        now: Now,
        id: &FrameworkId,
        out: &mut Vec<Effect>,
    ) {
        if !self
            .frameworks
            .get(id)
            .is_some_and(crate::state::Framework::is_idle)
        {
            return;
        }
        log(Level::Info, format!("Cleaning up framework {id}"), out);
        let framework = self
            .frameworks
            .shift_remove(id)
            .expect("it was found just above");
        self.streams.close_framework(id);
        self.unknown.forget_framework(id);
        let agent = self.agent_id();
        let mut folders = vec![self.paths.work().framework(&agent, id)];
        if framework.checkpoints() {
            folders.push(self.paths.meta().framework(&agent, id));
        }
        self.collect_later(now, folders, out);
        self.completed_frameworks.push_back(framework);
        if self.completed_frameworks.len() > COMPLETED_FRAMEWORKS_MAX {
            self.completed_frameworks.pop_front();
        }
        self.finish_drain_if_empty(out);
        self.exit_if_done(out);
    }
}
