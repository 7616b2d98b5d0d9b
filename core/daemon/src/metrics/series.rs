//! The values of a timer over a window of time, and their statistics.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Values kept; beyond it the older half is thinned out.
const CAPACITY: usize = 1000;

/// Statistics of at least two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    pub count: usize,
    pub min: f64,
    pub max: f64,
    pub p50: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
    pub p9999: f64,
}

impl Statistics {
    /// Of all values; `None` for fewer than two.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.len() < 2 {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let at = |fraction: f64| percentile(&values, fraction);
        Some(Self {
            count: values.len(),
            min: values[0],
            max: values[values.len() - 1],
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            p9999: at(0.9999),
        })
    }

    /// Name suffix and value of each figure.
    pub fn pairs(&self) -> [(&'static str, f64); 9] {
        [
            ("count", self.count as f64),
            ("max", self.max),
            ("min", self.min),
            ("p50", self.p50),
            ("p90", self.p90),
            ("p95", self.p95),
            ("p99", self.p99),
            ("p999", self.p999),
            ("p9999", self.p9999),
        ]
    }
}

/// Linear between the two nearest of the sorted values.
fn percentile(sorted: &[f64], fraction: f64) -> f64 {
    let position = fraction * (sorted.len() - 1) as f64;
    let index = position.floor() as usize;
    let Some(above) = sorted.get(index + 1) else {
        return sorted[sorted.len() - 1];
    };
    sorted[index] + (position - index as f64) * (above - sorted[index])
}

#[derive(Debug)]
pub(super) struct Series {
    window: Option<Duration>,
    values: VecDeque<(Instant, f64)>,
    last: Option<f64>,
}

impl Series {
    pub fn new(window: Option<Duration>) -> Self {
        Self {
            window,
            values: VecDeque::new(),
            last: None,
        }
    }

    pub fn push(&mut self, now: Instant, value: f64) {
        self.last = Some(value);
        if self.window.is_none() {
            return;
        }
        self.forget(now);
        self.values.push_back((now, value));
        if self.values.len() > CAPACITY {
            let mut index = 0;
            self.values.retain(|_| {
                index += 1;
                index > CAPACITY / 2 || index % 2 == 0
            });
        }
    }

    pub fn last(&self) -> Option<f64> {
        self.last
    }

    pub fn statistics(&mut self, now: Instant) -> Option<Statistics> {
        self.forget(now);
        Statistics::of(self.values.iter().map(|(_, value)| *value).collect())
    }

    fn forget(&mut self, now: Instant) {
        let Some(window) = self.window else { return };
        while self
            .values
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > window)
        {
            self.values.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_interpolated() {
        let values: Vec<_> = (0..=10).map(f64::from).collect();
        let statistics = Statistics::of(values).expect("enough values");
        assert_eq!(
            (statistics.count, statistics.min, statistics.max),
            (11, 0.0, 10.0)
        );
        assert_eq!(
            (statistics.p50, statistics.p90, statistics.p95),
            (5.0, 9.0, 9.5)
        );
        assert!((statistics.p9999 - 9.999).abs() < 1e-9);
        assert_eq!(Statistics::of(vec![1.0]), None);
    }

    #[test]
    fn old_values_leave_the_window_and_the_number_is_bounded() {
        let start = Instant::now();
        let mut series = Series::new(Some(Duration::from_secs(10)));
        for second in 0..20 {
            series.push(start + Duration::from_secs(second), second as f64);
        }
        let statistics = series
            .statistics(start + Duration::from_secs(19))
            .expect("values");
        assert_eq!((statistics.count, statistics.min), (11, 9.0));
        for _ in 0..10 * CAPACITY {
            series.push(start + Duration::from_secs(20), 1.0);
        }
        assert!(series.values.len() <= CAPACITY);
        assert_eq!(series.last(), Some(1.0));
    }
}
