//! Writes messages as JSON straight from their bytes. Compat: HTTP-12a, HTTP-10, HTTP-11, HTTP-11a, HTTP-12.
//!
//! Members come in declaration order: set fields, non-empty repeated ones, and unset ones with an
//! explicit default unless deprecated. An undeclared enum value is as good as unset.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Names, number, write_string};
use crate::describe::{Enum, Field, Kind, Label, Message, MessageId, Schema, Shown};
use crate::wire::{DEPTH_LIMIT, Fields, Value, enum_number, known, merged};

/// A value found on the wire and the index of its field.
type Entry<'a> = (u16, Value<'a>);

pub(super) struct JsonWriter<'o> {
    schema: &'static Schema,
    names: Names,
    out: &'o mut Vec<u8>,
}

impl<'o> JsonWriter<'o> {
    pub(super) fn new(names: Names, out: &'o mut Vec<u8>) -> Self {
        Self {
            schema: Schema::get(),
            names,
            out,
        }
    }

    /// Writes the message as an object. `entries` is room shared by all levels.
    pub(super) fn message<'a>(
        &mut self,
        id: MessageId,
        bytes: &'a [u8],
        depth: u32,
        entries: &mut Vec<Entry<'a>>,
    ) {
        let message = self.schema.message(id);
        let start = entries.len();
        if depth <= DEPTH_LIMIT {
            self.collect(message, bytes, entries);
        }
        let end = entries.len();
        self.out.push(b'{');
        let mut first = true;
        let mut next = start;
        for (at, field) in message.fields.iter().enumerate() {
            let from = next;
            while next < end && usize::from(entries[next].0) == at {
                next += 1;
            }
            if from < next {
                self.key(field, &mut first);
                self.field(field, from..next, depth, entries);
                entries.truncate(end);
            } else if let Some(shown) = &field.shown_default {
                self.key(field, &mut first);
                self.out.extend_from_slice(self.names.of(shown));
            }
        }
        self.out.push(b'}');
        entries.truncate(start);
    }

    /// Appends the message's values, grouped by field in declaration order.
    fn collect<'a>(&self, message: &Message, bytes: &'a [u8], entries: &mut Vec<Entry<'a>>) {
        let start = entries.len();
        let mut sorted = true;
        let mut last = 0;
        for wire in Fields::new(bytes).flatten() {
            let Some(at) = message.index(wire.number) else {
                continue;
            };
            if known(self.schema, message, &wire).is_none() {
                continue;
            }
            if message.proto3 && is_implicit_zero(&message.fields[at], wire.value) {
                continue;
            }
            let at = at as u16;
            sorted &= at >= last;
            last = at;
            entries.push((at, wire.value));
        }
        if !sorted {
            entries[start..].sort_by_key(|e| e.0);
        }
    }

    fn key(&mut self, field: &Field, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
        let key = match self.names {
            Names::Own => &field.key,
            Names::V1 => &field.key_v1,
        };
        self.out.extend_from_slice(key);
    }

    fn field<'a>(
        &mut self,
        field: &Field,
        values: std::ops::Range<usize>,
        depth: u32,
        entries: &mut Vec<Entry<'a>>,
    ) {
        if field.map {
            return self.map(field, values, depth, entries);
        }
        if field.label == Label::Repeated {
            self.out.push(b'[');
            let mut first = true;
            for at in values {
                let (_, value) = entries[at];
                self.element(field.kind, value, depth, &mut first, entries);
            }
            self.out.push(b']');
            return;
        }
        let (_, last) = entries[values.end - 1];
        match field.kind {
            Kind::Message(id) if values.len() > 1 => {
                let whole = merged(entries[values].iter().filter_map(|e| bytes_of(e.1)));
                self.message(id, &whole.unwrap_or_default(), depth + 1, &mut Vec::new());
            }
            kind => self.value(kind, last, depth, entries),
        }
    }

    /// One wire value of a repeated field: an element or a packed run of them.
    fn element<'a>(
        &mut self,
        kind: Kind,
        value: Value<'a>,
        depth: u32,
        first: &mut bool,
        entries: &mut Vec<Entry<'a>>,
    ) {
        let packed = match value {
            Value::Bytes(packed) if kind.wire_type() != 2 => packed,
            _ => {
                self.separate(first);
                return self.value(kind, value, depth, entries);
            }
        };
        let mut rest = Fields::new(packed);
        while !rest.is_empty() {
            let element = match kind.wire_type() {
                1 => rest.fixed64().map(Value::Fixed64),
                5 => rest.fixed32().map(Value::Fixed32),
                _ => rest.varint().map(Value::Varint),
            };
            let Ok(element) = element else { return };
            if let (Kind::Enum(id), Value::Varint(v)) = (kind, element)
                && !self.schema.enumeration(id).contains(enum_number(v))
            {
                continue;
            }
            self.separate(first);
            self.value(kind, element, depth, entries);
        }
    }

    fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }

    fn map<'a>(
        &mut self,
        field: &Field,
        values: std::ops::Range<usize>,
        depth: u32,
        entries: &mut Vec<Entry<'a>>,
    ) {
        let Kind::Message(id) = field.kind else {
            return;
        };
        let entry_type = self.schema.message(id);
        let Some(value_field) = entry_type.field(2) else {
            return;
        };
        self.out.push(b'{');
        let mut first = true;
        for at in values {
            let Some(bytes) = bytes_of(entries[at].1) else {
                continue;
            };
            let mut key: &[u8] = b"";
            let mut value = default_of(value_field.kind);
            for wire in Fields::new(bytes).flatten() {
                match (wire.number, wire.value) {
                    (1, Value::Bytes(text)) => key = text,
                    (2, found) if value_field.accepts(found.wire_type()) => value = found,
                    _ => {}
                }
            }
            self.separate(&mut first);
            write_string(key, self.out);
            self.out.push(b':');
            self.value(value_field.kind, value, depth + 1, entries);
        }
        self.out.push(b'}');
    }

    fn value<'a>(
        &mut self,
        kind: Kind,
        value: Value<'a>,
        depth: u32,
        entries: &mut Vec<Entry<'a>>,
    ) {
        match (kind, value) {
            (Kind::Message(id), Value::Bytes(inner)) => self.message(id, inner, depth + 1, entries),
            (Kind::String, Value::Bytes(text)) => write_string(text, self.out),
            (Kind::Bytes, Value::Bytes(data)) => self.base64(data),
            (Kind::Enum(id), Value::Varint(v)) => self.enumerator(self.schema.enumeration(id), v),
            (Kind::Bool, Value::Varint(v)) => {
                self.out
                    .extend_from_slice(if v != 0 { b"true" } else { b"false" });
            }
            (Kind::Double, Value::Fixed64(v)) => number::write_f64(f64::from_bits(v), self.out),
            (Kind::Float, Value::Fixed32(v)) => {
                number::write_f64(f64::from(f32::from_bits(v)), self.out);
            }
            (Kind::Uint64, Value::Varint(v)) | (Kind::Fixed64, Value::Fixed64(v)) => {
                number::write_u64(v, self.out);
            }
            (Kind::Uint32, Value::Varint(v)) => number::write_u64(v & 0xffff_ffff, self.out),
            (Kind::Fixed32, Value::Fixed32(v)) => number::write_u64(u64::from(v), self.out),
            (Kind::Int64, Value::Varint(v)) | (Kind::Sfixed64, Value::Fixed64(v)) => {
                number::write_i64(v as i64, self.out);
            }
            (Kind::Int32, Value::Varint(v)) => {
                number::write_i64(i64::from(enum_number(v)), self.out);
            }
            (Kind::Sint32 | Kind::Sint64, Value::Varint(v)) => {
                number::write_i64((v >> 1) as i64 ^ -((v & 1) as i64), self.out);
            }
            (Kind::Sfixed32, Value::Fixed32(v)) => {
                number::write_i64(i64::from(v as i32), self.out);
            }
            // Only values of the field's own wire type are collected.
            _ => self.out.extend_from_slice(b"null"),
        }
    }

    fn enumerator(&mut self, values: &Enum, varint: u64) {
        let number = enum_number(varint);
        let name = match self.names {
            Names::Own => values.name(number),
            Names::V1 => values.name_v1(number),
        };
        match name {
            Some(name) => write_string(name.as_bytes(), self.out),
            None => number::write_i64(i64::from(number), self.out),
        }
    }

    fn base64(&mut self, data: &[u8]) {
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + data.len().div_ceil(3) * 4, 0);
        let written = STANDARD
            .encode_slice(data, &mut self.out[start..])
            .expect("four bytes of text for three bytes of data");
        self.out.truncate(start + written);
        self.out.push(b'"');
    }
}

impl Names {
    fn of(self, shown: &Shown) -> &[u8] {
        match self {
            Names::Own => &shown.own,
            Names::V1 => &shown.v1,
        }
    }
}

fn bytes_of(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// A proto3 scalar that is zero counts as unset.
fn is_implicit_zero(field: &Field, value: Value<'_>) -> bool {
    if field.label == Label::Repeated || matches!(field.kind, Kind::Message(_)) {
        return false;
    }
    match value {
        Value::Varint(v) | Value::Fixed64(v) => v == 0,
        Value::Fixed32(v) => v == 0,
        Value::Bytes(v) => v.is_empty(),
        Value::Group => false,
    }
}

/// What a map entry without a value stands for.
fn default_of(kind: Kind) -> Value<'static> {
    match kind.wire_type() {
        1 => Value::Fixed64(0),
        2 => Value::Bytes(b""),
        5 => Value::Fixed32(0),
        _ => Value::Varint(0),
    }
}
