//! Checks bytes against a descriptor: required fields, closed enums, unknown fields.
//!
//! Mesos relies on the semantics of its proto2 parser, which a prost decoder lacks: a message
//! without a required field is refused; an enum value that is not declared counts as an unknown
//! field, so a required one is missing; a known number with another wire type is an unknown field.

use std::borrow::Cow;

use super::reader::{DEPTH_LIMIT, Fields, Malformed, Value, WireField};
use crate::describe::{Enum, Field, Kind, Label, Message, MessageId, Schema};

/// What a pass over the bytes found.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Found {
    /// Something that the decoded value cannot hold.
    pub(crate) has_unknown: bool,
    /// Something that the generated decoder would take wrongly or refuse.
    pub(crate) needs_repair: bool,
    /// A required field seems to be missing (to be confirmed: occurrences may merge).
    pub(crate) missing: bool,
}

pub(crate) struct Scanner {
    schema: &'static Schema,
    pub(crate) found: Found,
}

impl Scanner {
    pub(crate) fn new(schema: &'static Schema) -> Self {
        Self {
            schema,
            found: Found::default(),
        }
    }

    pub(crate) fn message(
        &mut self,
        id: MessageId,
        bytes: &[u8],
        depth: u32,
    ) -> Result<(), Malformed> {
        if depth > DEPTH_LIMIT {
            return Err(Malformed::Depth);
        }
        let message = self.schema.message(id);
        let mut seen = 0;
        for wire in Fields::new(bytes) {
            let wire = wire?;
            let Some(field) = message.field(wire.number) else {
                self.found.has_unknown = true;
                continue;
            };
            match (field.kind, wire.value) {
                (Kind::Message(nested), Value::Bytes(bytes)) => {
                    self.message(nested, bytes, depth + 1)?
                }
                (Kind::Enum(id), Value::Varint(value)) => {
                    if !is_value(self.schema.enumeration(id), value) {
                        self.found.has_unknown = true;
                        self.found.needs_repair = true;
                        continue;
                    }
                }
                (Kind::Enum(id), Value::Bytes(packed)) if field.repeated() => {
                    self.packed_enum(self.schema.enumeration(id), packed)?;
                }
                _ if field.accepts(wire.value.wire_type()) => {}
                _ => {
                    self.found.has_unknown = true;
                    self.found.needs_repair = true;
                    continue;
                }
            }
            seen |= field.required_bit;
        }
        if seen != message.required {
            self.found.missing = true;
        }
        Ok(())
    }

    fn packed_enum(&mut self, values: &Enum, packed: &[u8]) -> Result<(), Malformed> {
        let mut rest = Fields::new(packed);
        while !rest.is_empty() {
            if !is_value(values, rest.varint()?) {
                self.found.has_unknown = true;
                self.found.needs_repair = true;
            }
        }
        Ok(())
    }
}

/// Whether a varint is a value of the enum.
pub(crate) fn is_value(values: &Enum, varint: u64) -> bool {
    !values.closed || values.contains(enum_number(varint))
}

/// An enum's varint as the number it stands for.
pub(crate) fn enum_number(varint: u64) -> i32 {
    varint as u32 as i32
}

/// Whether the field's value counts as unknown: undeclared number, other wire type, undeclared
/// value of a closed enum.
pub(crate) fn known<'m>(
    schema: &Schema,
    message: &'m Message,
    wire: &WireField<'_>,
) -> Option<&'m Field> {
    let field = message.field(wire.number)?;
    if !field.accepts(wire.value.wire_type()) {
        return None;
    }
    match (field.kind, wire.value) {
        (Kind::Enum(id), Value::Varint(value)) => {
            is_value(schema.enumeration(id), value).then_some(field)
        }
        _ => Some(field),
    }
}

/// Paths of all missing required fields, in the order the original reports them.
pub(crate) fn missing_fields(schema: &Schema, id: MessageId, bytes: &[u8]) -> Vec<String> {
    let mut missing = Vec::new();
    collect_missing(schema, id, bytes, "", &mut missing);
    missing
}

fn collect_missing(
    schema: &Schema,
    id: MessageId,
    bytes: &[u8],
    prefix: &str,
    missing: &mut Vec<String>,
) {
    let message = schema.message(id);
    let fields: Vec<WireField<'_>> = Fields::new(bytes)
        .flatten()
        .filter(|w| known(schema, message, w).is_some())
        .collect();
    for field in &message.fields {
        let required = field.label == Label::Required;
        if required && fields.iter().all(|w| w.number != field.number) {
            missing.push(format!("{prefix}{}", field.name));
        }
    }
    let mut nested: Vec<&Field> = message
        .fields
        .iter()
        .filter(|f| matches!(f.kind, Kind::Message(_)))
        .collect();
    nested.sort_by_key(|f| f.number);
    for field in nested {
        let Kind::Message(inner) = field.kind else {
            continue;
        };
        let parts = fields
            .iter()
            .filter(|w| w.number == field.number)
            .filter_map(|w| match w.value {
                Value::Bytes(part) => Some(part),
                _ => None,
            });
        if field.repeated() {
            for (at, part) in parts.enumerate() {
                collect_missing(
                    schema,
                    inner,
                    part,
                    &format!("{prefix}{}[{at}].", field.name),
                    missing,
                );
            }
        } else if let Some(whole) = merged(parts) {
            collect_missing(
                schema,
                inner,
                &whole,
                &format!("{prefix}{}.", field.name),
                missing,
            );
        }
    }
}

/// The occurrences of a singular message as one: concatenation merges.
pub(crate) fn merged<'a>(mut parts: impl Iterator<Item = &'a [u8]>) -> Option<Cow<'a, [u8]>> {
    let first = parts.next()?;
    let mut whole = Cow::Borrowed(first);
    for part in parts {
        whole.to_mut().extend_from_slice(part);
    }
    Some(whole)
}
