//! RecordIO: each record is its decimal length, a newline, and its bytes.
//!
//! Compat: libprocess §6.

use bytes::{Buf, Bytes, BytesMut};

/// Largest record a decoder accepts unless told otherwise.
pub const MAX_RECORD_BYTES: usize = 512 * 1024 * 1024;
/// Digits of the largest length that is looked at before giving up.
const MAX_LENGTH_DIGITS: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("Failed to decode length '{0}'")]
    BadLength(String),
    #[error("record of {0} bytes exceeds the limit of {1}")]
    TooLarge(u64, usize),
}

/// Frames one record.
pub fn encode(record: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(record.len() + MAX_LENGTH_DIGITS + 1);
    encode_into(record, &mut out);
    Bytes::from(out)
}

/// Appends one framed record to `out`.
pub fn encode_into(record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(record.len()).as_bytes());
    out.push(b'\n');
    out.extend_from_slice(record);
}

/// Takes bytes in pieces of any size and gives back whole records. A bad length poisons it.
#[derive(Debug)]
pub struct Decoder {
    buffer: BytesMut,
    expected: Option<usize>,
    failed: Option<RecordError>,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(MAX_RECORD_BYTES)
    }
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_limit(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            expected: None,
            failed: None,
            limit,
        }
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole record; `None` when more bytes are needed.
    pub fn next_record(&mut self) -> Result<Option<Bytes>, RecordError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.step().inspect_err(|error| {
            self.failed = Some(error.clone());
            self.buffer.clear();
        })
    }

    /// Whether bytes of an unfinished record are held.
    pub fn has_partial(&self) -> bool {
        !self.buffer.is_empty() || self.expected.is_some()
    }

    fn step(&mut self) -> Result<Option<Bytes>, RecordError> {
        if self.expected.is_none() {
            let Some(end) = memchr::memchr(b'\n', &self.buffer) else {
                return if self.buffer.len() > MAX_LENGTH_DIGITS {
                    Err(bad_length(&self.buffer))
                } else {
                    Ok(None)
                };
            };
            let length = parse_length(&self.buffer[..end])?;
            if length > self.limit as u64 {
                return Err(RecordError::TooLarge(length, self.limit));
            }
            self.buffer.advance(end + 1);
            self.expected = usize::try_from(length).ok();
        }
        let expected = self.expected.unwrap_or_default();
        if self.buffer.len() < expected {
            return Ok(None);
        }
        self.expected = None;
        Ok(Some(self.buffer.split_to(expected).freeze()))
    }
}

fn parse_length(digits: &[u8]) -> Result<u64, RecordError> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(bad_length(digits));
    }
    std::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| bad_length(digits))
}

fn bad_length(bytes: &[u8]) -> RecordError {
    let shown = &bytes[..bytes.len().min(MAX_LENGTH_DIGITS)];
    RecordError::BadLength(String::from_utf8_lossy(shown).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bad_length_poisons_the_stream() {
        let mut decoder = Decoder::new();
        decoder.feed(b"x1\nabc");
        assert!(decoder.next_record().is_err());
        decoder.feed(b"1\na");
        assert!(decoder.next_record().is_err());
    }

    #[test]
    fn a_record_over_the_limit_is_refused_before_it_arrives() {
        let mut decoder = Decoder::with_limit(4);
        decoder.feed(b"5\n");
        assert_eq!(decoder.next_record(), Err(RecordError::TooLarge(5, 4)));
    }

    proptest! {
        #[test]
        fn records_survive_any_split(records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8), step in 1usize..9) {
            let mut stream = Vec::new();
            for record in &records { encode_into(record, &mut stream); }
            let mut decoder = Decoder::new();
            let mut seen = Vec::new();
            for piece in stream.chunks(step) {
                decoder.feed(piece);
                while let Some(record) = decoder.next_record().expect("valid stream") { seen.push(record.to_vec()); }
            }
            prop_assert_eq!(seen, records);
            prop_assert!(!decoder.has_partial());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = Decoder::new();
            decoder.feed(&bytes);
            while let Ok(Some(_)) = decoder.next_record() {}
        }
    }
}
