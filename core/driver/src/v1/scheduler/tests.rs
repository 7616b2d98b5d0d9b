#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::{Instant, Now};
use mesos_process::Upid;

use super::machine::{Machine, Setup};
use crate::splice::{self, Writer};
use crate::v1::codec::{Codec, Protocol};
use crate::v1::deliver::Upcall;
use crate::v1::shell::Machine as _;
use crate::v1::words::{Channel, Effect, Event, Timer};
use crate::v1::{Answer, ContentType};

const DELAY_MAX: Duration = Duration::from_millis(500);
const SUBSCRIBE: u64 = 1;
const TEARDOWN: u64 = 2;
const KILL: u64 = 6;

fn machine(seed: u64) -> Machine {
    Machine::new(Setup {
        codec: Codec {
            protocol: Protocol::Scheduler,
            content_type: ContentType::Protobuf,
        },
        connection_delay_max: DELAY_MAX,
        seed,
    })
}

fn on(machine: &mut Machine, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    let now = Now {
        instant: Instant::from_nanos(1_000_000_000),
        ..Now::default()
    };
    machine.on(now, event, &mut out);
    out
}

fn detected() -> Event {
    Event::Detected(Some(Upid::parse("master@127.0.0.1:5050")))
}

fn attempt_of(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Open { attempt, .. } => Some(*attempt),
        _ => None,
    })
}

fn sent(effects: &[Effect]) -> Option<(Channel, u64)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send {
            channel, request, ..
        } => Some((*channel, *request)),
        _ => None,
    })
}

fn upcalls(effects: &[Effect]) -> Vec<Upcall> {
    let upcall = |effect: &Effect| match effect {
        Effect::Callback(upcall) => Some(upcall.clone()),
        _ => None,
    };
    effects.iter().filter_map(upcall).collect()
}

/// The text of the ERROR event, if one is made.
fn error_text(effects: &[Effect]) -> Option<String> {
    upcalls(effects)
        .into_iter()
        .find_map(|upcall| match upcall {
            Upcall::Received(event) | Upcall::Error(event) => {
                splice::at(&event, &[8]).and_then(|e| splice::text(&e, 1))
            }
            Upcall::Connected | Upcall::Disconnected => None,
        })
}

fn call(kind: u64) -> Bytes {
    let id = |text: &[u8]| Writer::new().bytes(1, text).finish();
    let framework = Writer::new().bytes(1, b"u").bytes(2, b"n").finish();
    match kind {
        SUBSCRIBE => Writer::new()
            .varint(2, kind)
            .bytes(3, &Writer::new().bytes(1, &framework).finish())
            .finish(),
        KILL => Writer::new()
            .bytes(1, &id(b"f"))
            .varint(2, kind)
            .bytes(6, &Writer::new().bytes(1, &id(b"t")).finish())
            .finish(),
        _ => Writer::new().bytes(1, &id(b"f")).varint(2, kind).finish(),
    }
}

fn send(machine: &mut Machine, kind: u64) -> Vec<Effect> {
    let call = call(kind);
    on(machine, Event::Call { call, ticket: None })
}

fn connected() -> (Machine, u64) {
    let mut machine = machine(1);
    assert_eq!(on(&mut machine, Event::Start), [Effect::Detect]);
    let attempt = attempt_of(&on(&mut machine, detected())).unwrap();
    let effects = on(&mut machine, Event::Opened(attempt));
    assert_eq!(effects, [Effect::Callback(Upcall::Connected)]);
    (machine, attempt)
}

fn streaming(attempt: u64, request: u64, stream_id: Option<&str>) -> Event {
    Event::Streaming {
        attempt,
        request,
        stream_id: stream_id.map(str::to_owned),
    }
}

fn subscribed() -> (Machine, u64) {
    let (mut machine, attempt) = connected();
    let (channel, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
    assert_eq!(channel, Channel::Subscribe);
    assert_eq!(
        on(&mut machine, streaming(attempt, request, Some("id"))),
        []
    );
    (machine, attempt)
}

fn answered(attempt: u64, request: u64, status: u16, body: &'static str) -> Event {
    Event::Answered {
        attempt,
        request,
        status,
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn lost(attempt: u64) -> Event {
    Event::Lost {
        attempt,
        reason: "gone".to_owned(),
    }
}

#[test]
fn the_first_connection_is_made_at_once_and_later_ones_within_the_bound() {
    let (mut least, mut most) = (DELAY_MAX, Duration::ZERO);
    for seed in 0..200 {
        let mut machine = machine(seed);
        on(&mut machine, Event::Start);
        let attempt = attempt_of(&on(&mut machine, detected())).unwrap();
        let effects = on(&mut machine, lost(attempt));
        assert_eq!(effects.last(), Some(&Effect::Detect));
        let effects = on(&mut machine, detected());
        assert_eq!(attempt_of(&effects), None);
        let Some(Effect::Arm { timer, at }) = effects.last() else {
            panic!("{effects:?}");
        };
        assert_eq!(*timer, Timer::Connect);
        let delay = at.since(Instant::from_nanos(1_000_000_000));
        (least, most) = (least.min(delay), most.max(delay));
        let effects = on(&mut machine, Event::TimerFired(Timer::Connect));
        assert_ne!(attempt_of(&effects), Some(attempt));
    }
    assert!(least < DELAY_MAX / 10 && most > DELAY_MAX * 9 / 10 && most <= DELAY_MAX);
}

#[test]
fn calls_are_sent_or_dropped_as_the_state_demands() {
    let mut fresh = machine(1);
    on(&mut fresh, Event::Start);
    assert_eq!(send(&mut fresh, SUBSCRIBE), [], "disconnected");
    on(&mut fresh, detected());
    assert_eq!(send(&mut fresh, SUBSCRIBE), [], "connecting");

    let (mut machine, attempt) = connected();
    assert_eq!(send(&mut machine, KILL), [], "connected");
    let (_, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
    assert_eq!(send(&mut machine, SUBSCRIBE), [], "subscribing");
    assert_eq!(send(&mut machine, KILL), [], "subscribing");
    on(&mut machine, streaming(attempt, request, Some("id")));
    assert_eq!(send(&mut machine, SUBSCRIBE), [], "subscribed");
    let effects = send(&mut machine, KILL);
    let [
        Effect::Send {
            channel: Channel::Calls,
            body,
            stream_id,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(
        (body, stream_id.as_deref()),
        (&call(KILL), Some("id")),
        "what goes out"
    );
}

#[test]
fn malformed_calls_are_dropped() {
    let (mut machine, _) = subscribed();
    let no_framework = Writer::new().varint(2, TEARDOWN).finish();
    let no_body = Writer::new()
        .bytes(1, &Writer::new().bytes(1, b"f").finish())
        .varint(2, KILL)
        .finish();
    for call in [
        no_framework,
        no_body,
        Bytes::new(),
        Bytes::from_static(&[0xff]),
    ] {
        assert_eq!(on(&mut machine, Event::Call { call, ticket: None }), []);
    }
}

#[test]
fn a_master_that_is_not_ready_makes_the_scheduler_try_again() {
    for status in [503, 404, 307] {
        let (mut machine, attempt) = connected();
        let (_, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
        assert_eq!(on(&mut machine, answered(attempt, request, status, "")), []);
        assert!(sent(&send(&mut machine, SUBSCRIBE)).is_some(), "{status}");
    }
}

#[test]
fn other_bad_answers_become_error_events() {
    let (mut machine, attempt) = connected();
    let (_, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
    let effects = on(&mut machine, answered(attempt, request, 401, "who?"));
    assert_eq!(
        error_text(&effects).unwrap(),
        "Received unexpected '401 Unauthorized' (who?) for SUBSCRIBE"
    );
    assert!(sent(&send(&mut machine, SUBSCRIBE)).is_some());

    let (mut machine, attempt) = subscribed();
    let (_, request) = sent(&send(&mut machine, KILL)).unwrap();
    let effects = on(&mut machine, answered(attempt, request, 400, "bad"));
    assert_eq!(
        error_text(&effects).unwrap(),
        "Received unexpected '400 Bad Request' (bad) for KILL"
    );
    for status in [200, 202] {
        let (_, request) = sent(&send(&mut machine, KILL)).unwrap();
        assert_eq!(on(&mut machine, answered(attempt, request, status, "")), []);
    }
}

#[test]
fn a_loss_is_told_once_and_old_news_change_nothing() {
    let (mut machine, attempt) = subscribed();
    let effects = on(&mut machine, lost(attempt));
    assert_eq!(upcalls(&effects), [Upcall::Disconnected]);
    assert_eq!(on(&mut machine, lost(attempt)), []);
    on(&mut machine, detected());
    let effects = on(&mut machine, Event::TimerFired(Timer::Connect));
    let next = attempt_of(&effects).unwrap();
    for stale in [
        Event::Opened(attempt),
        streaming(attempt, 1, Some("old")),
        answered(attempt, 1, 400, ""),
    ] {
        assert_eq!(on(&mut machine, stale), []);
    }
    // An attempt that fails was never a connection.
    assert_eq!(upcalls(&on(&mut machine, lost(next))), []);
}

#[test]
fn events_reach_the_user_only_from_the_stream_that_counts() {
    let (mut machine, attempt) = subscribed();
    let heartbeat = Writer::new().varint(1, 8).finish();
    let record = |attempt, record: &Bytes| Event::Record {
        attempt,
        record: record.clone(),
    };
    let effects = on(&mut machine, record(attempt, &heartbeat));
    assert_eq!(upcalls(&effects), [Upcall::Received(heartbeat.clone())]);
    assert_eq!(on(&mut machine, record(attempt + 1, &heartbeat)), []);
    let junk = Bytes::from_static(&[0xff]);
    let text = error_text(&on(&mut machine, record(attempt, &junk))).unwrap();
    assert!(text.starts_with("Failed to de-serialize event: "), "{text}");
}

#[test]
fn a_stream_without_an_id_is_no_connection() {
    let (mut machine, attempt) = connected();
    let (_, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
    let effects = on(&mut machine, streaming(attempt, request, None));
    assert_eq!(upcalls(&effects), [Upcall::Disconnected]);
    assert_eq!(effects.last(), Some(&Effect::Detect));
}

#[test]
fn reconnect_drops_a_connection_and_nothing_else() {
    let mut fresh = machine(1);
    on(&mut fresh, Event::Start);
    on(&mut fresh, detected());
    assert_eq!(on(&mut fresh, Event::Reconnect), []);
    let (mut machine, _) = connected();
    let effects = on(&mut machine, Event::Reconnect);
    assert_eq!(upcalls(&effects), [Upcall::Disconnected]);
    assert!(effects.contains(&Effect::Close { linger: false }));
}

#[test]
fn whoever_waits_for_an_answer_gets_one() {
    let result = |effects: &[Effect]| match effects {
        [Effect::Done { ticket: 7, result }] => result.clone(),
        other => panic!("{other:?}"),
    };
    let ask = |machine: &mut Machine, kind| {
        let (call, ticket) = (call(kind), Some(7));
        on(machine, Event::Call { call, ticket })
    };
    let (mut machine, attempt) = connected();
    let refused = [
        (
            TEARDOWN,
            "Cannot perform calls until subscribed. Current state: CONNECTED",
        ),
        (SUBSCRIBE, "This method doesn't support SUBSCRIBE calls"),
    ];
    for (kind, text) in refused {
        assert_eq!(result(&ask(&mut machine, kind)), Err(text.to_owned()));
    }
    let (_, request) = sent(&send(&mut machine, SUBSCRIBE)).unwrap();
    on(&mut machine, streaming(attempt, request, Some("id")));

    let (_, request) = sent(&ask(&mut machine, TEARDOWN)).unwrap();
    let effects = on(&mut machine, answered(attempt, request, 202, ""));
    assert_eq!(result(&effects).unwrap().status, 202);

    let (_, request) = sent(&ask(&mut machine, KILL)).unwrap();
    let effects = on(&mut machine, answered(attempt, request, 403, "no"));
    let expected = Answer {
        status: 403,
        response: Bytes::new(),
        error: Some("Received unexpected '403 Forbidden' (no)".to_owned()),
    };
    assert_eq!(result(&effects), Ok(expected));

    // The stream ends before the answer comes, as it does when the call is a TEARDOWN.
    let (_, request) = sent(&ask(&mut machine, TEARDOWN)).unwrap();
    let effects = on(&mut machine, lost(attempt));
    assert!(effects.contains(&Effect::Close { linger: true }));
    let effects = on(&mut machine, answered(attempt, request, 202, ""));
    assert_eq!(result(&effects).unwrap().status, 202);
    assert_eq!(on(&mut machine, lost(attempt)), []);
}

#[test]
fn an_answer_that_does_not_come_is_an_error() {
    let (mut machine, attempt) = subscribed();
    let (call, ticket) = (call(KILL), Some(7));
    on(&mut machine, Event::Call { call, ticket });
    on(&mut machine, lost(attempt));
    let effects = on(&mut machine, lost(attempt));
    let interrupted = Effect::Done {
        ticket: 7,
        result: Err("Connection to master interrupted".to_owned()),
    };
    assert_eq!(effects, [interrupted]);
}

#[test]
fn nothing_happens_after_a_failed_callback() {
    let (mut machine, attempt) = subscribed();
    let effects = on(&mut machine, Event::Stop);
    assert!(effects.contains(&Effect::Close { linger: false }) && effects.contains(&Effect::End));
    assert_eq!(on(&mut machine, detected()), []);
    assert_eq!(on(&mut machine, Event::Opened(attempt)), []);
}
