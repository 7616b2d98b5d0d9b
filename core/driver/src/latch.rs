//! A one-way signal that many threads can wait for.

use std::time::Duration;

use crate::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Latch {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Latch {
    pub(crate) fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    pub(crate) fn wait(&self) {
        let guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(guard, |open| !*open));
    }

    /// Whether it is open now.
    pub(crate) fn wait_at_most(&self, limit: Duration) -> bool {
        let guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(guard, limit, |open| !*open);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
