//! A node with one process, and a master to talk to.

use std::time::Duration;

use mesos_master::shell::{self, RegistryKind, RunningMaster, Settings};
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::{
    internal,
    mesos::{
        self as pb,
        scheduler::{Call, call},
        slave_info::capability::Type as Capability,
    },
};
use prost::{Message, Name};

pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Peer {
    pub node: Node,
    pub mailbox: Mailbox,
    pub master: Upid,
}

impl Peer {
    pub async fn new(id: &str, master: &Upid) -> Self {
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

    pub fn send<M: Message + Name>(&self, message: &M) {
        self.node.send(
            self.mailbox.upid(),
            &self.master,
            &M::full_name(),
            message.encode_to_vec().into(),
        );
    }

    /// The next message of that type; others are skipped. Pings are answered.
    pub async fn expect<M: Message + Name + Default>(&mut self) -> M {
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

pub fn settings() -> Settings {
    Settings {
        registry: RegistryKind::InMemory,
        allocation_interval: Duration::from_millis(20),
        ..Settings::default()
    }
}

pub async fn master(settings: Settings) -> (RunningMaster, Node) {
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

pub fn scalar(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar as i32,
        scalar: Some(pb::value::Scalar { value }),
        ..pb::Resource::default()
    }
}

pub fn register_message() -> internal::RegisterSlaveMessage {
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

pub fn subscribe_call() -> Call {
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
