//! Incremental HTTP/1.1 request parser: bytes in pieces of any size, whole requests out.
//!
//! Messages (POST with a libprocess sender) take a path without a header map. A malformed head is
//! an error after which the connection is closed without an answer; a malformed body is answered.
//!
//! Compat: libprocess §1, §2 (limits), §5.

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::body::BodyError;
use crate::http::decode::framing::{Framing, Progress};

pub(crate) mod framing;
pub(crate) mod head;

/// Largest request line and headers together.
pub const MAX_HEAD_BYTES: usize = 80 * 1024;
/// Most headers of one request.
pub const MAX_HEADERS: usize = 256;
/// Largest body that is collected in memory, before and after inflating.
pub const MAX_BODY_BYTES: usize = 512 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("malformed request head")]
    BadHead,
    #[error("request head exceeds {MAX_HEAD_BYTES} bytes")]
    HeadTooLarge,
    #[error("malformed request body")]
    BadBody,
    #[error("request body exceeds {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
}

/// The head of an ordinary request.
#[derive(Debug)]
pub struct RawRequest {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub keep_alive: bool,
}

/// What the decoder found.
#[derive(Debug)]
pub enum Item {
    /// More bytes are needed.
    NeedMore,
    /// A whole message; see [`RequestDecoder::message_target`] and [`RequestDecoder::message_from`].
    Message {
        body: Bytes,
        keep_alive: bool,
    },
    Http(Box<RawRequest>),
    /// The head of a request whose body follows as [`Item::Piece`]s and one [`Item::StreamEnd`].
    StreamHead(Box<RawRequest>),
    Piece(Bytes),
    StreamEnd(Result<(), BodyError>),
    /// The body could not be decoded (trailers, bad gzip): answer 500 and go on.
    BadBody {
        keep_alive: bool,
    },
}

#[derive(Debug)]
enum Kind {
    Message,
    Http(Box<RawRequest>),
    Stream,
}

#[derive(Debug)]
struct Pending {
    kind: Kind,
    framing: Framing,
    keep_alive: bool,
    gzip: bool,
}

/// Turns a byte stream into requests.
#[derive(Debug, Default)]
pub struct RequestDecoder {
    target: String,
    from: String,
    pending: Option<Pending>,
    collected: BytesMut,
    /// Bytes of an incomplete head that were searched for its end.
    searched: usize,
    /// Length of an incomplete head at which it is parsed again to find errors early.
    next_attempt: usize,
    expects_continue: bool,
}

impl RequestDecoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Request target of the last [`Item::Message`].
    pub fn message_target(&self) -> &str {
        &self.target
    }

    /// Sender text of the last [`Item::Message`].
    pub fn message_from(&self) -> &str {
        &self.from
    }

    /// Whether the client waits for `100 Continue` before it sends the body; asking clears it.
    pub fn take_expects_continue(&mut self) -> bool {
        std::mem::take(&mut self.expects_continue)
    }

    /// How many more bytes the current body needs at least; 0 when not known.
    pub fn wanted(&self) -> usize {
        self.pending
            .as_ref()
            .map_or(0, |pending| pending.framing.wanted())
    }

    /// Consumes what it can of `input` and gives back the next item.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Item, DecodeError> {
        if self.pending.is_none() {
            let Some(pending) = self.read_head(input)? else {
                return Ok(Item::NeedMore);
            };
            if let Kind::Http(_) = &pending.kind
                && pending.framing.is_none()
            {
                return Ok(finish_http(pending, Bytes::new()));
            }
            let streaming = is_streaming(&pending);
            let pending = self.pending.insert(pending);
            if streaming && let Kind::Http(raw) = std::mem::replace(&mut pending.kind, Kind::Stream)
            {
                self.expects_continue = false;
                return Ok(Item::StreamHead(raw));
            }
        }
        self.read_body(input)
    }

    fn read_head(&mut self, input: &mut BytesMut) -> Result<Option<Pending>, DecodeError> {
        let blank = input
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        if blank > 0 && self.searched == 0 {
            input.advance(blank);
        }
        if input.is_empty() {
            return Ok(None);
        }
        let Some(end) = head::find_end(input, self.searched) else {
            return self.check_partial_head(input).map(|()| None);
        };
        self.searched = 0;
        self.next_attempt = 0;
        if end > MAX_HEAD_BYTES {
            return Err(DecodeError::HeadTooLarge);
        }
        let parsed = head::parse(&input[..end], &mut self.target, &mut self.from)?;
        input.advance(end);
        self.expects_continue = parsed.expects_continue && !parsed.framing.is_none();
        Ok(Some(Pending {
            kind: parsed
                .http
                .map_or(Kind::Message, |raw| Kind::Http(Box::new(raw))),
            framing: parsed.framing,
            keep_alive: parsed.keep_alive,
            gzip: parsed.gzip,
        }))
    }

    /// Finds errors in a head that is not complete, at lengths that double.
    fn check_partial_head(&mut self, input: &BytesMut) -> Result<(), DecodeError> {
        self.searched = input.len();
        if input.len() > MAX_HEAD_BYTES {
            return Err(DecodeError::HeadTooLarge);
        }
        if input.len() >= self.next_attempt {
            self.next_attempt = input.len() * 2;
            head::check_prefix(input)?;
        }
        Ok(())
    }

    fn read_body(&mut self, input: &mut BytesMut) -> Result<Item, DecodeError> {
        let Some(pending) = self.pending.as_mut() else {
            return Ok(Item::NeedMore);
        };
        let streaming = matches!(pending.kind, Kind::Stream);
        loop {
            match pending.framing.step(input) {
                Progress::NeedMore => return Ok(Item::NeedMore),
                Progress::Piece(piece) if streaming => return Ok(Item::Piece(piece)),
                Progress::Piece(piece) => {
                    if self.collected.len() + piece.len() > MAX_BODY_BYTES {
                        return Err(DecodeError::BodyTooLarge);
                    }
                    if self.collected.is_empty() && pending.framing.is_last(input) {
                        // The usual message: one chunk that is all there.
                        self.expects_continue = false;
                        return Ok(self.finish(piece));
                    }
                    self.collected.extend_from_slice(&piece);
                }
                Progress::End if streaming => {
                    self.pending = None;
                    return Ok(Item::StreamEnd(Ok(())));
                }
                Progress::End => {
                    let body = std::mem::take(&mut self.collected).freeze();
                    return Ok(self.finish(body));
                }
                Progress::Trailers => {
                    let keep_alive = pending.keep_alive;
                    self.pending = None;
                    self.collected.clear();
                    return Ok(if streaming {
                        Item::StreamEnd(Err(BodyError::Malformed))
                    } else {
                        Item::BadBody { keep_alive }
                    });
                }
                Progress::Failed(error) => return Err(error),
            }
        }
    }

    fn finish(&mut self, body: Bytes) -> Item {
        let Some(pending) = self.pending.take() else {
            return Item::NeedMore;
        };
        self.expects_continue = false;
        let keep_alive = pending.keep_alive;
        let body = if pending.gzip {
            match super::serialize::inflate(&body, MAX_BODY_BYTES) {
                Some(body) => body,
                None => return Item::BadBody { keep_alive },
            }
        } else {
            body
        };
        match pending.kind {
            Kind::Message => Item::Message { body, keep_alive },
            Kind::Http(_) => finish_http(pending, body),
            Kind::Stream => Item::StreamEnd(Ok(())),
        }
    }
}

fn is_streaming(pending: &Pending) -> bool {
    match &pending.kind {
        Kind::Http(raw) => raw
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes() == b"application/recordio"),
        Kind::Message | Kind::Stream => false,
    }
}

fn finish_http(pending: Pending, body: Bytes) -> Item {
    match pending.kind {
        Kind::Http(mut raw) => {
            raw.body = body;
            Item::Http(raw)
        }
        Kind::Message | Kind::Stream => Item::NeedMore,
    }
}

pub(crate) fn header_map(headers: &[httparse::Header<'_>]) -> Result<HeaderMap, DecodeError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(DecodeError::BadHead);
        };
        map.append(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests;
