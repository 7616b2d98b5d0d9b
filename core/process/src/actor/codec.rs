//! The bytes of a message, and the reading of its request line and sender.
//!
//! Compat: libprocess §1.

use bytes::{BufMut, Bytes, BytesMut};

use crate::actor::pid::Upid;
use crate::http::query;

/// Bodies from this size on are queued as they are instead of being copied behind their head.
pub const INLINE_BODY_BYTES: usize = 16 * 1024;

/// Appends the head of a message, up to and including the size line of its only chunk.
pub fn put_head(out: &mut BytesMut, from: &Upid, to_id: &str, name: &str, body_bytes: usize) {
    out.reserve(256 + to_id.len() + name.len() + 2 * from.id.len());
    out.put_slice(b"POST /");
    if !to_id.is_empty() {
        out.put_slice(to_id.as_bytes());
        out.put_u8(b'/');
    }
    out.put_slice(name.as_bytes());
    out.put_slice(b" HTTP/1.1\r\nUser-Agent: libprocess/");
    let start = out.len();
    put_upid(out, from);
    let sender = start..out.len();
    out.put_slice(b"\r\nLibprocess-From: ");
    out.extend_from_within(sender);
    out.put_slice(b"\r\nConnection: Keep-Alive\r\nHost: \r\n");
    if body_bytes > 0 {
        out.put_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        put_hex(out, body_bytes);
    }
    out.put_slice(b"\r\n");
}

/// What follows a body that is not empty.
pub const BODY_END: &[u8] = b"\r\n0\r\n\r\n";

/// The whole message in one buffer.
pub fn encode(from: &Upid, to_id: &str, name: &str, body: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    put_head(&mut out, from, to_id, name, body.len());
    if !body.is_empty() {
        out.put_slice(body);
        out.put_slice(BODY_END);
    }
    out.freeze()
}

fn put_upid(out: &mut BytesMut, upid: &Upid) {
    let mut digits = itoa::Buffer::new();
    out.put_slice(upid.id.as_bytes());
    let mut separator = b'@';
    for octet in upid.address.ip().octets() {
        out.put_u8(separator);
        out.put_slice(digits.format(octet).as_bytes());
        separator = b'.';
    }
    out.put_u8(b':');
    out.put_slice(digits.format(upid.address.port()).as_bytes());
}

fn put_hex(out: &mut BytesMut, value: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let width = (usize::BITS - value.leading_zeros()).div_ceil(4).max(1);
    for place in (0..width).rev() {
        out.put_u8(DIGITS[(value >> (4 * place)) & 0xf]);
    }
}

/// Destination id and message name of a request target.
#[derive(Debug, PartialEq, Eq)]
pub struct Destination {
    pub id: String,
    pub name: String,
}

/// Why a message request is refused before anybody is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum TargetError {
    /// 400.
    NoSlash,
    /// 500, with the reason.
    BadEscape(String),
}

/// Reads the target of a message request. The id is percent-decoded, the name is not.
pub fn parse_target(target: &str) -> Result<Destination, TargetError> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(path) = path.strip_prefix('/') else {
        return Err(TargetError::NoSlash);
    };
    let (id, name) = path.split_once('/').unwrap_or((path, ""));
    let id = query::decode(id).map_err(TargetError::BadEscape)?;
    Ok(Destination {
        id,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upid(text: &str) -> Upid {
        Upid::parse_literal(text)
    }

    #[test]
    fn a_message_is_framed_byte_for_byte() {
        let from = upid("scheduler-ba30860f-0d1d-4fd5-a31b-3e59f389065a@127.0.0.1:43213");
        let body = b"\x10\x01\x1a\x14\x0a\x10\x0a\x04root\x12\x04spec:\x02vm\x22\x00";
        let expected = "POST /master/mesos.scheduler.Call HTTP/1.1\r\n\
            User-Agent: libprocess/scheduler-ba30860f-0d1d-4fd5-a31b-3e59f389065a@127.0.0.1:43213\r\n\
            Libprocess-From: scheduler-ba30860f-0d1d-4fd5-a31b-3e59f389065a@127.0.0.1:43213\r\n\
            Connection: Keep-Alive\r\nHost: \r\nTransfer-Encoding: chunked\r\n\r\n18\r\n";
        let bytes = encode(&from, "master", "mesos.scheduler.Call", body);
        assert_eq!(&bytes[..expected.len()], expected.as_bytes());
        assert_eq!(&bytes[expected.len()..expected.len() + body.len()], body);
        assert!(bytes.ends_with(b"\r\n0\r\n\r\n"));
    }

    #[test]
    fn an_empty_body_has_no_framing_header() {
        let bytes = encode(&Upid::null(), "", "X", b"");
        assert_eq!(
            &bytes[..],
            b"POST /X HTTP/1.1\r\nUser-Agent: libprocess/@0.0.0.0:0\r\n\
              Libprocess-From: @0.0.0.0:0\r\nConnection: Keep-Alive\r\nHost: \r\n\r\n"
        );
    }

    #[test]
    fn chunk_sizes_are_lowercase_hex_without_padding() {
        for value in [1usize, 15, 16, 175, 0xfffe, 0x10000, 0xabcdef] {
            let mut out = BytesMut::new();
            put_hex(&mut out, value);
            assert_eq!(out, format!("{value:x}").as_bytes());
        }
    }

    #[test]
    fn targets_split_into_id_and_name() {
        let read = |target| parse_target(target).map(|to| (to.id, to.name));
        let pair = |id: &str, name: &str| Ok((id.to_owned(), name.to_owned()));
        assert_eq!(read("/slave(1)/a.B"), pair("slave(1)", "a.B"));
        assert_eq!(read("/slave%281%29/a%41?q=1"), pair("slave(1)", "a%41"));
        assert_eq!(read("/a+b"), pair("a b", ""));
        assert_eq!(read("/"), pair("", ""));
        assert_eq!(read("x"), Err(TargetError::NoSlash));
        assert!(matches!(read("/a%zz/b"), Err(TargetError::BadEscape(_))));
    }
}
