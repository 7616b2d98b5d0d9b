//! Requests as handlers see them, and answers with the original's default texts.
//!
//! Compat: HTTP-6, HTTP-9a.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::body::{Body, BodyStream};
use super::query::Query;
use super::status;

/// Who sent a request, as established by the authenticator of the route's realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    pub value: Option<String>,
    pub claims: BTreeMap<String, String>,
}

/// One HTTP request, with its body read and inflated.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    /// Percent-decoded path. Below the delegate process it carries that process's prefix.
    pub path: String,
    /// The request target as it came.
    pub target: String,
    pub query: Query,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Set instead of `body` for requests of type `application/recordio`.
    pub stream: Option<BodyStream>,
    pub peer: SocketAddr,
    /// Set by [`super::Router`] when the route has a realm with an authenticator.
    pub principal: Option<Principal>,
}

impl Request {
    /// A request made in this process (tests, internal calls).
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: super::query::decode(path).unwrap_or_else(|_| path.to_owned()),
            target: target.to_owned(),
            query: Query::parse(query).unwrap_or_default(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            stream: None,
            peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            principal: None,
        }
    }

    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    pub fn post(target: &str, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::new(Method::POST, target)
        }
    }

    /// A header's text; of a repeated header the last value counts.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get_all(name).iter().next_back()?.to_str().ok()
    }

    /// Whether the client takes `encoding` (`gzip`), by Accept-Encoding.
    pub fn accepts_encoding(&self, encoding: &str) -> bool {
        self.header("accept-encoding")
            .is_some_and(|value| accepts(value, encoding))
    }
}

fn accepts(header: &str, encoding: &str) -> bool {
    let mut any = None;
    for item in header.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let Some(name) = parts.next() else { continue };
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|q| q.trim().parse::<f64>().is_ok_and(|q| q <= 0.0));
        if name.eq_ignore_ascii_case(encoding) {
            return !refused;
        }
        if name == "*" {
            any = Some(!refused);
        }
    }
    any.unwrap_or(false)
}

/// An answer. `Date`, `Content-Length` and `Transfer-Encoding` are added when it is sent.
#[derive(Debug, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// The longest name of a JSONP function.
const CALLBACK_MAX: usize = 128;

/// Whether a text names a function of a page (operations 4.7.2): anything else would be a script of the sender's.
fn is_callback(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let first = text.bytes().next();
    first.is_some_and(|byte| word(byte) && !byte.is_ascii_digit())
        && text.len() <= CALLBACK_MAX
        && text.bytes().all(|byte| word(byte) || byte == b'.')
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Response {
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// 200 without a body.
    pub fn ok() -> Self {
        Self::new(200)
    }

    pub fn accepted() -> Self {
        Self::new(202)
    }

    /// 200 with a body of the given type.
    pub fn content(content_type: &str, body: impl Into<Body>) -> Self {
        Self::new(200)
            .header("Content-Type", content_type)
            .body(body)
    }

    /// 200 with plain text.
    pub fn text(body: impl Into<Body>) -> Self {
        Self::content(TEXT, body)
    }

    /// 200 with JSON, wrapped as `f(...)` when the request asked for `jsonp=f`; 400 if that is no function's name.
    pub fn json(body: impl Into<Bytes>, jsonp: Option<&str>) -> Self {
        let body = body.into();
        let Some(callback) = jsonp else {
            return Self::content("application/json", body);
        };
        if !is_callback(callback) {
            return Self::no_callback(callback);
        }
        let mut out = Vec::with_capacity(body.len() + callback.len() + 3);
        out.extend_from_slice(callback.as_bytes());
        out.push(b'(');
        out.extend_from_slice(&body);
        out.push(b')');
        Self::script(out)
    }

    /// A browser must not take it for anything but a script.
    fn script(body: impl Into<Body>) -> Self {
        Self::content("text/javascript", body).header("X-Content-Type-Options", "nosniff")
    }

    fn no_callback(text: &str) -> Self {
        let shown: String = text.chars().take(CALLBACK_MAX).collect();
        Self::bad_request(format!(
            "Invalid 'jsonp' query parameter '{shown}': expecting a name of letters, digits, '_', '$' and '.', \
             of at most {CALLBACK_MAX} characters, that does not begin with a digit"
        ))
    }

    /// As [`Response::json`], of a body in pieces.
    pub fn json_parts(parts: Arc<[Bytes]>, jsonp: Option<&str>) -> Self {
        let Some(callback) = jsonp else {
            return Self::content("application/json", parts);
        };
        if !is_callback(callback) {
            return Self::no_callback(callback);
        }
        let opening = std::iter::once(Bytes::from(format!("{callback}(")));
        let closing = std::iter::once(Bytes::from_static(b")"));
        let all = opening.chain(parts.iter().cloned()).chain(closing);
        Self::script(all.collect::<Arc<[Bytes]>>())
    }

    /// A status with its default text, e.g. `404 Not Found.`
    pub fn of(status: u16) -> Self {
        Self::with_text(status, format!("{}.", status::line(status)))
    }

    /// A status with a text of its own.
    pub fn with_text(status: u16, text: impl Into<String>) -> Self {
        Self::new(status)
            .header("Content-Type", TEXT)
            .body(text.into())
    }

    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::with_text(400, text)
    }

    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::with_text(403, text)
    }

    pub fn not_found() -> Self {
        Self::of(404)
    }

    pub fn conflict(text: impl Into<String>) -> Self {
        Self::with_text(409, text)
    }

    pub fn internal_error(text: impl Into<String>) -> Self {
        Self::with_text(500, text)
    }

    pub fn not_implemented(text: impl Into<String>) -> Self {
        Self::with_text(501, text)
    }

    pub fn unavailable(text: impl Into<String>) -> Self {
        Self::with_text(503, text)
    }

    /// 401 with one challenge, e.g. `Basic realm="mesos-master-readonly"`.
    pub fn unauthorized(challenges: &[String]) -> Self {
        Self::of(401).header("WWW-Authenticate", challenges.join(","))
    }

    /// 307 to `location`.
    pub fn temporary_redirect(location: impl Into<String>) -> Self {
        Self::new(307).header("Location", location)
    }

    /// 405 naming the methods that are allowed, e.g. `["GET"]`.
    pub fn method_not_allowed(allowed: &[&str], received: &Method) -> Self {
        let quoted: Vec<_> = allowed.iter().map(|method| format!("'{method}'")).collect();
        Self::with_text(
            405,
            format!(
                "405 Method Not Allowed. Expecting one of {{ {} }}, but received '{received}'.",
                quoted.join(", ")
            ),
        )
        .header("Allow", allowed.join(", "))
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// The body when it is bytes in memory (tests).
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Bytes(bytes) => bytes,
            Body::Empty
            | Body::Parts(_)
            | Body::File(_)
            | Body::Opened(_)
            | Body::Stream(_)
            | Body::Sized(..) => b"",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_texts_are_the_originals() {
        assert_eq!(Response::not_found().bytes(), b"404 Not Found.");
        let response = Response::method_not_allowed(&["POST"], &Method::GET);
        assert_eq!(
            response.bytes(),
            b"405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'."
        );
        assert!(response.has_header("allow"));
    }

    #[test]
    fn jsonp_wraps_and_changes_the_type() {
        let response = Response::json("{}", Some("cb"));
        assert_eq!(response.headers[0].1, "text/javascript");
        assert!(response.bytes().starts_with(b"cb({})"));
        assert!(response.has_header("x-content-type-options"));
    }

    #[test]
    fn jsonp_takes_names_of_functions_only() {
        for good in ["angular.callbacks._0", "$", "jQuery123_456", "_a.b"] {
            assert_eq!(Response::json("{}", Some(good)).status, 200, "{good}");
        }
        let long = "a".repeat(129);
        for bad in [
            "",
            "alert(1)//",
            "a b",
            "1a",
            "a;b",
            "<script>",
            "ä",
            ".a",
            &long,
        ] {
            assert_eq!(Response::json("{}", Some(bad)).status, 400, "{bad}");
            let parts: Arc<[Bytes]> = Arc::new([]);
            assert_eq!(Response::json_parts(parts, Some(bad)).status, 400, "{bad}");
        }
    }

    #[test]
    fn accept_encoding_honours_q_zero() {
        let mut request = Request::get("/");
        request.headers.insert(
            "accept-encoding",
            "deflate, gzip;q=0".parse().expect("valid"),
        );
        assert!(!request.accepts_encoding("gzip"));
        request
            .headers
            .insert("accept-encoding", "*".parse().expect("valid"));
        assert!(request.accepts_encoding("gzip"));
    }
}
