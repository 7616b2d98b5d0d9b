//! KILL and ACKNOWLEDGE. Compat: STS-7, STS-8, STS-9, AGT-31.

use bytes::Bytes;
use mesos_model::{AgentId, FrameworkId, TaskId};
use mesos_proto::{
    internal,
    mesos::{self as pb, scheduler::call},
    wire,
};
use prost::{Message, Name};

use crate::{context::Context, ledger::Shelf, machine::Master, state::tasks};

/// Field numbers of `Call.kill` and `Call.Kill.kill_policy`.
const KILL: u32 = 6;
const KILL_POLICY: u32 = 3;

impl Master {
    pub(super) fn on_kill(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        kill: call::Kill,
        original: Option<&Bytes>,
    ) {
        self.counters.master.messages_kill_task += 1;
        let task_id = TaskId::from(&kill.task_id);
        let Some(record) = self.task(id, &task_id).cloned() else {
            cx.info(format!(
                "Framework {id} kills unknown task {task_id}: answering as to a reconciliation"
            ));
            let task = call::reconcile::Task {
                task_id: kill.task_id,
                slave_id: kill.slave_id,
            };
            self.on_reconcile(cx, id, &[task]);
            return;
        };
        if kill
            .slave_id
            .as_ref()
            .is_some_and(|agent| agent.value != record.agent().as_str())
        {
            cx.warn(format!(
                "Ignoring kill of task {task_id} of framework {id}: it runs on another agent"
            ));
            return;
        }
        let Some(agent) = self.agents.get_quietly(record.agent()) else {
            return;
        };
        let policy = policy_bytes(&kill, original);
        let killed = agent.killed.entry(id.clone()).or_default();
        killed.insert(task_id.clone(), policy.clone());
        if !agent.connected {
            cx.warn(format!(
                "Kill of task {task_id} of framework {id} waits: agent {} is disconnected",
                agent.id
            ));
            return;
        }
        cx.info(format!(
            "Telling agent {} to kill task {task_id} of framework {id}",
            agent.id
        ));
        let message = kill_message(&id.to_proto(), &kill.task_id, policy.as_ref());
        cx.send_bytes(&agent.pid, internal::KillTaskMessage::NAME, message);
    }

    pub(super) fn on_acknowledge(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        acknowledge: call::Acknowledge,
    ) {
        self.counters.master.messages_status_update_acknowledgement += 1;
        let agent_id = AgentId::from(&acknowledge.slave_id);
        let task_id = TaskId::from(&acknowledge.task_id);
        let Some(agent) = self.agents.get(&agent_id).filter(|agent| agent.connected) else {
            self.counters.master.invalid_status_update_acknowledgements += 1;
            cx.warn(format!("Ignoring acknowledgement for task {task_id} of framework {id}: agent {agent_id} is not connected"));
            return;
        };
        let pid = agent.pid.clone();
        let mut finished = false;
        if let Some(record) = self.task(id, &task_id) {
            let Some((state, uuid)) = &record.forwarded else {
                self.counters.master.invalid_status_update_acknowledgements += 1;
                cx.warn(format!("Ignoring acknowledgement for task {task_id} of framework {id}: no update was forwarded"));
                return;
            };
            finished = tasks::is_terminal(*state) && *uuid == acknowledge.uuid;
        }
        if finished {
            self.remove_task(cx, id, &task_id, Shelf::Completed);
        }
        self.counters.master.valid_status_update_acknowledgements += 1;
        let message = internal::StatusUpdateAcknowledgementMessage {
            slave_id: acknowledge.slave_id,
            framework_id: id.to_proto(),
            task_id: acknowledge.task_id,
            uuid: acknowledge.uuid,
        };
        cx.send(&pid, &message);
    }
}

/// The encoded policy, as the framework sent it if the call has unknown fields.
fn policy_bytes(kill: &call::Kill, original: Option<&Bytes>) -> Option<Bytes> {
    let policy = kill.kill_policy.as_ref()?;
    let sent = original.and_then(|call| wire::submessages(call, &[KILL, KILL_POLICY]).pop());
    // Copied, so that it does not keep the whole call alive.
    Some(sent.map_or_else(
        || policy.encode_to_vec().into(),
        |bytes| Bytes::copy_from_slice(&bytes),
    ))
}

/// KillTaskMessage with an encoded policy.
pub(super) fn kill_message(
    framework: &pb::FrameworkId,
    task: &pb::TaskId,
    policy: Option<&Bytes>,
) -> Bytes {
    let message = wire::Composer::new().message(1, framework).message(2, task);
    match policy {
        Some(policy) => message.bytes(3, policy).finish(),
        None => message.finish(),
    }
}
