//! Metrics by the original's names: counters, gauges, timers, and sources computed on demand.
//!
//! Compat: operations §6, libprocess §5 (`/metrics/snapshot`).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use mesos_process::http::BoxFuture;

use crate::json;
use crate::system::SystemMetrics;

mod endpoint;
mod prometheus;
mod series;

use series::Series;
pub use series::Statistics;

/// A number that grows until it is reset.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn inc(&self) {
        self.add(1);
    }

    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that is set.
#[derive(Clone, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    pub fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// Durations in milliseconds: the last one, and statistics over a window.
#[derive(Clone)]
pub struct Timer(Arc<Mutex<Series>>);

impl Timer {
    fn new(window: Option<Duration>) -> Self {
        Self(Arc::new(Mutex::new(Series::new(window))))
    }

    pub fn record(&self, duration: Duration) {
        self.record_at(Instant::now(), duration);
    }

    /// Runs `work` and records how long it took.
    pub fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.record(start.elapsed());
        result
    }

    fn record_at(&self, now: Instant, duration: Duration) {
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        series.push(now, duration.as_secs_f64() * 1000.0);
    }

    fn read(&self, now: Instant) -> (Option<f64>, Option<Statistics>) {
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (series.last(), series.statistics(now))
    }
}

/// Many metrics computed when a snapshot is taken (e.g. from a published state snapshot).
pub trait Source: Send + Sync {
    fn collect(&self, put: &mut dyn FnMut(&str, f64));
}

type Pull = Arc<dyn Fn() -> f64 + Send + Sync>;
type PullAsync = Arc<dyn Fn() -> BoxFuture<Option<f64>> + Send + Sync>;

#[derive(Clone)]
enum Metric {
    Counter(Counter),
    Gauge(Gauge),
    Pull(Pull),
    PullAsync(PullAsync),
    Timer(Timer),
}

#[derive(Default)]
struct Tables {
    metrics: BTreeMap<String, Metric>,
    sources: Vec<Arc<dyn Source>>,
}

/// All metrics of one daemon; clones share it. It always has the `system/*` metrics.
#[derive(Clone)]
pub struct Registry(Arc<RwLock<Tables>>);

impl Default for Registry {
    fn default() -> Self {
        let tables = Tables {
            metrics: BTreeMap::new(),
            sources: vec![Arc::new(SystemMetrics)],
        };
        Self(Arc::new(RwLock::new(tables)))
    }
}

/// The window of a timer made by [`Registry::timer`].
pub const TIMER_WINDOW: Duration = Duration::from_secs(60 * 60);

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// The counter of that name, made when it does not exist.
    pub fn counter(&self, name: &str) -> Counter {
        match self.get_or_insert(name, || Metric::Counter(Counter::default())) {
            Metric::Counter(counter) => counter,
            Metric::Gauge(_) | Metric::Pull(_) | Metric::PullAsync(_) | Metric::Timer(_) => {
                Counter::default()
            }
        }
    }

    /// The gauge of that name, made when it does not exist.
    pub fn gauge(&self, name: &str) -> Gauge {
        match self.get_or_insert(name, || Metric::Gauge(Gauge::default())) {
            Metric::Gauge(gauge) => gauge,
            Metric::Counter(_) | Metric::Pull(_) | Metric::PullAsync(_) | Metric::Timer(_) => {
                Gauge::default()
            }
        }
    }

    /// The timer of that name with statistics over [`TIMER_WINDOW`]; the name should end in `_ms`.
    pub fn timer(&self, name: &str) -> Timer {
        self.timer_over(name, Some(TIMER_WINDOW))
    }

    /// A timer with statistics over `window`, or without statistics.
    pub fn timer_over(&self, name: &str, window: Option<Duration>) -> Timer {
        match self.get_or_insert(name, || Metric::Timer(Timer::new(window))) {
            Metric::Timer(timer) => timer,
            Metric::Counter(_) | Metric::Gauge(_) | Metric::Pull(_) | Metric::PullAsync(_) => {
                Timer::new(window)
            }
        }
    }

    /// A gauge read when a snapshot is taken; `read` must not block.
    pub fn pull(&self, name: &str, read: impl Fn() -> f64 + Send + Sync + 'static) {
        self.insert(name, Metric::Pull(Arc::new(read)));
    }

    /// A gauge whose value takes time; `None` leaves it out of the snapshot.
    pub fn pull_async(
        &self,
        name: &str,
        read: impl Fn() -> BoxFuture<Option<f64>> + Send + Sync + 'static,
    ) {
        self.insert(name, Metric::PullAsync(Arc::new(read)));
    }

    /// Adds metrics that are computed together.
    pub fn source(&self, source: Arc<dyn Source>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .sources
            .push(source);
    }

    pub fn remove(&self, name: &str) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .metrics
            .remove(name);
    }

    /// Removes every metric whose name begins with `prefix`.
    pub fn remove_prefix(&self, prefix: &str) {
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tables.metrics.retain(|name, _| !name.starts_with(prefix));
    }

    /// All values by name. Metrics that are not there within `timeout` are left out.
    pub async fn snapshot(&self, timeout: Option<Duration>) -> BTreeMap<String, f64> {
        let (metrics, sources) = {
            let tables = self.0.read().unwrap_or_else(PoisonError::into_inner);
            (tables.metrics.clone(), tables.sources.clone())
        };
        let mut values = BTreeMap::new();
        for source in sources {
            source.collect(&mut |name, value| {
                values.insert(name.to_owned(), value);
            });
        }
        let now = Instant::now();
        let deadline = timeout.map(|timeout| tokio::time::Instant::now() + timeout);
        for (name, metric) in metrics {
            match metric {
                Metric::Counter(counter) => drop(values.insert(name, counter.value() as f64)),
                Metric::Gauge(gauge) => drop(values.insert(name, gauge.value())),
                Metric::Pull(read) => drop(values.insert(name, read())),
                Metric::PullAsync(read) => {
                    if let Some(value) = within(deadline, read()).await {
                        values.insert(name, value);
                    }
                }
                Metric::Timer(timer) => put_timer(&mut values, name, timer.read(now)),
            }
        }
        values
    }

    fn insert(&self, name: &str, metric: Metric) {
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tables.metrics.insert(name.to_owned(), metric);
    }

    fn get_or_insert(&self, name: &str, make: impl FnOnce() -> Metric) -> Metric {
        if let Some(metric) = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .metrics
            .get(name)
        {
            return metric.clone();
        }
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tables
            .metrics
            .entry(name.to_owned())
            .or_insert_with(make)
            .clone()
    }
}

async fn within(
    deadline: Option<tokio::time::Instant>,
    value: BoxFuture<Option<f64>>,
) -> Option<f64> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, value)
            .await
            .ok()
            .flatten(),
        None => value.await,
    }
}

fn put_timer(
    values: &mut BTreeMap<String, f64>,
    name: String,
    (last, statistics): (Option<f64>, Option<Statistics>),
) {
    if let Some(statistics) = statistics {
        for (suffix, value) in statistics.pairs() {
            values.insert(format!("{name}/{suffix}"), value);
        }
    }
    if let Some(last) = last {
        values.insert(name, last);
    }
}

/// The object of `/metrics/snapshot`: sorted names, doubles.
pub fn to_json(values: &BTreeMap<String, f64>) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * 48);
    let finite = values.iter().filter(|(_, value)| value.is_finite());
    let pairs = finite.map(|(name, value)| (name.as_str(), *value));
    json::put_object(&mut out, pairs, json::put_double);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(registry: &Registry, timeout: Option<Duration>) -> BTreeMap<String, f64> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime
            .expect("a runtime")
            .block_on(registry.snapshot(timeout))
    }

    #[test]
    fn a_snapshot_has_every_kind_sorted_by_name() {
        let registry = Registry::new();
        registry.counter("b/count").add(2);
        registry.counter("b/count").inc();
        registry.gauge("a/gauge").set(0.5);
        registry.pull("c/pull", || 7.0);
        registry.timer("d_ms").record(Duration::from_millis(3));
        let values = snapshot(&registry, None);
        let json = String::from_utf8(to_json(&values)).expect("ASCII");
        assert!(json.starts_with("{\"a/gauge\":0.5,\"b/count\":3.0,\"c/pull\":7.0,\"d_ms\":3.0,"));
        assert!(json.contains("\"system/cpus_total\":"), "{json}");
        registry.remove_prefix("b/");
        assert!(!snapshot(&registry, None).contains_key("b/count"));
    }

    #[test]
    fn late_metrics_are_left_out_after_the_timeout() {
        let registry = Registry::new();
        registry.pull_async("never", || Box::pin(std::future::pending()));
        registry.pull_async("soon", || Box::pin(std::future::ready(Some(1.0))));
        let values = snapshot(&registry, Some(Duration::from_millis(5)));
        assert!(!values.contains_key("never"));
        assert_eq!(values.get("soon"), Some(&1.0));
    }
}
