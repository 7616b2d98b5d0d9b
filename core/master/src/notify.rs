//! Messages to frameworks and agents, and the updates that the master makes itself.
//!
//! Compat: FWK-27, FWK-28, STS-8, STS-13.

use bytes::Bytes;
use mesos_model::{AgentId, ExecutorId, FrameworkId, TaskId};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState,
        task_status::{Reason, Source},
    },
};
use prost::{Message, Name};

use crate::{
    context::Context,
    effect::Effect,
    machine::Master,
    state::{Connection, Framework},
};

/// The pid of an update that nobody must acknowledge.
pub(crate) const NO_PID: &str = "@0.0.0.0:0";

/// A status update of the master's own making.
pub(crate) struct OwnUpdate<'a> {
    pub framework: &'a FrameworkId,
    pub agent: Option<&'a AgentId>,
    pub task: &'a TaskId,
    pub executor: Option<&'a ExecutorId>,
    pub state: TaskState,
    pub reason: Reason,
    pub message: &'a str,
    pub unreachable_time: Option<pb::TimeInfo>,
}

impl OwnUpdate<'_> {
    /// Timestamp, source MASTER, no uuid (STS-13).
    pub fn to_proto(&self, wall: f64) -> internal::StatusUpdate {
        let agent = self.agent.map(AgentId::to_proto);
        let executor = self.executor.map(ExecutorId::to_proto);
        internal::StatusUpdate {
            framework_id: self.framework.to_proto(),
            executor_id: executor.clone(),
            slave_id: agent.clone(),
            status: pb::TaskStatus {
                task_id: self.task.to_proto(),
                state: self.state as i32,
                message: Some(self.message.to_owned()),
                source: Some(Source::Master as i32),
                reason: Some(self.reason as i32),
                slave_id: agent,
                executor_id: executor,
                timestamp: Some(wall),
                unreachable_time: self.unreachable_time,
                ..pb::TaskStatus::default()
            },
            timestamp: wall,
            uuid: None,
            latest_state: None,
        }
    }
}

/// Name of the event, for the framework's event counters.
fn event_name(message: &str) -> &'static str {
    match message {
        "FrameworkRegisteredMessage" | "FrameworkReregisteredMessage" => "subscribed",
        "ResourceOffersMessage" => "offers",
        "RescindResourceOfferMessage" => "rescind",
        "StatusUpdateMessage" => "update",
        "ExecutorToFrameworkMessage" => "message",
        "ExitedExecutorMessage" | "LostSlaveMessage" => "failure",
        "InverseOffersMessage" => "inverse_offers",
        "UpdateOperationStatusMessage" => "update_operation_status",
        _ => "error",
    }
}

impl Master {
    /// Sends to a framework by its connection; a disconnected one is told nothing (FWK-28).
    pub(crate) fn send_framework<M: Message + Name>(
        &mut self,
        cx: &mut Context<'_>,
        framework: &FrameworkId,
        message: &M,
    ) {
        self.send_framework_bytes(cx, framework, M::NAME, message.encode_to_vec().into());
    }

    pub(crate) fn send_framework_bytes(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        name: &'static str,
        body: Bytes,
    ) {
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        framework.counters_mut().event(event_name(name));
        if !framework.connected() {
            cx.warn(format!("Not sending {name} to disconnected framework {id}"));
            return;
        }
        send_over(cx, framework, name, body);
    }

    /// Sends an update of the master's own making, if the framework is connected.
    pub(crate) fn send_own_update(
        &mut self,
        cx: &mut Context<'_>,
        update: &OwnUpdate<'_>,
        pid: Option<&str>,
    ) {
        let message = internal::StatusUpdateMessage {
            update: update.to_proto(cx.now.wall.secs()),
            pid: pid.map(str::to_owned),
        };
        cx.info(format!(
            "Sending status update {} for task {} of framework {}: {}",
            update.state.as_str_name(),
            update.task,
            update.framework,
            update.message
        ));
        self.send_framework(cx, update.framework, &message);
    }

    /// The same message to every connected framework.
    pub(crate) fn send_all_frameworks<M: Message + Name>(
        &mut self,
        cx: &mut Context<'_>,
        message: &M,
    ) {
        let body: Bytes = message.encode_to_vec().into();
        for id in self.frameworks.ids() {
            if self.frameworks.get(&id).is_some_and(Framework::connected) {
                self.send_framework_bytes(cx, &id, M::NAME, body.clone());
            }
        }
    }

    /// Sends to a registered agent.
    pub(crate) fn send_agent<M: Message + Name>(
        &self,
        cx: &mut Context<'_>,
        id: &AgentId,
        message: &M,
    ) {
        if let Some(agent) = self.agents.get(id) {
            cx.send(&agent.pid, message);
        }
    }

    /// Tells every registered agent where a framework now is (FWK-17).
    pub(crate) fn announce_framework(&self, cx: &mut Context<'_>, id: &FrameworkId) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let body = update_framework_message(framework);
        for agent in self.agents.iter() {
            cx.send_bytes(
                &agent.pid,
                internal::UpdateFrameworkMessage::NAME,
                body.clone(),
            );
        }
    }
}

/// UpdateFrameworkMessage with the info as the framework sent it.
pub(crate) fn update_framework_message(framework: &Framework) -> Bytes {
    let pid = framework.pid_text();
    mesos_proto::wire::Composer::new()
        .message(1, &framework.id.to_proto())
        .string(2, &pid)
        .bytes(3, framework.info_bytes())
        .finish()
}

fn send_over(cx: &mut Context<'_>, framework: &Framework, name: &'static str, body: Bytes) {
    match &framework.connection {
        Some(Connection::Driver(pid)) => cx.out.push(Effect::Send {
            to: pid.clone(),
            name,
            body,
        }),
        Some(Connection::Http(stream)) => cx.out.push(Effect::Stream {
            stream: *stream,
            name,
            body,
        }),
        None => {}
    }
}
