//! Builds the tables from a descriptor set.

use std::collections::HashMap;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label as ProtoLabel, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::{
    ABSENT, Enum, EnumId, EnumValue, Field, Kind, Label, Message, MessageId, Schema, Shown,
};
use crate::json::number;
use crate::json::write_string;

/// Field numbers below this are looked up by index.
const DENSE_NUMBERS: u32 = 256;

/// A message with what its file says about it.
struct Declared {
    full_name: String,
    proto3: bool,
    descriptor: DescriptorProto,
}

struct Collected {
    messages: Vec<Declared>,
    enums: Vec<Enum>,
}

pub(super) fn schema(bytes: &[u8]) -> Schema {
    let set = FileDescriptorSet::decode(bytes).expect("the build wrote a valid descriptor set");
    let mut all = Collected {
        messages: Vec::new(),
        enums: Vec::new(),
    };
    for file in set.file {
        let proto3 = file.syntax() == "proto3";
        let package = file.package().to_owned();
        for descriptor in file.enum_type {
            all.enums.push(enumeration(&package, proto3, &descriptor));
        }
        for descriptor in file.message_type {
            all.collect(&package, proto3, descriptor);
        }
    }
    all.link()
}

impl Collected {
    fn collect(&mut self, scope: &str, proto3: bool, descriptor: DescriptorProto) {
        let full_name = join(scope, descriptor.name());
        for nested in &descriptor.enum_type {
            self.enums.push(enumeration(&full_name, proto3, nested));
        }
        for nested in &descriptor.nested_type {
            self.collect(&full_name, proto3, nested.clone());
        }
        self.messages.push(Declared {
            full_name,
            proto3,
            descriptor,
        });
    }

    fn link(self) -> Schema {
        let by_name: HashMap<Box<str>, MessageId> = (0u16..)
            .zip(&self.messages)
            .map(|(at, m)| (m.full_name.as_str().into(), MessageId(at)))
            .collect();
        let enum_by_name: HashMap<Box<str>, EnumId> = (0u16..)
            .zip(&self.enums)
            .map(|(at, e)| (e.full_name.clone(), EnumId(at)))
            .collect();
        let linker = Linker {
            declared: &self.messages,
            enums: &self.enums,
            by_name: &by_name,
            enum_by_name: &enum_by_name,
        };
        let messages = self.messages.iter().map(|m| linker.message(m)).collect();
        Schema {
            messages,
            enums: self.enums.into(),
            by_name,
            enum_by_name,
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

fn enumeration(scope: &str, proto3: bool, descriptor: &EnumDescriptorProto) -> Enum {
    let mut values: Vec<EnumValue> = Vec::new();
    let mut by_name = HashMap::new();
    for value in &descriptor.value {
        by_name.insert(value.name().into(), value.number());
        if values.iter().all(|v| v.number != value.number()) {
            let name_v1 = value.name().replace("SLAVE", "AGENT").into();
            values.push(EnumValue {
                number: value.number(),
                name: value.name().into(),
                name_v1,
            });
        }
    }
    let first = values.first().map_or(0, |v| v.number);
    values.sort_by_key(|v| v.number);
    Enum {
        full_name: join(scope, descriptor.name()).into(),
        closed: !proto3,
        first,
        values: values.into(),
        by_name,
    }
}

fn is_map_entry(descriptor: &DescriptorProto) -> bool {
    descriptor.options.as_ref().is_some_and(|o| o.map_entry())
}

struct Linker<'a> {
    declared: &'a [Declared],
    enums: &'a [Enum],
    by_name: &'a HashMap<Box<str>, MessageId>,
    enum_by_name: &'a HashMap<Box<str>, EnumId>,
}

impl Linker<'_> {
    fn message(&self, declared: &Declared) -> Message {
        let mut required = 0;
        let mut next_bit = 1u64;
        let mut fields = Vec::new();
        for descriptor in &declared.descriptor.field {
            let mut field = self.field(descriptor, declared.proto3);
            if field.label == Label::Required {
                assert!(next_bit != 0, "no message has more than 64 required fields");
                field.required_bit = next_bit;
                required |= next_bit;
                next_bit <<= 1;
            }
            fields.push(field);
        }
        let (dense, sparse) = numbers(&fields);
        Message {
            full_name: declared.full_name.as_str().into(),
            fields: fields.into(),
            proto3: declared.proto3,
            map_entry: is_map_entry(&declared.descriptor),
            required,
            dense,
            sparse,
        }
    }

    fn field(&self, descriptor: &FieldDescriptorProto, proto3: bool) -> Field {
        let kind = self.kind(descriptor);
        let label = match descriptor.label() {
            ProtoLabel::Optional => Label::Optional,
            ProtoLabel::Required => Label::Required,
            ProtoLabel::Repeated => Label::Repeated,
        };
        let options = descriptor.options.clone().unwrap_or_default();
        let scalar = kind.wire_type() != super::LEN;
        let map = match kind {
            Kind::Message(id) => is_map_entry(&self.declared[usize::from(id.0)].descriptor),
            _ => false,
        };
        let shown = descriptor
            .default_value
            .as_deref()
            .filter(|_| !options.deprecated());
        Field {
            number: u32::try_from(descriptor.number()).expect("field numbers are positive"),
            name: descriptor.name().into(),
            kind,
            label,
            packed: label == Label::Repeated && scalar && options.packed.unwrap_or(proto3),
            map,
            oneof: descriptor.oneof_index,
            required_bit: 0,
            key: key(descriptor.name()),
            key_v1: key(&descriptor.name().replace("slave", "agent")),
            shown_default: shown.map(|text| self.shown(kind, text)),
        }
    }

    fn kind(&self, descriptor: &FieldDescriptorProto) -> Kind {
        let type_name = descriptor.type_name().trim_start_matches('.');
        match descriptor.r#type() {
            Type::Double => Kind::Double,
            Type::Float => Kind::Float,
            Type::Int64 => Kind::Int64,
            Type::Uint64 => Kind::Uint64,
            Type::Int32 => Kind::Int32,
            Type::Fixed64 => Kind::Fixed64,
            Type::Fixed32 => Kind::Fixed32,
            Type::Bool => Kind::Bool,
            Type::String => Kind::String,
            Type::Bytes => Kind::Bytes,
            Type::Uint32 => Kind::Uint32,
            Type::Sfixed32 => Kind::Sfixed32,
            Type::Sfixed64 => Kind::Sfixed64,
            Type::Sint32 => Kind::Sint32,
            Type::Sint64 => Kind::Sint64,
            Type::Enum => Kind::Enum(self.enum_by_name[type_name]),
            Type::Message | Type::Group => Kind::Message(self.by_name[type_name]),
        }
    }

    fn shown(&self, kind: Kind, text: &str) -> Shown {
        let mut own = Vec::new();
        let mut v1 = Vec::new();
        match kind {
            Kind::Double | Kind::Float => {
                number::write_f64(text.parse().unwrap_or(f64::NAN), &mut own);
            }
            Kind::String | Kind::Bytes => write_string(text.as_bytes(), &mut own),
            Kind::Enum(id) => {
                let value = &self.enums[usize::from(id.0)];
                let number = value.number(text).unwrap_or(value.first);
                write_string(text.as_bytes(), &mut own);
                write_string(value.name_v1(number).unwrap_or(text).as_bytes(), &mut v1);
            }
            _ => own.extend_from_slice(text.as_bytes()),
        }
        if v1.is_empty() {
            v1.clone_from(&own);
        }
        Shown {
            own: own.into(),
            v1: v1.into(),
        }
    }
}

fn key(name: &str) -> Box<[u8]> {
    format!("\"{name}\":").into_bytes().into()
}

/// Field indices by small number, and the rest sorted by number.
type Numbers = (Box<[u16]>, Box<[(u32, u16)]>);

/// The index tables of a message's field numbers.
fn numbers(fields: &[Field]) -> Numbers {
    let small = fields
        .iter()
        .map(|f| f.number)
        .filter(|&n| n < DENSE_NUMBERS)
        .max();
    let mut dense = vec![ABSENT; small.map_or(0, |n| n as usize + 1)];
    let mut sparse = Vec::new();
    for (at, field) in (0u16..).zip(fields) {
        match dense.get_mut(field.number as usize) {
            Some(slot) => *slot = at,
            None => sparse.push((field.number, at)),
        }
    }
    sparse.sort_unstable();
    (dense.into(), sparse.into())
}
