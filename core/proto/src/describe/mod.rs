//! The descriptors of every message and enum as tables: dense ids, fast look-up by field number.
//!
//! The tables are built once from the descriptor set that the build writes; checking, JSON and
//! conversion walk them instead of having code generated for each of the thousand messages.

mod load;

use std::collections::HashMap;
use std::sync::LazyLock;

/// Index of a message in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId(u16);

/// Index of an enum in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumId(u16);

/// Type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `double`
    Double,
    /// `float`
    Float,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `sint32`
    Sint32,
    /// `sint64`
    Sint64,
    /// `fixed32`
    Fixed32,
    /// `fixed64`
    Fixed64,
    /// `sfixed32`
    Sfixed32,
    /// `sfixed64`
    Sfixed64,
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// An enum.
    Enum(EnumId),
    /// A message.
    Message(MessageId),
}

/// Wire type of a length-delimited field.
pub(crate) const LEN: u8 = 2;

impl Kind {
    /// The wire type of one unpacked value.
    pub(crate) fn wire_type(self) -> u8 {
        match self {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => 1,
            Kind::String | Kind::Bytes | Kind::Message(_) => LEN,
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => 5,
            Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 => 0,
            Kind::Sint32 | Kind::Sint64 | Kind::Bool | Kind::Enum(_) => 0,
        }
    }
}

/// How often a field occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// At most once.
    Optional,
    /// Exactly once.
    Required,
    /// Any number of times.
    Repeated,
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    /// Number on the wire.
    pub number: u32,
    /// Name as declared.
    pub name: Box<str>,
    /// Type of the values.
    pub kind: Kind,
    /// How often it occurs.
    pub label: Label,
    /// Whether our encoder packs it.
    pub packed: bool,
    /// Whether it is a map (then `kind` is the entry message).
    pub map: bool,
    /// Index of the `oneof` it belongs to, if any.
    pub oneof: Option<i32>,
    /// Bit in the message's required mask; 0 if not required.
    pub(crate) required_bit: u64,
    /// `"name":`
    pub(crate) key: Box<[u8]>,
    /// `"name":` with v1 words.
    pub(crate) key_v1: Box<[u8]>,
    /// JSON of the explicit default to show when the field is unset.
    pub(crate) shown_default: Option<Shown>,
}

/// JSON text of a default value in both wordings.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) own: Box<[u8]>,
    pub(crate) v1: Box<[u8]>,
}

impl Field {
    /// Whether the field may occur more than once.
    pub fn repeated(&self) -> bool {
        self.label == Label::Repeated
    }

    /// Whether JSON shows an explicit default when the field is unset.
    pub fn default_shown(&self) -> bool {
        self.shown_default.is_some()
    }

    /// Whether a value of this wire type belongs to the field (packed values included).
    pub(crate) fn accepts(&self, wire_type: u8) -> bool {
        let own = self.kind.wire_type();
        own == wire_type || (wire_type == LEN && self.label == Label::Repeated)
    }
}

const ABSENT: u16 = u16::MAX;

/// One message type.
#[derive(Debug)]
pub struct Message {
    /// Full name, for example `mesos.internal.StatusUpdate`.
    pub full_name: Box<str>,
    /// Fields in declaration order.
    pub fields: Box<[Field]>,
    /// Whether the file is proto3: no required fields, open enums, checked strings.
    pub proto3: bool,
    /// Whether it is the entry type of a map field.
    pub map_entry: bool,
    /// All required bits.
    pub(crate) required: u64,
    /// Index into `fields` by small field number.
    dense: Box<[u16]>,
    /// The rest, sorted by number.
    sparse: Box<[(u32, u16)]>,
}

impl Message {
    /// Index of the field with this number.
    #[inline]
    pub(crate) fn index(&self, number: u32) -> Option<usize> {
        if let Some(&at) = self.dense.get(number as usize) {
            return (at != ABSENT).then_some(usize::from(at));
        }
        let found = self
            .sparse
            .binary_search_by_key(&number, |&(n, _)| n)
            .ok()?;
        Some(usize::from(self.sparse[found].1))
    }

    /// The field with this number.
    #[inline]
    pub fn field(&self, number: u32) -> Option<&Field> {
        self.index(number).map(|at| &self.fields[at])
    }

    /// The field with this name.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| &*f.name == name)
    }
}

/// One enum type.
#[derive(Debug)]
pub struct Enum {
    /// Full name.
    pub full_name: Box<str>,
    /// Unknown values are not values of a closed (proto2) enum.
    pub closed: bool,
    /// First declared value, the default of a field without one.
    pub first: i32,
    /// Number and name, sorted by number; of aliases the first declared.
    values: Box<[EnumValue]>,
    by_name: HashMap<Box<str>, i32>,
}

#[derive(Debug)]
struct EnumValue {
    number: i32,
    name: Box<str>,
    name_v1: Box<str>,
}

impl Enum {
    fn value(&self, number: i32) -> Option<&EnumValue> {
        let at = self
            .values
            .binary_search_by_key(&number, |v| v.number)
            .ok()?;
        Some(&self.values[at])
    }

    /// Whether the enum has this value.
    #[inline]
    pub fn contains(&self, number: i32) -> bool {
        self.value(number).is_some()
    }

    /// The name of a value.
    pub fn name(&self, number: i32) -> Option<&str> {
        self.value(number).map(|v| &*v.name)
    }

    /// The name of a value with v1 words.
    pub(crate) fn name_v1(&self, number: i32) -> Option<&str> {
        self.value(number).map(|v| &*v.name_v1)
    }

    /// The value with this name.
    pub fn number(&self, name: &str) -> Option<i32> {
        self.by_name.get(name).copied()
    }
}

/// All messages and enums.
#[derive(Debug)]
pub struct Schema {
    messages: Box<[Message]>,
    enums: Box<[Enum]>,
    by_name: HashMap<Box<str>, MessageId>,
    enum_by_name: HashMap<Box<str>, EnumId>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| load::schema(crate::DESCRIPTORS));

impl Schema {
    /// The schema of this crate's messages.
    pub fn get() -> &'static Schema {
        &SCHEMA
    }

    /// Finds a message by its full name.
    pub fn message_named(&self, full_name: &str) -> Option<MessageId> {
        self.by_name.get(full_name).copied()
    }

    /// Finds an enum by its full name.
    pub fn enum_named(&self, full_name: &str) -> Option<&Enum> {
        self.enum_by_name
            .get(full_name)
            .map(|&id| self.enumeration(id))
    }

    /// The message with this id.
    #[inline]
    pub fn message(&self, id: MessageId) -> &Message {
        &self.messages[usize::from(id.0)]
    }

    /// The enum with this id.
    #[inline]
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[usize::from(id.0)]
    }

    /// All messages.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}
