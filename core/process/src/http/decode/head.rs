//! Request line and headers.

use httparse::{EMPTY_HEADER, Header, Status};

use super::framing::Framing;
use super::{DecodeError, MAX_HEADERS, RawRequest, header_map};

/// Methods the original's parser knows; any other word closes the connection.
const METHODS: &[&str] = &[
    "DELETE",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "COPY",
    "LOCK",
    "MKCOL",
    "MOVE",
    "PROPFIND",
    "PROPPATCH",
    "SEARCH",
    "UNLOCK",
    "BIND",
    "REBIND",
    "UNBIND",
    "ACL",
    "REPORT",
    "MKACTIVITY",
    "CHECKOUT",
    "MERGE",
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PATCH",
    "PURGE",
    "MKCALENDAR",
    "LINK",
    "UNLINK",
];

pub struct Parsed {
    /// `None`: the request is a message.
    pub http: Option<RawRequest>,
    pub framing: Framing,
    pub keep_alive: bool,
    pub gzip: bool,
    pub expects_continue: bool,
}

/// The length of the head in `input` with its blank line; the first `searched` bytes had no end.
pub fn find_end(input: &[u8], searched: usize) -> Option<usize> {
    let mut at = searched.saturating_sub(3);
    while let Some(found) = memchr::memchr(b'\n', &input[at..]) {
        at += found + 1;
        match &input[at..] {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// Fails when `input` cannot become a valid head.
pub fn check_prefix(input: &[u8]) -> Result<(), DecodeError> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(input).map_err(|_| DecodeError::BadHead)?;
    match request.method {
        Some(method) => known(method).map(|_| ()),
        None => {
            let prefix = |method: &&str| method.as_bytes().starts_with(input);
            METHODS
                .iter()
                .any(prefix)
                .then_some(())
                .ok_or(DecodeError::BadHead)
        }
    }
}

fn known(method: &str) -> Result<http::Method, DecodeError> {
    if !METHODS.contains(&method) {
        return Err(DecodeError::BadHead);
    }
    http::Method::from_bytes(method.as_bytes()).map_err(|_| DecodeError::BadHead)
}

#[derive(Default)]
struct Fields<'a> {
    user_agent: Option<&'a [u8]>,
    libprocess_from: Option<&'a [u8]>,
    close: bool,
    keep_alive: bool,
    chunked: bool,
    length: Option<u64>,
    gzip: bool,
    expects_continue: bool,
}

/// Parses a complete head. For a message, its target and sender go to the two strings.
pub fn parse(input: &[u8], target: &mut String, from: &mut String) -> Result<Parsed, DecodeError> {
    let mut few = [EMPTY_HEADER; 16];
    let mut many;
    let mut request = httparse::Request::new(&mut few);
    let mut status = request.parse(input);
    if status == Err(httparse::Error::TooManyHeaders) {
        many = [EMPTY_HEADER; MAX_HEADERS];
        request = httparse::Request::new(&mut many);
        status = request.parse(input);
    }
    let Ok(Status::Complete(_)) = status else {
        return Err(DecodeError::BadHead);
    };
    let (Some(method), Some(path)) = (request.method, request.path) else {
        return Err(DecodeError::BadHead);
    };
    let path = origin_form(path).ok_or(DecodeError::BadHead)?;
    let fields = read_fields(request.headers)?;
    let keep_alive = if request.version == Some(0) {
        fields.keep_alive
    } else {
        !fields.close
    };
    let framing = match (fields.chunked, fields.length) {
        (true, _) => Framing::ChunkSize,
        (false, None | Some(0)) => Framing::None,
        (false, Some(length)) if length > super::MAX_BODY_BYTES as u64 => {
            return Err(DecodeError::BodyTooLarge);
        }
        (false, Some(length)) => Framing::Length(length),
    };
    let http = match sender(method, &fields) {
        Some(sender) => {
            target.clear();
            target.push_str(path);
            from.clear();
            from.push_str(&String::from_utf8_lossy(sender));
            None
        }
        None => Some(RawRequest {
            method: known(method)?,
            target: path.to_owned(),
            headers: header_map(request.headers)?,
            body: bytes::Bytes::new(),
            keep_alive,
        }),
    };
    let (gzip, expects_continue) = (fields.gzip, fields.expects_continue);
    Ok(Parsed {
        http,
        framing,
        keep_alive,
        gzip,
        expects_continue,
    })
}

/// The sender's text when the request is a message.
fn sender<'a>(method: &str, fields: &Fields<'a>) -> Option<&'a [u8]> {
    if method != "POST" {
        return None;
    }
    let agent = fields
        .user_agent
        .and_then(|value| value.strip_prefix(b"libprocess/"));
    fields.libprocess_from.map(<[u8]>::trim_ascii).or(agent)
}

/// Path and query of a target that may carry a scheme and host.
fn origin_form(target: &str) -> Option<&str> {
    if target.starts_with('/') || target == "*" {
        return Some(target);
    }
    let rest = target
        .strip_prefix("http://")
        .or_else(|| target.strip_prefix("https://"))?;
    rest.find('/')
        .map_or(Some("/"), |slash| Some(&rest[slash..]))
}

fn read_fields<'a>(headers: &[Header<'a>]) -> Result<Fields<'a>, DecodeError> {
    let mut fields = Fields::default();
    for header in headers {
        let value = header.value.trim_ascii();
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        match header.name.len() {
            6 if is("Expect") => {
                fields.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
            }
            10 if is("User-Agent") => fields.user_agent = Some(value),
            10 if is("Connection") => {
                fields.close |= has_token(value, b"close");
                fields.keep_alive |= has_token(value, b"keep-alive");
            }
            14 if is("Content-Length") => {
                let length = parse_length(value).ok_or(DecodeError::BadHead)?;
                if fields.length.is_some_and(|other| other != length) {
                    return Err(DecodeError::BadHead);
                }
                fields.length = Some(length);
            }
            15 if is("Libprocess-From") => fields.libprocess_from = Some(value),
            16 if is("Content-Encoding") => fields.gzip = value.eq_ignore_ascii_case(b"gzip"),
            17 if is("Transfer-Encoding") => fields.chunked |= has_token(value, b"chunked"),
            _ => {}
        }
    }
    Ok(fields)
}

fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

pub fn has_token(value: &[u8], token: &[u8]) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}
