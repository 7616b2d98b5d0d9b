//! Mesos-style JSON: field names verbatim, numbers plain, enums by name, bytes base64.
//!
//! This is not the JSON mapping of protobuf: 64-bit integers are numbers, names keep their
//! underscores, explicit defaults of unset fields are shown.

mod grisu;
pub mod number;
mod read;
mod tree;
mod write;
mod writer;

use prost::Name;
use serde_json::Value;

pub use tree::{Keys, write_value};
pub use writer::{Writer, write_string};

use crate::describe::Schema;
use crate::wire::{self, WireError};

/// Why JSON text is not the wanted message; displays the reason the original gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(pub String);

/// Which names fields and enum values get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// As declared in the message's own file.
    #[default]
    Own,
    /// A v0 message written with v1 words (`slave` -> `agent`), as the v1 operator API does.
    V1,
}

/// The JSON text of a message.
pub fn to_vec<T: Name>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    write(&T::full_name(), &message.encode_to_vec(), &mut out);
    out
}

/// The JSON text of a message, as a string.
pub fn to_string<T: Name>(message: &T) -> String {
    String::from_utf8_lossy(&to_vec(message)).into_owned()
}

/// The JSON text of a message with keys sorted at every level, as endpoints that build a tree
/// first show it (`/registrar(1)/registry`, `/maintenance/schedule`).
pub fn to_sorted_vec<T: Name>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&to_value(message), Keys::Sorted, &mut out);
    out
}

/// The JSON of a message as a tree, members in declaration order.
///
/// Non-finite doubles have no place in such a tree: a message with one gives `null`.
pub fn to_value<T: Name>(message: &T) -> Value {
    serde_json::from_slice(&to_vec(message)).unwrap_or_default()
}

/// Appends the JSON text of the encoded message `full_name`.
///
/// The bytes should have been checked; what does not follow the wire format is left out.
pub fn write(full_name: &str, bytes: &[u8], out: &mut Vec<u8>) {
    write_names(full_name, bytes, Names::Own, out);
}

/// Like [`write()`], choosing the names.
pub fn write_names(full_name: &str, bytes: &[u8], names: Names, out: &mut Vec<u8>) {
    match Schema::get().message_named(full_name) {
        Some(id) => write::JsonWriter::new(names, out).message(id, bytes, 0, &mut Vec::new()),
        None => out.extend_from_slice(b"{}"),
    }
}

/// Parses JSON text into a tree; the error reads as the original's does.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    serde_json::from_slice(text).map_err(|error| syntax_error(text, &error))
}

/// `syntax error at line 1 near: <rest of the line>`.
pub(crate) fn syntax_error(text: &[u8], error: &serde_json::Error) -> JsonError {
    let line = text
        .split(|&b| b == b'\n')
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    // Where the text just ends there is nothing near.
    let near = if error.is_eof() {
        None
    } else {
        line.get(error.column().saturating_sub(1)..)
    };
    let near = near.unwrap_or_default();
    let near = String::from_utf8_lossy(near);
    JsonError(format!(
        "syntax error at line {} near: {near}",
        error.line().max(1)
    ))
}

/// Reads a message from JSON text, required fields checked.
pub fn from_slice<T: Name + Default>(text: &[u8]) -> Result<T, JsonError> {
    from_value(&parse(text)?)
}

/// Reads a message from a JSON tree, required fields checked.
pub fn from_value<T: Name + Default>(value: &Value) -> Result<T, JsonError> {
    let bytes = read(&T::full_name(), value)?;
    wire::decode(&bytes).map_err(|error| match error {
        WireError::Missing { fields, .. } => {
            JsonError(format!("Missing required fields: {}", fields.join(", ")))
        }
        other => JsonError(other.to_string()),
    })
}

/// Reads an array of messages from a JSON tree.
pub fn from_array<T: Name + Default>(value: &Value) -> Result<Vec<T>, JsonError> {
    match value {
        Value::Array(elements) => elements.iter().map(from_value).collect(),
        _ => Err(JsonError("Expecting a JSON array".into())),
    }
}

/// Encodes what a JSON tree says of the message `full_name`; required fields are not checked.
pub fn read(full_name: &str, value: &Value) -> Result<Vec<u8>, JsonError> {
    let schema = Schema::get();
    let Some(id) = schema.message_named(full_name) else {
        return Err(JsonError(format!("Unknown message {full_name}")));
    };
    match value {
        Value::Object(object) => read::message(schema, id, object, 0),
        _ => Err(JsonError("Expecting a JSON object".into())),
    }
}
