//! What the shell itself measures: the time of registry work and allocation runs, and what waits to be worked through.
//!
//! Compat: REG-11, `master_metrics.tsv` (timers and event queues).

use std::time::Duration;

use mesos_daemon::metrics::{Counter, Gauge, Registry, Timer};

#[derive(Clone)]
pub(super) struct Figures {
    pub registry: Registry,
    pub fetch: Timer,
    pub store: Timer,
    /// Event streams that were ended because their client did not keep up.
    pub overrun: Counter,
    run: Timer,
    latency: Timer,
    dispatches: Gauge,
}

impl Figures {
    pub fn new() -> Self {
        let registry = Registry::new();
        // The allocator is part of the master's machine and HTTP is answered from snapshots:
        // nothing ever waits for them.
        for name in [
            "allocator/event_queue_dispatches",
            "allocator/mesos/event_queue_dispatches",
            "master/event_queue_http_requests",
        ] {
            registry.gauge(name);
        }
        Self {
            fetch: registry.timer("registrar/state_fetch_ms"),
            overrun: registry.counter("master/event_streams_overrun"),
            store: registry.timer("registrar/state_store_ms"),
            run: registry.timer("allocator/mesos/allocation_run_ms"),
            latency: registry.timer("allocator/mesos/allocation_run_latency_ms"),
            dispatches: registry.gauge("master/event_queue_dispatches"),
            registry,
        }
    }

    /// An allocation run: how long it waited after the events that caused it, and how long it took.
    pub fn allocated(&self, waited: Duration, took: Duration) {
        self.latency.record(waited);
        self.run.record(took);
    }

    /// How many events other than messages are left for later batches.
    pub fn left(&self, events: usize) {
        self.dispatches.set(events as f64);
    }
}
