//! Reads and changes single fields of a serialised message and leaves every other byte as it is.
//!
//! Compat: P3. Bytes that are not a well-formed message yield no fields from the first bad byte on; whoever needs
//! certainty decodes the message first.

use bytes::Bytes;

/// One field of a message: its number and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub number: u32,
    /// Start of the key.
    pub start: usize,
    /// Start of the value (after the length, for length-delimited fields).
    pub value: usize,
    pub end: usize,
    /// The value of varint and fixed fields; the length of length-delimited ones.
    pub scalar: u64,
    pub delimited: bool,
}

/// Walks the fields of one message.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

#[must_use]
pub fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { bytes, at: 0 }
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn fixed(bytes: &[u8], at: &mut usize, width: usize) -> Option<u64> {
    let slice = bytes.get(*at..at.checked_add(width)?)?;
    *at += width;
    let mut raw = [0u8; 8];
    raw[..width].copy_from_slice(slice);
    Some(u64::from_le_bytes(raw))
}

impl Iterator for Fields<'_> {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        let (start, mut at) = (self.at, self.at);
        let key = varint(self.bytes, &mut at)?;
        let number = u32::try_from(key >> 3).ok().filter(|n| *n > 0)?;
        let mut value = at;
        let (scalar, delimited) = match key & 7 {
            0 => (varint(self.bytes, &mut at)?, false),
            1 => (fixed(self.bytes, &mut at, 8)?, false),
            5 => (fixed(self.bytes, &mut at, 4)?, false),
            2 => {
                let length = varint(self.bytes, &mut at)?;
                value = at;
                at = at.checked_add(usize::try_from(length).ok()?)?;
                self.bytes.get(value..at)?;
                (length, true)
            }
            _ => return None,
        };
        self.at = at;
        Some(Field {
            number,
            start,
            value,
            end: at,
            scalar,
            delimited,
        })
    }
}

/// The last length-delimited field of that number, as a slice of `bytes`.
#[must_use]
pub fn message(bytes: &Bytes, number: u32) -> Option<Bytes> {
    fields(bytes)
        .filter(|f| f.number == number && f.delimited)
        .last()
        .map(|f| bytes.slice(f.value..f.end))
}

/// All length-delimited fields of that number, in order.
#[must_use]
pub fn messages(bytes: &Bytes, number: u32) -> Vec<Bytes> {
    fields(bytes)
        .filter(|f| f.number == number && f.delimited)
        .map(|f| bytes.slice(f.value..f.end))
        .collect()
}

/// The message at a path of field numbers.
#[must_use]
pub fn at(bytes: &Bytes, path: &[u32]) -> Option<Bytes> {
    path.iter()
        .try_fold(bytes.clone(), |outer, number| message(&outer, *number))
}

#[must_use]
pub fn text(bytes: &Bytes, number: u32) -> Option<String> {
    message(bytes, number).map(|b| String::from_utf8_lossy(&b).into_owned())
}

/// The `value` of an id message such as `FrameworkID`.
#[must_use]
pub fn id(bytes: &Bytes) -> String {
    text(bytes, 1).unwrap_or_default()
}

#[must_use]
pub fn number(bytes: &[u8], number: u32) -> Option<u64> {
    fields(bytes)
        .filter(|f| f.number == number && !f.delimited)
        .last()
        .map(|f| f.scalar)
}

#[must_use]
pub fn double(bytes: &[u8], number_: u32) -> Option<f64> {
    number(bytes, number_).map(f64::from_bits)
}

/// The message without the fields of these numbers.
#[must_use]
pub fn without(bytes: &Bytes, numbers: &[u32]) -> Bytes {
    if !fields(bytes).any(|f| numbers.contains(&f.number)) {
        return bytes.clone();
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for field in fields(bytes).filter(|f| numbers.contains(&f.number)) {
        out.extend_from_slice(&bytes[copied..field.start]);
        copied = field.end;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.into()
}

/// The message with the fields of `number` replaced by `encoded` (a whole field), kept in ascending order.
#[must_use]
pub fn with(bytes: &Bytes, number: u32, encoded: &[u8]) -> Bytes {
    let rest = without(bytes, &[number]);
    let split = fields(&rest)
        .find(|f| f.number > number)
        .map_or(rest.len(), |f| f.start);
    let mut out = Vec::with_capacity(rest.len() + encoded.len());
    out.extend_from_slice(&rest[..split]);
    out.extend_from_slice(encoded);
    out.extend_from_slice(&rest[split..]);
    out.into()
}

/// Builds a message field by field.
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    #[must_use]
    pub fn bytes(mut self, number: u32, value: &[u8]) -> Self {
        self.raw_varint(u64::from(number) << 3 | 2);
        self.raw_varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    #[must_use]
    pub fn some(self, number: u32, value: Option<&[u8]>) -> Self {
        match value {
            Some(value) => self.bytes(number, value),
            None => self,
        }
    }

    #[must_use]
    pub fn all<T: AsRef<[u8]>>(self, number: u32, values: &[T]) -> Self {
        values
            .iter()
            .fold(self, |writer, value| writer.bytes(number, value.as_ref()))
    }

    #[must_use]
    pub fn varint(mut self, number: u32, value: u64) -> Self {
        self.raw_varint(u64::from(number) << 3);
        self.raw_varint(value);
        self
    }

    #[must_use]
    pub fn double(mut self, number: u32, value: f64) -> Self {
        self.raw_varint(u64::from(number) << 3 | 1);
        self.0.extend_from_slice(&value.to_bits().to_le_bytes());
        self
    }

    #[must_use]
    pub fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// An id message (`{value}`).
#[must_use]
pub fn id_message(value: &str) -> Bytes {
    Writer::new().bytes(1, value.as_bytes()).finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic_and_in_order(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut end = 0;
            for field in fields(&bytes) {
                prop_assert!(field.start == end && field.value <= field.end && field.end <= bytes.len());
                end = field.end;
            }
        }

        #[test]
        fn a_replaced_field_is_read_back_and_removing_it_restores_the_rest(
            values in proptest::collection::btree_map(1u32..40, proptest::collection::vec(any::<u8>(), 0..20), 0..8),
            number in 1u32..40,
            value in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let original = values.iter().fold(Writer::new(), |w, (n, v)| w.bytes(*n, v)).finish();
            let changed = with(&original, number, &Writer::new().bytes(number, &value).finish());
            prop_assert_eq!(message(&changed, number), Some(Bytes::from(value)));
            prop_assert_eq!(without(&changed, &[number]), without(&original, &[number]));
            let numbers: Vec<u32> = fields(&changed).map(|f| f.number).collect();
            prop_assert!(numbers.is_sorted());
        }
    }

    fn sample() -> Bytes {
        Writer::new()
            .bytes(1, b"a")
            .varint(2, 300)
            .bytes(4, b"four")
            .double(7, 1.5)
            .bytes(99, b"unknown")
            .finish()
    }

    #[test]
    fn replacing_a_field_keeps_unknown_fields_and_ascending_order() {
        let changed = with(&sample(), 3, &Writer::new().bytes(3, b"three").finish());
        let numbers: Vec<u32> = fields(&changed).map(|f| f.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 7, 99]);
        assert_eq!(message(&changed, 99).unwrap(), "unknown");
        assert_eq!(with(&changed, 3, &[]), sample());
    }

    #[test]
    fn scalars_and_doubles_are_read_back() {
        assert_eq!(number(&sample(), 2), Some(300));
        assert_eq!(double(&sample(), 7), Some(1.5));
        assert_eq!(number(&sample(), 5), None);
    }

    #[test]
    fn a_truncated_message_yields_only_whole_fields() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            assert!(fields(&bytes[..cut]).all(|f| f.end <= cut));
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_no_field() {
        assert_eq!(
            fields(&[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01
            ])
            .count(),
            0
        );
    }
}
