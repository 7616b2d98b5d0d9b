//! Streaming answers of which only so much may wait for a client that reads slowly.
//!
//! Whoever writes never waits: a client that does not keep up is to be disconnected, and can come back.

use std::collections::VecDeque;

use bytes::Bytes;

use super::stream::{StreamBody, StreamSender, stream_of};

/// The writing end of a streaming answer with bounds for the chunks and the bytes that wait.
#[derive(Debug)]
pub struct BoundedStream {
    sender: StreamSender,
    /// Sizes of the chunks that were sent last, at least those that still wait.
    sizes: VecDeque<usize>,
    waiting_bytes: usize,
    most_bytes: usize,
}

impl BoundedStream {
    /// A stream and the body that it feeds; its memory is taken as it fills.
    #[must_use]
    pub fn new(most_chunks: usize, most_bytes: usize) -> (Self, StreamBody) {
        let (sender, body) = stream_of(most_chunks);
        let stream = Self {
            sender,
            sizes: VecDeque::new(),
            waiting_bytes: 0,
            most_bytes,
        };
        (stream, body)
    }

    /// Queues a chunk; false if the client does not keep up or has left. A chunk that nothing waits before always goes.
    #[must_use]
    pub fn push(&mut self, chunk: Bytes) -> bool {
        let waiting = self.sender.waiting();
        while self.sizes.len() > waiting {
            self.waiting_bytes -= self.sizes.pop_front().unwrap_or_default();
        }
        if waiting > 0 && self.waiting_bytes.saturating_add(chunk.len()) > self.most_bytes {
            return false;
        }
        self.sizes.push_back(chunk.len());
        self.waiting_bytes += chunk.len();
        self.sender.try_send(chunk).is_ok()
    }

    /// Whether the client has left.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Resolves when the client has left.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let sender = self.sender.clone();
        async move { sender.closed().await }
    }

    /// Ends the connection at once, for a client that does not read: it would keep in memory what waits.
    pub fn cut(&self) {
        self.sender.cut();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_bytes_follow_what_the_client_takes() {
        let (mut stream, mut body) = BoundedStream::new(100, 1000);
        let chunk = Bytes::from(vec![0; 300]);
        assert!(stream.push(chunk.clone()) && stream.push(chunk.clone()));
        assert!(stream.push(chunk.clone()));
        assert!(!stream.push(chunk.clone()), "a fourth one is too much");
        assert!(body.try_recv().is_ok());
        assert!(stream.push(chunk), "there is room again");
        while body.try_recv().is_ok() {}
        let large = Bytes::from(vec![0; 5000]);
        assert!(stream.push(large), "one that nothing waits for always goes");
        drop(body);
        assert!(stream.is_closed() && !stream.push(Bytes::new()));
    }

    #[test]
    fn chunks_are_bounded_too() {
        let (mut stream, _body) = BoundedStream::new(2, 1000);
        assert!(stream.push(Bytes::new()) && stream.push(Bytes::new()));
        assert!(!stream.push(Bytes::new()));
    }
}
