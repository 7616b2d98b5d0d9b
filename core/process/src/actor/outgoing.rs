//! Messages waiting for one connection, already framed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::sync::Notify;

use super::codec;
use super::pid::Upid;

/// Bytes that may wait for one peer; further messages are dropped and counted.
pub const MAX_QUEUED_BYTES: usize = 256 * 1024 * 1024;

#[derive(Default)]
struct State {
    segments: VecDeque<Bytes>,
    tail: BytesMut,
    bytes: usize,
    messages: usize,
    closed: bool,
    finishing: bool,
}

/// The queue between senders and the task that owns the socket.
#[derive(Default)]
pub(crate) struct Outgoing {
    state: Mutex<State>,
    wake: Notify,
}

/// Framed messages taken together, for one vectored write.
#[derive(Default)]
pub(crate) struct Batch {
    pub segments: VecDeque<Bytes>,
    pub messages: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    Yes,
    Full,
    /// The connection is gone; a new one is needed.
    Closed,
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Frames a message behind those that wait.
    pub fn push(&self, from: &Upid, to_id: &str, name: &str, body: &Bytes) -> Queued {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.closed || state.finishing {
            return Queued::Closed;
        }
        if state.bytes > 0 && state.bytes + body.len() > MAX_QUEUED_BYTES {
            return Queued::Full;
        }
        let before = state.tail.len();
        codec::put_head(&mut state.tail, from, to_id, name, body.len());
        if body.len() < codec::INLINE_BODY_BYTES {
            state.tail.put_slice(body);
        } else {
            state.bytes += state.tail.len() - before + body.len();
            let head = state.tail.split().freeze();
            state.segments.push_back(head);
            state.segments.push_back(body.clone());
        }
        let before = before.min(state.tail.len());
        if !body.is_empty() {
            state.tail.put_slice(codec::BODY_END);
        }
        state.bytes += state.tail.len() - before;
        state.messages += 1;
        let was_idle = state.messages == 1;
        drop(guard);
        if was_idle {
            self.wake.notify_one();
        }
        Queued::Yes
    }

    /// Takes everything that waits.
    pub fn take(&self) -> Batch {
        let mut state = self.lock();
        let mut segments = std::mem::take(&mut state.segments);
        if !state.tail.is_empty() {
            segments.push_back(state.tail.split().freeze());
        }
        state.bytes = 0;
        Batch {
            segments,
            messages: std::mem::take(&mut state.messages),
        }
    }

    /// Puts back a batch of which nothing was written, as the start of a new queue.
    pub fn starting_with(batch: Batch) -> Self {
        let bytes = batch.segments.iter().map(Bytes::len).sum();
        let state = State {
            segments: batch.segments,
            bytes,
            messages: batch.messages,
            ..State::default()
        };
        let outgoing = Self {
            state: Mutex::new(state),
            wake: Notify::new(),
        };
        outgoing.wake.notify_one();
        outgoing
    }

    /// Closes the queue and takes what was never written.
    pub fn close(&self) -> Batch {
        self.lock().closed = true;
        self.wake.notify_one();
        self.take()
    }

    /// Closes the queue if it is empty.
    pub fn close_if_empty(&self) -> bool {
        let mut state = self.lock();
        if state.messages == 0 {
            state.closed = true;
        }
        state.closed
    }

    /// Takes no more messages; the connection ends after the last one is written.
    pub fn finish(&self) {
        self.lock().finishing = true;
        self.wake.notify_one();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub fn is_finished(&self) -> bool {
        let state = self.lock();
        state.finishing && state.messages == 0
    }

    /// Waits until there may be something to do.
    pub async fn changed(&self) {
        self.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(batch: &Batch) -> Vec<u8> {
        batch
            .segments
            .iter()
            .flat_map(|segment| segment.to_vec())
            .collect()
    }

    #[test]
    fn large_and_small_bodies_keep_their_order_and_framing() {
        let outgoing = Outgoing::default();
        let from = Upid::parse_literal("a@1.2.3.4:5");
        let bodies = [
            vec![b'x'; 3],
            vec![b'y'; 100_000],
            Vec::new(),
            vec![b'z'; 1],
        ];
        let mut expected = Vec::new();
        for body in bodies {
            expected.extend_from_slice(&codec::encode(&from, "to", "Name", &body));
            assert_eq!(
                outgoing.push(&from, "to", "Name", &body.into()),
                Queued::Yes
            );
        }
        let counted = outgoing.lock().bytes;
        let batch = outgoing.take();
        assert_eq!(batch.messages, 4);
        assert_eq!(flat(&batch), expected);
        assert_eq!(counted, expected.len());
    }

    #[test]
    fn a_full_queue_refuses_but_one_message_always_fits() {
        let outgoing = Outgoing::default();
        let huge = Bytes::from_static(&[0; 1]);
        outgoing.lock().bytes = MAX_QUEUED_BYTES;
        assert_eq!(outgoing.push(&Upid::null(), "a", "b", &huge), Queued::Full);
        outgoing.close();
        assert_eq!(
            outgoing.push(&Upid::null(), "a", "b", &huge),
            Queued::Closed
        );
    }
}
