//! Framing of protobuf files: a 4-byte little-endian length, then the message; lists are records
//! one after the other.
//!
//! Compat: agent §5.1 items 2 and 4.

use prost::Message;

/// A record larger than this is taken as corruption rather than allocated.
const RECORD_BYTES_MAX: usize = 256 * 1024 * 1024;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecordError {
    #[error("Failed to read size: hit EOF unexpectedly, possible corruption")]
    ShortLength,
    #[error(
        "Failed to read message of size {size} bytes: hit EOF unexpectedly, possible corruption"
    )]
    ShortBody { size: usize },
    #[error("Failed to deserialize message")]
    Malformed,
}

/// Appends one framed record.
pub fn push(message: &impl Message, out: &mut Vec<u8>) {
    let length =
        u32::try_from(message.encoded_len()).expect("checkpointed messages are far below 4 GB");
    out.extend_from_slice(&length.to_le_bytes());
    message.encode(out).expect("a Vec grows as needed");
}

pub fn frame(message: &impl Message) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.encoded_len() + 4);
    push(message, &mut out);
    out
}

/// Frames a message that is encoded already.
pub fn frame_bytes(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("checkpointed messages are far below 4 GB");
    [&length.to_le_bytes(), message].concat()
}

pub fn frame_all<'a, M: Message + 'a>(messages: impl IntoIterator<Item = &'a M>) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        push(message, &mut out);
    }
    out
}

/// Takes the next record off `bytes`; `None` at a clean end.
fn next<M: Message + Default>(bytes: &mut &[u8]) -> Result<Option<M>, RecordError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let Some((head, rest)) = bytes.split_first_chunk::<4>() else {
        return Err(RecordError::ShortLength);
    };
    let size = u32::from_le_bytes(*head) as usize;
    if size > rest.len() || size > RECORD_BYTES_MAX {
        return Err(RecordError::ShortBody { size });
    }
    let message = M::decode(&rest[..size]).map_err(|_| RecordError::Malformed)?;
    *bytes = &rest[size..];
    Ok(Some(message))
}

/// The bytes of a file's first record; `None` when it is not whole.
pub fn body(bytes: &[u8]) -> Option<&[u8]> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    rest.get(..u32::from_le_bytes(*head) as usize)
}

/// The single record of a file; `None` when the file is empty.
pub fn read_one<M: Message + Default>(mut bytes: &[u8]) -> Result<Option<M>, RecordError> {
    next(&mut bytes)
}

pub fn read_all<M: Message + Default>(mut bytes: &[u8]) -> Result<Vec<M>, RecordError> {
    let mut all = Vec::new();
    while let Some(message) = next(&mut bytes)? {
        all.push(message);
    }
    Ok(all)
}

/// Records of an append-only file and the length that is whole: a torn tail is the crash the file
/// exists for, so it is dropped, never an error.
pub fn read_stream<M: Message + Default>(bytes: &[u8]) -> (Vec<M>, usize) {
    let mut rest = bytes;
    let mut all = Vec::new();
    loop {
        let before = bytes.len() - rest.len();
        match next(&mut rest) {
            Ok(Some(message)) => all.push(message),
            Ok(None) => return (all, bytes.len()),
            Err(_) => return (all, before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_proto::mesos::TaskId;

    fn id(text: &str) -> TaskId {
        TaskId {
            value: text.to_owned(),
        }
    }

    #[test]
    fn a_torn_tail_of_an_update_stream_is_dropped() {
        let mut bytes = frame_all([&id("a"), &id("b")]);
        let whole = bytes.len();
        bytes.extend_from_slice(&[9, 0, 0, 0, 1]);
        let (records, valid) = read_stream::<TaskId>(&bytes);
        assert_eq!(records, [id("a"), id("b")]);
        assert_eq!(valid, whole);
    }

    #[test]
    fn a_short_body_is_named_as_possible_corruption() {
        let error = read_one::<TaskId>(&[156, 0, 0, 0, 1, 2]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Failed to read message of size 156 bytes: hit EOF unexpectedly, possible corruption"
        );
    }

    #[test]
    fn an_empty_file_holds_no_record() {
        assert_eq!(read_one::<TaskId>(&[]).unwrap(), None);
    }
}
