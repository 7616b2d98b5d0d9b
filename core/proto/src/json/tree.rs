//! Writes JSON trees as the original does. Compat: HTTP-10, HTTP-11a.

use serde_json::Value;

use super::{number, write_string};

/// In which order an object's members are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// As they were put in.
    AsPut,
    /// Sorted bytewise, as endpoints that build a tree first show them.
    Sorted,
}

/// Appends the JSON text of a tree, numbers as Mesos prints them.
pub fn write_value(value: &Value, keys: Keys, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(value) => match (value.as_i64(), value.as_u64()) {
            (Some(value), _) => number::write_i64(value, out),
            (None, Some(value)) => number::write_u64(value, out),
            (None, None) => number::write_f64(value.as_f64().unwrap_or(f64::NAN), out),
        },
        Value::String(text) => write_string(text.as_bytes(), out),
        Value::Array(elements) => {
            out.push(b'[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(element, keys, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            if keys == Keys::Sorted {
                members.sort_by_key(|&(key, _)| key);
            }
            out.push(b'{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_string(key.as_bytes(), out);
                out.push(b':');
                write_value(member, keys, out);
            }
            out.push(b'}');
        }
    }
}
