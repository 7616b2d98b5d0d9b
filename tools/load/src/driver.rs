//! A scheduler that launches tasks as fast as offers come and acknowledges every update.

use crate::fleet::scalar;
use crate::statistics::Latencies;
use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::internal as wire;
use mesos_proto::mesos as pb;
use mesos_proto::mesos::scheduler::{Call, call};
use prost::{Message, Name};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Without any progress for this long the run has failed.
const STALL_LIMIT: Duration = Duration::from_secs(30);
const CPUS_PER_TASK: f64 = 0.1;
const MEM_PER_TASK: f64 = 32.0;

pub(crate) struct DriverConfig {
    pub(crate) master: Upid,
    pub(crate) count: usize,
    pub(crate) per_offer: usize,
}

/// Runs until every task was launched, seen running, seen finished and acknowledged.
pub(crate) async fn run(config: &DriverConfig) -> Result<String, String> {
    let node = Node::bind(NodeConfig::loopback())
        .await
        .map_err(|error| error.to_string())?;
    let mut mailbox = node.spawn(&format!("scheduler-{}", uuid::Uuid::new_v4()));
    node.link(mailbox.upid(), &config.master, LinkMode::Reuse);
    let mut driver = LoadDriver {
        node,
        me: mailbox.upid().clone(),
        config,
        framework: None,
        launched: 0,
        finished: 0,
        waiting: HashMap::new(),
        to_running: Latencies::default(),
        started: None,
        subscribed: Instant::now(),
        first_offer: None,
    };
    driver.subscribe();
    driver.until_done(&mut mailbox).await?;
    let took = driver.started.map_or(Duration::ZERO, |at| at.elapsed());
    driver.call(call::Type::Teardown, Call::default());
    let rate = config.count as f64 / took.as_secs_f64();
    Ok(format!(
        "first offer {:.1} ms after SUBSCRIBE\n{} tasks launched, run and acknowledged in {:.3} s: {rate:.0} tasks/s\nlaunch to RUNNING ({} updates): {}",
        driver.first_offer.unwrap_or_default().as_secs_f64() * 1e3,
        config.count,
        took.as_secs_f64(),
        driver.to_running.count(),
        driver.to_running.summary()
    ))
}

struct LoadDriver<'a> {
    node: Node,
    me: Upid,
    config: &'a DriverConfig,
    framework: Option<pb::FrameworkId>,
    launched: usize,
    finished: usize,
    /// Launch time of tasks that are not running yet.
    waiting: HashMap<String, Instant>,
    to_running: Latencies,
    started: Option<Instant>,
    subscribed: Instant,
    /// From SUBSCRIBE to the first offer.
    first_offer: Option<Duration>,
}

impl LoadDriver<'_> {
    fn call(&self, kind: call::Type, mut call: Call) {
        call.r#type = Some(kind.into());
        if call.framework_id.is_none() {
            call.framework_id.clone_from(&self.framework);
        }
        let body = Bytes::from(call.encode_to_vec());
        self.node
            .send(&self.me, &self.config.master, &Call::full_name(), body);
    }

    fn subscribe(&self) {
        let framework_info = pb::FrameworkInfo {
            user: "nobody".to_owned(),
            name: "mesos-load".to_owned(),
            ..Default::default()
        };
        let call = Call {
            subscribe: Some(call::Subscribe {
                framework_info,
                ..Default::default()
            }),
            ..Default::default()
        };
        self.call(call::Type::Subscribe, call);
    }

    async fn until_done(&mut self, mailbox: &mut Mailbox) -> Result<(), String> {
        while self.finished < self.config.count {
            let received = tokio::time::timeout(STALL_LIMIT, mailbox.recv()).await;
            match received {
                Ok(Some(Envelope::Message { name, body, .. })) => self.receive(&name, &body)?,
                Ok(Some(Envelope::Exited { .. })) => return Err("the master went away".to_owned()),
                Ok(None) => return Err("the node was shut down".to_owned()),
                Err(_) => {
                    return Err(format!(
                        "no progress: {} launched, {} finished of {}",
                        self.launched, self.finished, self.config.count
                    ));
                }
            }
        }
        Ok(())
    }

    fn receive(&mut self, name: &str, body: &Bytes) -> Result<(), String> {
        match name.rsplit('.').next().unwrap_or(name) {
            "FrameworkRegisteredMessage" => {
                let message = wire::FrameworkRegisteredMessage::decode(body.clone());
                self.framework = message.ok().map(|m| m.framework_id);
            }
            "ResourceOffersMessage" => {
                let message = wire::ResourceOffersMessage::decode(body.clone());
                for offer in message.map(|m| m.offers).unwrap_or_default() {
                    self.accept(offer);
                }
            }
            "StatusUpdateMessage" => {
                if let Ok(message) = wire::StatusUpdateMessage::decode(body.clone()) {
                    self.update(message.update);
                }
            }
            "FrameworkErrorMessage" => {
                let message = wire::FrameworkErrorMessage::decode(body.clone());
                return Err(message.map(|m| m.message).unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }

    fn accept(&mut self, offer: pb::Offer) {
        let amount = |name: &str| -> f64 {
            let scalars = offer.resources.iter().filter(|r| r.name == name);
            scalars
                .filter_map(|r| r.scalar.as_ref())
                .map(|s| s.value)
                .sum()
        };
        let fitting = (amount("cpus") / CPUS_PER_TASK).min(amount("mem") / MEM_PER_TASK) as usize;
        let left = self.config.count - self.launched;
        let now = Instant::now();
        let mut task_infos = Vec::new();
        for _ in 0..fitting.min(left).min(self.config.per_offer) {
            self.launched += 1;
            let id = format!("task-{}", self.launched);
            self.waiting.insert(id.clone(), now);
            task_infos.push(task(id, &offer.slave_id));
        }
        self.started.get_or_insert(now);
        self.first_offer
            .get_or_insert(now.duration_since(self.subscribed));
        let launch = pb::offer::Operation {
            r#type: Some(pb::offer::operation::Type::Launch.into()),
            launch: Some(pb::offer::operation::Launch { task_infos }),
            ..Default::default()
        };
        let accept = call::Accept {
            offer_ids: vec![offer.id],
            operations: vec![launch],
            filters: Some(pb::Filters {
                refuse_seconds: Some(0.0),
            }),
        };
        self.call(
            call::Type::Accept,
            Call {
                accept: Some(accept),
                ..Default::default()
            },
        );
    }

    fn update(&mut self, update: wire::StatusUpdate) {
        let task_id = update.status.task_id.clone();
        match update.status.state() {
            pb::TaskState::TaskRunning => {
                if let Some(at) = self.waiting.remove(&task_id.value) {
                    self.to_running.add(at.elapsed());
                }
            }
            pb::TaskState::TaskFinished => self.finished += 1,
            _ => {}
        }
        let uuid = update.uuid.unwrap_or_default();
        if uuid.is_empty() {
            return;
        }
        let acknowledge = call::Acknowledge {
            slave_id: update.slave_id.unwrap_or_default(),
            task_id,
            uuid,
        };
        self.call(
            call::Type::Acknowledge,
            Call {
                acknowledge: Some(acknowledge),
                ..Default::default()
            },
        );
    }
}

fn task(id: String, slave_id: &pb::SlaveId) -> pb::TaskInfo {
    pb::TaskInfo {
        name: id.clone(),
        task_id: pb::TaskId { value: id },
        slave_id: slave_id.clone(),
        resources: vec![
            scalar("cpus", CPUS_PER_TASK, None),
            scalar("mem", MEM_PER_TASK, None),
        ],
        command: Some(pb::CommandInfo {
            value: Some("true".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}
