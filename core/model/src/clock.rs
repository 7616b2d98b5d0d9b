//! Time as a value: machines never read a clock, the shell passes [`Now`] in.

use std::{ops::Add, time::Duration};

/// A monotonic moment in nanoseconds since an arbitrary start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub u64);

impl Instant {
    pub const ZERO: Instant = Instant(0);

    pub fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    pub fn saturating_sub(self, by: Duration) -> Instant {
        Instant(self.0.saturating_sub(nanos_of(by)))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates, so that an absurd timeout means "never" instead of "now".
    fn add(self, by: Duration) -> Instant {
        Instant(self.0.saturating_add(nanos_of(by)))
    }
}

fn nanos_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Calendar time in seconds since the epoch, as the protocol carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct WallTime(pub f64);

impl WallTime {
    pub fn secs(self) -> f64 {
        self.0
    }

    pub fn as_nanos(self) -> i64 {
        // A float to integer cast saturates.
        (self.0 * 1e9).round() as i64
    }

    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos as f64 / 1e9)
    }
}

impl Add<Duration> for WallTime {
    type Output = WallTime;

    fn add(self, by: Duration) -> WallTime {
        WallTime(self.0 + by.as_secs_f64())
    }
}

/// Both clocks, read together by the shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Now {
    pub instant: Instant,
    pub wall: WallTime,
}
