//! Makes the callbacks of one client, one after the other, on a thread of that client.
//!
//! Compat: V1 (callbacks are serialised), J5, J6, J10. FIX of J6: where the original ends the process when a callback
//! fails, the client stops.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Upcall {
    Connected,
    Disconnected,
    Received(Bytes),
    /// An ERROR event of our own: nothing holds back what causes them, so it is dropped when too much waits.
    Error(Bytes),
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

    /// What is pushed takes bounded room, however long a callback takes: the events of the stream wait in the network,
    /// errors are dropped, and of a connection that came and went without an event nothing is told.
    fn push(&mut self, upcall: Upcall) {
        match &upcall {
            Upcall::Connected => {}
            Upcall::Disconnected => {
                if self.upcalls.back() == Some(&Upcall::Connected) {
                    self.upcalls.pop_back();
                    return;
                }
            }
            Upcall::Received(event) => self.bytes += event.len(),
            Upcall::Error(_) if !self.has_room() => {
                return tracing::warn!("Dropping an error: too many events wait for a callback");
            }
            Upcall::Error(event) => self.bytes += event.len(),
        }
        self.upcalls.push_back(upcall);
    }

    /// The first event and those that follow it at once.
    fn batch(&mut self, first: Bytes) -> Vec<Bytes> {
        let mut events = vec![first];
        let is_event = |upcall: &mut Upcall| match upcall {
            Upcall::Received(_) | Upcall::Error(_) => true,
            Upcall::Connected | Upcall::Disconnected => false,
        };
        while events.len() < BATCH_MAX
            && let Some(Upcall::Received(event) | Upcall::Error(event)) =
                self.upcalls.pop_front_if(is_event)
        {
            events.push(event);
        }
        self.bytes -= events.iter().map(Bytes::len).sum::<usize>();
        events
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
        // If the thread cannot be made, the guard is dropped with what it would have run.
        let ended = OpensAtEnd(self.clone());
        let thread = std::thread::Builder::new().name("mesos-v1".to_owned());
        thread
            .spawn(move || {
                let this = &ended.0;
                let _ = this.thread.set(std::thread::current().id());
                this.run(callbacks, failed);
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
        queue.push(upcall);
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

    /// Forgets what waits; no further callback begins. Answers whether it was open until now.
    pub(crate) fn close(&self) -> bool {
        let mut queue = self.queue();
        let was_open = !std::mem::replace(&mut queue.is_closed, true);
        queue.upcalls.clear();
        queue.bytes = 0;
        drop(queue);
        self.changed.notify_all();
        self.room.notify_one();
        was_open
    }

    /// Waits for a running callback, however long it takes, unless called from one.
    pub(crate) fn join(&self) {
        if !self.is_own_thread() {
            self.ended.wait();
        }
    }

    fn next(&self) -> Option<Turn> {
        let idle = |queue: &mut Queue| !queue.is_closed && queue.upcalls.is_empty();
        let waited = self.changed.wait_while(self.queue(), idle);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        let turn = match queue.upcalls.pop_front()? {
            Upcall::Connected => Turn::Connected,
            Upcall::Disconnected => Turn::Disconnected,
            Upcall::Received(event) | Upcall::Error(event) => Turn::Received(queue.batch(event)),
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
                if !self.close() {
                    // Freed meanwhile, perhaps in that callback: what it belongs to may be gone.
                    return;
                }
                failed();
                if connected {
                    let _ = guarded(|| callbacks.disconnected());
                }
                return;
            }
        }
    }
}

/// Lets those who wait for the end go on, however the thread ends.
struct OpensAtEnd(Arc<Deliverer>);

impl Drop for OpensAtEnd {
    fn drop(&mut self) {
        self.0.ended.open();
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
    use std::time::Duration;

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

    /// Frees its client inside `received`, and fails.
    struct FreesItself(Sender<&'static str>, Arc<Deliverer>);

    impl Callbacks for FreesItself {
        fn connected(&mut self) -> CallbackResult {
            let _ = self.0.send("connected");
            Ok(())
        }

        fn disconnected(&mut self) -> CallbackResult {
            let _ = self.0.send("disconnected");
            Ok(())
        }

        fn received(&mut self, _: &[Bytes]) -> CallbackResult {
            let _ = self.0.send("received");
            self.1.close();
            self.1.join();
            Err(CallbackFailed)
        }
    }

    #[test]
    fn a_client_freed_by_a_callback_that_then_fails_hears_nothing_more() {
        let deliverer = Arc::new(Deliverer::default());
        let (told, heard) = channel();
        deliverer.push(Upcall::Connected);
        deliverer.push(Upcall::Received(Bytes::from_static(b"e")));
        let callbacks = FreesItself(told, deliverer.clone());
        let unexpected = || unreachable!("a freed client is not to be stopped");
        deliverer.start(Box::new(callbacks), unexpected).unwrap();
        deliverer.join();
        let all: Vec<&str> = heard.iter().collect();
        assert_eq!(all, ["connected", "received"]);
    }

    #[test]
    fn what_waits_for_a_slow_callback_is_bounded_whatever_comes() {
        let mut queue = Queue::default();
        for _ in 0..3 * WAITING_MAX {
            queue.push(Upcall::Connected);
            queue.push(Upcall::Error(Bytes::from_static(b"e")));
            queue.push(Upcall::Disconnected);
        }
        assert!(queue.upcalls.len() < 2 * WAITING_MAX);
        let mut queue = Queue::default();
        for _ in 0..3 {
            queue.push(Upcall::Error(vec![0; WAITING_BYTES_MAX].into()));
        }
        assert_eq!(queue.upcalls.len(), 1);
    }

    #[test]
    fn a_connection_that_came_and_went_is_not_told() {
        let mut queue = Queue::default();
        queue.push(Upcall::Disconnected);
        for _ in 0..3 {
            queue.push(Upcall::Connected);
            queue.push(Upcall::Disconnected);
        }
        assert_eq!(queue.upcalls, [Upcall::Disconnected]);
        queue.push(Upcall::Connected);
        assert_eq!(queue.upcalls, [Upcall::Disconnected, Upcall::Connected]);
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
