//! Events in, effects out, by S rule.

use mesos_model::clock::WallTime;

use super::*;
use crate::splice::id_message;

mod calls;
mod connection;
mod messages;

const MASTER: &str = "master@127.0.0.1:5050";

fn at(seconds: u64) -> Now {
    Now {
        instant: Instant::from_nanos(seconds * 1_000_000_000),
        wall: WallTime(1_000.0 + seconds as f64),
    }
}

fn framework() -> Bytes {
    Writer::new()
        .bytes(1, b"root")
        .bytes(2, b"jsmoke")
        .bytes(7, b"vm")
        .finish()
}

fn setup() -> Setup {
    Setup {
        fixed_master: true,
        framework: framework(),
        has_credential: false,
        implicit_acknowledgements: true,
        suppressed_roles: vec![],
        offer_constraints: Bytes::new(),
        registration_backoff: Duration::from_secs(2),
        authentication_timeout_min: Duration::from_secs(5),
        authentication_timeout_max: Duration::from_secs(60),
        authentication_backoff: Duration::from_secs(1),
        seed: 1,
    }
}

fn leader() -> Leader {
    Leader {
        pid: Upid::parse(MASTER),
        info: "info".into(),
    }
}

fn feed(machine: &mut Machine, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    machine.on(at(0), event, &mut out);
    out
}

fn message_from(machine: &mut Machine, from: &str, name: &str, body: Bytes) -> Vec<Effect> {
    let (from, name) = (
        Upid::parse(from),
        Arc::from(format!("mesos.internal.{name}")),
    );
    feed(machine, Event::Message { from, name, body })
}

fn message(machine: &mut Machine, name: &str, body: Bytes) -> Vec<Effect> {
    message_from(machine, MASTER, name, body)
}

fn registered_body(id: &str) -> Bytes {
    Writer::new()
        .bytes(1, &id_message(id))
        .bytes(2, b"master info")
        .finish()
}

/// A machine registered as framework `F`.
fn connected(setup: Setup) -> Machine {
    let mut machine = Machine::new(setup);
    feed(&mut machine, Event::Detected(Some(leader())));
    message(
        &mut machine,
        "FrameworkRegisteredMessage",
        registered_body("F"),
    );
    machine
}

fn callbacks(effects: &[Effect]) -> Vec<Callback> {
    let callback = |effect: &Effect| match effect {
        Effect::Callback { callback, .. } => Some(callback.clone()),
        _ => None,
    };
    effects.iter().filter_map(callback).collect()
}

/// Name and body of every message sent.
fn sent(effects: &[Effect]) -> Vec<(&'static str, Bytes)> {
    let message = |effect: &Effect| match effect {
        Effect::Send { name, body, .. } => Some((*name, body.clone())),
        _ => None,
    };
    effects.iter().filter_map(message).collect()
}

/// The type of each Call sent.
fn calls(effects: &[Effect]) -> Vec<u64> {
    let calls = sent(effects)
        .into_iter()
        .filter(|(name, _)| *name == "mesos.scheduler.Call");
    calls
        .filter_map(|(_, body)| splice::number(&body, 2))
        .collect()
}

fn failure(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Fail(text) => Some(text.as_str()),
        _ => None,
    })
}

fn launch(task: &str, agent: &str) -> Bytes {
    let task = Writer::new()
        .bytes(1, b"n")
        .bytes(2, &id_message(task))
        .bytes(3, &id_message(agent))
        .finish();
    Writer::new()
        .varint(1, 1)
        .bytes(2, &Writer::new().bytes(1, &task).finish())
        .finish()
}

fn offers(machine: &mut Machine, offer: &str, agent: &str) -> Vec<Effect> {
    let offer = Writer::new()
        .bytes(1, &id_message(offer))
        .bytes(3, &id_message(agent))
        .finish();
    message(
        machine,
        "ResourceOffersMessage",
        Writer::new()
            .bytes(1, &offer)
            .bytes(2, b"slave(1)@127.0.0.1:5051")
            .finish(),
    )
}
