//! Rewrites bytes that the original's parser takes but the generated decoder would not.

use super::reader::{Fields, Malformed, Value};
use super::scan::{is_value, known};
use super::{put_bytes, put_key, put_varint};
use crate::describe::{Kind, MessageId, Schema};

/// The bytes without unknown enum values and mistyped fields, strings made valid UTF-8.
///
/// Strings of proto3 messages stay as they are: there the original refuses invalid UTF-8 too.
pub(crate) fn repair(schema: &Schema, id: MessageId, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let message = schema.message(id);
    let mut out = Vec::with_capacity(bytes.len());
    for wire in Fields::new(bytes) {
        let wire = wire?;
        if message.field(wire.number).is_none() {
            continue;
        }
        let Some(field) = known(schema, message, &wire) else {
            continue;
        };
        match (field.kind, wire.value) {
            (Kind::Message(nested), Value::Bytes(inner)) => {
                put_bytes(&mut out, wire.number, &repair(schema, nested, inner)?);
            }
            (Kind::String, Value::Bytes(text)) if !message.proto3 => {
                put_bytes(
                    &mut out,
                    wire.number,
                    String::from_utf8_lossy(text).as_bytes(),
                );
            }
            (Kind::Enum(id), Value::Bytes(packed)) => {
                let mut rest = Fields::new(packed);
                while !rest.is_empty() {
                    let value = rest.varint()?;
                    if is_value(schema.enumeration(id), value) {
                        put_key(&mut out, wire.number, 0);
                        put_varint(&mut out, value);
                    }
                }
            }
            _ => out.extend_from_slice(wire.raw),
        }
    }
    Ok(out)
}
