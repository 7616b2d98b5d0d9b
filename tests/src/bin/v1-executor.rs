//! A v1 executor: runs its task until the framework sends a message, then sends that back and finishes the task.
//!
//! It keeps what has not been acknowledged, and says so when it subscribes again, which it does until it is told that it
//! has subscribed: an agent that recovers refuses. Compat: agent §16.1.
#![allow(
    clippy::expect_used,
    reason = "a test's program may end where it stands"
)]

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::environment::Variables;
use mesos_driver::v1::executor::{Client, Config};
use mesos_driver::v1::{Callbacks, ContentType};
use mesos_proto::v1::executor::event::Type;
use mesos_proto::v1::executor::{Call, Event, call};
use mesos_proto::v1::{self, TaskState};
use prost::Message as _;

/// Between two attempts to subscribe; one that comes too early is dropped.
const RETRY: Duration = Duration::from_millis(200);

struct TestExecutor {
    client: Arc<OnceLock<Client>>,
    executor_id: v1::ExecutorId,
    framework_id: v1::FrameworkId,
    tasks: Vec<v1::TaskInfo>,
    updates: Vec<call::Update>,
    /// Makes uuids that differ.
    count: u8,
    /// Ends the attempts to subscribe when it is dropped.
    subscribing: Option<Sender<()>>,
    ended: Sender<()>,
}

impl TestExecutor {
    fn send(&self, kind: call::Type, call: Call) {
        let call = Call {
            executor_id: self.executor_id.clone(),
            framework_id: self.framework_id.clone(),
            r#type: Some(kind.into()),
            ..call
        };
        if let Some(client) = self.client.get() {
            client.send(call.encode_to_vec().into());
        }
    }

    fn update(&mut self, task_id: v1::TaskId, state: TaskState) {
        self.count += 1;
        let mut uuid = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
        uuid[0] = self.count;
        let status = v1::TaskStatus {
            task_id,
            state: state.into(),
            source: Some(v1::task_status::Source::Executor.into()),
            uuid: Some(uuid.to_vec().into()),
            ..v1::TaskStatus::default()
        };
        let update = call::Update { status };
        self.updates.push(update.clone());
        let call = Call {
            update: Some(update),
            ..Call::default()
        };
        self.send(call::Type::Update, call);
    }

    fn on_event(&mut self, event: Event) {
        match event.r#type() {
            Type::Launch => {
                let task = event.launch.expect("LAUNCH has its part").task;
                self.tasks.push(task.clone());
                self.update(task.task_id, TaskState::TaskRunning);
            }
            Type::Acknowledged => {
                let part = event.acknowledged.expect("ACKNOWLEDGED has its part");
                self.updates
                    .retain(|update| update.status.uuid.as_ref() != Some(&part.uuid));
            }
            Type::Message => {
                let data = event.message.expect("MESSAGE has its part").data;
                let call = Call {
                    message: Some(call::Message { data }),
                    ..Call::default()
                };
                self.send(call::Type::Message, call);
                if let Some(task) = self.tasks.pop() {
                    self.update(task.task_id, TaskState::TaskFinished);
                }
            }
            Type::Shutdown => {
                let _ = self.ended.send(());
            }
            Type::Subscribed => self.subscribing = None,
            Type::LaunchGroup | Type::Kill | Type::Error | Type::Heartbeat | Type::Unknown => {}
        }
    }
}

impl Callbacks for TestExecutor {
    fn connected(&mut self) -> CallbackResult {
        let subscribe = call::Subscribe {
            unacknowledged_tasks: self.tasks.clone(),
            unacknowledged_updates: self.updates.clone(),
        };
        let call = Call {
            executor_id: self.executor_id.clone(),
            framework_id: self.framework_id.clone(),
            r#type: Some(call::Type::Subscribe.into()),
            subscribe: Some(subscribe),
            ..Call::default()
        };
        let call: Bytes = call.encode_to_vec().into();
        let (subscribing, stop) = channel();
        self.subscribing = Some(subscribing);
        let client = Arc::clone(&self.client);
        std::thread::spawn(move || {
            while let Some(client) = client.get() {
                client.send(call.clone());
                if stop.recv_timeout(RETRY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Ok(())
    }

    fn disconnected(&mut self) -> CallbackResult {
        Ok(())
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        for event in events {
            self.on_event(Event::decode(event.clone()).expect("the client checks events"));
        }
        Ok(())
    }
}

fn main() {
    let variables = Variables::of_process();
    let own = |name: &str| variables.get(name).unwrap_or_default().to_owned();
    let json = std::env::args().any(|argument| argument == "json");
    let (ended, end) = channel();
    let client = Arc::new(OnceLock::new());
    let executor = TestExecutor {
        client: Arc::clone(&client),
        executor_id: v1::ExecutorId {
            value: own("MESOS_EXECUTOR_ID"),
        },
        framework_id: v1::FrameworkId {
            value: own("MESOS_FRAMEWORK_ID"),
        },
        tasks: Vec::new(),
        updates: Vec::new(),
        count: 0,
        subscribing: None,
        ended,
    };
    let config = Config {
        content_type: if json {
            ContentType::Json
        } else {
            ContentType::Protobuf
        },
        variables,
    };
    let made = Client::new(Box::new(executor), &config).expect("an agent started this");
    client.set(made).expect("it is set once");
    client.wait().start();
    let _ = end.recv();
}
