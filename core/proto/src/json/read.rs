//! Reads messages from JSON. Compat: HTTP-11, HTTP-12b.
//!
//! Numbers may come as strings, enums come by name or number, bytes as base64. Unknown keys are
//! ignored and an unknown enum name leaves an optional field unset. Keys are visited sorted, as
//! the original does, so that the same one of several mistakes is reported.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::JsonError;
use crate::describe::{Field, Kind, Label, MessageId, Schema};
use crate::wire::{DEPTH_LIMIT, put_bytes, put_key, put_varint};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The encoded message that a JSON object describes; required fields are not checked here.
pub(super) fn message(
    schema: &Schema,
    id: MessageId,
    object: &Map<String, Value>,
    depth: u32,
) -> Result<Vec<u8>, JsonError> {
    if depth > DEPTH_LIMIT {
        return Err(JsonError("JSON is nested too deeply".into()));
    }
    let mut members: Vec<(&String, &Value)> = object.iter().collect();
    members.sort_by_key(|&(key, _)| key);
    let mut out = Vec::new();
    for (key, value) in members {
        let Some(field) = schema.message(id).field_named(key) else {
            continue;
        };
        let reader = FieldReader {
            schema,
            field,
            depth,
        };
        match value {
            Value::Array(elements) => {
                if !field.repeated() || field.map {
                    return Err(reader.unexpected("array"));
                }
                for element in elements {
                    reader.element(element, &mut out)?;
                }
            }
            value => reader.element(value, &mut out)?,
        }
    }
    Ok(out)
}

struct FieldReader<'a> {
    schema: &'a Schema,
    field: &'a Field,
    depth: u32,
}

impl FieldReader<'_> {
    fn element(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), JsonError> {
        match value {
            Value::Null => Err(JsonError("Not expecting a JSON null".into())),
            Value::Array(_) => Err(self.unexpected("array")),
            Value::Bool(value) => match self.field.kind {
                Kind::Bool => {
                    self.put_integer(u64::from(*value), out);
                    Ok(())
                }
                _ => Err(self.unexpected("boolean")),
            },
            Value::Number(number) => self.number(number, out),
            Value::String(text) => self.string(text, out),
            Value::Object(object) => self.object(object, out),
        }
    }

    fn object(&self, object: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let Kind::Message(id) = self.field.kind else {
            return Err(self.unexpected("object"));
        };
        if !self.field.map {
            let inner = message(self.schema, id, object, self.depth + 1)?;
            put_bytes(out, self.field.number, &inner);
            return Ok(());
        }
        let entry = self.schema.message(id);
        let value_field = entry.field(2).expect("a map entry has a value");
        let reader = FieldReader {
            schema: self.schema,
            field: value_field,
            depth: self.depth + 1,
        };
        let mut members: Vec<(&String, &Value)> = object.iter().collect();
        members.sort_by_key(|&(key, _)| key);
        for (key, value) in members {
            let mut inner = Vec::new();
            put_bytes(&mut inner, 1, key.as_bytes());
            reader.element(value, &mut inner)?;
            put_bytes(out, self.field.number, &inner);
        }
        Ok(())
    }

    fn string(&self, text: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let name = &self.field.name;
        match self.field.kind {
            Kind::String => put_bytes(out, self.field.number, text.as_bytes()),
            Kind::Bytes => {
                let data = BASE64.decode(text).map_err(|e| {
                    JsonError(format!("Failed to base64 decode bytes field '{name}': {e}"))
                })?;
                put_bytes(out, self.field.number, &data);
            }
            Kind::Enum(id) => match self.schema.enumeration(id).number(text) {
                Some(number) => self.put_integer(i64::from(number) as u64, out),
                None if self.field.label == Label::Required => {
                    return Err(JsonError(format!("Failed to find enum for '{text}'")));
                }
                None => {}
            },
            Kind::Bool | Kind::Message(_) => return Err(self.unexpected("string")),
            Kind::Double | Kind::Float if non_finite(text).is_some() => {
                self.put_double(non_finite(text).unwrap_or_default(), out);
            }
            _ => match serde_json::from_str::<Value>(text) {
                Ok(Value::Number(number)) => self.number(&number, out)?,
                other => {
                    let reason = match other {
                        Err(error) => super::syntax_error(text.as_bytes(), &error).0,
                        Ok(_) => "Unexpected JSON type parsed".into(),
                    };
                    return Err(JsonError(format!(
                        "Failed to parse '{text}' as a JSON number for field '{name}': {reason}"
                    )));
                }
            },
        }
        Ok(())
    }

    fn number(&self, number: &serde_json::Number, out: &mut Vec<u8>) -> Result<(), JsonError> {
        match self.field.kind {
            Kind::Double | Kind::Float => {
                self.put_double(number.as_f64().unwrap_or_default(), out);
            }
            Kind::String | Kind::Bytes | Kind::Bool | Kind::Message(_) => {
                return Err(self.unexpected("number"));
            }
            Kind::Enum(id) => {
                let value = integer(number) as i32;
                if !self.schema.enumeration(id).contains(value) {
                    if self.field.label == Label::Required {
                        return Err(JsonError(format!("Failed to find enum for '{number}'")));
                    }
                    return Ok(());
                }
                self.put_integer(i64::from(value) as u64, out);
            }
            _ => self.put_integer(integer(number), out),
        }
        Ok(())
    }

    fn put_double(&self, value: f64, out: &mut Vec<u8>) {
        if self.field.kind == Kind::Float {
            put_key(out, self.field.number, 5);
            out.extend_from_slice(&(value as f32).to_le_bytes());
        } else {
            put_key(out, self.field.number, 1);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Puts a 64-bit pattern as the field's type wants it.
    fn put_integer(&self, value: u64, out: &mut Vec<u8>) {
        let kind = self.field.kind;
        put_key(out, self.field.number, kind.wire_type());
        match kind {
            Kind::Fixed32 | Kind::Sfixed32 => out.extend_from_slice(&(value as u32).to_le_bytes()),
            Kind::Fixed64 | Kind::Sfixed64 => out.extend_from_slice(&value.to_le_bytes()),
            Kind::Uint32 => put_varint(out, u64::from(value as u32)),
            Kind::Int32 => put_varint(out, i64::from(value as i32) as u64),
            Kind::Sint32 | Kind::Sint64 => {
                put_varint(out, (value << 1) ^ ((value as i64) >> 63) as u64)
            }
            _ => put_varint(out, value),
        }
    }

    fn unexpected(&self, what: &str) -> JsonError {
        JsonError(format!(
            "Not expecting a JSON {what} for field '{}'",
            self.field.name
        ))
    }
}

/// The number as a 64-bit pattern; fractions are cut off.
fn integer(number: &serde_json::Number) -> u64 {
    if let Some(value) = number.as_u64() {
        return value;
    }
    match number.as_i64() {
        Some(value) => value as u64,
        None => {
            let value = number.as_f64().unwrap_or_default();
            if value < 0.0 {
                value as i64 as u64
            } else {
                value as u64
            }
        }
    }
}

fn non_finite(text: &str) -> Option<f64> {
    match text {
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => None,
    }
}
