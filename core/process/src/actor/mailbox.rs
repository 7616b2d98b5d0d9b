//! The queue of one process.
//!
//! Local senders never wait; connections wait while a mailbox holds [`SOFT_LIMIT`] envelopes, so a
//! slow process slows its remote senders down instead of growing without bound.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::actor::node::Inner;
use crate::actor::pid::Upid;

/// From this depth on, connections stop reading until the process has caught up.
pub const SOFT_LIMIT: usize = 64 * 1024;
/// Local messages beyond this depth are dropped and counted. Exited events are always delivered.
pub const HARD_LIMIT: usize = 4 * 1024 * 1024;

/// What a process receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Envelope {
    Message {
        from: Upid,
        to: Upid,
        name: Arc<str>,
        body: Bytes,
    },
    /// The connection to a linked process broke, or a linked local process ended.
    Exited { pid: Upid },
}

#[derive(Default)]
struct State {
    items: VecDeque<Envelope>,
    closed: bool,
}

/// Shared between the mailbox, the process table and connections.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Notify,
    space: Notify,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Push {
    Done,
    Full,
    Closed,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an envelope unless the queue already holds `limit`; Exited events ignore the limit.
    pub(crate) fn push(&self, envelope: Envelope, limit: usize) -> (Push, Option<Envelope>) {
        let mut state = self.lock();
        if state.closed {
            return (Push::Closed, None);
        }
        if state.items.len() >= limit && matches!(envelope, Envelope::Message { .. }) {
            return (Push::Full, Some(envelope));
        }
        state.items.push_back(envelope);
        drop(state);
        self.ready.notify_one();
        (Push::Done, None)
    }

    /// Adds a message that came over the network, waiting for space. False: the process is gone.
    pub(crate) async fn push_remote(&self, mut envelope: Envelope) -> bool {
        loop {
            let space = self.space.notified();
            match self.push(envelope, SOFT_LIMIT) {
                (Push::Done, _) => return true,
                (Push::Closed, _) => return false,
                (Push::Full, Some(back)) => envelope = back,
                (Push::Full, None) => return false,
            }
            space.await;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.items.clear();
        drop(state);
        self.ready.notify_one();
        self.space.notify_waiters();
    }

    fn depth(&self) -> usize {
        self.lock().items.len()
    }
}

/// The receiving end of a process. Dropping it ends the process: further messages are answered 404
/// and linked processes get [`Envelope::Exited`].
pub struct Mailbox {
    pub(crate) queue: Arc<Queue>,
    pub(crate) upid: Upid,
    pub(crate) node: Weak<Inner>,
}

impl Mailbox {
    /// The address of this process.
    pub fn upid(&self) -> &Upid {
        &self.upid
    }

    /// The next envelope; `None` after the node was shut down.
    pub async fn recv(&mut self) -> Option<Envelope> {
        let queue = self.queue.clone();
        loop {
            let ready = queue.ready.notified();
            if let Some(envelope) = self.try_recv() {
                return Some(envelope);
            }
            if self.queue.is_closed() {
                return None;
            }
            ready.await;
        }
    }

    /// The next envelope if one is waiting.
    pub fn try_recv(&mut self) -> Option<Envelope> {
        let mut state = self.queue.lock();
        let envelope = state.items.pop_front();
        let has_space = state.items.len() + 1 == SOFT_LIMIT;
        drop(state);
        if has_space {
            self.queue.space.notify_waiters();
        }
        envelope
    }

    /// Waits for at least one envelope, then moves up to `limit` waiting ones to `out`.
    /// Returns how many; 0 means that the node was shut down.
    pub async fn recv_many(&mut self, out: &mut Vec<Envelope>, limit: usize) -> usize {
        let Some(first) = self.recv().await else {
            return 0;
        };
        out.push(first);
        let mut state = self.queue.lock();
        let full = state.items.len() + 1 >= SOFT_LIMIT;
        let count = state.items.len().min(limit.saturating_sub(1));
        out.extend(state.items.drain(..count));
        drop(state);
        if full {
            self.queue.space.notify_waiters();
        }
        count + 1
    }

    /// How many envelopes are waiting (the `event_queue_messages` metric).
    pub fn depth(&self) -> usize {
        self.queue.depth()
    }

    /// A cheap reader of the depth for metrics, usable after the mailbox moved into its task.
    pub fn depth_probe(&self) -> impl Fn() -> usize + Send + Sync + Clone + 'static {
        let queue = self.queue.clone();
        move || queue.depth()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(node) = self.node.upgrade() {
            node.process_ended(&self.upid, &self.queue);
        }
    }
}
