//! Bodies of answers, and streams of bytes in both directions.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::stream::StreamBody;

/// What follows the head of an answer.
#[derive(Debug, Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    /// Bytes in pieces that other answers may share, sent one after the other.
    Parts(Arc<[Bytes]>),
    /// A regular file, sent from disk; anything else at that path gives 404.
    File(PathBuf),
    /// A regular file that is already open, sent from its start.
    Opened(std::fs::File),
    /// One chunk per item until every sender is dropped; then the client has a few seconds to take
    /// what still waits. A client that leaves closes the stream, which the sender sees as a failed
    /// send or through [`super::StreamSender::closed`].
    Stream(StreamBody),
    /// A stream of known length. When it ends early the connection is closed, so that the client
    /// does not take a part for the whole.
    Sized(u64, mpsc::Receiver<Bytes>),
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Arc<[Bytes]>> for Body {
    fn from(parts: Arc<[Bytes]>) -> Self {
        Self::Parts(parts)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

/// A request body that arrives while the handler runs (requests of type `application/recordio`).
#[derive(Debug)]
pub struct BodyStream {
    pub(crate) receiver: mpsc::Receiver<Result<Bytes, BodyError>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("failed to decode body")]
    Malformed,
    #[error("connection closed before the body was complete")]
    Disconnected,
}

impl BodyStream {
    /// The next piece; `None` at the end of a complete body.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        self.receiver.recv().await
    }
}
