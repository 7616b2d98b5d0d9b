//! A running master over real sockets, with an agent and a driver made of plain mailboxes.

use std::time::Duration;

use mesos_master::shell::{self, RegistryKind, RunningMaster, Settings};
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState,
        offer::{Operation, operation},
        scheduler::{Call, call},
        slave_info::capability::Type as Capability,
    },
};
use prost::{Message, Name};

const PATIENCE: Duration = Duration::from_secs(20);

struct Peer {
    node: Node,
    mailbox: Mailbox,
    master: Upid,
}

impl Peer {
    async fn new(id: &str, master: &Upid) -> Self {
        let node = Node::bind(NodeConfig::loopback())
            .await
            .expect("a port is free");
        let mailbox = node.spawn(id);
        Self {
            node,
            mailbox,
            master: master.clone(),
        }
    }

    fn send<M: Message + Name>(&self, message: &M) {
        self.node.send(
            self.mailbox.upid(),
            &self.master,
            &M::full_name(),
            message.encode_to_vec().into(),
        );
    }

    /// The next message of that type; others are skipped. Pings are answered.
    async fn expect<M: Message + Name + Default>(&mut self) -> M {
        let next = async {
            loop {
                let Some(Envelope::Message {
                    from, name, body, ..
                }) = self.mailbox.recv().await
                else {
                    continue;
                };
                if &*name == "mesos.internal.PingSlaveMessage" {
                    let pong = "mesos.internal.PongSlaveMessage";
                    self.node
                        .send(self.mailbox.upid(), &from, pong, Default::default());
                }
                if *name == M::full_name() {
                    return M::decode(&*body).expect("a valid message");
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .unwrap_or_else(|_| panic!("no {}", M::full_name()))
    }
}

fn settings() -> Settings {
    Settings {
        registry: RegistryKind::InMemory,
        allocation_interval: Duration::from_millis(20),
        ..Settings::default()
    }
}

async fn master(settings: Settings) -> (RunningMaster, Node) {
    let node = Node::bind(NodeConfig::loopback())
        .await
        .expect("a port is free");
    (
        shell::start(settings, node.clone(), None)
            .await
            .expect("starts"),
        node,
    )
}

fn scalar(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar as i32,
        scalar: Some(pb::value::Scalar { value }),
        ..pb::Resource::default()
    }
}

fn register_message() -> internal::RegisterSlaveMessage {
    let kinds = [
        Capability::MultiRole,
        Capability::HierarchicalRole,
        Capability::ReservationRefinement,
    ];
    internal::RegisterSlaveMessage {
        slave: pb::SlaveInfo {
            hostname: "h".to_owned(),
            resources: vec![scalar("cpus", 100.0), scalar("mem", 100_000.0)],
            checkpoint: Some(true),
            ..pb::SlaveInfo::default()
        },
        version: Some("1.11.0".to_owned()),
        agent_capabilities: kinds
            .iter()
            .map(|kind| pb::slave_info::Capability {
                r#type: Some(*kind as i32),
            })
            .collect(),
        ..internal::RegisterSlaveMessage::default()
    }
}

fn subscribe_call() -> Call {
    let info = pb::FrameworkInfo {
        user: "u".to_owned(),
        name: "f".to_owned(),
        ..pb::FrameworkInfo::default()
    };
    Call {
        r#type: Some(call::Type::Subscribe as i32),
        subscribe: Some(call::Subscribe {
            framework_info: info,
            ..call::Subscribe::default()
        }),
        ..Call::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story from start to end")]
async fn a_task_is_launched_and_ends_over_sockets() {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    agent.send(&register_message());
    let registered = agent.expect::<internal::SlaveRegisteredMessage>().await;
    let mut driver = Peer::new("scheduler-1", &master.upid).await;
    driver.send(&subscribe_call());
    let id = driver
        .expect::<internal::FrameworkRegisteredMessage>()
        .await
        .framework_id;
    let offers = driver.expect::<internal::ResourceOffersMessage>().await;
    let task = pb::TaskInfo {
        name: "t".to_owned(),
        task_id: pb::TaskId {
            value: "t".to_owned(),
        },
        slave_id: registered.slave_id.clone(),
        resources: vec![scalar("cpus", 1.0), scalar("mem", 64.0)],
        command: Some(pb::CommandInfo {
            value: Some("true".to_owned()),
            ..pb::CommandInfo::default()
        }),
        ..pb::TaskInfo::default()
    };
    let operation = Operation {
        r#type: Some(operation::Type::Launch as i32),
        launch: Some(operation::Launch {
            task_infos: vec![task],
        }),
        ..Operation::default()
    };
    driver.send(&Call {
        framework_id: Some(id.clone()),
        r#type: Some(call::Type::Accept as i32),
        accept: Some(call::Accept {
            offer_ids: vec![offers.offers[0].id.clone()],
            operations: vec![operation],
            filters: None,
        }),
        ..Call::default()
    });
    let run = agent.expect::<internal::RunTaskMessage>().await;
    assert_eq!(run.pid, Some(driver.mailbox.upid().to_string()));
    let uuid = bytes::Bytes::from(uuid::Uuid::new_v4().as_bytes().to_vec());
    let status = pb::TaskStatus {
        task_id: run.task.task_id.clone(),
        state: TaskState::TaskFinished as i32,
        slave_id: Some(registered.slave_id.clone()),
        uuid: Some(uuid.clone()),
        ..pb::TaskStatus::default()
    };
    agent.send(&internal::StatusUpdateMessage {
        update: internal::StatusUpdate {
            framework_id: id.clone(),
            slave_id: Some(registered.slave_id.clone()),
            status,
            timestamp: 1.0,
            uuid: Some(uuid.clone()),
            latest_state: Some(TaskState::TaskFinished as i32),
            ..internal::StatusUpdate::default()
        },
        pid: Some(agent.mailbox.upid().to_string()),
    });
    let update = driver.expect::<internal::StatusUpdateMessage>().await;
    assert_eq!(update.update.status.state(), TaskState::TaskFinished);
    driver.send(&Call {
        framework_id: Some(id),
        r#type: Some(call::Type::Acknowledge as i32),
        acknowledge: Some(call::Acknowledge {
            slave_id: registered.slave_id,
            task_id: run.task.task_id,
            uuid: uuid.clone(),
        }),
        ..Call::default()
    });
    assert_eq!(
        agent
            .expect::<internal::StatusUpdateAcknowledgementMessage>()
            .await
            .uuid,
        uuid
    );
    let snapshot = master.snapshots.load_full();
    let framework = snapshot.frameworks.iter().next().expect("listed");
    assert_eq!(
        (framework.tasks.len(), framework.completed_tasks.len()),
        (0, 1)
    );
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_survive_a_restart_in_the_registry_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_file = || Settings {
        registry: RegistryKind::ReplicatedLog,
        work_dir: Some(folder.path().to_owned()),
        ..settings()
    };
    let (first, node) = master(with_file()).await;
    let mut agent = Peer::new("slave(1)", &first.upid).await;
    agent.send(&register_message());
    agent.expect::<internal::SlaveRegisteredMessage>().await;
    first.stop().await;
    node.shutdown().await;
    let (second, _node) = master(with_file()).await;
    assert_eq!(second.snapshots.load().recovered_agents.len(), 1);
    second.stop().await;
}
