//! Mesos-style JSON: field names verbatim, numbers plain, enums by name, bytes base64.

pub mod number;
mod writer;

use prost::{Message, Name};

pub use writer::Writer;

/// Why JSON text is not the wanted message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(pub String);

/// Which names fields and enum values get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// As declared in the message's own file.
    #[default]
    Own,
    /// A v0 message written with v1 names (`slave` -> `agent`), as the v1 operator API does.
    V1,
}

/// The JSON text of a message.
pub fn to_vec<T: Message + Name>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    write(&T::full_name(), &message.encode_to_vec(), &mut out);
    out
}

/// The JSON text of a message as `serde_json::Value`, fields in declaration order.
pub fn to_value<T: Message + Name>(message: &T) -> serde_json::Value {
    serde_json::from_slice(&to_vec(message)).unwrap_or_default()
}

/// Appends the JSON text of the encoded message `full_name`.
pub fn write(full_name: &str, bytes: &[u8], out: &mut Vec<u8>) {
    write_names(full_name, bytes, Names::Own, out);
}

/// Like [`write`], choosing the names.
pub fn write_names(full_name: &str, bytes: &[u8], names: Names, out: &mut Vec<u8>) {
    let _ = (full_name, bytes, names, out);
    todo!("JSON writer")
}

/// Reads a message from JSON text, required fields checked.
pub fn from_slice<T: Message + Name + Default>(text: &[u8]) -> Result<T, JsonError> {
    let value = serde_json::from_slice(text).map_err(|e| JsonError(e.to_string()))?;
    from_value(&value)
}

/// Reads a message from a JSON value, required fields checked.
pub fn from_value<T: Message + Name + Default>(value: &serde_json::Value) -> Result<T, JsonError> {
    let _ = value;
    todo!("JSON reader")
}
