//! Builds messages from encoded parts and cuts nested ones out.

use bytes::Bytes;
use prost::Message;

use super::reader::{Fields, Value};
use super::{put_bytes, put_key, put_varint};

/// Slices of the nested messages found along a path of field numbers, in wire order.
///
/// Nothing is copied. Bytes that do not follow the wire format end the search.
pub fn submessages(bytes: &Bytes, path: &[u32]) -> Vec<Bytes> {
    let mut found = Vec::new();
    descend(bytes, bytes, path, &mut found);
    found
}

fn descend(whole: &Bytes, part: &[u8], path: &[u32], found: &mut Vec<Bytes>) {
    let Some((&number, rest)) = path.split_first() else {
        found.push(whole.slice_ref(part));
        return;
    };
    for wire in Fields::new(part).flatten() {
        if let (true, Value::Bytes(inner)) = (wire.number == number, wire.value) {
            descend(whole, inner, rest, found);
        }
    }
}

/// The value of a top-level integer, boolean or enum field, whether its type knows it or not; the last one counts.
pub fn varint(bytes: &[u8], number: u32) -> Option<u64> {
    let value = |wire: super::WireField<'_>| match wire.value {
        Value::Varint(value) if wire.number == number => Some(value),
        _ => None,
    };
    Fields::new(bytes).flatten().filter_map(value).last()
}

/// Builds an outer message from parts that are already encoded.
#[derive(Debug, Default)]
pub struct Composer {
    out: Vec<u8>,
}

impl Composer {
    /// An empty message.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty message with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            out: Vec::with_capacity(capacity),
        }
    }

    /// Adds a nested message.
    #[must_use]
    pub fn message(mut self, tag: u32, message: &impl Message) -> Self {
        put_key(&mut self.out, tag, 2);
        put_varint(&mut self.out, message.encoded_len() as u64);
        message.encode_raw(&mut self.out);
        self
    }

    /// Adds a length-delimited field: bytes or an encoded message.
    #[must_use]
    pub fn bytes(mut self, tag: u32, value: &[u8]) -> Self {
        put_bytes(&mut self.out, tag, value);
        self
    }

    /// Adds a string.
    #[must_use]
    pub fn string(self, tag: u32, value: &str) -> Self {
        self.bytes(tag, value.as_bytes())
    }

    /// Adds an integer, boolean or enum.
    #[must_use]
    pub fn varint(mut self, tag: u32, value: u64) -> Self {
        put_key(&mut self.out, tag, 0);
        put_varint(&mut self.out, value);
        self
    }

    /// Adds a double.
    #[must_use]
    pub fn double(mut self, tag: u32, value: f64) -> Self {
        put_key(&mut self.out, tag, 1);
        self.out.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// The composed bytes.
    pub fn finish(self) -> Bytes {
        self.out.into()
    }
}
