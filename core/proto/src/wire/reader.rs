//! Reads fields off the wire without copying.

/// Nested messages and groups deeper than this are refused, as the original's parser does.
pub const DEPTH_LIMIT: u32 = 100;

/// The bytes do not follow the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field ends after the end of its message.
    #[error("a field is cut short")]
    Truncated,
    /// A varint is longer than ten bytes.
    #[error("a varint is too long")]
    Varint,
    /// A field key has no valid number or wire type.
    #[error("a field key is invalid")]
    Key,
    /// A group ends that was not begun, or the other way round.
    #[error("a group is unbalanced")]
    Group,
    /// Messages are nested too deeply.
    #[error("messages are nested deeper than 100")]
    Depth,
    /// A proto3 string is not UTF-8, or the decoder refused for another reason.
    #[error("a value is invalid")]
    Value,
}

/// A value as the wire shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Group,
    Fixed32(u32),
}

impl Value<'_> {
    pub(crate) fn wire_type(&self) -> u8 {
        match self {
            Value::Varint(_) => 0,
            Value::Fixed64(_) => 1,
            Value::Bytes(_) => 2,
            Value::Group => 3,
            Value::Fixed32(_) => 5,
        }
    }
}

/// A field with all its bytes, key included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WireField<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    pub(crate) raw: &'a [u8],
}

/// Iterates over the fields of a message.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Reads the next varint; for packed values and keys.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Malformed> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for (at, &byte) in self.rest.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 {
            Malformed::Truncated
        } else {
            Malformed::Varint
        })
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (value, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(*value)
    }

    pub(crate) fn fixed32(&mut self) -> Result<u32, Malformed> {
        self.fixed().map(u32::from_le_bytes)
    }

    pub(crate) fn fixed64(&mut self) -> Result<u64, Malformed> {
        self.fixed().map(u64::from_le_bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn field(&mut self, depth: u32) -> Result<(u32, u8, Value<'a>), Malformed> {
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed::Key)?;
        let number = key >> 3;
        if number == 0 {
            return Err(Malformed::Key);
        }
        let wire_type = (key & 7) as u8;
        let value = match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.fixed64()?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed::Truncated)?;
                let (value, rest) = self
                    .rest
                    .split_at_checked(length)
                    .ok_or(Malformed::Truncated)?;
                self.rest = rest;
                Value::Bytes(value)
            }
            3 => {
                self.skip_group(number, depth + 1)?;
                Value::Group
            }
            4 => Value::Group,
            5 => Value::Fixed32(self.fixed32()?),
            _ => return Err(Malformed::Key),
        };
        Ok((number, wire_type, value))
    }

    fn skip_group(&mut self, number: u32, depth: u32) -> Result<(), Malformed> {
        if depth > DEPTH_LIMIT {
            return Err(Malformed::Depth);
        }
        loop {
            let (found, wire_type, _) = self.field(depth)?;
            match (wire_type == END_GROUP, found == number) {
                (true, true) => return Ok(()),
                (true, false) => return Err(Malformed::Group),
                (false, _) => {}
            }
        }
    }
}

const END_GROUP: u8 = 4;

impl<'a> Iterator for Fields<'a> {
    type Item = Result<WireField<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let start = self.rest;
        Some(match self.field(0) {
            Ok((_, END_GROUP, _)) => Err(Malformed::Group),
            Ok((number, _, value)) => Ok(WireField {
                number,
                value,
                raw: &start[..start.len() - self.rest.len()],
            }),
            Err(error) => {
                self.rest = &[];
                Err(error)
            }
        })
    }
}
