//! Emulated agents: real registration, pings, task launches and status updates, no containers.

use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::internal as wire;
use mesos_proto::mesos as pb;
use prost::{Message, Name};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// An unanswered registration is repeated after this time.
const RETRY: Duration = Duration::from_secs(10);
/// Registration of the whole fleet must be done by then.
const REGISTRATION_LIMIT: Duration = Duration::from_secs(120);

pub(crate) struct FleetConfig {
    pub(crate) master: Upid,
    pub(crate) agents: usize,
    /// With more than none, the agents re-register with this many frameworks each.
    pub(crate) frameworks: usize,
    pub(crate) tasks: usize,
    pub(crate) completed: usize,
    /// Labels of each task.
    pub(crate) labels: usize,
}

/// Agents in one process, each with its own process id behind one address.
pub(crate) struct Fleet {
    progress: Arc<Progress>,
    started: Instant,
    agents: usize,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Progress {
    registered: AtomicUsize,
    changed: Notify,
}

impl Fleet {
    pub(crate) async fn start(config: &FleetConfig) -> Result<Self, String> {
        let node = Node::bind(NodeConfig::loopback())
            .await
            .map_err(|error| error.to_string())?;
        let progress = Arc::new(Progress::default());
        let mut tasks = JoinSet::new();
        let mut prepared = Vec::with_capacity(config.agents);
        for index in 0..config.agents {
            let mailbox = node.spawn(&format!("slave({})", index + 1));
            let (name, body) = introduction(config, index, mailbox.upid());
            let agent = EmulatedAgent {
                node: node.clone(),
                master: config.master.clone(),
                me: mailbox.upid().clone(),
                id: None,
                introduction: (name, body),
                unfinished: HashMap::new(),
                progress: Arc::clone(&progress),
            };
            prepared.push((agent, mailbox));
        }
        let started = Instant::now();
        for (agent, mailbox) in prepared {
            tasks.spawn(agent.run(mailbox));
        }
        Ok(Self {
            progress,
            started,
            agents: config.agents,
            _tasks: tasks,
        })
    }

    /// Waits until the master has acknowledged every agent; the time since the start.
    pub(crate) async fn wait_until_registered(&self) -> Result<Duration, String> {
        let all = async {
            loop {
                let changed = self.progress.changed.notified();
                if self.progress.registered.load(Ordering::Acquire) >= self.agents {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(REGISTRATION_LIMIT, all).await.is_err() {
            let registered = self.progress.registered.load(Ordering::Acquire);
            return Err(format!(
                "only {registered} of {} agents were acknowledged",
                self.agents
            ));
        }
        Ok(self.started.elapsed())
    }
}

struct EmulatedAgent {
    node: Node,
    master: Upid,
    me: Upid,
    id: Option<pb::SlaveId>,
    introduction: (String, Bytes),
    /// Update uuid → the task whose RUNNING was sent, until it is acknowledged.
    unfinished: HashMap<Bytes, (pb::FrameworkId, pb::TaskId)>,
    progress: Arc<Progress>,
}

impl EmulatedAgent {
    async fn run(mut self, mut mailbox: Mailbox) {
        self.node.link(&self.me, &self.master, LinkMode::Reuse);
        self.introduce();
        loop {
            let wait = if self.id.is_none() {
                RETRY
            } else {
                Duration::MAX
            };
            match tokio::time::timeout(wait, mailbox.recv()).await {
                Ok(Some(Envelope::Message {
                    from, name, body, ..
                })) => {
                    self.receive(&from, &name, &body);
                }
                Ok(Some(Envelope::Exited { .. })) => {}
                Ok(None) => return,
                Err(_) => self.introduce(),
            }
        }
    }

    fn introduce(&self) {
        let (name, body) = &self.introduction;
        self.node.send(&self.me, &self.master, name, body.clone());
    }

    fn send<M: Message + Name>(&self, to: &Upid, message: &M) {
        let body = Bytes::from(message.encode_to_vec());
        self.node.send(&self.me, to, &M::full_name(), body);
    }

    fn receive(&mut self, from: &Upid, name: &str, body: &Bytes) {
        match name.rsplit('.').next().unwrap_or(name) {
            "SlaveRegisteredMessage" => {
                self.registered(
                    wire::SlaveRegisteredMessage::decode(body.clone())
                        .ok()
                        .map(|m| m.slave_id),
                );
            }
            "SlaveReregisteredMessage" => {
                self.registered(
                    wire::SlaveReregisteredMessage::decode(body.clone())
                        .ok()
                        .map(|m| m.slave_id),
                );
            }
            "PingSlaveMessage" => self.send(from, &wire::PongSlaveMessage {}),
            "RunTaskMessage" => {
                if let Ok(message) = wire::RunTaskMessage::decode(body.clone()) {
                    self.run_task(message);
                }
            }
            "StatusUpdateAcknowledgementMessage" => {
                if let Ok(message) = wire::StatusUpdateAcknowledgementMessage::decode(body.clone())
                {
                    self.acknowledged(&message.uuid);
                }
            }
            "ShutdownFrameworkMessage" => self.unfinished.clear(),
            _ => {}
        }
    }

    fn registered(&mut self, id: Option<pb::SlaveId>) {
        if id.is_none() || self.id.is_some() {
            return;
        }
        self.id = id;
        self.progress.registered.fetch_add(1, Ordering::AcqRel);
        self.progress.changed.notify_waiters();
    }

    fn run_task(&mut self, message: wire::RunTaskMessage) {
        let Some(framework) = message.framework.id else {
            return;
        };
        let task = message.task.task_id;
        let uuid = self.update(&framework, &task, pb::TaskState::TaskRunning);
        self.unfinished.insert(uuid, (framework, task));
    }

    fn acknowledged(&mut self, uuid: &Bytes) {
        if let Some((framework, task)) = self.unfinished.remove(uuid) {
            self.update(&framework, &task, pb::TaskState::TaskFinished);
        }
    }

    fn update(
        &self,
        framework: &pb::FrameworkId,
        task: &pb::TaskId,
        state: pb::TaskState,
    ) -> Bytes {
        let uuid = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let now = wall_seconds();
        let status = pb::TaskStatus {
            task_id: task.clone(),
            state: state.into(),
            slave_id: self.id.clone(),
            timestamp: Some(now),
            uuid: Some(uuid.clone()),
            source: Some(pb::task_status::Source::Executor.into()),
            ..Default::default()
        };
        let message = wire::StatusUpdateMessage {
            update: wire::StatusUpdate {
                framework_id: framework.clone(),
                slave_id: self.id.clone(),
                status,
                timestamp: now,
                uuid: Some(uuid.clone()),
                latest_state: Some(state.into()),
                ..Default::default()
            },
            pid: Some(self.me.to_string()),
        };
        self.send(&self.master, &message);
        uuid
    }
}

fn wall_seconds() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |passed| passed.as_secs_f64())
}

#[expect(deprecated, reason = "the form every version of the master takes")]
/// A scalar resource in the pre-reservation-refinement form every master takes.
pub(crate) fn scalar(name: &str, value: f64, allocated_to: Option<&str>) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar.into(),
        scalar: Some(pb::value::Scalar { value }),
        role: Some("*".to_owned()),
        allocation_info: allocated_to.map(|role| pb::resource::AllocationInfo {
            role: Some(role.to_owned()),
        }),
        ..Default::default()
    }
}

fn capabilities() -> Vec<pb::slave_info::Capability> {
    use pb::slave_info::capability::Type;
    [
        Type::MultiRole,
        Type::HierarchicalRole,
        Type::ReservationRefinement,
    ]
    .into_iter()
    .map(|kind| pb::slave_info::Capability {
        r#type: Some(kind.into()),
    })
    .collect()
}

/// The first message of an agent: registration, or re-registration with what it runs.
fn introduction(config: &FleetConfig, index: usize, me: &Upid) -> (String, Bytes) {
    let mut slave = pb::SlaveInfo {
        hostname: me.address.ip().to_string(),
        port: Some(i32::from(me.address.port())),
        resources: vec![
            scalar("cpus", 10_000.0, None),
            scalar("mem", 10_000_000.0, None),
            scalar("disk", 10_000_000.0, None),
        ],
        checkpoint: Some(true),
        ..Default::default()
    };
    if config.frameworks == 0 {
        let message = wire::RegisterSlaveMessage {
            slave,
            version: Some("1.11.0".to_owned()),
            agent_capabilities: capabilities(),
            ..Default::default()
        };
        return (
            wire::RegisterSlaveMessage::full_name(),
            message.encode_to_vec().into(),
        );
    }
    let id = pb::SlaveId {
        value: format!("00000000-0000-4000-8000-000000000000-S{index}"),
    };
    slave.id = Some(id.clone());
    let mut message = wire::ReregisterSlaveMessage {
        slave,
        version: Some("1.11.0".to_owned()),
        agent_capabilities: capabilities(),
        ..Default::default()
    };
    for number in 0..config.frameworks {
        let framework = framework(index, number);
        let framework_id = framework.id.clone().unwrap_or_default();
        let make = |task, state| running_task(config, &framework_id, &id, task, state);
        message.tasks.extend(
            (0..config.tasks).map(|task| make(format!("task-{task}"), pb::TaskState::TaskRunning)),
        );
        if config.completed > 0 {
            let done = (0..config.completed)
                .map(|task| make(format!("done-{task}"), pb::TaskState::TaskFinished))
                .collect();
            message.completed_frameworks.push(wire::archive::Framework {
                framework_info: completed(framework.clone(), &framework_id),
                tasks: done,
                ..Default::default()
            });
        }
        message.frameworks.push(framework);
    }
    (
        wire::ReregisterSlaveMessage::full_name(),
        message.encode_to_vec().into(),
    )
}

fn completed(mut framework: pb::FrameworkInfo, id: &pb::FrameworkId) -> pb::FrameworkInfo {
    framework.id = Some(id.clone());
    framework
}

fn framework(agent: usize, number: usize) -> pb::FrameworkInfo {
    pb::FrameworkInfo {
        user: "nobody".to_owned(),
        name: format!("framework-{agent}-{number}"),
        id: Some(pb::FrameworkId {
            value: format!("framework-{agent}-{number}"),
        }),
        ..Default::default()
    }
}

fn running_task(
    config: &FleetConfig,
    framework_id: &pb::FrameworkId,
    slave_id: &pb::SlaveId,
    name: String,
    state: pb::TaskState,
) -> pb::Task {
    let labels = (0..config.labels)
        .map(|at| pb::Label {
            key: format!("key-{at}"),
            value: Some(format!("value-{at}")),
        })
        .collect();
    pb::Task {
        name: name.clone(),
        task_id: pb::TaskId { value: name },
        framework_id: framework_id.clone(),
        slave_id: slave_id.clone(),
        state: state.into(),
        resources: vec![
            scalar("cpus", 0.1, Some("*")),
            scalar("mem", 5.0, Some("*")),
        ],
        labels: Some(pb::Labels { labels }),
        ..Default::default()
    }
}
