//! Waiting by polling with a deadline.

use std::time::{Duration, Instant};

/// Every condition of these tests must hold after this time, on a busy machine as well.
pub const LIMIT: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(10);

/// Polls until `probe` answers.
///
/// # Panics
/// When it has not after [`LIMIT`]; the message names `what`.
pub fn until<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    until_within(what, LIMIT, probe)
}

/// Polls until `probe` answers, for at most `limit`.
///
/// # Panics
/// When it has not by then; the message names `what`.
pub fn until_within<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{what}: not seen within {} s",
            limit.as_secs()
        );
        std::thread::park_timeout(INTERVAL);
    }
}
