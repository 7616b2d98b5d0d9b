//! Protobuf messages in the indented text form that flags and some refusals show.

use mesos_proto::describe::{Field, Kind, MessageId, Schema};
use prost::{
    Message, Name,
    encoding::{WireType, decode_key, decode_varint},
};
use std::fmt::Write as _;

/// Deeper messages are cut off; the decoder refuses them anyway.
const DEPTH_MAX: usize = 100;

/// The text of a message: `name: value` lines, nested messages in braces, fields by number.
pub fn format<T: Message + Name>(message: &T) -> String {
    let mut text = String::new();
    if let Some(id) = Schema::get().message_named(&T::full_name()) {
        write_message(id, &message.encode_to_vec(), 0, &mut text);
    }
    text
}

enum Payload<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn write_message(id: MessageId, mut bytes: &[u8], depth: usize, text: &mut String) {
    let message = Schema::get().message(id);
    let mut fields: Vec<(&Field, Payload<'_>)> = Vec::new();
    while let Some((number, payload)) = next_field(&mut bytes) {
        if let Some(field) = message.field(number) {
            fields.push((field, payload));
        }
    }
    fields.sort_by_key(|(field, _)| field.number);
    for (field, payload) in fields {
        let indent = "  ".repeat(depth);
        match (field.kind, payload) {
            (Kind::Message(inner), Payload::Bytes(bytes)) => {
                let _ = writeln!(text, "{indent}{} {{", field.name);
                if depth < DEPTH_MAX {
                    write_message(inner, bytes, depth + 1, text);
                }
                let _ = writeln!(text, "{indent}}}");
            }
            (kind, payload) => {
                let _ = writeln!(
                    text,
                    "{indent}{}: {}",
                    field.name,
                    format_value(kind, &payload)
                );
            }
        }
    }
}

/// The next field off the wire; `None` at the end, or where our own encoding has a form we never write.
fn next_field<'a>(bytes: &mut &'a [u8]) -> Option<(u32, Payload<'a>)> {
    if bytes.is_empty() {
        return None;
    }
    let (number, wire_type) = decode_key(bytes).ok()?;
    let payload = match wire_type {
        WireType::Varint => Payload::Number(decode_varint(bytes).ok()?),
        WireType::SixtyFourBit => {
            let (head, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            Payload::Number(u64::from_le_bytes(*head))
        }
        WireType::ThirtyTwoBit => {
            let (head, rest) = bytes.split_first_chunk::<4>()?;
            *bytes = rest;
            Payload::Number(u64::from(u32::from_le_bytes(*head)))
        }
        WireType::LengthDelimited => {
            let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
            let (head, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Payload::Bytes(head)
        }
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    Some((number, payload))
}

fn format_value(kind: Kind, payload: &Payload<'_>) -> String {
    let number = match payload {
        Payload::Bytes(bytes) => return format!("\"{}\"", escape(bytes)),
        Payload::Number(number) => *number,
    };
    match kind {
        Kind::Double => crate::value::format_double(f64::from_bits(number)),
        Kind::Float => f32::from_bits(number as u32).to_string(),
        Kind::Bool => (number != 0).to_string(),
        Kind::Int32 | Kind::Int64 | Kind::Sfixed64 => (number as i64).to_string(),
        Kind::Sfixed32 => (number as i32).to_string(),
        Kind::Sint32 | Kind::Sint64 => ((number >> 1) as i64 ^ -((number & 1) as i64)).to_string(),
        Kind::Enum(id) => {
            let name = Schema::get().enumeration(id).name(number as i32);
            name.map_or_else(|| (number as i32).to_string(), str::to_owned)
        }
        Kind::Uint32
        | Kind::Uint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::String
        | Kind::Bytes
        | Kind::Message(_) => number.to_string(),
    }
}

/// C escapes; what is not printable ASCII in octal.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'"' => text.push_str("\\\""),
            b'\'' => text.push_str("\\'"),
            b'\\' => text.push_str("\\\\"),
            0x20..0x7f => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_proto::mesos::{AcLs as Acls, acl};

    #[test]
    fn acls_print_as_the_recorded_flags_do() {
        let entity = |values: &[&str]| acl::Entity {
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            ..Default::default()
        };
        let none = acl::Entity {
            r#type: Some(acl::entity::Type::None as i32),
            values: vec![],
        };
        let rule = acl::RegisterFramework {
            principals: entity(&["fw"]),
            roles: none,
        };
        let acls = Acls {
            permissive: Some(true),
            register_frameworks: vec![rule],
            ..Default::default()
        };
        assert_eq!(
            format(&acls),
            "permissive: true\nregister_frameworks {\n  principals {\n    values: \"fw\"\n  }\n  \
             roles {\n    type: NONE\n  }\n}\n"
        );
    }
}
