//! Checks, decoding and composing of messages on their bytes.

mod compose;
mod overlay;
mod reader;
mod repair;
mod scan;

use prost::Name;

pub use compose::{Composer, submessages, varint};
pub use reader::{DEPTH_LIMIT, Malformed};

pub(crate) use reader::{Fields, Value, WireField};
pub(crate) use scan::{enum_number, known, merged, missing_fields};

use crate::describe::{MessageId, Schema};
use scan::Scanner;

/// Why bytes are not a valid message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes do not follow the wire format.
    #[error("Failed to parse {message}: {reason}")]
    Malformed {
        /// Full name of the message.
        message: String,
        /// What is wrong.
        reason: Malformed,
    },
    /// Required fields are missing.
    #[error("Failed to parse {message}: Missing required fields: {}", fields.join(", "))]
    Missing {
        /// Full name of the message.
        message: String,
        /// Paths of the fields, in the order the original lists them.
        fields: Vec<String>,
    },
    /// There is no such message.
    #[error("Unknown message {0}")]
    Unknown(String),
}

/// What a check of bytes found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scan {
    /// Something the decoded value cannot hold occurs at some depth: an undeclared field, an
    /// undeclared enum value, a value of another wire type.
    pub has_unknown: bool,
    needs_repair: bool,
}

/// Whether required fields must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Required {
    Checked,
    Tolerated,
}

/// Decodes after checking required fields and closed enums at any depth.
///
/// Unknown fields are dropped from the value; [`crate::Raw`] keeps them.
pub fn decode<T: Name + Default>(bytes: &[u8]) -> Result<T, WireError> {
    decode_scanned(bytes).map(|(value, _)| value)
}

/// Decodes without asking for required fields, as conversions between v0 and v1 do.
pub fn decode_partial<T: Name + Default>(bytes: &[u8]) -> Result<T, WireError> {
    let (id, scan) = scan(&T::full_name(), bytes, Required::Tolerated)?;
    decode_as(id, bytes, scan)
}

/// Decodes and tells what the check found.
pub(crate) fn decode_scanned<T: Name + Default>(bytes: &[u8]) -> Result<(T, Scan), WireError> {
    let (id, scan) = scan(&T::full_name(), bytes, Required::Checked)?;
    Ok((decode_as(id, bytes, scan)?, scan))
}

/// Checks bytes against the descriptor of `full_name`.
pub fn check(full_name: &str, bytes: &[u8]) -> Result<Scan, WireError> {
    scan(full_name, bytes, Required::Checked).map(|(_, scan)| scan)
}

/// `modified` with the unknown fields that `original` holds, at every level that both share.
///
/// Both are encoded messages of the type `full_name`.
pub fn overlay(full_name: &str, original: &[u8], modified: &[u8]) -> Vec<u8> {
    let schema = Schema::get();
    match schema.message_named(full_name) {
        Some(id) => overlay::overlay(schema, id, original, modified),
        None => modified.to_vec(),
    }
}

fn scan(full_name: &str, bytes: &[u8], required: Required) -> Result<(MessageId, Scan), WireError> {
    let schema = Schema::get();
    let id = schema
        .message_named(full_name)
        .ok_or_else(|| WireError::Unknown(full_name.into()))?;
    let mut scanner = Scanner::new(schema);
    scanner
        .message(id, bytes, 0)
        .map_err(|reason| WireError::Malformed {
            message: full_name.into(),
            reason,
        })?;
    let found = scanner.found;
    if found.missing && required == Required::Checked {
        let fields = missing_fields(schema, id, bytes);
        if !fields.is_empty() {
            return Err(WireError::Missing {
                message: full_name.into(),
                fields,
            });
        }
    }
    Ok((
        id,
        Scan {
            has_unknown: found.has_unknown,
            needs_repair: found.needs_repair,
        },
    ))
}

fn decode_as<T: Name + Default>(id: MessageId, bytes: &[u8], scan: Scan) -> Result<T, WireError> {
    if !scan.needs_repair
        && let Ok(value) = T::decode(bytes)
    {
        return Ok(value);
    }
    let malformed = |reason| WireError::Malformed {
        message: T::full_name(),
        reason,
    };
    let repaired = repair::repair(Schema::get(), id, bytes).map_err(malformed)?;
    T::decode(repaired.as_slice()).map_err(|_| malformed(Malformed::Value))
}

pub(crate) fn put_varint(out: &mut Vec<u8>, value: u64) {
    prost::encoding::encode_varint(value, out);
}

pub(crate) fn put_key(out: &mut Vec<u8>, number: u32, wire_type: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire_type));
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_key(out, number, 2);
    put_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}
