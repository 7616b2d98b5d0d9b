//! Conversion of messages between the v0 and the v1 form, on bytes. Compat: HTTP-12.
//!
//! Twin messages have the same field numbers, so their bytes are interchangeable, with the few
//! exceptions below. Missing required fields are tolerated and unknown fields pass through, as in
//! the original, which serializes the one form and parses it as the other.

use std::borrow::Cow;

use bytes::Bytes;
use prost::Name;

use crate::wire::{self, Fields, Value, WireError, WireField, put_bytes, put_key, put_varint};

/// `scheduler.Call.subscribe`
const CALL_SUBSCRIBE: u32 = 3;
/// `master.Call.drain_agent`
const CALL_DRAIN_AGENT: u32 = 21;
/// `master.Call.DrainAgent.max_grace_period`
const MAX_GRACE_PERIOD: u32 = 2;
/// `SlaveInfo.checkpoint`, absent in `AgentInfo`.
const CHECKPOINT: u32 = 7;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The v1 form of a v0 message: `evolve::<v1::FrameworkInfo>(&framework_info)`.
pub fn evolve<To: Name + Default>(message: &impl Name) -> Result<To, WireError> {
    converted(message, Direction::Evolve)
}

/// The v0 form of a v1 message.
pub fn devolve<To: Name + Default>(message: &impl Name) -> Result<To, WireError> {
    converted(message, Direction::Devolve)
}

/// The bytes of the v1 form of the v0 message `full_name`.
pub fn evolve_bytes(full_name: &str, bytes: &Bytes) -> Bytes {
    shared(full_name, bytes, Direction::Evolve)
}

/// The bytes of the v0 form of the v1 message `full_name`.
pub fn devolve_bytes(full_name: &str, bytes: &Bytes) -> Bytes {
    shared(full_name, bytes, Direction::Devolve)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Evolve,
    Devolve,
}

fn converted<To: Name + Default>(
    message: &impl Name,
    direction: Direction,
) -> Result<To, WireError> {
    let bytes = message.encode_to_vec();
    wire::decode_partial(&convert(full_name_of(message).as_str(), &bytes, direction))
}

fn full_name_of<T: Name>(_: &T) -> String {
    T::full_name()
}

fn shared(full_name: &str, bytes: &Bytes, direction: Direction) -> Bytes {
    match convert(full_name, bytes, direction) {
        Cow::Borrowed(_) => bytes.clone(),
        Cow::Owned(changed) => changed.into(),
    }
}

fn convert<'a>(full_name: &str, bytes: &'a [u8], direction: Direction) -> Cow<'a, [u8]> {
    let name = full_name.strip_prefix("mesos.").unwrap_or(full_name);
    let name = name.strip_prefix("v1.").unwrap_or(name);
    match (name, direction) {
        ("scheduler.Call", _) => Cow::Owned(rewrite(bytes, CALL_SUBSCRIBE, |inner| {
            subscribe(inner, direction)
        })),
        ("scheduler.Call.Subscribe", _) => Cow::Owned(subscribe(bytes, direction)),
        ("master.Call", _) => Cow::Owned(rewrite(bytes, CALL_DRAIN_AGENT, |inner| {
            drain_agent(inner, direction)
        })),
        ("master.Call.DrainAgent", _) => Cow::Owned(drain_agent(bytes, direction)),
        ("AgentInfo", Direction::Devolve) => {
            let mut out = without(bytes, &[CHECKPOINT]);
            put_key(&mut out, CHECKPOINT, 0);
            put_varint(&mut out, 1);
            Cow::Owned(out)
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// The message with every nested message `number` changed.
fn rewrite(bytes: &[u8], number: u32, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    for wire in Fields::new(bytes).flatten() {
        match wire.value {
            Value::Bytes(inner) if wire.number == number => {
                put_bytes(&mut out, number, &change(inner))
            }
            _ => out.extend_from_slice(wire.raw),
        }
    }
    out
}

/// The message without some fields.
pub(crate) fn without(bytes: &[u8], numbers: &[u32]) -> Vec<u8> {
    let kept = |wire: &WireField<'_>| !numbers.contains(&wire.number);
    Fields::new(bytes)
        .flatten()
        .filter(kept)
        .flat_map(|wire| wire.raw)
        .copied()
        .collect()
}

/// v0: 1 framework_info, 2 force, 3 suppressed_roles, 4 offer_constraints;
/// v1: 1 framework_info, 2 suppressed_roles, 3 offer_constraints.
fn subscribe(bytes: &[u8], direction: Direction) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for wire in Fields::new(bytes).flatten() {
        match (direction, wire.number, wire.value) {
            (Direction::Devolve, 2 | 3, Value::Bytes(value)) => {
                put_bytes(&mut out, wire.number + 1, value);
            }
            (Direction::Evolve, 3 | 4, Value::Bytes(value)) => {
                put_bytes(&mut out, wire.number - 1, value);
            }
            // What v1 does not know must not turn into something that v0 knows.
            (Direction::Devolve, 3 | 4, _) => {}
            _ => out.extend_from_slice(wire.raw),
        }
    }
    out
}

/// v0 has a `DurationInfo` of nanoseconds where v1 has a `google.protobuf.Duration`.
fn drain_agent(bytes: &[u8], direction: Direction) -> Vec<u8> {
    rewrite(bytes, MAX_GRACE_PERIOD, |duration| {
        let mut values = [0i64; 3];
        for wire in Fields::new(duration).flatten() {
            if let (1 | 2, Value::Varint(value)) = (wire.number, wire.value) {
                values[wire.number as usize] = value as i64;
            }
        }
        let [_, first, second] = values;
        let mut out = Vec::new();
        match direction {
            Direction::Devolve => {
                let nanoseconds = first
                    .saturating_mul(NANOS_PER_SECOND)
                    .saturating_add(second);
                put_integer(&mut out, 1, nanoseconds);
            }
            Direction::Evolve => {
                put_integer(&mut out, 1, first / NANOS_PER_SECOND);
                put_integer(&mut out, 2, first % NANOS_PER_SECOND);
            }
        }
        out
    })
}

fn put_integer(out: &mut Vec<u8>, number: u32, value: i64) {
    put_key(out, number, 0);
    put_varint(out, value as u64);
}
