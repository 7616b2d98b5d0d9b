//! P3: fields that this build does not know reach the other side byte for byte.

use bytes::{Buf, Bytes};
use mesos_master::event::Message;
use mesos_proto::{
    Raw, internal,
    mesos::{
        self as pb,
        offer::{Operation, operation},
        scheduler::{Call, call},
        slave_info::capability::Type as AgentCapability,
    },
    wire,
};
use prost::{
    Message as _, Name,
    encoding::{
        DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
    },
};

use crate::cluster::{
    Cluster, agent, agent_capabilities, command_task, driver, framework_info, launch, resources,
    scalar, slave_info,
};

/// Field number 1000 with three bytes.
const MARK: [u8; 6] = [0xc2, 0x3e, 3, 0xff, 0, 0x7f];

/// `bytes` with the mark in every nested message at `path`.
fn marked(mut bytes: &[u8], path: &[u32]) -> Vec<u8> {
    let Some((&wanted, rest)) = path.split_first() else {
        return [bytes, &MARK].concat();
    };
    let mut out = Vec::new();
    while bytes.has_remaining() {
        let whole = bytes;
        let (tag, kind) = decode_key(&mut bytes).expect("a field");
        if (tag, kind) == (wanted, WireType::LengthDelimited) {
            let length = decode_varint(&mut bytes).expect("a length") as usize;
            let inner = marked(&bytes[..length], rest);
            bytes.advance(length);
            encode_key(tag, kind, &mut out);
            encode_varint(inner.len() as u64, &mut out);
            out.extend_from_slice(&inner);
        } else {
            skip_field(kind, tag, &mut bytes, DecodeContext::default()).expect("a field");
            out.extend_from_slice(&whole[..whole.len() - bytes.len()]);
        }
    }
    out
}

fn marked_message(message: &impl prost::Message, path: &[u32]) -> Bytes {
    marked(&message.encode_to_vec(), path).into()
}

/// The last message of that type to that peer, as it was sent.
fn last<M: Name>(cluster: &Cluster, to: &mesos_process::Upid) -> Bytes {
    let mut sent = cluster.sent.iter().rev();
    let found = sent.find(|sent| sent.to == *to && sent.name == M::NAME);
    found
        .unwrap_or_else(|| panic!("no {}", M::NAME))
        .body
        .clone()
}

#[track_caller]
fn assert_marked(body: &Bytes, path: &[u32]) {
    let found = wire::submessages(body, path);
    assert!(!found.is_empty(), "nothing at {path:?}");
    for part in found {
        assert!(part.ends_with(&MARK), "{path:?}: {part:?}");
    }
}

fn call(id: &pb::FrameworkId, kind: call::Type, call: Call) -> Call {
    Call {
        framework_id: Some(id.clone()),
        r#type: Some(kind as i32),
        ..call
    }
}

fn send_marked(cluster: &mut Cluster, call: Call, path: &[u32]) {
    let original = Some(marked_message(&call, path));
    cluster.message(&driver(1), Message::Call(Box::new(call), original));
}

/// An ACCEPT of the next offer with one operation.
fn accept(cluster: &mut Cluster, id: &pb::FrameworkId, operation: Operation) -> Call {
    let offers = cluster.offers(1);
    let accept = call::Accept {
        offer_ids: offers.iter().map(|offer| offer.id.clone()).collect(),
        operations: vec![operation],
        filters: None,
    };
    let inner = Call {
        accept: Some(accept),
        ..Call::default()
    };
    call(id, call::Type::Accept, inner)
}

fn labels() -> Option<pb::Labels> {
    let label = pb::Label {
        key: "k".to_owned(),
        value: None,
    };
    Some(pb::Labels {
        labels: vec![label],
    })
}

fn executor(id: &pb::FrameworkId) -> pb::ExecutorInfo {
    pb::ExecutorInfo {
        executor_id: pb::ExecutorId { value: "e".into() },
        framework_id: Some(id.clone()),
        command: Some(pb::CommandInfo::default()),
        labels: labels(),
        resources: vec![
            scalar("cpus", 0.5),
            scalar("mem", 64.0),
            scalar("disk", 1.0),
        ],
        ..pb::ExecutorInfo::default()
    }
}

fn agent_id(cluster: &mut Cluster) -> pb::SlaveId {
    let registered = cluster.take::<internal::SlaveRegisteredMessage>(&agent(1));
    registered.last().expect("registered").slave_id.clone()
}

fn with_disk() -> pb::SlaveInfo {
    let mut info = slave_info("host");
    info.resources.push(scalar("disk", 1000.0));
    info
}

#[test]
fn what_an_agent_says_of_itself_reaches_the_framework_in_offers() {
    let zone = pb::domain_info::fault_domain::ZoneInfo {
        name: "z".to_owned(),
    };
    let region = pb::domain_info::fault_domain::RegionInfo {
        name: "r".to_owned(),
    };
    let domain = pb::DomainInfo {
        fault_domain: Some(pb::domain_info::FaultDomain { region, zone }),
    };
    let mut cluster = Cluster::with(|config| config.domain = Some(domain.clone()));
    let message = internal::RegisterSlaveMessage {
        slave: pb::SlaveInfo {
            attributes: mesos_model::attribute::parse("rack:r1;zone:2.5").unwrap(),
            domain: Some(domain),
            ..slave_info("host")
        },
        version: Some("1.11.0".to_owned()),
        agent_capabilities: agent_capabilities(&[]),
        ..internal::RegisterSlaveMessage::default()
    };
    let original: Bytes = marked(&marked_message(&message, &[1, 5]), &[1, 10, 1]).into();
    cluster.message(
        &agent(1),
        Message::RegisterSlave(Box::new(message), Some(original.clone())),
    );
    cluster.framework(1);
    cluster.advance(std::time::Duration::from_secs(1));
    let offers = last::<internal::ResourceOffersMessage>(&cluster, &driver(1));
    assert_marked(&offers, &[1, 7]);
    assert_marked(&offers, &[1, 11, 1]);
    for (of_agent, of_offer) in [([1, 5], [1, 7]), ([1, 10], [1, 11])] {
        let sent = wire::submessages(&original, &of_agent);
        assert_eq!(wire::submessages(&offers, &of_offer), sent, "{of_offer:?}");
    }
    let offers = internal::ResourceOffersMessage::decode(offers).unwrap();
    assert_eq!((offers.offers.len(), offers.pids.len()), (1, 1));
}

#[test]
fn a_task_and_its_executor_reach_the_agent_as_the_framework_sent_them() {
    let places: [&[u32]; 7] = [&[], &[4], &[10], &[10, 1], &[5], &[5, 14], &[5, 5]];
    for place in places {
        let mut cluster = Cluster::new();
        cluster.register(1, with_disk(), &[]);
        let slave = agent_id(&mut cluster);
        let id = cluster.framework(1);
        let task = pb::TaskInfo {
            command: None,
            executor: Some(executor(&id)),
            labels: labels(),
            ..command_task("t", &slave, resources(1.0, 64.0))
        };
        let call = accept(&mut cluster, &id, launch(vec![task]));
        send_marked(&mut cluster, call, &[&[4, 2, 2, 1], place].concat());
        let run = last::<internal::RunTaskMessage>(&cluster, &agent(1));
        let place: Vec<u32> = [&[4], place].concat();
        assert_marked(&run, &place);
    }
}

#[test]
fn a_group_its_executor_and_the_copies_in_its_tasks_keep_unknown_fields() {
    let places: [(&[u32], &[&[u32]]); 3] = [
        (&[2, 1], &[&[3, 1]]),
        (&[2, 1, 10], &[&[3, 1, 10]]),
        (&[1], &[&[2], &[3, 1, 5]]),
    ];
    for (place, arrives) in places {
        let mut cluster = Cluster::new();
        cluster.register(1, with_disk(), &[]);
        let slave = agent_id(&mut cluster);
        let id = cluster.framework(1);
        let task = pb::TaskInfo {
            labels: labels(),
            ..command_task("t", &slave, resources(1.0, 64.0))
        };
        let executor = pb::ExecutorInfo {
            r#type: Some(pb::executor_info::Type::Default as i32),
            command: None,
            ..executor(&id)
        };
        let group = operation::LaunchGroup {
            executor,
            task_group: pb::TaskGroupInfo { tasks: vec![task] },
        };
        let operation = Operation {
            r#type: Some(operation::Type::LaunchGroup as i32),
            launch_group: Some(group),
            ..Operation::default()
        };
        let call = accept(&mut cluster, &id, operation);
        send_marked(&mut cluster, call, &[&[4, 2, 7], place].concat());
        let run = last::<internal::RunTaskGroupMessage>(&cluster, &agent(1));
        for place in arrives {
            assert_marked(&run, place);
        }
    }
}

#[test]
#[expect(deprecated, reason = "the form that every agent reads")]
fn an_operation_reaches_the_agent_as_the_framework_sent_it() {
    for place in [&[][..], &[3], &[3, 1]] {
        let mut cluster = Cluster::new();
        let provider = [
            AgentCapability::ResourceProvider,
            AgentCapability::AgentOperationFeedback,
        ];
        cluster.register(1, slave_info("host"), &provider);
        let info = pb::FrameworkInfo {
            principal: Some("p".to_owned()),
            role: Some("r".to_owned()),
            ..framework_info("f")
        };
        let id = cluster.framework_as(1, info);
        let reservation = pb::resource::ReservationInfo {
            principal: Some("p".to_owned()),
            ..Default::default()
        };
        let resource = pb::Resource {
            role: Some("r".to_owned()),
            reservation: Some(reservation),
            ..scalar("cpus", 1.0)
        };
        let reserve = operation::Reserve {
            resources: vec![resource],
            ..operation::Reserve::default()
        };
        let operation = Operation {
            r#type: Some(operation::Type::Reserve as i32),
            reserve: Some(reserve),
            ..Operation::default()
        };
        let call = accept(&mut cluster, &id, operation);
        send_marked(&mut cluster, call, &[&[4, 2], place].concat());
        let apply = last::<internal::ApplyOperationMessage>(&cluster, &agent(1));
        let place: Vec<u32> = [&[2], place].concat();
        assert_marked(&apply, &place);
        internal::ApplyOperationMessage::decode(apply).unwrap();
    }
}

#[test]
fn a_new_framework_info_reaches_agents_in_updates_and_reconciliations() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let task = command_task("t", &slave, resources(1.0, 64.0));
    let accept = accept(&mut cluster, &id, launch(vec![task]));
    cluster.call(&driver(1), accept);
    let update = call::UpdateFramework {
        framework_info: pb::FrameworkInfo {
            id: Some(id.clone()),
            labels: labels(),
            ..framework_info("renamed")
        },
        ..call::UpdateFramework::default()
    };
    let inner = Call {
        update_framework: Some(update),
        ..Call::default()
    };
    let update = call(&id, call::Type::UpdateFramework, inner);
    send_marked(&mut cluster, update, &[19, 1]);
    let announced = last::<internal::UpdateFrameworkMessage>(&cluster, &agent(1));
    assert_marked(&announced, &[3]);
    cluster.reregister(1, &slave, |_| {});
    let welcome = last::<internal::SlaveReregisteredMessage>(&cluster, &agent(1));
    assert_marked(&welcome, &[2, 3]);
    let welcome = internal::SlaveReregisteredMessage::decode(welcome).unwrap();
    assert_eq!(welcome.reconciliations[0].statuses.len(), 1);
}

#[test]
fn a_kill_policy_reaches_the_agent_also_when_the_kill_is_repeated() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let task = command_task("t", &slave, resources(1.0, 64.0));
    let accept = accept(&mut cluster, &id, launch(vec![task]));
    cluster.call(&driver(1), accept);
    let kill = call::Kill {
        task_id: pb::TaskId { value: "t".into() },
        kill_policy: Some(pb::KillPolicy {
            grace_period: Some(pb::DurationInfo { nanoseconds: 5 }),
        }),
        ..call::Kill::default()
    };
    let inner = Call {
        kill: Some(kill),
        ..Call::default()
    };
    let kill = call(&id, call::Type::Kill, inner);
    send_marked(&mut cluster, kill, &[6, 3]);
    assert_marked(
        &last::<internal::KillTaskMessage>(&cluster, &agent(1)),
        &[3],
    );
    cluster.sent.clear();
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = vec![pb::Task {
            name: "t".to_owned(),
            task_id: pb::TaskId { value: "t".into() },
            framework_id: id.clone(),
            slave_id: slave.clone(),
            state: pb::TaskState::TaskRunning as i32,
            ..pb::Task::default()
        }];
    });
    assert_marked(
        &last::<internal::KillTaskMessage>(&cluster, &agent(1)),
        &[3],
    );
}

#[test]
fn updates_messages_and_exits_reach_the_framework_as_the_agent_sent_them() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let executor_task = pb::TaskInfo {
        command: None,
        executor: Some(pb::ExecutorInfo {
            resources: resources(0.5, 64.0),
            ..executor(&id)
        }),
        ..command_task("t", &slave, resources(1.0, 64.0))
    };
    let accept = accept(&mut cluster, &id, launch(vec![executor_task]));
    cluster.call(&driver(1), accept);
    let status = pb::TaskStatus {
        task_id: pb::TaskId { value: "t".into() },
        state: pb::TaskState::TaskRunning as i32,
        labels: labels(),
        ..pb::TaskStatus::default()
    };
    let update = internal::StatusUpdateMessage {
        update: internal::StatusUpdate {
            framework_id: id.clone(),
            slave_id: Some(slave.clone()),
            status,
            ..internal::StatusUpdate::default()
        },
        pid: Some(agent(1).to_string()),
    };
    // The message, the update, the status, its labels.
    for place in [&[][..], &[1], &[1, 4], &[1, 4, 12]] {
        let bytes = marked_message(&update, place);
        let raw = Raw::from_bytes(bytes.clone()).unwrap();
        cluster.message(&agent(1), Message::StatusUpdate(raw));
        let heard = last::<internal::StatusUpdateMessage>(&cluster, &driver(1));
        assert_eq!(heard, bytes);
        assert_marked(&heard, place);
    }
    let message = internal::ExecutorToFrameworkMessage {
        slave_id: slave.clone(),
        framework_id: id.clone(),
        executor_id: pb::ExecutorId { value: "e".into() },
        data: Bytes::from_static(b"data"),
    };
    let bytes = marked_message(&message, &[]);
    let raw = Raw::from_bytes(bytes.clone()).unwrap();
    cluster.message(&agent(1), Message::ExecutorToFramework(raw));
    let heard = last::<internal::ExecutorToFrameworkMessage>(&cluster, &driver(1));
    assert_eq!(heard, bytes);
    let exited = internal::ExitedExecutorMessage {
        slave_id: slave,
        framework_id: id,
        executor_id: pb::ExecutorId { value: "e".into() },
        status: 256,
    };
    let bytes = marked_message(&exited, &[]);
    let raw = Raw::from_bytes(bytes.clone()).unwrap();
    cluster.message(&agent(1), Message::ExitedExecutor(raw));
    let heard = last::<internal::ExitedExecutorMessage>(&cluster, &driver(1));
    assert_eq!(heard, bytes);
}
