#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use bytes::Bytes;
use mesos_proto::v1::scheduler::{Call as V1Call, Event as V1Event, call, event};
use mesos_proto::{v1, wire};
use prost::Message as _;

use super::machine::{Effect, Event, Machine, PENDING_BYTES_MAX, PENDING_MAX};
use crate::scheduler::calls::Call;
use crate::splice::{self, Writer, id_message};
use crate::v1::deliver::Upcall;

const UUID: [u8; 16] = *b"0123456\x4f\x8fabcdefg";

fn on(machine: &mut Machine, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    machine.on(event, &mut out);
    out
}

/// What the user is told, as words.
fn told(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Callback(Upcall::Connected) => Some("connected".to_owned()),
        Effect::Callback(Upcall::Disconnected) => Some("disconnected".to_owned()),
        Effect::Callback(Upcall::Received(bytes) | Upcall::Error(bytes)) => {
            let event: V1Event = wire::decode(bytes).unwrap();
            Some(event.r#type().as_str_name().to_owned())
        }
        Effect::Heartbeat { .. } | Effect::Driver(_) | Effect::Stop => None,
    };
    effects.iter().filter_map(word).collect()
}

fn registered() -> Event {
    let master = Writer::new()
        .bytes(1, b"m")
        .varint(2, 1)
        .varint(3, 5050)
        .finish();
    Event::Registered {
        framework_id: id_message("f"),
        master,
    }
}

fn call_of(kind: call::Type) -> V1Call {
    V1Call {
        framework_id: Some(v1::FrameworkId { value: "f".into() }),
        r#type: Some(kind as i32),
        ..V1Call::default()
    }
}

fn sent(machine: &mut Machine, call: &V1Call) -> Vec<Effect> {
    on(machine, Event::Call(call.encode_to_vec().into()))
}

fn subscribe() -> V1Call {
    let framework_info = v1::FrameworkInfo {
        id: Some(v1::FrameworkId { value: "f".into() }),
        ..v1::FrameworkInfo::default()
    };
    V1Call {
        subscribe: Some(call::Subscribe {
            framework_info,
            ..call::Subscribe::default()
        }),
        ..call_of(call::Type::Subscribe)
    }
}

fn subscribed() -> Machine {
    let mut machine = Machine::default();
    on(&mut machine, registered());
    sent(&mut machine, &subscribe());
    machine
}

#[test]
fn events_wait_for_subscribe() {
    let mut machine = Machine::default();
    assert_eq!(told(&on(&mut machine, registered())), ["connected"]);
    let lost = Event::AgentLost(id_message("a"));
    assert_eq!(told(&on(&mut machine, lost.clone())), [""; 0]);
    let effects = sent(&mut machine, &subscribe());
    assert_eq!(told(&effects), ["SUBSCRIBED", "HEARTBEAT", "FAILURE"]);
    assert_eq!(told(&on(&mut machine, lost)), ["FAILURE"]);
}

#[test]
fn a_disconnection_drops_what_waits_and_asks_for_a_new_subscribe() {
    let mut machine = Machine::default();
    on(&mut machine, registered());
    assert_eq!(
        told(&on(&mut machine, Event::Disconnected)),
        ["disconnected"]
    );
    let master = Writer::new()
        .bytes(1, b"m")
        .varint(2, 1)
        .varint(3, 1)
        .finish();
    let effects = on(&mut machine, Event::Reregistered { master });
    assert_eq!(told(&effects), ["connected"]);
    let effects = sent(&mut machine, &subscribe());
    assert_eq!(told(&effects), ["SUBSCRIBED", "HEARTBEAT"]);
    let Some(Effect::Callback(Upcall::Received(event))) = effects.get(1) else {
        panic!("{effects:?}");
    };
    let event: V1Event = wire::decode(event).unwrap();
    let body = event.subscribed.unwrap();
    assert_eq!(body.framework_id.value, "f", "kept from the first time");
    assert_eq!(body.heartbeat_interval_seconds, Some(15.0));
}

#[test]
fn heartbeats_end_with_their_subscription() {
    let mut machine = subscribed();
    let due = |subscription| Event::HeartbeatDue { subscription };
    let effects = on(&mut machine, due(1));
    assert_eq!(told(&effects), ["HEARTBEAT"]);
    assert_eq!(effects.last(), Some(&Effect::Heartbeat { subscription: 1 }));
    on(&mut machine, Event::Disconnected);
    assert_eq!(on(&mut machine, due(1)), []);
    on(&mut machine, registered());
    sent(&mut machine, &subscribe());
    assert_eq!(on(&mut machine, due(1)), []);
}

#[test]
fn an_early_error_connects_the_scheduler_first() {
    let mut machine = Machine::default();
    let effects = on(&mut machine, Event::Error("no master".into()));
    assert_eq!(told(&effects), ["connected"]);
    assert_eq!(told(&sent(&mut machine, &subscribe())), ["ERROR"]);
    let effects = on(&mut machine, Event::Error("again".into()));
    assert_eq!(told(&effects), ["ERROR"]);
}

#[test]
fn a_message_is_whole_even_with_nul_bytes() {
    let effects = on(
        &mut subscribed(),
        Event::Message {
            executor_id: id_message("e"),
            agent_id: id_message("a"),
            data: Bytes::from_static(b"a\0b"),
        },
    );
    let [Effect::Callback(Upcall::Received(event))] = &effects[..] else {
        panic!("{effects:?}");
    };
    let event: V1Event = wire::decode(event).unwrap();
    let message = event.message.unwrap();
    assert_eq!(&message.data[..], b"a\0b");
    assert_eq!(
        (&*message.agent_id.value, &*message.executor_id.value),
        ("a", "e")
    );
}

#[test]
fn driver_callbacks_become_events() {
    let mut machine = subscribed();
    let status = Writer::new()
        .bytes(1, &id_message("t"))
        .varint(2, 1)
        .finish();
    let cases = [
        (Event::Offers(vec![]), event::Type::Offers),
        (Event::Rescinded(id_message("o")), event::Type::Rescind),
        (Event::Update(status), event::Type::Update),
        (Event::AgentLost(id_message("a")), event::Type::Failure),
        (
            Event::ExecutorLost {
                executor_id: id_message("e"),
                agent_id: id_message("a"),
                status: -1,
            },
            event::Type::Failure,
        ),
        (Event::Error("e".into()), event::Type::Error),
    ];
    for (given, kind) in cases {
        assert_eq!(told(&on(&mut machine, given)), [kind.as_str_name()]);
    }
}

/// The driver call that one v1 call becomes.
fn driver_call(call: &V1Call) -> Call {
    match &sent(&mut subscribed(), call)[..] {
        [Effect::Driver(call)] => call.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn calls_become_driver_calls() {
    let task = || v1::TaskId { value: "t".into() };
    let agent = || v1::AgentId { value: "a".into() };
    assert_eq!(
        driver_call(&call_of(call::Type::Revive)),
        Call::Revive { roles: vec![] }
    );
    assert_eq!(
        driver_call(&call_of(call::Type::Suppress)),
        Call::Suppress { roles: vec![] }
    );
    let kill = V1Call {
        kill: Some(call::Kill {
            task_id: task(),
            agent_id: Some(agent()),
            kill_policy: None,
        }),
        ..call_of(call::Type::Kill)
    };
    let task_id = id_message("t");
    assert_eq!(driver_call(&kill), Call::Kill { task_id });
    let acknowledge = V1Call {
        acknowledge: Some(call::Acknowledge {
            agent_id: agent(),
            task_id: task(),
            uuid: UUID.to_vec().into(),
        }),
        ..call_of(call::Type::Acknowledge)
    };
    let Call::Acknowledge { status } = driver_call(&acknowledge) else {
        panic!("not an acknowledgement");
    };
    let id = |number| splice::message(&status, number).map(|id| splice::id(&id));
    assert_eq!((id(1), id(5)), (Some("t".into()), Some("a".into())));
    assert_eq!(splice::message(&status, 11).unwrap()[..], UUID);
    let reconcile = V1Call {
        reconcile: Some(call::Reconcile {
            tasks: vec![call::reconcile::Task {
                task_id: task(),
                agent_id: Some(agent()),
            }],
        }),
        ..call_of(call::Type::Reconcile)
    };
    let only_the_task = Writer::new().bytes(1, &id_message("t")).finish();
    assert_eq!(
        driver_call(&reconcile),
        Call::Reconcile {
            statuses: vec![only_the_task]
        }
    );
    let message = V1Call {
        message: Some(call::Message {
            agent_id: agent(),
            executor_id: v1::ExecutorId { value: "e".into() },
            data: b"x\0y".to_vec().into(),
        }),
        ..call_of(call::Type::Message)
    };
    assert_eq!(
        driver_call(&message),
        Call::Message {
            executor_id: id_message("e"),
            agent_id: id_message("a"),
            data: Bytes::from_static(b"x\0y"),
        }
    );
}

#[test]
fn offers_are_declined_one_by_one_and_accepted_together() {
    let ids = || ["1", "2"].map(|o| v1::OfferId { value: o.into() }).to_vec();
    let filters = v1::Filters {
        refuse_seconds: Some(1.0),
    };
    let decline = V1Call {
        decline: Some(call::Decline {
            offer_ids: ids(),
            filters: Some(filters),
        }),
        ..call_of(call::Type::Decline)
    };
    let expected = ["1", "2"].map(|id| {
        Effect::Driver(Call::Decline {
            offer_id: id_message(id),
            filters: filters.encode_to_vec().into(),
        })
    });
    assert_eq!(sent(&mut subscribed(), &decline), expected);
    let accept = V1Call {
        accept: Some(call::Accept {
            offer_ids: ids(),
            ..call::Accept::default()
        }),
        ..call_of(call::Type::Accept)
    };
    let Call::Accept {
        offer_ids, filters, ..
    } = driver_call(&accept)
    else {
        panic!("not an accept");
    };
    assert_eq!((offer_ids.len(), filters.len()), (2, 0));
}

#[test]
fn teardown_stops_and_what_a_driver_cannot_do_is_dropped() {
    let mut machine = subscribed();
    assert_eq!(
        sent(&mut machine, &call_of(call::Type::Teardown)),
        [Effect::Stop]
    );
    let shutdown = V1Call {
        shutdown: Some(call::Shutdown {
            executor_id: v1::ExecutorId { value: "e".into() },
            agent_id: v1::AgentId { value: "a".into() },
        }),
        ..call_of(call::Type::Shutdown)
    };
    for call in [shutdown, call_of(call::Type::Unknown), V1Call::default()] {
        assert_eq!(sent(&mut machine, &call), []);
    }
}

#[test]
fn a_scheduler_that_never_subscribes_fills_no_memory() {
    let mut machine = Machine::default();
    for _ in 0..PENDING_MAX + 10 {
        on(&mut machine, Event::AgentLost(id_message("a")));
    }
    assert_eq!(sent(&mut machine, &subscribe()).len(), PENDING_MAX + 1);
}

#[test]
fn a_scheduler_that_never_subscribes_holds_a_bounded_number_of_bytes() {
    let mut machine = Machine::default();
    let data = Bytes::from(vec![0; PENDING_BYTES_MAX / 4]);
    let message = || Event::Message {
        executor_id: id_message("e"),
        agent_id: id_message("a"),
        data: data.clone(),
    };
    for _ in 0..2 {
        for _ in 0..10 {
            on(&mut machine, message());
        }
        on(&mut machine, Event::AgentLost(id_message("a")));
        let told = told(&sent(&mut machine, &subscribe()));
        assert_eq!(told, ["MESSAGE", "MESSAGE", "MESSAGE", "FAILURE"]);
        on(&mut machine, Event::Disconnected);
    }
}
