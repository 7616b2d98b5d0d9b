//! A one-way signal that many threads can wait for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_wait_tells_whether_the_latch_is_open() {
        let latch = Latch::default();
        assert!(!latch.wait_at_most(Duration::from_millis(1)));
        latch.open();
        assert!(latch.wait_at_most(Duration::ZERO));
    }
}
