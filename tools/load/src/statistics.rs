//! Percentiles of measured durations.

use std::time::Duration;

/// Durations of one kind of event.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn add(&mut self, value: Duration) {
        self.0.push(value);
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// `min / p50 / p99 / max` in milliseconds.
    pub(crate) fn summary(&mut self) -> String {
        self.0.sort_unstable();
        let at = |share: f64| {
            let index = (share * (self.0.len().saturating_sub(1)) as f64).round() as usize;
            self.0
                .get(index)
                .map_or(0.0, |value| value.as_secs_f64() * 1e3)
        };
        format!(
            "min {:.2} p50 {:.2} p99 {:.2} max {:.2} ms",
            at(0.0),
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}
