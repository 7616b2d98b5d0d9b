//! Recorded events of the scheduler API, made again by ours. Compat: FWK-27, HTTP-10, HTTP-11, HTTP-12, HTTP-31.

use mesos_model::FrameworkId;
use mesos_proto::{
    Raw, convert, internal, json,
    mesos::{self as pb},
    v1,
};
use serde_json::Value;

use super::{
    peers::{Peer, master, register_message, scalar, settings},
    subscriber::{Format, Subscriber, framework_info},
};

const RECORDED: &str =
    include_str!("../../../../tests/golden/http/events/v1_scheduler_events.jsonl");

fn recorded(kind: &str) -> impl Iterator<Item = &'static str> {
    let begin = format!("{{\"type\":\"{kind}\"");
    RECORDED
        .lines()
        .filter(move |line| line.starts_with(&begin))
}

/// The agent of the recordings.
fn recorded_agent() -> internal::RegisterSlaveMessage {
    let text = |name: &str, text: &str| pb::Attribute {
        name: name.to_owned(),
        r#type: pb::value::Type::Text as i32,
        text: Some(pb::value::Text {
            value: text.to_owned(),
        }),
        ..pb::Attribute::default()
    };
    let ranges = |pairs: &[(u64, u64)]| pb::value::Ranges {
        range: pairs
            .iter()
            .map(|&(begin, end)| pb::value::Range { begin, end })
            .collect(),
    };
    let mut message = register_message();
    message.slave.hostname = "localhost".to_owned();
    message.slave.port = Some(5051);
    message.slave.resources = vec![
        pb::Resource {
            name: "ports".to_owned(),
            r#type: pb::value::Type::Ranges as i32,
            ranges: Some(ranges(&[(31000, 31999)])),
            ..pb::Resource::default()
        },
        scalar("cpus", 4.0),
        scalar("mem", 4096.0),
        scalar("disk", 10240.0),
    ];
    message.slave.attributes = vec![
        text("rack", "r1"),
        pb::Attribute {
            name: "zone".to_owned(),
            r#type: pb::value::Type::Scalar as i32,
            scalar: Some(pb::value::Scalar { value: 2.5 }),
            ..pb::Attribute::default()
        },
        pb::Attribute {
            name: "ids".to_owned(),
            r#type: pb::value::Type::Ranges as i32,
            ranges: Some(ranges(&[(1, 3), (5, 7)])),
            ..pb::Attribute::default()
        },
    ];
    message
}

/// The framework of the recordings: in role `dev`, with refined reservations.
fn recorded_framework() -> v1::FrameworkInfo {
    use v1::framework_info::{Capability, capability::Type};
    let kinds = [
        Type::MultiRole,
        Type::ReservationRefinement,
        Type::PartitionAware,
    ];
    v1::FrameworkInfo {
        roles: vec!["dev".to_owned()],
        capabilities: kinds
            .map(|kind| Capability {
                r#type: Some(kind as i32),
            })
            .to_vec(),
        ..framework_info("golden-a")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fwk_27_recorded_updates_come_out_as_they_were() {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    agent.send(&recorded_agent());
    let agent_id = agent
        .expect::<internal::SlaveRegisteredMessage>()
        .await
        .slave_id;
    let mut client = Subscriber::new(&master, Format::Json, recorded_framework()).await;
    let framework_id = FrameworkId::new(&client.framework.value).to_proto();
    let mut compared = 0;
    for line in recorded("UPDATE") {
        let event: v1::scheduler::Event = json::from_slice(line.as_bytes()).expect("an event");
        let status = &event.update.as_ref().expect("it is set").status;
        let Some(uuid) = status.uuid.clone() else {
            continue;
        };
        let recorded_agent = &status.agent_id.as_ref().expect("it is set").value;
        let wanted = line.replace(recorded_agent.as_str(), &agent_id.value);
        let status: pb::TaskStatus = convert::devolve(status).expect("a status");
        let message = internal::StatusUpdateMessage {
            update: internal::StatusUpdate {
                framework_id: framework_id.clone(),
                slave_id: Some(agent_id.clone()),
                executor_id: status.executor_id.clone(),
                timestamp: status.timestamp(),
                latest_state: Some(status.state),
                uuid: Some(uuid),
                status,
            },
            pid: Some(agent.mailbox.upid().to_string()),
        };
        agent.send(&message);
        let event = client.next_text("UPDATE").await;
        assert_eq!(canonical(&event), canonical(&wanted));
        compared += 1;
    }
    assert!(compared >= 10, "{compared} recordings");
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fwk_27_the_recorded_offer_and_failure_are_made_of_the_same_parts() {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    agent.send(&recorded_agent());
    let agent_id = agent
        .expect::<internal::SlaveRegisteredMessage>()
        .await
        .slave_id;
    let mut client = Subscriber::new(&master, Format::Json, recorded_framework()).await;
    let ours = client.next_text("OFFERS").await;
    let theirs = recorded("OFFERS").next().expect("recorded");
    assert_eq!(offer(&ours), offer(theirs));
    // Only a known executor's exit is told: it gets a task first.
    let event: v1::scheduler::Event = json::from_slice(ours.as_bytes()).expect("an event");
    let offers = event.offers.expect("it is set").offers;
    let mut accept = super::scheduler_api::launch(&offers[0], "t");
    let failure = recorded("FAILURE").next().expect("recorded");
    let recorded: v1::scheduler::Event = json::from_slice(failure.as_bytes()).expect("an event");
    let recorded = recorded.failure.expect("it is set");
    let executor_id = recorded.executor_id.expect("it is set");
    let launch = accept.operations[0].launch.as_mut().expect("it is set");
    let task = &mut launch.task_infos[0];
    task.executor = Some(v1::ExecutorInfo {
        executor_id: executor_id.clone(),
        command: task.command.take(),
        ..v1::ExecutorInfo::default()
    });
    let call = client.call(v1::scheduler::call::Type::Accept);
    client
        .accepted(&v1::scheduler::Call {
            accept: Some(accept),
            ..call
        })
        .await;
    let run = agent.expect::<internal::RunTaskMessage>().await;
    agent.send(&internal::ExitedExecutorMessage {
        slave_id: agent_id.clone(),
        framework_id: run.framework.id.clone().expect("it is set"),
        executor_id: pb::ExecutorId {
            value: executor_id.value,
        },
        status: recorded.status.expect("it is set"),
    });
    let recorded_agent = recorded.agent_id.expect("it is set").value;
    let wanted = failure.replace(&recorded_agent, &agent_id.value);
    assert_eq!(client.next_text("FAILURE").await, wanted);
    master.stop().await;
}

/// The order of keys counts, the last digit of a time does not: the recordings went through another printer.
fn canonical(event: &str) -> String {
    let mut value: Value = serde_json::from_str(event).expect("JSON");
    let time = &mut value["update"]["status"]["timestamp"];
    *time = ((time.as_f64().expect("a time") * 1e5).round() / 1e5).into();
    value.to_string()
}

/// An OFFERS event without what differs from run to run: ids, ports, the order of resources.
fn offer(event: &str) -> Value {
    let mut value: Value = serde_json::from_str(event).expect("JSON");
    let offer = &mut value["offers"]["offers"][0];
    for id in ["id", "framework_id", "agent_id"] {
        offer[id]["value"] = "ID".into();
    }
    offer["url"]["address"]["port"] = 0.into();
    let resources = offer["resources"].as_array_mut().expect("a list");
    resources.sort_by_key(|resource| resource["name"].to_string());
    value
}

#[test]
fn events_keep_fields_that_we_do_not_know() {
    let offer = pb::Offer {
        hostname: "h".to_owned(),
        ..pb::Offer::default()
    };
    let message = internal::ResourceOffersMessage {
        offers: vec![offer],
        pids: Vec::new(),
    };
    let bytes = Raw::new(message).bytes().clone();
    // Field 999 of the offer, a varint.
    let mut inner = mesos_proto::wire::submessages(&bytes, &[1])[0].to_vec();
    inner.extend_from_slice(&[0xb8, 0x3e, 5]);
    let message = mesos_proto::wire::Composer::new().bytes(1, &inner).finish();
    let name = "mesos.internal.ResourceOffersMessage";
    let event = mesos_proto::events::scheduler_event(name, &message);
    let event = event.expect("valid").expect("it has one");
    assert_eq!(
        mesos_proto::wire::submessages(&event, &[3, 1]),
        [bytes::Bytes::from(inner)]
    );
}
