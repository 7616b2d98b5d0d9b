//! Puts the unknown fields of an original back into a changed, re-encoded message.

use std::borrow::Cow;

use super::put_bytes;
use super::reader::{Fields, Value, WireField};
use super::scan::{known, merged};
use crate::describe::{Field, Kind, Message, MessageId, Schema};

/// Field number of the value in a map entry.
const MAP_VALUE: u32 = 2;

/// `modified` with the unknown fields that `original` has at every level that both share:
/// singular messages always, repeated ones when there are as many as before.
pub(crate) fn overlay(schema: &Schema, id: MessageId, original: &[u8], modified: &[u8]) -> Vec<u8> {
    let message = schema.message(id);
    let before: Vec<WireField<'_>> = Fields::new(original).flatten().collect();
    let after: Vec<WireField<'_>> = Fields::new(modified).flatten().collect();
    let mut out = Vec::with_capacity(original.len().max(modified.len()));
    let mut occurrence = vec![0usize; message.fields.len()];
    for wire in &after {
        let nested = message.index(wire.number).and_then(|at| {
            let field = &message.fields[at];
            let nth = occurrence[at];
            occurrence[at] += 1;
            Some((nested_type(field)?, field, nth))
        });
        match (nested, wire.value) {
            (Some((inner, field, nth)), Value::Bytes(new)) => {
                let old = counterpart(&before, &after, field, nth, new);
                let kept = old.map(|old| overlay(schema, inner, &old, new));
                put_bytes(&mut out, wire.number, kept.as_deref().unwrap_or(new));
            }
            _ => out.extend_from_slice(wire.raw),
        }
    }
    restore_map_value(schema, message, &before, &after, &mut out);
    append_unknown(schema, message, &before, &after, &mut out);
    out
}

fn nested_type(field: &Field) -> Option<MessageId> {
    match field.kind {
        Kind::Message(id) => Some(id),
        _ => None,
    }
}

/// What the nested message `new` was in the original.
fn counterpart<'a>(
    before: &[WireField<'a>],
    after: &[WireField<'_>],
    field: &Field,
    nth: usize,
    new: &[u8],
) -> Option<Cow<'a, [u8]>> {
    let mut old = before
        .iter()
        .filter(|w| w.number == field.number)
        .filter_map(bytes_of);
    if field.map {
        let key = map_key(new);
        return old.find(|entry| map_key(entry) == key).map(Cow::Borrowed);
    }
    if !field.repeated() {
        return merged(old);
    }
    let new_count = after.iter().filter(|w| w.number == field.number).count();
    (old.clone().count() == new_count)
        .then(|| old.nth(nth))
        .flatten()
        .map(Cow::Borrowed)
}

fn bytes_of<'a>(wire: &WireField<'a>) -> Option<&'a [u8]> {
    match wire.value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn map_key(entry: &[u8]) -> &[u8] {
    let key = Fields::new(entry)
        .flatten()
        .filter(|w| w.number == 1)
        .filter_map(|w| bytes_of(&w));
    key.last().unwrap_or_default()
}

/// Our encoder leaves out an empty value of a map entry; its unknown fields come back here.
fn restore_map_value(
    schema: &Schema,
    message: &Message,
    before: &[WireField<'_>],
    after: &[WireField<'_>],
    out: &mut Vec<u8>,
) {
    let value = message.field(MAP_VALUE).filter(|_| message.map_entry);
    let Some(inner) = value.and_then(nested_type) else {
        return;
    };
    if after.iter().any(|w| w.number == MAP_VALUE) {
        return;
    }
    let old = before
        .iter()
        .filter(|w| w.number == MAP_VALUE)
        .filter_map(bytes_of);
    if let Some(old) = merged(old) {
        put_bytes(out, MAP_VALUE, &overlay(schema, inner, &old, b""));
    }
}

fn append_unknown(
    schema: &Schema,
    message: &Message,
    before: &[WireField<'_>],
    after: &[WireField<'_>],
    out: &mut Vec<u8>,
) {
    for wire in before {
        if known(schema, message, wire).is_some() {
            continue;
        }
        // An unknown value of a field that has been set since is no longer wanted.
        let replaced = message.field(wire.number).is_some_and(|f| !f.repeated())
            && after.iter().any(|w| w.number == wire.number);
        if !replaced {
            out.extend_from_slice(wire.raw);
        }
    }
}
