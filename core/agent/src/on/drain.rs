//! Draining: everything is killed, nothing new is taken, and the mark goes when all is gone.
//!
//! Compat: agent §12; flow 8.9; rule A.19.

use mesos_model::clock::Now;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::DrainSlaveMessage;
use mesos_proto::mesos::{DurationInfo, KillPolicy};

use crate::checkpoint::{record, write::Disk};
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Drain};

impl Agent {
    pub(crate) fn on_drain(
        &mut self,
        now: Now,
        from: &Upid,
        m: DrainSlaveMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) {
            return;
        }
        if self.operations.is_empty() && self.frameworks.is_empty() {
            log(
                Level::Info,
                "Received DrainConfig but the agent has no tasks or operations",
                out,
            );
            return;
        }
        log(Level::Info, "Draining the agent", out);
        let path = self.paths.drain_config(&self.agent_id());
        out.push(Effect::Disk(Disk::Write {
            path,
            bytes: record::frame(&m.config),
        }));
        self.drain = Some(Drain {
            config: m.config,
            started: now.wall,
        });
        self.kill_everything(now, out);
    }

    pub(crate) fn kill_everything(&mut self, now: Now, out: &mut Vec<Effect>) {
        let grace = self
            .drain
            .as_ref()
            .and_then(|drain| drain.config.max_grace_period);
        let all: Vec<(FrameworkId, TaskId, Option<KillPolicy>)> = self
            .frameworks
            .values()
            .flat_map(|framework| {
                let pending = framework.pending.iter().flat_map(|p| &p.tasks);
                let queued = framework.executors.values().flat_map(|e| e.queued.values());
                let waiting = pending
                    .chain(queued)
                    .map(|t| (TaskId::from(&t.task_id), None));
                let launched = framework
                    .executors
                    .values()
                    .flat_map(|e| e.launched.values());
                let running = launched
                    .map(move |t| (TaskId::from(&t.task_id), shorter(grace, t.kill_policy)));
                waiting
                    .chain(running)
                    .map(|(task, policy)| (framework.id.clone(), task, policy))
                    .collect::<Vec<_>>()
            })
            .collect();
        for (framework, task, policy) in all {
            self.kill(now, &framework, &task, policy, out);
        }
    }

    pub(crate) fn finish_drain_if_empty(&mut self, out: &mut Vec<Effect>) {
        if self.drain.is_none() || !self.operations.is_empty() || !self.frameworks.is_empty() {
            return;
        }
        self.drain = None;
        log(Level::Info, "Agent finished draining", out);
        out.push(Effect::Disk(Disk::Remove {
            path: self.paths.drain_config(&self.agent_id()),
        }));
    }
}

/// The override is sent only where it shortens the task's own grace period.
fn shorter(limit: Option<DurationInfo>, own: Option<KillPolicy>) -> Option<KillPolicy> {
    let limit = limit?;
    let own = own.and_then(|policy| policy.grace_period);
    let longer = own.is_none_or(|own| own.nanoseconds > limit.nanoseconds);
    longer.then_some(KillPolicy {
        grace_period: Some(limit),
    })
}
