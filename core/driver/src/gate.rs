//! Bounds the calls that wait for a driver's thread: a framework that calls faster than its driver
//! can work waits, instead of filling memory.
//!
//! Waiting must not deadlock. The driver's own thread never waits here (calls inside callbacks). Any
//! other caller may hold a lock that the running callback wants: so a wait that sees no progress for
//! [`PATIENCE`] is given up, and from then on nobody waits until the thread takes a call again. Such
//! calls exceed the bound; they are counted (`event_queue_dispatches`) and logged once per stall.

use std::time::Duration;

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

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
    pub(crate) fn new(limit: usize, patience: Duration) -> Self {
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
