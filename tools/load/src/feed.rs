//! Plays the master towards one driver: registers it, floods it with status updates of about
//! 1 kB, then counts the launches it sends. What is measured is the driver and its binding alone.

use bytes::Bytes;
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::internal as wire;
use mesos_proto::mesos as pb;
use mesos_proto::mesos::scheduler::{Call, call};
use prost::{Message, Name};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// Without a word from the driver for this long the run has failed.
const STALL_LIMIT: Duration = Duration::from_secs(30);
/// Updates on their way at a time: enough to keep the driver busy, few enough to fit its queues.
const WINDOW: usize = 2_000;
/// Makes a status update of about 1 kB.
const DATA_BYTES: usize = 850;

pub(crate) struct FeedConfig {
    pub(crate) port: u16,
    pub(crate) updates: usize,
    pub(crate) launches: usize,
}

/// Serves one driver until it tears its framework down; answers the figures as one line of JSON.
pub(crate) async fn run(config: &FeedConfig) -> Result<String, String> {
    let node = Node::bind(NodeConfig {
        ip: Some(Ipv4Addr::LOCALHOST),
        port: config.port,
        ..NodeConfig::loopback()
    })
    .await
    .map_err(|error| error.to_string())?;
    let mut mailbox = node.spawn("master");
    let mut feed = Feed {
        me: mailbox.upid().clone(),
        node,
        config,
        driver: None,
        sent: 0,
        acknowledged: 0,
        launched: 0,
        began: Instant::now(),
        updates_took: Duration::ZERO,
        first_launch: None,
        launches_took: Duration::ZERO,
    };
    while !feed.receive_one(&mut mailbox).await? {}
    Ok(feed.report())
}

struct Feed<'a> {
    me: Upid,
    node: Node,
    config: &'a FeedConfig,
    driver: Option<Upid>,
    sent: usize,
    acknowledged: usize,
    launched: usize,
    began: Instant,
    updates_took: Duration,
    first_launch: Option<Instant>,
    launches_took: Duration,
}

impl Feed<'_> {
    /// Whether that was the end.
    async fn receive_one(&mut self, mailbox: &mut Mailbox) -> Result<bool, String> {
        let received = tokio::time::timeout(STALL_LIMIT, mailbox.recv()).await;
        let (from, name, body) = match received {
            Ok(Some(Envelope::Message {
                from, name, body, ..
            })) => (from, name, body),
            Ok(Some(Envelope::Exited { .. })) => return Ok(false),
            Ok(None) => return Err("the node was shut down".to_owned()),
            Err(_) => {
                return Err(format!(
                    "silence: {} updates sent, {} acknowledged, {} launches seen",
                    self.sent, self.acknowledged, self.launched
                ));
            }
        };
        if *name != *Call::full_name() {
            return Ok(false);
        }
        let call = Call::decode(body).map_err(|error| error.to_string())?;
        Ok(self.on_call(from, call.r#type()))
    }

    fn on_call(&mut self, from: Upid, kind: call::Type) -> bool {
        match kind {
            call::Type::Subscribe => self.register(from),
            call::Type::Acknowledge => self.on_acknowledged(),
            call::Type::Accept => self.on_launch(),
            call::Type::Teardown => return true,
            _ => {}
        }
        false
    }

    fn register(&mut self, driver: Upid) {
        if self.driver.is_some() {
            return;
        }
        let message = wire::FrameworkRegisteredMessage {
            framework_id: framework_id(),
            master_info: pb::MasterInfo {
                id: "feed".to_owned(),
                ip: u32::from_le_bytes(Ipv4Addr::LOCALHOST.octets()),
                port: self.config.port.into(),
                ..Default::default()
            },
        };
        self.send(
            &driver,
            &wire::FrameworkRegisteredMessage::full_name(),
            &message,
        );
        self.driver = Some(driver);
        self.began = Instant::now();
        self.fill_window();
    }

    fn fill_window(&mut self) {
        let Some(driver) = self.driver.clone() else {
            return;
        };
        while self.sent < self.config.updates && self.sent - self.acknowledged < WINDOW {
            let message = update(self.sent);
            self.send(&driver, &wire::StatusUpdateMessage::full_name(), &message);
            self.sent += 1;
        }
    }

    fn on_acknowledged(&mut self) {
        self.acknowledged += 1;
        if self.sent - self.acknowledged <= WINDOW / 2 {
            self.fill_window();
        }
    }

    fn on_launch(&mut self) {
        self.launched += 1;
        // The driver launches from within the last update's callback, which is acknowledged after it.
        let began = *self.first_launch.get_or_insert_with(Instant::now);
        if self.launched == 1 {
            self.updates_took = self.began.elapsed();
        }
        if self.launched == self.config.launches {
            self.launches_took = began.elapsed();
        }
    }

    fn send(&self, to: &Upid, name: &str, message: &impl Message) {
        let body = Bytes::from(message.encode_to_vec());
        self.node.send(&self.me, to, name, body);
    }

    fn report(&self) -> String {
        let updates = self.config.updates as f64 / self.updates_took.as_secs_f64();
        let launches = self.config.launches as f64 / self.launches_took.as_secs_f64();
        format!("{{\"updates_per_second\": {updates:.0}, \"launches_per_second\": {launches:.0}}}")
    }
}

fn framework_id() -> pb::FrameworkId {
    pb::FrameworkId {
        value: "feed-0000".to_owned(),
    }
}

/// One that looks as if it came from an agent.
fn update(index: usize) -> wire::StatusUpdateMessage {
    let agent = pb::SlaveId {
        value: "feed-S0".to_owned(),
    };
    let uuid = Bytes::copy_from_slice(uuid::Uuid::from_u128(index as u128 + 1).as_bytes());
    wire::StatusUpdateMessage {
        update: wire::StatusUpdate {
            framework_id: framework_id(),
            slave_id: Some(agent.clone()),
            status: pb::TaskStatus {
                task_id: pb::TaskId {
                    value: format!("task-{index}"),
                },
                state: pb::TaskState::TaskRunning.into(),
                data: Some(Bytes::from(vec![b'x'; DATA_BYTES])),
                slave_id: Some(agent),
                uuid: Some(uuid.clone()),
                ..Default::default()
            },
            timestamp: 1.0,
            uuid: Some(uuid),
            ..Default::default()
        },
        pid: Some("slave(1)@127.0.0.1:5051".to_owned()),
    }
}
