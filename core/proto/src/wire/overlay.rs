//! Puts the unknown fields of an original back into a changed, re-encoded message.

use super::put_bytes;
use super::reader::{Fields, Value, WireField};
use super::scan::{known, merged};
use crate::describe::{Field, Kind, Message, MessageId, Schema};

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
        let Some((inner, field, nth)) = nested else {
            out.extend_from_slice(wire.raw);
            continue;
        };
        match (counterpart(&before, &after, field, nth), wire.value) {
            (Some(old), Value::Bytes(new)) => {
                put_bytes(&mut out, wire.number, &overlay(schema, inner, &old, new));
            }
            _ => out.extend_from_slice(wire.raw),
        }
    }
    append_unknown(schema, message, &before, &after, &mut out);
    out
}

/// The nested type if unknown fields in it are kept; map entries have none worth keeping.
fn nested_type(field: &Field) -> Option<MessageId> {
    match field.kind {
        Kind::Message(id) if !field.map => Some(id),
        _ => None,
    }
}

fn counterpart<'a>(
    before: &[WireField<'a>],
    after: &[WireField<'_>],
    field: &Field,
    nth: usize,
) -> Option<std::borrow::Cow<'a, [u8]>> {
    let mut old = before
        .iter()
        .filter(|w| w.number == field.number)
        .filter_map(|w| match w.value {
            Value::Bytes(part) => Some(part),
            _ => None,
        });
    if !field.repeated() {
        return merged(old);
    }
    let new_count = after.iter().filter(|w| w.number == field.number).count();
    (old.clone().count() == new_count)
        .then(|| old.nth(nth))
        .flatten()
        .map(Into::into)
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
