#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::{Instant, Now};
use mesos_process::http::connection::Endpoint;

use super::environment::Environment;
use super::machine::Machine;
use crate::splice::{Writer, id_message};
use crate::v1::ContentType;
use crate::v1::codec::{Codec, Protocol, is_shutdown};
use crate::v1::deliver::Upcall;
use crate::v1::shell::Machine as _;
use crate::v1::words::{Channel, Effect, Event, Timer};

const RECOVERY: Duration = Duration::from_secs(20);
const BACKOFF: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(3);

type Variables = BTreeMap<&'static str, &'static str>;

fn variables(more: &[(&'static str, &'static str)]) -> Variables {
    let mut variables = BTreeMap::from([
        ("MESOS_SLAVE_PID", "slave(1)@127.0.0.1:5051"),
        ("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "3secs"),
    ]);
    variables.extend(more.iter().copied());
    variables
}

const CHECKPOINT: [(&str, &str); 3] = [
    ("MESOS_CHECKPOINT", "1"),
    ("MESOS_RECOVERY_TIMEOUT", "20secs"),
    ("MESOS_SUBSCRIPTION_BACKOFF_MAX", "2secs"),
];

fn load(variables: Variables) -> Result<Environment, String> {
    Environment::load(&variables.into_iter().collect()).map_err(|e| e.to_string())
}

fn machine(more: &[(&'static str, &'static str)]) -> Machine {
    let codec = Codec {
        protocol: Protocol::Executor,
        content_type: ContentType::Protobuf,
    };
    Machine::new(codec, load(variables(more)).unwrap(), 1)
}

fn on(machine: &mut Machine, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    machine.on(Now::default(), event, &mut out);
    out
}

fn attempt_of(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Open { attempt, .. } => Some(*attempt),
        _ => None,
    })
}

fn armed(effects: &[Effect], wanted: Timer) -> Option<Duration> {
    effects.iter().find_map(|effect| match effect {
        Effect::Arm { timer, at } if *timer == wanted => Some(at.since(Instant::ZERO)),
        _ => None,
    })
}

fn shutdowns(effects: &[Effect]) -> usize {
    let is = |effect: &&Effect| matches!(effect, Effect::Callback(Upcall::Received(event)) if is_shutdown(event));
    effects.iter().filter(is).count()
}

fn lost(attempt: u64) -> Event {
    Event::Lost {
        attempt,
        reason: "gone".to_owned(),
    }
}

fn subscribe() -> Bytes {
    Writer::new()
        .bytes(1, &id_message("e"))
        .bytes(2, &id_message("f"))
        .varint(3, 1)
        .bytes(4, b"")
        .finish()
}

fn subscribed(more: &[(&'static str, &'static str)]) -> (Machine, u64) {
    let mut machine = machine(more);
    let attempt = attempt_of(&on(&mut machine, Event::Start)).unwrap();
    let effects = on(&mut machine, Event::Opened(attempt));
    assert!(effects.contains(&Effect::Callback(Upcall::Connected)));
    let call = subscribe();
    let effects = on(&mut machine, Event::Call { call, ticket: None });
    let [
        Effect::Send {
            channel: Channel::Subscribe,
            request,
            ..
        },
    ] = effects[..]
    else {
        panic!("{effects:?}");
    };
    let streaming = Event::Streaming {
        attempt,
        request,
        stream_id: None,
    };
    assert_eq!(on(&mut machine, streaming), []);
    (machine, attempt)
}

#[test]
fn a_missing_variable_is_named() {
    for name in ["MESOS_SLAVE_PID", "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] {
        let mut variables = variables(&[]);
        variables.remove(name);
        let expected = format!("Expecting '{name}' to be set in the environment");
        assert_eq!(load(variables).unwrap_err(), expected);
    }
    for (name, _) in &CHECKPOINT[1..] {
        let mut variables = variables(&CHECKPOINT);
        variables.remove(name);
        let expected = format!("Expecting '{name}' to be set in the environment");
        assert_eq!(load(variables).unwrap_err(), expected);
    }
    let bad = variables(&[("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "soon")]);
    assert!(load(bad).unwrap_err().contains("GRACE_PERIOD 'soon'"));
}

#[test]
fn the_api_is_where_the_agent_says() {
    let target = load(variables(&[])).unwrap().target;
    assert_eq!(target.path, "/slave(1)/api/v1/executor");
    assert_eq!(target.endpoint.host(), "127.0.0.1:5051");
    let socket = load(variables(&[("MESOS_DOMAIN_SOCKET", "/run/agent.sock")]));
    assert_eq!(
        socket.unwrap().target.endpoint,
        Endpoint::Unix("/run/agent.sock".into())
    );
}

#[test]
fn without_checkpointing_a_lost_agent_is_a_shutdown_at_once() {
    let (mut machine, attempt) = subscribed(&[]);
    let effects = on(&mut machine, lost(attempt));
    assert!(effects.contains(&Effect::Callback(Upcall::Disconnected)));
    assert_eq!(shutdowns(&effects), 1);
    assert_eq!(armed(&effects, Timer::Shutdown), Some(GRACE));
    assert_eq!(attempt_of(&effects), None);
    let effects = on(&mut machine, Event::TimerFired(Timer::Shutdown));
    assert_eq!(effects, [Effect::KillSelf]);
}

#[test]
fn an_agent_that_was_never_reached_is_a_shutdown_even_with_checkpointing() {
    let mut machine = machine(&CHECKPOINT);
    let attempt = attempt_of(&on(&mut machine, Event::Start)).unwrap();
    let effects = on(&mut machine, lost(attempt));
    assert_eq!(shutdowns(&effects), 1);
    assert!(!effects.contains(&Effect::Callback(Upcall::Disconnected)));
}

#[test]
fn with_checkpointing_a_restarted_agent_is_found_again() {
    let (mut machine, attempt) = subscribed(&CHECKPOINT);
    let effects = on(&mut machine, lost(attempt));
    assert_eq!(shutdowns(&effects), 0);
    assert_eq!(armed(&effects, Timer::Recovery), Some(RECOVERY));
    let first = attempt_of(&effects).unwrap();
    assert!(armed(&effects, Timer::Connect).unwrap() <= BACKOFF);
    assert_eq!(
        on(&mut machine, lost(first)),
        [Effect::Close { linger: false }]
    );
    let effects = on(&mut machine, Event::TimerFired(Timer::Connect));
    let second = attempt_of(&effects).unwrap();
    assert_eq!(armed(&effects, Timer::Recovery), None);
    let effects = on(&mut machine, Event::Opened(second));
    assert!(effects.contains(&Effect::Cancel(Timer::Recovery)));
    assert!(effects.contains(&Effect::Callback(Upcall::Connected)));
    let call = subscribe();
    assert!(!on(&mut machine, Event::Call { call, ticket: None }).is_empty());
}

#[test]
fn an_agent_that_stays_away_is_one_shutdown() {
    let (mut machine, attempt) = subscribed(&CHECKPOINT);
    let first = attempt_of(&on(&mut machine, lost(attempt))).unwrap();
    on(&mut machine, lost(first));
    let effects = on(&mut machine, Event::TimerFired(Timer::Recovery));
    assert_eq!(shutdowns(&effects), 1);
    assert_eq!(armed(&effects, Timer::Shutdown), Some(GRACE));
    let effects = on(&mut machine, Event::TimerFired(Timer::Connect));
    let next = attempt_of(&effects).unwrap();
    assert_eq!(shutdowns(&on(&mut machine, lost(next))), 0);
}

#[test]
fn the_agents_shutdown_starts_one_timer() {
    let (mut machine, attempt) = subscribed(&[]);
    let record = Writer::new().varint(1, 7).finish();
    let event = Event::Record { attempt, record };
    let effects = on(&mut machine, event.clone());
    assert_eq!(shutdowns(&effects), 1);
    assert_eq!(armed(&effects, Timer::Shutdown), Some(GRACE));
    assert_eq!(armed(&on(&mut machine, event), Timer::Shutdown), None);
}

#[test]
fn a_local_executor_ends_instead_of_killing() {
    let (mut machine, attempt) = subscribed(&[("MESOS_LOCAL", "1")]);
    let effects = on(&mut machine, lost(attempt));
    assert_eq!(shutdowns(&effects), 1);
    assert_eq!(armed(&effects, Timer::Shutdown), None);
    assert_eq!(effects.last(), Some(&Effect::End));
}

#[test]
fn heartbeats_go_out_every_half_hour_while_subscribed() {
    let mut fresh = machine(&[]);
    let half_hour = Duration::from_secs(1800);
    let effects = on(&mut fresh, Event::Start);
    assert_eq!(armed(&effects, Timer::Heartbeat), Some(half_hour));
    let effects = on(&mut fresh, Event::TimerFired(Timer::Heartbeat));
    assert_eq!(effects.len(), 1, "not connected");
    let (mut machine, _) = subscribed(&[]);
    let effects = on(&mut machine, Event::TimerFired(Timer::Heartbeat));
    assert_eq!(armed(&effects, Timer::Heartbeat), Some(half_hour));
    let sends = |effect: &Effect| matches!(effect, Effect::Send { channel: Channel::Calls, body, .. } if body[..] == *b"\x0a\x08\x0a\x06unused\x12\x08\x0a\x06unused\x18\x04");
    assert!(effects.iter().any(sends), "{effects:?}");
}

#[test]
fn a_recovering_agent_is_tried_again_and_other_refusals_are_errors() {
    let answered = |attempt, status| Event::Answered {
        attempt,
        request: 1,
        status,
        body: Bytes::from_static(b"why"),
    };
    for (status, told) in [(503, false), (404, false), (307, true), (403, true)] {
        let mut machine = machine(&[]);
        let attempt = attempt_of(&on(&mut machine, Event::Start)).unwrap();
        on(&mut machine, Event::Opened(attempt));
        let call = subscribe();
        let ticket = None;
        on(&mut machine, Event::Call { call, ticket });
        let effects = on(&mut machine, answered(attempt, status));
        assert_eq!(!effects.is_empty(), told, "{status}");
        let call = subscribe();
        assert_eq!(on(&mut machine, Event::Call { call, ticket }).len(), 1);
    }
}
