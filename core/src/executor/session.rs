//! What an executor that speaks HTTP remembers and says: subscribing, and what the agent has not confirmed.
//!
//! Compat: agent part 1 §16.2 rule 1 (SUBSCRIBE each second, no task groups), §8.6 item 6.

use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Instant;
use mesos_proto::mesos::executor::{Call, Event as AgentEvent, call, event};
use mesos_proto::mesos::{
    ExecutorId, FrameworkId, TaskInfo, TaskStatus, framework_info, task_status,
};

use super::machine::Event;

/// How long an answer to SUBSCRIBE may take before it is sent again.
const SUBSCRIBE_INTERVAL: Duration = Duration::from_secs(1);

/// What follows from an event of the connection.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Call(Box<Call>),
    Tell(Event),
}

#[derive(Debug)]
pub struct Session {
    framework: FrameworkId,
    executor: ExecutorId,
    /// The task, until one of its updates is confirmed.
    task: Option<Box<TaskInfo>>,
    /// Updates that the agent has not confirmed, oldest first.
    updates: Vec<TaskStatus>,
    is_subscribed: bool,
    subscribe_at: Option<Instant>,
}

impl Session {
    pub fn new(framework: &str, executor: &str) -> Self {
        Self {
            framework: FrameworkId {
                value: framework.to_owned(),
            },
            executor: ExecutorId {
                value: executor.to_owned(),
            },
            task: None,
            updates: Vec::new(),
            is_subscribed: false,
            subscribe_at: None,
        }
    }

    pub fn on_connected(&mut self, now: Instant, out: &mut Vec<Outcome>) {
        self.is_subscribed = false;
        self.subscribe(now, out);
    }

    pub fn on_disconnected(&mut self) {
        tracing::info!("Disconnected from agent");
        self.is_subscribed = false;
        self.subscribe_at = None;
    }

    /// When [`Session::on_time`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.subscribe_at
    }

    pub fn on_time(&mut self, now: Instant, out: &mut Vec<Outcome>) {
        if self.subscribe_at.is_some_and(|at| at <= now) {
            self.subscribe(now, out);
        }
    }

    fn subscribe(&mut self, now: Instant, out: &mut Vec<Outcome>) {
        let updates = self.updates.iter().cloned();
        let subscribe = call::Subscribe {
            unacknowledged_tasks: self.task.iter().map(|task| (**task).clone()).collect(),
            unacknowledged_updates: updates.map(|status| call::Update { status }).collect(),
        };
        let call = Call {
            subscribe: Some(subscribe),
            ..self.call(call::Type::Subscribe)
        };
        out.push(Outcome::Call(Box::new(call)));
        self.subscribe_at = Some(now + SUBSCRIBE_INTERVAL);
    }

    fn call(&self, kind: call::Type) -> Call {
        Call {
            executor_id: self.executor.clone(),
            framework_id: self.framework.clone(),
            r#type: Some(kind as i32),
            ..Default::default()
        }
    }

    pub fn on_event(&mut self, event: AgentEvent, out: &mut Vec<Outcome>) {
        let kind = event.r#type();
        tracing::info!("Received {} event", kind.as_str_name());
        match kind {
            event::Type::Subscribed => self.on_subscribed(event.subscribed, out),
            event::Type::Launch => {
                let Some(launch) = event.launch else { return };
                let task = Box::new(launch.task);
                // A second task fails at once and is none of ours.
                self.task.get_or_insert_with(|| task.clone());
                out.push(Outcome::Tell(Event::Launch(task)));
            }
            // The agent sends a group to no executor of its own making.
            event::Type::LaunchGroup | event::Type::Shutdown => {
                out.push(Outcome::Tell(Event::Shutdown));
            }
            event::Type::Kill => {
                let Some(kill) = event.kill else { return };
                out.push(Outcome::Tell(Event::Kill {
                    task_id: kill.task_id.value,
                    policy: kill.kill_policy,
                }));
            }
            event::Type::Acknowledged => self.on_acknowledged(event.acknowledged, out),
            event::Type::Error => {
                let text = event.error.map(|error| error.message);
                tracing::error!("Error: {}", text.unwrap_or_default());
            }
            event::Type::Message | event::Type::Heartbeat | event::Type::Unknown => {}
        }
    }

    fn on_subscribed(&mut self, told: Option<event::Subscribed>, out: &mut Vec<Outcome>) {
        let Some(told) = told else { return };
        tracing::info!("Subscribed executor on {}", told.slave_info.hostname);
        self.is_subscribed = true;
        self.subscribe_at = None;
        let killing = framework_info::capability::Type::TaskKillingState;
        let knows_killing = told
            .framework_info
            .capabilities
            .iter()
            .any(|capability| capability.r#type() == killing);
        out.push(Outcome::Tell(Event::Registered { knows_killing }));
    }

    fn on_acknowledged(&mut self, told: Option<event::Acknowledged>, out: &mut Vec<Outcome>) {
        let Some(told) = told else { return };
        let of = |status: &TaskStatus| status.uuid.as_ref() == Some(&told.uuid);
        let Some(at) = self.updates.iter().position(of) else {
            return;
        };
        self.updates.remove(at);
        self.task
            .take_if(|task| task.task_id.value == told.task_id.value);
        out.push(Outcome::Tell(Event::Acknowledged));
    }

    /// Sends an update under this uuid, now or when the agent is back.
    pub fn update(&mut self, mut status: TaskStatus, uuid: Bytes, timestamp: f64) -> Option<Call> {
        status.executor_id = Some(self.executor.clone());
        status.source = Some(task_status::Source::Executor as i32);
        status.uuid = Some(uuid);
        status.timestamp = Some(timestamp);
        self.updates.push(status.clone());
        let call = Call {
            update: Some(call::Update { status }),
            ..self.call(call::Type::Update)
        };
        self.is_subscribed.then_some(call)
    }

    /// Whether the agent knows everything.
    pub fn is_settled(&self) -> bool {
        self.updates.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_proto::mesos::{FrameworkInfo, SlaveInfo, TaskId, TaskState};

    const START: Instant = Instant(1);

    fn id() -> TaskId {
        TaskId { value: "t".into() }
    }

    fn subscribed() -> AgentEvent {
        let killing = framework_info::Capability {
            r#type: Some(framework_info::capability::Type::TaskKillingState as i32),
        };
        AgentEvent {
            r#type: Some(event::Type::Subscribed as i32),
            subscribed: Some(event::Subscribed {
                framework_info: FrameworkInfo {
                    capabilities: vec![killing],
                    ..Default::default()
                },
                slave_info: SlaveInfo::default(),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn launch() -> AgentEvent {
        let task = TaskInfo {
            task_id: id(),
            ..Default::default()
        };
        AgentEvent {
            r#type: Some(event::Type::Launch as i32),
            launch: Some(event::Launch { task }),
            ..Default::default()
        }
    }

    fn acknowledged(uuid: u8) -> AgentEvent {
        AgentEvent {
            r#type: Some(event::Type::Acknowledged as i32),
            acknowledged: Some(event::Acknowledged {
                task_id: id(),
                uuid: Bytes::from(vec![uuid; 16]),
            }),
            ..Default::default()
        }
    }

    fn running() -> TaskStatus {
        TaskStatus {
            task_id: id(),
            state: TaskState::TaskRunning as i32,
            ..Default::default()
        }
    }

    fn heard(session: &mut Session, event: AgentEvent) -> Vec<Outcome> {
        let mut out = Vec::new();
        session.on_event(event, &mut out);
        out
    }

    /// What the only SUBSCRIBE among the outcomes says is unconfirmed: tasks, updates.
    fn said(out: &[Outcome]) -> (usize, usize) {
        let [Outcome::Call(call)] = out else {
            panic!("no single call: {out:?}")
        };
        let subscribe = call.subscribe.as_ref().unwrap();
        let updates = subscribe.unacknowledged_updates.len();
        (subscribe.unacknowledged_tasks.len(), updates)
    }

    #[test]
    fn subscribing_is_repeated_each_second_until_it_is_answered() {
        let mut session = Session::new("f", "e");
        let mut out = Vec::new();
        session.on_connected(START, &mut out);
        assert_eq!(said(&out), (0, 0));
        out.clear();
        session.on_time(START + Duration::from_millis(999), &mut out);
        assert_eq!(out, []);
        session.on_time(START + Duration::from_secs(1), &mut out);
        assert_eq!(said(&out), (0, 0));
        let told = heard(&mut session, subscribed());
        let expected = Event::Registered {
            knows_killing: true,
        };
        assert_eq!(told, [Outcome::Tell(expected)]);
        assert_eq!(session.deadline(), None);
    }

    #[test]
    fn what_is_not_confirmed_is_said_again_when_the_agent_is_back() {
        let mut session = Session::new("f", "e");
        session.on_connected(START, &mut Vec::new());
        heard(&mut session, subscribed());
        heard(&mut session, launch());
        let call = session.update(running(), Bytes::from(vec![1; 16]), 5.0);
        let status = call.unwrap().update.unwrap().status;
        assert_eq!(status.source(), task_status::Source::Executor);
        assert_eq!(status.executor_id.unwrap().value, "e");
        session.on_disconnected();
        let away = session.update(running(), Bytes::from(vec![2; 16]), 6.0);
        assert_eq!(away, None, "nobody hears it");
        let mut out = Vec::new();
        session.on_connected(START, &mut out);
        assert_eq!(said(&out), (1, 2));
        heard(&mut session, subscribed());
        assert_eq!(heard(&mut session, acknowledged(1)).len(), 1);
        assert_eq!(heard(&mut session, acknowledged(1)).len(), 0, "only once");
        assert!(!session.is_settled());
        heard(&mut session, acknowledged(2));
        assert!(session.is_settled());
        out.clear();
        session.on_connected(START, &mut out);
        assert_eq!(said(&out), (0, 0));
    }

    #[test]
    fn a_task_group_ends_the_executor() {
        let mut session = Session::new("f", "e");
        let group = AgentEvent {
            r#type: Some(event::Type::LaunchGroup as i32),
            ..Default::default()
        };
        assert_eq!(heard(&mut session, group), [Outcome::Tell(Event::Shutdown)]);
    }
}
