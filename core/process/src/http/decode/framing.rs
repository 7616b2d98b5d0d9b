//! Where a body ends: by length, by chunks, or at once.

use bytes::{Buf, Bytes, BytesMut};

use super::{DecodeError, MAX_BODY_BYTES};

/// Chunk size lines and trailers longer than this are refused.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// Pieces below this size are copied, so that a small body does not keep a whole read buffer alive.
const COPY_BELOW_BYTES: usize = 8 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No body at all, or nothing left of it.
    None,
    Length(u64),
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    /// After the last chunk; true once a trailer was seen.
    Trailer(bool),
    /// Until the connection ends (answers only).
    UntilClose,
}

#[derive(Debug)]
pub enum Progress {
    NeedMore,
    Piece(Bytes),
    End,
    /// The end, but with trailer headers before it.
    Trailers,
    Failed(DecodeError),
}

impl Framing {
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// How many more bytes are needed at least.
    pub fn wanted(&self) -> usize {
        match *self {
            Self::Length(left) | Self::ChunkData(left) => usize::try_from(left).unwrap_or(0),
            Self::None | Self::ChunkSize | Self::ChunkEnd | Self::Trailer(_) | Self::UntilClose => {
                0
            }
        }
    }

    /// Takes the next part of the body from `input`.
    pub fn step(&mut self, input: &mut BytesMut) -> Progress {
        loop {
            match *self {
                Self::None | Self::Length(0) => {
                    *self = Self::None;
                    return Progress::End;
                }
                Self::Length(left) => {
                    let Some(piece) = take(input, left) else {
                        return Progress::NeedMore;
                    };
                    *self = Self::Length(left - piece.len() as u64);
                    return Progress::Piece(piece);
                }
                Self::UntilClose => {
                    return take(input, u64::MAX).map_or(Progress::NeedMore, Progress::Piece);
                }
                Self::ChunkSize => match chunk_size(input) {
                    Ok(None) => return Progress::NeedMore,
                    Ok(Some(0)) => *self = Self::Trailer(false),
                    Ok(Some(size)) if size > MAX_BODY_BYTES as u64 => {
                        return Progress::Failed(DecodeError::BodyTooLarge);
                    }
                    Ok(Some(size)) => *self = Self::ChunkData(size),
                    Err(error) => return Progress::Failed(error),
                },
                Self::ChunkData(left) => {
                    let Some(piece) = take(input, left) else {
                        return Progress::NeedMore;
                    };
                    let left = left - piece.len() as u64;
                    *self = if left == 0 {
                        Self::ChunkEnd
                    } else {
                        Self::ChunkData(left)
                    };
                    return Progress::Piece(piece);
                }
                Self::ChunkEnd => match line(input) {
                    Ok(None) => return Progress::NeedMore,
                    Ok(Some(text)) if text.is_empty() => *self = Self::ChunkSize,
                    Ok(Some(_)) => return Progress::Failed(DecodeError::BadBody),
                    Err(error) => return Progress::Failed(error),
                },
                Self::Trailer(seen) => match line(input) {
                    Ok(None) => return Progress::NeedMore,
                    Ok(Some(text)) if text.is_empty() => {
                        *self = Self::None;
                        return if seen {
                            Progress::Trailers
                        } else {
                            Progress::End
                        };
                    }
                    Ok(Some(_)) => *self = Self::Trailer(true),
                    Err(error) => return Progress::Failed(error),
                },
            }
        }
    }

    /// Whether the piece just given was the whole body; consumes the end when it is there.
    pub fn is_last(&mut self, input: &mut BytesMut) -> bool {
        match *self {
            Self::Length(0) => true,
            Self::ChunkEnd if input.starts_with(b"\r\n0\r\n\r\n") => {
                input.advance(7);
                true
            }
            Self::None
            | Self::Length(_)
            | Self::ChunkSize
            | Self::ChunkData(_)
            | Self::ChunkEnd
            | Self::Trailer(_)
            | Self::UntilClose => false,
        }
    }
}

fn take(input: &mut BytesMut, left: u64) -> Option<Bytes> {
    let count = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
    if count == 0 {
        return None;
    }
    if count >= COPY_BELOW_BYTES {
        return Some(input.split_to(count).freeze());
    }
    let piece = Bytes::copy_from_slice(&input[..count]);
    input.advance(count);
    Some(piece)
}

/// The next line without its end, when it is complete.
fn line(input: &mut BytesMut) -> Result<Option<BytesMut>, DecodeError> {
    let Some(end) = memchr::memchr(b'\n', input) else {
        let too_long = input.len() > MAX_LINE_BYTES;
        return if too_long {
            Err(DecodeError::BadBody)
        } else {
            Ok(None)
        };
    };
    if end > MAX_LINE_BYTES {
        return Err(DecodeError::BadBody);
    }
    let mut text = input.split_to(end + 1);
    text.truncate(end);
    if text.last() == Some(&b'\r') {
        text.truncate(end - 1);
    }
    Ok(Some(text))
}

fn chunk_size(input: &mut BytesMut) -> Result<Option<u64>, DecodeError> {
    let Some(text) = line(input)? else {
        return Ok(None);
    };
    let digits = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let rest_is_extension = matches!(text.get(digits), None | Some(b';' | b' ' | b'\t'));
    if digits == 0 || digits > 16 || !rest_is_extension {
        return Err(DecodeError::BadBody);
    }
    let size = text[..digits].iter().fold(0, |size, &byte| {
        size << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or_default())
    });
    Ok(Some(size))
}
