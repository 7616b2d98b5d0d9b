//! Both ends of a streaming answer: whoever writes it, and the connection that sends it.
//!
//! Compat: libprocess §6.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, error};

use super::body::Body;

/// Chunks that a streaming answer may have waiting before its writer must wait.
const STREAM_CHUNKS: usize = 1024;

/// The writing end of a streaming answer.
#[derive(Clone, Debug)]
pub struct StreamSender {
    items: mpsc::Sender<Bytes>,
    cut: Arc<Notify>,
}

/// The connection's end of a streaming answer.
#[derive(Debug)]
pub struct StreamBody {
    items: mpsc::Receiver<Bytes>,
    cut: Arc<Notify>,
}

/// The two ends of a streaming answer of which `most` chunks may wait; its memory is taken as it fills.
#[must_use]
pub fn stream_of(most: usize) -> (StreamSender, StreamBody) {
    let (sender, receiver) = mpsc::channel(most);
    let cut = Arc::new(Notify::new());
    let sender = StreamSender {
        items: sender,
        cut: cut.clone(),
    };
    let body = StreamBody {
        items: receiver,
        cut,
    };
    (sender, body)
}

impl Body {
    /// A streaming body and the sender that feeds it.
    #[must_use]
    pub fn stream() -> (StreamSender, Self) {
        let (sender, body) = stream_of(STREAM_CHUNKS);
        (sender, Self::Stream(body))
    }
}

impl StreamSender {
    /// Waits for room.
    ///
    /// # Errors
    /// The client has left.
    pub async fn send(&self, chunk: Bytes) -> Result<(), error::SendError<Bytes>> {
        self.items.send(chunk).await
    }

    /// # Errors
    /// There is no room, or the client has left.
    pub fn try_send(&self, chunk: Bytes) -> Result<(), error::TrySendError<Bytes>> {
        self.items.try_send(chunk)
    }

    /// Chunks that wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.items.max_capacity() - self.items.capacity()
    }

    /// Resolves when the client has left.
    pub async fn closed(&self) {
        self.items.closed().await;
    }

    /// Whether the client has left.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.items.is_closed()
    }

    /// Ends the connection at once and forgets what waits, for a client that does not read.
    pub fn cut(&self) {
        self.cut.notify_one();
    }
}

impl StreamBody {
    /// The next chunk; `None` when every sender is gone.
    pub async fn recv(&mut self) -> Option<Bytes> {
        self.items.recv().await
    }

    /// # Errors
    /// Nothing waits.
    pub fn try_recv(&mut self) -> Result<Bytes, error::TryRecvError> {
        self.items.try_recv()
    }

    /// Whether every sender is gone.
    pub(crate) fn is_over(&self) -> bool {
        self.items.is_closed()
    }

    /// Resolves once, when a sender has cut the stream.
    pub fn cut(&self) -> impl Future<Output = ()> + Send + use<> {
        let cut = self.cut.clone();
        async move { cut.notified().await }
    }
}
