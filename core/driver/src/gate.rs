//! Bounds the calls that wait for a driver's thread: a framework that calls faster than its driver
//! can work waits, instead of filling memory.
//!
//! Waiting must not deadlock. The driver's own thread never waits here (calls inside callbacks). Any
//! other caller may hold a lock that the running callback wants: so a wait that sees no progress for
//! [`PATIENCE`] is given up, and from then on nobody waits until the thread takes a call again. Such
//! calls exceed the bound; they are counted (`event_queue_dispatches`) and logged once per stall.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Calls that may wait for the driver's thread before callers wait, too.
const CALLS_MAX: usize = 64 * 1024;
/// How long a caller waits for a thread that takes nothing.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    /// Calls taken so far: progress.
    taken: u64,
    /// The driver's thread stood still for too long; cleared by its next step.
    is_stalled: bool,
    is_closed: bool,
}

#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    limit: usize,
    patience: Duration,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(CALLS_MAX, PATIENCE)
    }
}

impl Gate {
    fn new(limit: usize, patience: Duration) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            limit,
            patience,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call in; waits for room if `may_wait`.
    pub(crate) fn enter(&self, may_wait: bool) {
        let mut state = self.state();
        while may_wait && state.waiting >= self.limit && !state.is_stalled && !state.is_closed {
            let seen = state.taken;
            let stands = |state: &mut State| {
                state.waiting >= self.limit && !state.is_stalled && !state.is_closed
            };
            let (after, timeout) = self
                .changed
                .wait_timeout_while(state, self.patience, stands)
                .unwrap_or_else(PoisonError::into_inner);
            state = after;
            if timeout.timed_out() && state.taken == seen {
                state.is_stalled = true;
                tracing::warn!(
                    "{} calls wait for the driver, whose callback does not return",
                    state.waiting
                );
                self.changed.notify_all();
            }
        }
        state.waiting += 1;
    }

    /// The driver's thread took a call.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.waiting = state.waiting.saturating_sub(1);
        state.taken += 1;
        state.is_stalled = false;
        let has_room = state.waiting < self.limit;
        drop(state);
        if has_room {
            self.changed.notify_one();
        }
    }

    /// Nothing will be taken any more: nobody waits.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting = 0;
        drop(state);
        self.changed.notify_all();
    }

    /// Calls that wait for the driver's thread.
    pub(crate) fn depth(&self) -> usize {
        self.state().waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(20);

    fn enter_elsewhere(gate: &Arc<Gate>) -> mpsc::Receiver<()> {
        let (sender, receiver) = mpsc::channel();
        let gate = gate.clone();
        std::thread::spawn(move || {
            gate.enter(true);
            let _ = sender.send(());
        });
        receiver
    }

    #[test]
    fn a_caller_waits_while_the_queue_is_full() {
        let gate = Arc::new(Gate::new(2, LONG));
        gate.enter(true);
        gate.enter(true);
        let third = enter_elsewhere(&gate);
        assert!(third.recv_timeout(Duration::from_millis(100)).is_err());
        gate.leave();
        third.recv_timeout(LONG).unwrap();
        assert_eq!(gate.depth(), 2);
    }

    #[test]
    fn calls_inside_callbacks_never_wait() {
        let gate = Gate::new(1, LONG);
        gate.enter(false);
        gate.enter(false);
        assert_eq!(gate.depth(), 2);
    }

    #[test]
    fn a_callback_that_waits_for_the_callers_lock_is_no_deadlock() {
        let gate = Arc::new(Gate::new(1, Duration::from_millis(50)));
        gate.enter(true);
        enter_elsewhere(&gate).recv_timeout(LONG).unwrap();
        // The stall is known: the next caller does not wait at all.
        gate.enter(true);
        assert_eq!(gate.depth(), 3);
    }

    #[test]
    fn the_end_of_the_driver_frees_its_callers() {
        let gate = Arc::new(Gate::new(1, LONG));
        gate.enter(true);
        let second = enter_elsewhere(&gate);
        gate.close();
        second.recv_timeout(LONG).unwrap();
    }
}
