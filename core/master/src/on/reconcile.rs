//! Task reconciliation. Compat: the table of §8, STS-14, STS-15, AGT rules of what is known of an agent.

use mesos_model::{AgentId, FrameworkId, TaskId};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState,
        scheduler::call,
        task_status::{Reason, Source},
    },
};

use crate::{context::Context, machine::Master, state::TaskRecord};

/// What to answer about a task that is not known.
enum Unknown {
    Silence,
    Answer {
        aware: TaskState,
        message: &'static str,
        unreachable_time: Option<pb::TimeInfo>,
    },
}

impl Master {
    pub(super) fn on_reconcile(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        tasks: &[call::reconcile::Task],
    ) {
        self.counters.master.messages_reconcile_tasks += 1;
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let aware = framework.capabilities.partition_aware;
        let wall = cx.now.wall.secs();
        let mut updates: Vec<internal::StatusUpdate> = Vec::new();
        if tasks.is_empty() {
            cx.info(format!(
                "Implicit reconciliation of {} tasks for framework {id}",
                framework.tasks.len()
            ));
            updates.extend(framework.tasks.iter().map(|task| known(id, task, wall)));
        } else {
            cx.info(format!(
                "Explicit reconciliation of {} tasks for framework {id}",
                tasks.len()
            ));
            updates.extend(tasks.iter().filter_map(|task| {
                match framework.tasks.get(&TaskId::from(&task.task_id)) {
                    Some(record) => Some(known(id, record, wall)),
                    None => self.unknown(id, task, aware, wall),
                }
            }));
        }
        for update in updates {
            self.send_framework(cx, id, &internal::StatusUpdateMessage { update, pid: None });
        }
    }

    fn unknown(
        &self,
        id: &FrameworkId,
        task: &call::reconcile::Task,
        aware: bool,
        wall: f64,
    ) -> Option<internal::StatusUpdate> {
        let agent = task.slave_id.as_ref().map(AgentId::from);
        let (state, message, unreachable_time) = match self.judge(agent.as_ref()) {
            Unknown::Silence => return None,
            Unknown::Answer {
                aware: state,
                message,
                unreachable_time,
            } => (
                if aware { state } else { TaskState::TaskLost },
                message,
                unreachable_time,
            ),
        };
        let status = pb::TaskStatus {
            task_id: task.task_id.clone(),
            slave_id: task.slave_id.clone(),
            unreachable_time,
            ..status(state, message, wall)
        };
        Some(update(id, status, task.slave_id.clone(), None, wall))
    }

    /// The table, first match.
    fn judge(&self, agent: Option<&AgentId>) -> Unknown {
        let sets = &self.agents.sets;
        let answer = |aware, message| Unknown::Answer {
            aware,
            message,
            unreachable_time: None,
        };
        let Some(agent) = agent else {
            if !sets.recovered.is_empty() {
                return Unknown::Silence;
            }
            return answer(TaskState::TaskUnknown, "Reconciliation: Task is unknown");
        };
        if sets.recovered.contains(agent) {
            return Unknown::Silence;
        }
        if self.agents.get(agent).is_some() {
            return answer(
                TaskState::TaskGone,
                "Reconciliation: Task is unknown to the agent",
            );
        }
        if let Some(since) = sets.unreachable().get(agent) {
            return Unknown::Answer {
                aware: TaskState::TaskUnreachable,
                message: "Reconciliation: Task is unreachable",
                unreachable_time: Some(pb::TimeInfo {
                    nanoseconds: since.as_nanos(),
                }),
            };
        }
        if sets.gone().contains_key(agent) {
            return answer(
                TaskState::TaskGoneByOperator,
                "Reconciliation: Task is gone",
            );
        }
        answer(TaskState::TaskUnknown, "Reconciliation: Task is unknown")
    }
}

fn status(state: TaskState, message: &str, wall: f64) -> pb::TaskStatus {
    pb::TaskStatus {
        state: state as i32,
        message: Some(message.to_owned()),
        source: Some(Source::Master as i32),
        reason: Some(Reason::Reconciliation as i32),
        timestamp: Some(wall),
        ..pb::TaskStatus::default()
    }
}

/// The answer about a task of the current list: last forwarded state, else the current one.
fn known(id: &FrameworkId, task: &TaskRecord, wall: f64) -> internal::StatusUpdate {
    let last = task
        .statuses
        .last()
        .map(|status| status.decode())
        .unwrap_or_default();
    let agent = Some(task.agent().to_proto());
    let executor = task
        .fixed
        .executor
        .as_ref()
        .map(mesos_model::ExecutorId::to_proto);
    let status = pb::TaskStatus {
        task_id: task.id().to_proto(),
        slave_id: agent.clone(),
        executor_id: executor.clone(),
        healthy: last.healthy,
        check_status: last.check_status,
        container_status: last.container_status,
        ..status(
            task.reported_state(),
            "Reconciliation: Latest task state",
            wall,
        )
    };
    update(id, status, agent, executor, wall)
}

fn update(
    id: &FrameworkId,
    status: pb::TaskStatus,
    agent: Option<pb::SlaveId>,
    executor: Option<pb::ExecutorId>,
    wall: f64,
) -> internal::StatusUpdate {
    internal::StatusUpdate {
        framework_id: id.to_proto(),
        executor_id: executor,
        slave_id: agent,
        status,
        timestamp: wall,
        uuid: None,
        latest_state: None,
    }
}
