//! v0 and v1 forms, and the v1 events of internal messages.

use bytes::Bytes;
use mesos_proto::{convert, events, internal, mesos, v1, wire};
use prost::Name;

use crate::golden::captures;

#[test]
fn subscribe_is_renumbered() {
    let call = v1::scheduler::Call {
        r#type: Some(v1::scheduler::call::Type::Subscribe as i32),
        subscribe: Some(v1::scheduler::call::Subscribe {
            framework_info: v1::FrameworkInfo {
                user: "u".into(),
                name: "n".into(),
                ..Default::default()
            },
            suppressed_roles: vec!["a".into(), "b".into()],
            offer_constraints: Some(v1::scheduler::OfferConstraints::default()),
        }),
        ..Default::default()
    };
    let v0: mesos::scheduler::Call = convert::devolve(&call).unwrap();
    let subscribe = v0.subscribe.clone().unwrap();
    assert_eq!(subscribe.suppressed_roles, ["a", "b"]);
    assert!(subscribe.offer_constraints.is_some());
    assert_eq!(subscribe.force, None);
    assert_eq!(convert::evolve::<v1::scheduler::Call>(&v0).unwrap(), call);
}

#[test]
fn http_12b_the_grace_period_of_a_drain_is_converted() {
    let call: v1::master::Call = mesos_proto::json::from_slice(
        br#"{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"s"},
            "max_grace_period":{"seconds":600,"nanos":5}}}"#,
    )
    .unwrap();
    let v0: mesos::master::Call = convert::devolve(&call).unwrap();
    let drain = v0.drain_agent.clone().unwrap();
    assert_eq!(drain.max_grace_period.unwrap().nanoseconds, 600_000_000_005);
    assert_eq!(convert::evolve::<v1::master::Call>(&v0).unwrap(), call);
}

#[test]
fn an_agent_becomes_a_checkpointing_slave() {
    let agent = v1::AgentInfo {
        hostname: "h".into(),
        ..Default::default()
    };
    let slave: mesos::SlaveInfo = convert::devolve(&agent).unwrap();
    assert_eq!(slave.checkpoint, Some(true));
    let back: v1::AgentInfo = convert::evolve(&slave).unwrap();
    assert_eq!(back, agent);
}

#[test]
fn conversion_tolerates_missing_required_fields() {
    let call = Bytes::from_static(&[0x08, 0x01]);
    assert_eq!(convert::evolve_bytes("mesos.Offer", &call), call);
    let nothing = mesos::Label::default();
    assert!(convert::evolve::<v1::Label>(&nothing).is_ok());
}

fn scheduler_event(message: &impl Name, name: &str) -> v1::scheduler::Event {
    let body = message.encode_to_vec().into();
    let event = events::scheduler_event(name, &body)
        .unwrap()
        .expect("the message has an event");
    wire::decode(&event).unwrap()
}

fn update(pid: Option<&str>, uuid: Option<&'static [u8]>) -> internal::StatusUpdateMessage {
    internal::StatusUpdateMessage {
        update: internal::StatusUpdate {
            framework_id: mesos::FrameworkId { value: "f".into() },
            slave_id: Some(mesos::SlaveId { value: "s".into() }),
            executor_id: Some(mesos::ExecutorId { value: "e".into() }),
            status: mesos::TaskStatus {
                task_id: mesos::TaskId { value: "t".into() },
                state: mesos::TaskState::TaskRunning as i32,
                uuid: Some(Bytes::from_static(b"stale")),
                ..Default::default()
            },
            timestamp: 5.5,
            uuid: uuid.map(Bytes::from_static),
            latest_state: None,
        },
        pid: pid.map(str::to_owned),
    }
}

#[test]
fn fwk_27_a_status_update_takes_ids_and_time_from_its_envelope() {
    let name = "mesos.internal.StatusUpdateMessage";
    let cases = [
        (
            Some("slave(1)@10.0.0.1:5051"),
            Some(&b"u"[..]),
            Some(Bytes::from_static(b"u")),
        ),
        (Some(""), Some(b"u"), None),
        (None, Some(b"u"), None),
        (Some("slave(1)@10.0.0.1:5051"), Some(b""), None),
        (Some("slave(1)@10.0.0.1:5051"), None, None),
    ];
    for (pid, uuid, want) in cases {
        let event = scheduler_event(&update(pid, uuid), name);
        let status = event.update.unwrap().status;
        assert_eq!(status.agent_id.unwrap().value, "s");
        assert_eq!(status.executor_id.unwrap().value, "e");
        assert_eq!(status.timestamp, Some(5.5));
        assert_eq!(status.uuid, want, "{pid:?} {uuid:?}");
    }
}

#[test]
fn fwk_27_recorded_messages_become_events() {
    let mut events_seen = 0;
    for (name, body) in captures() {
        if let Some(event) = events::scheduler_event(name, &body).unwrap() {
            let event: v1::scheduler::Event = wire::decode(&event).unwrap();
            assert!(event.r#type.is_some(), "{name}");
            events_seen += 1;
        }
        if let Some(event) = events::executor_event(name, &body).unwrap() {
            let event: v1::executor::Event = wire::decode(&event).unwrap();
            assert!(event.r#type.is_some(), "{name}");
            events_seen += 1;
        }
    }
    assert!(events_seen > 10, "{events_seen}");
}

#[test]
fn fwk_27_registration_becomes_subscribed_with_the_heartbeat_interval() {
    let message = internal::FrameworkReregisteredMessage {
        framework_id: mesos::FrameworkId { value: "f".into() },
        master_info: mesos::MasterInfo {
            id: "m".into(),
            ip: 1,
            ..Default::default()
        },
    };
    let event = scheduler_event(&message, "mesos.internal.FrameworkReregisteredMessage");
    let subscribed = event.subscribed.unwrap();
    assert_eq!(subscribed.heartbeat_interval_seconds, Some(15.0));
    assert_eq!(subscribed.framework_id.value, "f");
    assert_eq!(subscribed.master_info.unwrap().id, "m");
}
