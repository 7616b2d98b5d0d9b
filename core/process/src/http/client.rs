//! A small HTTP/1.1 client: one request per connection, body whole or streaming.

use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::decode::framing::{Framing, Progress};
use super::decode::{MAX_HEAD_BYTES, MAX_HEADERS, head};

/// Largest body that [`ClientResponse::bytes`] collects.
pub const MAX_COLLECTED_BYTES: usize = 512 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("bad URL '{0}': expecting http://host[:port]/path")]
    BadUrl(String),
    #[error("failed to connect to {address}: {source}")]
    Connect { address: String, source: io::Error },
    #[error("connection failed: {0}")]
    Io(#[from] io::Error),
    #[error("failed to decode response: {0}")]
    Decode(&'static str),
    #[error("disconnected before the response was complete")]
    Disconnected,
    #[error("response body exceeds {0} bytes")]
    TooLarge(usize),
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    pub method: Method,
    /// `http://host:port/path?query`.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl ClientRequest {
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub fn post(url: impl Into<String>, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self {
            method: Method::POST,
            url: url.into(),
            headers,
            body: body.into(),
        }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The head of an answer and its body, which is read on demand. Dropping it closes the connection.
#[derive(Debug)]
pub struct ClientResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub peer: SocketAddr,
    stream: TcpStream,
    input: BytesMut,
    framing: Framing,
    ended: bool,
}

/// Sends one request and reads the head of the answer.
pub async fn send(request: ClientRequest) -> Result<ClientResponse, ClientError> {
    let url = Url::parse(&request.url).ok_or_else(|| ClientError::BadUrl(request.url.clone()))?;
    let mut stream =
        TcpStream::connect(url.address())
            .await
            .map_err(|source| ClientError::Connect {
                address: url.address(),
                source,
            })?;
    stream.set_nodelay(true)?;
    let peer = stream.peer_addr()?;
    let mut bytes = encode_head(&request, &url).into_bytes();
    bytes.extend_from_slice(&request.body);
    stream.write_all(&bytes).await?;
    read_head(stream, peer, request.method == Method::HEAD).await
}

async fn read_head(
    mut stream: TcpStream,
    peer: SocketAddr,
    to_head: bool,
) -> Result<ClientResponse, ClientError> {
    let mut input = BytesMut::with_capacity(16 * 1024);
    loop {
        while let Some(end) = head::find_end(&input, 0) {
            let (status, headers) = parse_head(&input[..end])?;
            input.advance(end);
            if status / 100 == 1 {
                continue;
            }
            let framing = framing(status, &headers, to_head)?;
            return Ok(ClientResponse {
                status,
                headers,
                peer,
                stream,
                input,
                framing,
                ended: false,
            });
        }
        if input.len() > MAX_HEAD_BYTES {
            return Err(ClientError::Decode("head too large"));
        }
        if stream.read_buf(&mut input).await? == 0 {
            return Err(ClientError::Disconnected);
        }
    }
}

pub(super) fn parse_head(bytes: &[u8]) -> Result<(u16, HeaderMap), ClientError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let bad = || ClientError::Decode("malformed head");
    response.parse(bytes).map_err(|_| bad())?;
    let status = response.code.ok_or_else(bad)?;
    Ok((
        status,
        super::decode::header_map(response.headers).map_err(|_| bad())?,
    ))
}

pub(super) fn framing(
    status: u16,
    headers: &HeaderMap,
    to_head: bool,
) -> Result<Framing, ClientError> {
    if to_head || status == 204 || status == 304 {
        return Ok(Framing::None);
    }
    let chunked = |value: &http::HeaderValue| head::has_token(value.as_bytes(), b"chunked");
    if headers.get_all("transfer-encoding").iter().any(chunked) {
        return Ok(Framing::ChunkSize);
    }
    let Some(length) = headers.get("content-length") else {
        return Ok(Framing::UntilClose);
    };
    let length = length
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    length
        .map(Framing::Length)
        .ok_or(ClientError::Decode("bad Content-Length"))
}

fn encode_head(request: &ClientRequest, url: &Url) -> String {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\n",
        request.method,
        url.path,
        url.host()
    );
    for (name, value) in &request.headers {
        let clean = |text: &str| text.replace(['\r', '\n'], "");
        head.push_str(&format!("{}: {}\r\n", clean(name), clean(value)));
    }
    let has = |name: &str| {
        request
            .headers
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    if !has("connection") {
        head.push_str("Connection: close\r\n");
    }
    if !request.body.is_empty() || request.method == Method::POST {
        head.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    head.push_str("\r\n");
    head
}

impl ClientResponse {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body as it arrives; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            if self.ended {
                return Ok(None);
            }
            match self.framing.step(&mut self.input) {
                Progress::Piece(piece) => return Ok(Some(piece)),
                Progress::End | Progress::Trailers => self.ended = true,
                Progress::Failed(_) => return Err(ClientError::Decode("malformed body")),
                Progress::NeedMore => {
                    self.input
                        .reserve(self.framing.wanted().clamp(16 * 1024, 1024 * 1024));
                    if self.stream.read_buf(&mut self.input).await? > 0 {
                        continue;
                    }
                    if self.framing != Framing::UntilClose {
                        return Err(ClientError::Disconnected);
                    }
                    self.ended = true;
                }
            }
        }
    }

    /// The whole body.
    pub async fn bytes(mut self) -> Result<Bytes, ClientError> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            if all.len() + piece.len() > MAX_COLLECTED_BYTES {
                return Err(ClientError::TooLarge(MAX_COLLECTED_BYTES));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}

struct Url {
    host: String,
    port: u16,
    path: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let (authority, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, 80),
        };
        if host.is_empty() || path.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return None;
        }
        let path = if path.starts_with('?') {
            format!("/{path}")
        } else {
            path.to_owned()
        };
        Some(Self {
            host: host.to_owned(),
            port,
            path,
        })
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The `Host` header: the port is left out when it is the scheme's own.
    fn host(&self) -> String {
        if matches!(self.port, 80 | 443) {
            self.host.clone()
        } else {
            self.address()
        }
    }
}
