//! Executors that speak HTTP: subscribing, updates, messages, and streams that end.
//!
//! A stream that ends is an executor that lost its connection, not one that ended: it may subscribe
//! again for as long as its container runs. What is launched meanwhile waits in the queue.
//!
//! Compat: agent §8.6 items 2, 4, 6, §17.5.

use bytes::Bytes;
use mesos_model::clock::Now;
use mesos_model::id::{ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::events;
use mesos_proto::internal::{
    ExecutorRegisteredMessage, ExecutorToFrameworkMessage, ShutdownExecutorMessage, StatusUpdate,
    StatusUpdateMessage,
};
use mesos_proto::mesos::TaskStatus;
use mesos_proto::mesos::executor::{Call, call};
use mesos_proto::wire::{Composer, submessages};
use prost::Name;

use crate::call::{Answer, CallId, ExecutorCall, Refusal, check_claims};
use crate::checkpoint::{paths, write::Disk};
use crate::config::EXECUTOR_HEARTBEAT_INTERVAL;
use crate::effect::{Effect, Level, log, tell};
use crate::event::Message;
use crate::machine::{Agent, Phase};
use crate::on::status_update::Sender;
use crate::state::{ExecutorPhase, FrameworkPhase, Reach};
use crate::timer::Timer;

const EVENT_SUBSCRIBED: u32 = 2;
const SUBSCRIBED_CONTAINER: u32 = 4;
const CALL_SUBSCRIBE: u32 = 4;
const CALL_UPDATE: u32 = 5;
const SUBSCRIBE_UPDATES: u32 = 2;
const UPDATE_STATUS: u32 = 1;
const MESSAGE_UPDATE: u32 = 1;
const STATUS_UPDATE_STATUS: u32 = 4;

impl Agent {
    /// Whether the executors of an earlier agent are known, so that they can subscribe again.
    pub fn takes_executors(&self) -> bool {
        self.reconnects || self.phase != Phase::Recovering
    }

    pub(crate) fn on_executor_call(
        &mut self,
        now: Now,
        request: ExecutorCall,
        out: &mut Vec<Effect>,
    ) {
        let ExecutorCall { id, call, body, .. } = &request;
        let answer = |answer, out: &mut Vec<Effect>| out.push(Effect::Answer { call: *id, answer });
        let kind = call.r#type();
        if kind == call::Type::Heartbeat {
            answer(Answer::Accepted, out);
            return;
        }
        if let Err(refusal) = self.admit(&request, kind) {
            answer(Answer::Refused(refusal), out);
            return;
        }
        let framework = FrameworkId::from(&call.framework_id);
        let executor = ExecutorId::from(&call.executor_id);
        match (kind, &call.subscribe, &call.update, &call.message) {
            (call::Type::Subscribe, Some(subscribe), _, _) => {
                self.subscribe(
                    now,
                    *id,
                    (&framework, &executor),
                    subscribe,
                    body.as_ref(),
                    out,
                );
            }
            (call::Type::Update, _, Some(update), _) => {
                let raw = |body: &Bytes| concat(submessages(body, &[CALL_UPDATE, UPDATE_STATUS]));
                let raw = body.as_ref().map(raw);
                self.take_executor_update(now, call, update.status.clone(), raw, out);
                answer(Answer::Accepted, out);
            }
            (call::Type::Message, _, _, Some(message)) => {
                let message = ExecutorToFrameworkMessage {
                    slave_id: self.agent_id().to_proto(),
                    framework_id: call.framework_id.clone(),
                    executor_id: call.executor_id.clone(),
                    data: message.data.clone(),
                };
                self.on_executor_message(message, out);
                answer(Answer::Accepted, out);
            }
            _ => {
                log(Level::Warning, "Received 'UNKNOWN' call", out);
                answer(Answer::Unknown, out);
            }
        }
    }

    /// The checks against the tables, in their order.
    fn admit(&self, request: &ExecutorCall, kind: call::Type) -> Result<(), Refusal> {
        let call = &request.call;
        let subscribes = kind == call::Type::Subscribe;
        if !self.takes_executors() || (!subscribes && self.phase == Phase::Recovering) {
            return Err(Refusal::Recovering);
        }
        let framework = self
            .frameworks
            .get(&FrameworkId::from(&call.framework_id))
            .ok_or(Refusal::NoSuchFramework)?;
        let executor = framework
            .executors
            .get(&ExecutorId::from(&call.executor_id))
            .ok_or(Refusal::NoSuchExecutor)?;
        if let Some(principal) = &request.principal {
            check_claims(
                principal,
                framework.id.as_str(),
                executor.id.as_str(),
                executor.container.value(),
            )?;
        }
        if executor.phase == ExecutorPhase::Registering && !subscribes {
            return Err(Refusal::NotSubscribed);
        }
        Ok(())
    }

    fn subscribe(
        &mut self,
        now: Now,
        stream: CallId,
        (framework, id): (&FrameworkId, &ExecutorId),
        subscribe: &call::Subscribe,
        body: Option<&Bytes>,
        out: &mut Vec<Effect>,
    ) {
        let text =
            format!("Received Subscribe request for HTTP executor '{id}' of framework {framework}");
        log(Level::Info, text, out);
        if !self.attach_stream(now, stream, framework, id, out) {
            return;
        }
        let unused = self
            .executor(framework, id)
            .is_some_and(|e| e.queued.is_empty() && !e.was_used());
        if unused && self.phase != Phase::Recovering {
            log(
                Level::Warning,
                format!(
                    "Shutting down executor '{id}' of framework {framework} because it has no tasks to run"
                ),
                out,
            );
            self.shutdown_one(now, framework, id, out);
            return;
        }
        self.welcome(stream, framework, id, out);
        let call = Call {
            executor_id: id.to_proto(),
            framework_id: framework.to_proto(),
            ..Default::default()
        };
        let raw = body.map(|body| submessages(body, &[CALL_SUBSCRIBE, SUBSCRIBE_UPDATES]));
        for (at, update) in subscribe.unacknowledged_updates.iter().enumerate() {
            let raw = raw.as_ref().and_then(|updates| updates.get(at));
            let raw = raw.map(|update| concat(submessages(update, &[UPDATE_STATUS])));
            self.take_executor_update(now, &call, update.status.clone(), raw, out);
        }
        let held = subscribe.unacknowledged_tasks.iter();
        let held: Vec<TaskId> = held.map(|task| TaskId::from(&task.task_id)).collect();
        self.drop_undelivered(now, framework, id, &held, out);
        self.send_queue(framework, id, out);
    }

    /// Makes the stream the executor's; one that must leave is told so instead.
    fn attach_stream(
        &mut self,
        now: Now,
        stream: CallId,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) -> bool {
        let leaving = self.phase == Phase::Terminating
            || self
                .frameworks
                .get(framework)
                .is_none_or(|f| f.phase == FrameworkPhase::Terminating);
        let answer = Answer::Subscribed;
        let answer = Effect::Answer {
            call: stream,
            answer,
        };
        let Some(executor) = self.executor_mut(framework, id) else {
            return false;
        };
        let welcome = match executor.phase {
            ExecutorPhase::Registering | ExecutorPhase::Running => !leaving,
            ExecutorPhase::Terminating | ExecutorPhase::Terminated => false,
        };
        if !welcome {
            let text = format!(
                "Shutting down executor '{id}' of framework {framework}: it cannot subscribe now"
            );
            log(Level::Warning, text, out);
            out.push(answer);
            let reach = Reach::Http(Some(stream));
            tell(&reach, id, &ShutdownExecutorMessage::default(), out);
            out.push(Effect::Close { stream });
            return false;
        }
        let earlier = std::mem::replace(&mut executor.reach, Reach::Http(Some(stream)));
        if let Reach::Http(Some(earlier)) = earlier {
            let text = format!(
                "Closing already existing HTTP connection from executor '{id}' of framework {framework}"
            );
            log(Level::Warning, text, out);
            out.push(Effect::Close { stream: earlier });
        }
        executor.phase = ExecutorPhase::Running;
        if let Some(meta) = &executor.meta {
            let path = paths::run::http_marker(meta);
            out.push(Effect::Disk(Disk::Mark { path }));
        }
        out.push(answer);
        let container = executor.container.clone();
        let registration = Timer::ExecutorRegistration(framework.clone(), id.clone(), container);
        self.timers.cancel(&registration);
        self.arm_heartbeat(now, framework, id);
        true
    }

    /// SUBSCRIBED, which besides what a driver is told names the container.
    fn welcome(
        &self,
        stream: CallId,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let Some(body) = self.registered_message(framework, id) else {
            return;
        };
        let Some(executor) = self.executor(framework, id) else {
            return;
        };
        let name = ExecutorRegisteredMessage::full_name();
        match events::executor_event(&name, &body) {
            Ok(Some(event)) => {
                let container = executor.container.to_proto();
                let mut inside = concat(submessages(&event, &[EVENT_SUBSCRIBED])).to_vec();
                let added = Composer::new().message(SUBSCRIBED_CONTAINER, &container);
                inside.extend_from_slice(&added.finish());
                let kind = mesos_proto::v1::executor::event::Type::Subscribed;
                let event = Composer::new()
                    .varint(1, kind as u64)
                    .bytes(EVENT_SUBSCRIBED, &inside)
                    .finish();
                out.push(Effect::Stream { stream, event });
            }
            Ok(None) => {}
            Err(error) => log(Level::Error, error.to_string(), out),
        }
    }

    /// An update as a driver's would be; `raw` is the status as it came, when that holds more.
    fn take_executor_update(
        &mut self,
        now: Now,
        call: &Call,
        mut status: TaskStatus,
        raw: Option<Bytes>,
        out: &mut Vec<Effect>,
    ) {
        let slave_id = Some(self.agent_id().to_proto());
        status.slave_id.clone_from(&slave_id);
        let update = StatusUpdate {
            framework_id: call.framework_id.clone(),
            executor_id: Some(call.executor_id.clone()),
            slave_id,
            timestamp: status.timestamp.unwrap_or_else(|| now.wall.secs()),
            uuid: status.uuid.clone(),
            status,
            latest_state: None,
        };
        let body = raw.map(|raw| {
            let update = Composer::new().bytes(STATUS_UPDATE_STATUS, &raw).finish();
            Composer::new().bytes(MESSAGE_UPDATE, &update).finish()
        });
        let message = StatusUpdateMessage { update, pid: None };
        let message = Message::StatusUpdate(message);
        let mark = self.keep_unknown(&Upid::null(), &message, body);
        if let Message::StatusUpdate(message) = message {
            let sender = Sender::Executor(ExecutorId::from(&call.executor_id));
            self.take_update(now, message.update, Some(sender), out);
        }
        self.forget_unless_taken(mark);
    }

    fn arm_heartbeat(&mut self, now: Now, framework: &FrameworkId, id: &ExecutorId) {
        self.timers.arm(
            Timer::ExecutorHeartbeat(framework.clone(), id.clone()),
            now.instant + EXECUTOR_HEARTBEAT_INTERVAL,
        );
    }

    pub(crate) fn on_heartbeat_due(
        &mut self,
        now: Now,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor(framework, id) else {
            return;
        };
        let Reach::Http(Some(stream)) = executor.reach else {
            return;
        };
        let event = events::executor_heartbeat();
        out.push(Effect::Stream { stream, event });
        self.arm_heartbeat(now, framework, id);
    }

    pub(crate) fn on_stream_ended(&mut self, stream: CallId, out: &mut Vec<Effect>) {
        let mut executors = self
            .frameworks
            .values_mut()
            .flat_map(|framework| framework.executors.values_mut());
        let Some(executor) = executors.find(|e| e.reach == Reach::Http(Some(stream))) else {
            return;
        };
        executor.reach = Reach::Http(None);
        let (framework, id) = (executor.framework.clone(), executor.id.clone());
        let text = format!("HTTP connection of executor '{id}' of framework {framework} closed");
        log(Level::Info, text, out);
        self.timers.cancel(&Timer::ExecutorHeartbeat(framework, id));
    }

    /// An executor whose container ended hears nothing more.
    pub(crate) fn close_stream(
        &mut self,
        framework: &FrameworkId,
        id: &ExecutorId,
        out: &mut Vec<Effect>,
    ) {
        let Some(executor) = self.executor_mut(framework, id) else {
            return;
        };
        if let Reach::Http(Some(stream)) = executor.reach {
            executor.reach = Reach::Http(None);
            out.push(Effect::Close { stream });
        }
        let heartbeat = Timer::ExecutorHeartbeat(framework.clone(), id.clone());
        self.timers.cancel(&heartbeat);
    }
}

/// The occurrences of a nested message, merged.
fn concat(parts: Vec<Bytes>) -> Bytes {
    parts.concat().into()
}
