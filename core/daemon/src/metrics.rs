//! Metrics by the original's names.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mesos_process::http::Router;

/// All metrics of one daemon; clones share it.
#[derive(Clone, Default)]
pub struct Registry {}

/// A number that only grows until it is reset.
#[derive(Clone, Default)]
pub struct Counter {}

impl Counter {
    pub fn inc(&self) {}
    pub fn add(&self, _n: u64) {}
    pub fn value(&self) -> u64 {
        0
    }
}

/// A number that is set.
#[derive(Clone, Default)]
pub struct Gauge {}

impl Gauge {
    pub fn set(&self, _value: f64) {}
    pub fn value(&self) -> f64 {
        0.0
    }
}

/// Durations in milliseconds with statistics over the last hour.
#[derive(Clone, Default)]
pub struct Timer {}

impl Timer {
    pub fn record(&self, _duration: Duration) {}
}

/// Many metrics computed when a snapshot is taken (e.g. from a published state snapshot).
pub trait Source: Send + Sync {
    fn collect(&self, put: &mut dyn FnMut(&str, f64));
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }
    /// The counter of that name, made when it does not exist.
    pub fn counter(&self, _name: &str) -> Counter {
        Counter::default()
    }
    pub fn gauge(&self, _name: &str) -> Gauge {
        Gauge::default()
    }
    /// A gauge read when a snapshot is taken; it must not block.
    pub fn pull(&self, _name: &str, _read: impl Fn() -> f64 + Send + Sync + 'static) {}
    /// `name` should end in `_ms`.
    pub fn timer(&self, _name: &str) -> Timer {
        Timer::default()
    }
    pub fn source(&self, _source: Arc<dyn Source>) {}
    pub fn remove(&self, _name: &str) {}
    /// Removes every metric whose name begins with `prefix`.
    pub fn remove_prefix(&self, _prefix: &str) {}
    pub async fn snapshot(&self, _timeout: Option<Duration>) -> BTreeMap<String, f64> {
        BTreeMap::new()
    }
    /// Adds `/metrics/snapshot`; `rate_limit` is `2/1secs` or empty for none.
    pub fn mount(&self, _router: &mut Router, _realm: Option<&str>, _rate_limit: &str) -> Result<(), String> {
        Ok(())
    }
}
