//! A master machine with hand-made peers: sends messages, keeps what came out, moves the clock.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use bytes::Bytes;
use mesos_master::{
    config::Config,
    effect::Effect,
    event::{Event, Message, SchedulerRequest, Ticket, Timer},
    machine::Master,
    snapshot::Snapshot,
    state::StreamId,
};
use mesos_model::{Instant, Now, WallTime};
use mesos_process::Upid;
use mesos_proto::{
    Raw, internal,
    mesos::{
        self as pb,
        framework_info::capability::Type as FrameworkCapability,
        offer::{Operation, operation},
        scheduler::{Call, call},
        slave_info::capability::Type as AgentCapability,
    },
};
use prost::Name;

pub const MASTER_PORT: u16 = 5050;

pub fn upid(id: &str, port: u16) -> Upid {
    Upid::new(id, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

pub fn driver(n: u16) -> Upid {
    upid(&format!("scheduler-{n}"), 30_000 + n)
}

pub fn agent(n: u16) -> Upid {
    upid("slave(1)", 6_000 + n)
}

pub fn scalar(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar as i32,
        scalar: Some(pb::value::Scalar { value }),
        ..pb::Resource::default()
    }
}

pub fn resources(cpus: f64, mem: f64) -> Vec<pb::Resource> {
    vec![scalar("cpus", cpus), scalar("mem", mem)]
}

pub fn framework_info(name: &str) -> pb::FrameworkInfo {
    pb::FrameworkInfo {
        user: "nobody".to_owned(),
        name: name.to_owned(),
        checkpoint: Some(true),
        ..pb::FrameworkInfo::default()
    }
}

pub fn aware(mut info: pb::FrameworkInfo) -> pb::FrameworkInfo {
    let kind = Some(FrameworkCapability::PartitionAware as i32);
    info.capabilities
        .push(pb::framework_info::Capability { r#type: kind });
    info
}

pub fn command_task(id: &str, agent: &pb::SlaveId, resources: Vec<pb::Resource>) -> pb::TaskInfo {
    pb::TaskInfo {
        name: id.to_owned(),
        task_id: pb::TaskId {
            value: id.to_owned(),
        },
        slave_id: agent.clone(),
        resources,
        command: Some(pb::CommandInfo {
            value: Some("sleep 1".to_owned()),
            ..pb::CommandInfo::default()
        }),
        ..pb::TaskInfo::default()
    }
}

pub fn launch(tasks: Vec<pb::TaskInfo>) -> Operation {
    Operation {
        r#type: Some(operation::Type::Launch as i32),
        launch: Some(operation::Launch { task_infos: tasks }),
        ..Operation::default()
    }
}

/// All capabilities of a 1.11 agent but RESOURCE_PROVIDER and operation feedback, which tests add.
pub fn agent_capabilities(extra: &[AgentCapability]) -> Vec<pb::slave_info::Capability> {
    use AgentCapability as C;
    let base = [
        C::MultiRole,
        C::HierarchicalRole,
        C::ReservationRefinement,
        C::TaskResourceLimits,
        C::ResizeVolume,
    ];
    let all = base.iter().chain(extra);
    all.map(|kind| pb::slave_info::Capability {
        r#type: Some(*kind as i32),
    })
    .collect()
}

pub fn slave_info(hostname: &str) -> pb::SlaveInfo {
    pb::SlaveInfo {
        hostname: hostname.to_owned(),
        port: Some(5051),
        resources: resources(4.0, 4096.0),
        checkpoint: Some(true),
        ..pb::SlaveInfo::default()
    }
}

/// A message of the effects.
#[derive(Debug, Clone)]
pub struct Sent {
    pub to: Upid,
    pub name: &'static str,
    pub body: Bytes,
}

impl Sent {
    pub fn decode<M: prost::Message + Default>(&self) -> M {
        M::decode(&*self.body).expect("our own message")
    }
}

pub struct Cluster {
    pub master: Master,
    pub now: Now,
    pub sent: Vec<Sent>,
    pub effects: Vec<Effect>,
    pub timers: Vec<(Instant, Timer)>,
    /// Stores are answered at once unless a test wants to do it.
    pub auto_store: bool,
    pub registry: Bytes,
    /// Drivers whose calls go over HTTP, with their streams: what these carry counts as sent to the driver.
    pub over_http: HashMap<Upid, Option<StreamId>>,
    /// Calls that were made over HTTP.
    http_calls: u64,
}

impl Cluster {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::restart(Bytes::new(), change)
    }

    /// A master that finds `registry`.
    pub fn restart(registry: Bytes, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, MASTER_PORT), 7);
        config.allocator.min_allocatable_resources = Vec::new();
        change(&mut config);
        let mut cluster = Self {
            master: Master::new(config),
            now: Now {
                instant: Instant(0),
                wall: WallTime(1_000.0),
            },
            sent: Vec::new(),
            effects: Vec::new(),
            timers: Vec::new(),
            auto_store: true,
            registry,
            over_http: HashMap::new(),
            http_calls: 0,
        };
        let mut out = Vec::new();
        cluster.master.start(cluster.now, &mut out);
        cluster.execute(out);
        cluster
    }

    /// One event as a batch of its own.
    pub fn event(&mut self, event: Event) {
        let mut out = Vec::new();
        self.master.on(self.now, event, &mut out);
        self.master.finish(self.now, &mut out);
        self.execute(out);
    }

    fn execute(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(effect.clone());
            match effect {
                Effect::Send { to, name, body }
                | Effect::SendFromObserver { to, name, body, .. } => {
                    self.sent.push(Sent { to, name, body });
                }
                Effect::Stream { stream, name, body } => {
                    let mut drivers = self.over_http.iter();
                    if let Some((to, _)) = drivers.find(|(_, open)| **open == Some(stream)) {
                        let to = to.clone();
                        self.sent.push(Sent { to, name, body });
                    }
                }
                Effect::Arm { timer, at } => self.timers.push((at, timer)),
                Effect::FetchRegistry => {
                    let registry = Ok(self.registry.clone());
                    self.event(Event::RegistryFetched { registry });
                }
                Effect::StoreRegistry { number, registry } if self.auto_store => {
                    self.registry = registry;
                    self.event(Event::RegistryStored {
                        number,
                        result: Ok(()),
                    });
                }
                Effect::StoreRegistry { .. }
                | Effect::CloseStream { .. }
                | Effect::Authenticate { .. }
                | Effect::EndAuthentication { .. }
                | Effect::Link { .. }
                | Effect::OpenObserver { .. }
                | Effect::CloseObserver { .. }
                | Effect::Reply { .. }
                | Effect::Note { .. }
                | Effect::Heartbeat { .. }
                | Effect::Answer { .. }
                | Effect::Fatal { .. } => {}
            }
        }
    }

    /// Moves the clock, firing timers in order.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now.instant + by;
        loop {
            let due = self
                .timers
                .iter()
                .enumerate()
                .filter(|(_, (at, _))| *at <= end)
                .min_by_key(|(_, (at, _))| *at);
            let Some((index, _)) = due else { break };
            let (at, timer) = self.timers.remove(index);
            self.move_to(at);
            self.event(Event::TimerFired(timer));
        }
        self.move_to(end);
    }

    fn move_to(&mut self, at: Instant) {
        let step = at.since(self.now.instant);
        self.now.wall = self.now.wall + step;
        self.now.instant = self.now.instant + step;
    }

    pub fn message(&mut self, from: &Upid, message: Message) {
        self.event(Event::Message {
            from: from.clone(),
            message,
        });
    }

    pub fn call(&mut self, from: &Upid, call: Call) {
        match self.over_http.get(from).copied() {
            Some(stream) => self.http_call(from, stream, call),
            None => self.message(from, Message::Call(Box::new(call), None)),
        }
    }

    fn http_call(&mut self, from: &Upid, stream: Option<StreamId>, call: Call) {
        self.http_calls += 1;
        let fresh = StreamId(u128::from(self.http_calls));
        let mut header = stream.map(|stream| stream.to_string());
        if call.r#type() == call::Type::Subscribe {
            header = None;
            if call.framework_id.is_none() {
                self.leave(from);
            }
            self.over_http.insert(from.clone(), Some(fresh));
        }
        let request = SchedulerRequest {
            call,
            original: None,
            principal: None,
            stream: header,
            acceptable: true,
            fresh,
        };
        let ticket = Ticket(self.http_calls);
        let request = Box::new(request);
        self.event(Event::SchedulerCall { ticket, request });
        let answers =
            |effect: &Effect| matches!(effect, Effect::Answer { ticket: of, .. } if *of == ticket);
        let count = self.effects.iter().filter(|effect| answers(effect)).count();
        assert_eq!(count, 1, "every call is answered once");
    }

    /// The link to a driver, or its stream, breaks.
    pub fn leave(&mut self, driver: &Upid) {
        match self.over_http.get(driver).copied() {
            Some(Some(stream)) => self.event(Event::StreamClosed { stream }),
            Some(None) => {}
            None => self.event(Event::Exited {
                pid: driver.clone(),
            }),
        }
    }

    /// A call of a framework with its id and type filled in.
    pub fn framework_call(
        &mut self,
        from: &Upid,
        id: &pb::FrameworkId,
        kind: call::Type,
        call: Call,
    ) {
        self.call(
            from,
            Call {
                framework_id: Some(id.clone()),
                r#type: Some(kind as i32),
                ..call
            },
        );
    }

    pub fn subscribe(&mut self, from: &Upid, info: pb::FrameworkInfo, force: bool) {
        let call = Call {
            framework_id: info.id.clone(),
            r#type: Some(call::Type::Subscribe as i32),
            subscribe: Some(call::Subscribe {
                framework_info: info,
                force: Some(force),
                ..call::Subscribe::default()
            }),
            ..Call::default()
        };
        self.call(from, call);
    }

    /// Subscribes a new framework and hands back its id.
    pub fn framework(&mut self, n: u16) -> pb::FrameworkId {
        self.framework_as(n, framework_info("f"))
    }

    pub fn framework_as(&mut self, n: u16, info: pb::FrameworkInfo) -> pb::FrameworkId {
        self.subscribe(&driver(n), info, false);
        let registered = self.take::<internal::FrameworkRegisteredMessage>(&driver(n));
        registered.last().expect("registered").framework_id.clone()
    }

    pub fn register(&mut self, n: u16, info: pb::SlaveInfo, extra: &[AgentCapability]) {
        let message = internal::RegisterSlaveMessage {
            slave: info,
            version: Some("1.11.0".to_owned()),
            agent_capabilities: agent_capabilities(extra),
            resource_version_uuid: Some(pb::Uuid {
                value: Bytes::from_static(&[1; 16]),
            }),
            ..internal::RegisterSlaveMessage::default()
        };
        self.message(&agent(n), Message::RegisterSlave(Box::new(message), None));
    }

    /// Registers an agent and hands back its id.
    pub fn agent(&mut self, n: u16) -> pb::SlaveId {
        self.register(n, slave_info("host"), &[]);
        let registered = self.take::<internal::SlaveRegisteredMessage>(&agent(n));
        registered.last().expect("registered").slave_id.clone()
    }

    pub fn reregister(
        &mut self,
        n: u16,
        id: &pb::SlaveId,
        change: impl FnOnce(&mut internal::ReregisterSlaveMessage),
    ) {
        let mut info = slave_info("host");
        info.id = Some(id.clone());
        let mut message = internal::ReregisterSlaveMessage {
            slave: info,
            version: Some("1.11.0".to_owned()),
            agent_capabilities: agent_capabilities(&[]),
            ..internal::ReregisterSlaveMessage::default()
        };
        change(&mut message);
        self.message(&agent(n), Message::ReregisterSlave(Box::new(message), None));
    }

    /// Runs a batch of the allocator and hands back the offers that a driver got.
    pub fn offers(&mut self, n: u16) -> Vec<pb::Offer> {
        self.advance(Duration::from_secs(1));
        self.take::<internal::ResourceOffersMessage>(&driver(n))
            .into_iter()
            .flat_map(|message| message.offers)
            .collect()
    }

    pub fn accept(
        &mut self,
        n: u16,
        id: &pb::FrameworkId,
        offers: &[&pb::Offer],
        operations: Vec<Operation>,
    ) {
        let accept = call::Accept {
            offer_ids: offers.iter().map(|offer| offer.id.clone()).collect(),
            operations,
            filters: Some(pb::Filters {
                refuse_seconds: Some(0.0),
            }),
        };
        let call = Call {
            accept: Some(accept),
            ..Call::default()
        };
        self.framework_call(&driver(n), id, call::Type::Accept, call);
    }

    /// A status update of an agent; hands back its uuid.
    pub fn update(
        &mut self,
        n: u16,
        framework: &pb::FrameworkId,
        slave: &pb::SlaveId,
        task: &str,
        state: pb::TaskState,
        uuid: u8,
    ) -> Bytes {
        let uuid = Bytes::from(vec![
            uuid, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0,
        ]);
        let status = pb::TaskStatus {
            task_id: pb::TaskId {
                value: task.to_owned(),
            },
            state: state as i32,
            slave_id: Some(slave.clone()),
            source: Some(pb::task_status::Source::Executor as i32),
            uuid: Some(uuid.clone()),
            timestamp: Some(self.now.wall.secs()),
            ..pb::TaskStatus::default()
        };
        let update = internal::StatusUpdate {
            framework_id: framework.clone(),
            slave_id: Some(slave.clone()),
            status,
            timestamp: self.now.wall.secs(),
            uuid: Some(uuid.clone()),
            latest_state: Some(state as i32),
            ..internal::StatusUpdate::default()
        };
        let message = internal::StatusUpdateMessage {
            update,
            pid: Some(agent(n).to_string()),
        };
        self.message(&agent(n), Message::StatusUpdate(Raw::new(message)));
        uuid
    }

    pub fn acknowledge(
        &mut self,
        n: u16,
        framework: &pb::FrameworkId,
        slave: &pb::SlaveId,
        task: &str,
        uuid: Bytes,
    ) {
        let acknowledge = call::Acknowledge {
            slave_id: slave.clone(),
            task_id: pb::TaskId {
                value: task.to_owned(),
            },
            uuid,
        };
        let call = Call {
            acknowledge: Some(acknowledge),
            ..Call::default()
        };
        self.framework_call(&driver(n), framework, call::Type::Acknowledge, call);
    }

    /// Takes the messages of one type that went to a peer.
    pub fn take<M: prost::Message + Name + Default>(&mut self, to: &Upid) -> Vec<M> {
        let wanted = |sent: &Sent| sent.to == *to && sent.name == M::NAME;
        let found = self.sent.iter().filter(|sent| wanted(sent));
        let found = found
            .map(|sent| M::decode(&*sent.body).expect("our own message"))
            .collect();
        self.sent.retain(|sent| !wanted(sent));
        found
    }

    /// States of the updates that a driver got since the last look.
    pub fn states(&mut self, n: u16) -> Vec<(String, pb::TaskState, pb::task_status::Reason)> {
        let updates = self.take::<internal::StatusUpdateMessage>(&driver(n));
        let each = |message: internal::StatusUpdateMessage| {
            let status = message.update.status;
            (
                status.task_id.value.clone(),
                status.state(),
                status.reason(),
            )
        };
        updates.into_iter().map(each).collect()
    }

    pub fn errors(&mut self, n: u16) -> Vec<String> {
        self.take::<internal::FrameworkErrorMessage>(&driver(n))
            .into_iter()
            .map(|error| error.message)
            .collect()
    }

    pub fn snapshot(&mut self) -> std::sync::Arc<Snapshot> {
        self.master.publish(self.now)
    }
}
