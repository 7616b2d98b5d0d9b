//! Makes the callbacks of one client, one after the other, on a thread of that client.
//!
//! Compat: V1 (callbacks are serialised), J5, J6, J10. FIX of J6: where the original ends the process when a callback
//! fails, the client stops.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use super::Callbacks;
use crate::latch::Latch;
use crate::{CallbackFailed, CallbackResult};

/// Events that wait for a slow callback before no more are taken from the network.
const WAITING_MAX: usize = 4096;
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most events of one callback.
const BATCH_MAX: usize = 1024;
/// How long closing waits for a running callback.
const END_WAIT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Upcall {
    Connected,
    Disconnected,
    Received(Bytes),
}

#[derive(Debug, Default)]
struct Queue {
    upcalls: VecDeque<Upcall>,
    bytes: usize,
    is_closed: bool,
}

impl Queue {
    fn has_room(&self) -> bool {
        self.upcalls.len() < WAITING_MAX && self.bytes < WAITING_BYTES_MAX
    }
}

/// What waits for the callback thread.
#[derive(Debug, Default)]
pub(crate) struct Deliverer {
    queue: Mutex<Queue>,
    changed: Condvar,
    room: Notify,
    thread: OnceLock<ThreadId>,
    ended: Latch,
}

/// One turn of the callback thread.
enum Turn {
    Connected,
    Disconnected,
    Received(Vec<Bytes>),
}

impl Deliverer {
    /// Starts the thread; `failed` runs on it if a callback fails.
    pub(crate) fn start(
        self: &Arc<Self>,
        callbacks: Box<dyn Callbacks>,
        failed: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let this = self.clone();
        let thread = std::thread::Builder::new().name("mesos-v1".to_owned());
        thread
            .spawn(move || {
                let _ = this.thread.set(std::thread::current().id());
                this.run(callbacks, failed);
                this.ended.open();
            })
            .map(drop)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, upcall: Upcall) {
        let mut queue = self.queue();
        if queue.is_closed {
            return;
        }
        if let Upcall::Received(event) = &upcall {
            queue.bytes += event.len();
        }
        queue.upcalls.push_back(upcall);
        drop(queue);
        self.changed.notify_all();
    }

    pub(crate) fn has_room(&self) -> bool {
        self.queue().has_room()
    }

    /// Resolves some time after room was made; a wake-up may be spurious.
    pub(crate) async fn room(&self) {
        self.room.notified().await;
    }

    /// Waits for room, or for the end.
    pub(crate) fn wait_for_room(&self) {
        let full = |queue: &mut Queue| !queue.is_closed && !queue.has_room();
        drop(self.changed.wait_while(self.queue(), full));
    }

    /// Whether this is the thread that callbacks run on.
    pub(crate) fn is_own_thread(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    /// Forgets what waits; no further callback begins.
    pub(crate) fn close(&self) {
        let mut queue = self.queue();
        queue.is_closed = true;
        queue.upcalls.clear();
        queue.bytes = 0;
        drop(queue);
        self.changed.notify_all();
        self.room.notify_one();
    }

    /// Waits for a running callback, unless called from one.
    pub(crate) fn join(&self) {
        if !self.is_own_thread() {
            self.ended.wait_at_most(END_WAIT);
        }
    }

    fn next(&self) -> Option<Turn> {
        let idle = |queue: &mut Queue| !queue.is_closed && queue.upcalls.is_empty();
        let waited = self.changed.wait_while(self.queue(), idle);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        let turn = match queue.upcalls.pop_front()? {
            Upcall::Connected => Turn::Connected,
            Upcall::Disconnected => Turn::Disconnected,
            Upcall::Received(event) => {
                let mut events = vec![event];
                while events.len() < BATCH_MAX
                    && let Some(Upcall::Received(_)) = queue.upcalls.front()
                    && let Some(Upcall::Received(event)) = queue.upcalls.pop_front()
                {
                    events.push(event);
                }
                queue.bytes -= events.iter().map(Bytes::len).sum::<usize>();
                Turn::Received(events)
            }
        };
        drop(queue);
        self.changed.notify_all();
        self.room.notify_one();
        Some(turn)
    }

    fn run(&self, mut callbacks: Box<dyn Callbacks>, failed: impl FnOnce()) {
        let mut connected = false;
        while let Some(turn) = self.next() {
            let result = match turn {
                Turn::Connected => {
                    connected = true;
                    guarded(|| callbacks.connected())
                }
                Turn::Disconnected => {
                    connected = false;
                    guarded(|| callbacks.disconnected())
                }
                Turn::Received(events) => guarded(|| callbacks.received(&events)),
            };
            if result.is_err() {
                tracing::error!("A callback failed: stopping the client");
                self.close();
                failed();
                if connected {
                    let _ = guarded(|| callbacks.disconnected());
                }
                return;
            }
        }
    }
}

/// A panic is a failure like any other.
fn guarded(call: impl FnOnce() -> CallbackResult) -> CallbackResult {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(CallbackFailed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const LONG: Duration = Duration::from_secs(20);

    /// Tells what is called; fails in the callback of that name.
    struct Recorder {
        told: Sender<String>,
        fails_in: &'static str,
    }

    impl Recorder {
        fn tell(&self, name: &str, detail: &str) -> CallbackResult {
            let _ = self.told.send(format!("{name}{detail}"));
            if self.fails_in == name {
                return Err(CallbackFailed);
            }
            Ok(())
        }
    }

    impl Callbacks for Recorder {
        fn connected(&mut self) -> CallbackResult {
            self.tell("connected", "")
        }

        fn disconnected(&mut self) -> CallbackResult {
            self.tell("disconnected", "")
        }

        fn received(&mut self, events: &[Bytes]) -> CallbackResult {
            self.tell("received", &format!(" {}", events.len()))
        }
    }

    fn start(
        deliverer: &Arc<Deliverer>,
        fails_in: &'static str,
        failed: impl FnOnce() + Send + 'static,
    ) -> Receiver<String> {
        let (told, heard) = channel();
        let recorder = Recorder { told, fails_in };
        deliverer.start(Box::new(recorder), failed).unwrap();
        heard
    }

    fn heard(receiver: &Receiver<String>) -> String {
        receiver.recv_timeout(LONG).unwrap()
    }

    #[test]
    fn callbacks_keep_their_order_and_events_that_waited_come_together() {
        let deliverer = Arc::new(Deliverer::default());
        deliverer.push(Upcall::Connected);
        for _ in 0..3 {
            deliverer.push(Upcall::Received(Bytes::from_static(b"e")));
        }
        deliverer.push(Upcall::Disconnected);
        deliverer.push(Upcall::Received(Bytes::from_static(b"e")));
        let receiver = start(&deliverer, "", || ());
        for expected in ["connected", "received 3", "disconnected", "received 1"] {
            assert_eq!(heard(&receiver), expected);
        }
        deliverer.close();
        deliverer.join();
    }

    #[test]
    fn a_failing_callback_is_followed_by_disconnected_and_nothing_more() {
        let deliverer = Arc::new(Deliverer::default());
        let (tell, told) = channel();
        let receiver = start(&deliverer, "received", move || tell.send(()).unwrap());
        deliverer.push(Upcall::Connected);
        deliverer.push(Upcall::Received(Bytes::from_static(b"e")));
        told.recv_timeout(LONG).unwrap();
        deliverer.push(Upcall::Connected);
        deliverer.join();
        let all: Vec<String> = receiver.iter().collect();
        assert_eq!(all, ["connected", "received 1", "disconnected"]);
    }

    #[test]
    fn there_is_room_until_too_much_waits() {
        let deliverer = Arc::new(Deliverer::default());
        for _ in 0..WAITING_MAX {
            assert!(deliverer.has_room());
            deliverer.push(Upcall::Received(Bytes::new()));
        }
        assert!(!deliverer.has_room());
        let receiver = start(&deliverer, "", || ());
        deliverer.wait_for_room();
        assert!(heard(&receiver).starts_with("received"));
        deliverer.close();
        deliverer.join();
    }
}
