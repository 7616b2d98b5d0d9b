//! `/ui/series`: the last quarter of an hour in samples, kept in memory.
//!
//! The shell samples the published snapshot: the machine does not know of it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesos_process::http::{Request, Response};
use serde::Serialize;

use super::{Failure, amounts::Usage};
use crate::{counters::Totals, snapshot::Snapshot};

/// The time between two samples.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// Samples that are kept: 15 minutes.
const SAMPLES: usize = 180;

/// What was measured at one moment, or since the sample before.
#[derive(Clone, Copy, Debug)]
struct Sample {
    cpus_allocated: f64,
    cpus_total: f64,
    mem_allocated: f64,
    mem_total: f64,
    tasks_running: f64,
    /// Since the sample before; None for the first.
    offers_sent: Option<f64>,
    tasks_launched: Option<f64>,
    /// The mean of the runs since the sample before; None without one.
    allocation_ms: Option<f64>,
}

/// The last allocation run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Run {
    /// Seconds since 1970.
    pub(super) time: f64,
    pub(super) milliseconds: f64,
}

#[derive(Default)]
struct Kept {
    samples: VecDeque<Sample>,
    end: f64,
    totals: Option<Totals>,
    /// Allocation runs since the last sample, and how long they took.
    runs: u32,
    spent: Duration,
    last_run: Option<Run>,
}

/// Takes samples and answers with them.
#[derive(Default)]
pub struct Series(Mutex<Kept>);

/// `Series`.
#[derive(Serialize)]
struct Answer {
    interval: u64,
    end: f64,
    values: Values,
}

#[derive(Serialize)]
struct Values {
    cpus_allocated: Vec<f64>,
    cpus_total: Vec<f64>,
    mem_allocated: Vec<f64>,
    mem_total: Vec<f64>,
    offers_sent: Vec<Option<f64>>,
    tasks_launched: Vec<Option<f64>>,
    tasks_running: Vec<f64>,
    allocation_ms: Vec<Option<f64>>,
}

impl Series {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An allocation run that began at `time`.
    pub fn allocated(&self, time: f64, took: Duration) {
        let mut kept = self.kept();
        kept.runs += 1;
        kept.spent += took;
        let milliseconds = took.as_secs_f64() * 1000.0;
        kept.last_run = Some(Run { time, milliseconds });
    }

    pub(super) fn last_run(&self) -> Option<Run> {
        self.kept().last_run
    }

    /// Takes a sample at `time`. Costs a look at every agent and task, so it is not for threads that must not block.
    pub fn sample(&self, time: f64, snapshot: &Snapshot) {
        let usage = Usage::of_cluster(snapshot);
        let running = mesos_proto::mesos::TaskState::TaskRunning;
        let tasks = snapshot.tasks_by_state();
        let totals = snapshot.counters.totals;
        let mut kept = self.kept();
        let since = |of: fn(&Totals) -> u64, before: Option<&Totals>| {
            before.map(|before| of(&totals).saturating_sub(of(before)) as f64)
        };
        let runs = std::mem::take(&mut kept.runs);
        let spent = std::mem::take(&mut kept.spent).as_secs_f64() * 1000.0;
        let sample = Sample {
            cpus_allocated: usage.allocated.cpus,
            cpus_total: usage.total.cpus,
            mem_allocated: usage.allocated.mem,
            mem_total: usage.total.mem,
            tasks_running: tasks.get(&running).copied().unwrap_or(0) as f64,
            offers_sent: since(|it| it.offers_sent, kept.totals.as_ref()),
            tasks_launched: since(|it| it.tasks_launched, kept.totals.as_ref()),
            allocation_ms: (runs > 0).then(|| spent / f64::from(runs)),
        };
        kept.totals = Some(totals);
        kept.end = time;
        kept.samples.push_back(sample);
        if kept.samples.len() > SAMPLES {
            kept.samples.pop_front();
        }
    }

    pub(super) fn serve(&self, request: &Request) -> Response {
        let body = super::only(&request.query, &[]).and_then(|()| self.json());
        super::Answer::of(body).response()
    }

    fn json(&self) -> Result<Vec<u8>, Failure> {
        let kept = self.kept();
        let samples = || kept.samples.iter();
        super::json(&Answer {
            interval: INTERVAL.as_secs(),
            end: kept.end,
            values: Values {
                cpus_allocated: samples().map(|it| it.cpus_allocated).collect(),
                cpus_total: samples().map(|it| it.cpus_total).collect(),
                mem_allocated: samples().map(|it| it.mem_allocated).collect(),
                mem_total: samples().map(|it| it.mem_total).collect(),
                offers_sent: samples().map(|it| it.offers_sent).collect(),
                tasks_launched: samples().map(|it| it.tasks_launched).collect(),
                tasks_running: samples().map(|it| it.tasks_running).collect(),
                allocation_ms: samples().map(|it| it.allocation_ms).collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::snapshot;

    fn values(series: &Series) -> serde_json::Value {
        let response = series.serve(&Request::get("/ui/series"));
        serde_json::from_slice(response.bytes()).expect("JSON")
    }

    #[test]
    fn counters_become_differences_and_old_samples_fall_out() {
        let series = Series::default();
        let mut snapshot = snapshot();
        snapshot.counters.totals.offers_sent = 100;
        series.sample(10.0, &snapshot);
        snapshot.counters.totals.offers_sent = 103;
        snapshot.counters.totals.tasks_launched = 2;
        series.allocated(11.0, Duration::from_millis(2));
        series.allocated(12.0, Duration::from_millis(4));
        series.sample(15.0, &snapshot);
        let shown = values(&series);
        assert_eq!(
            (&shown["interval"], &shown["end"]),
            (&5.into(), &15.0.into())
        );
        let of = |name: &str| shown["values"][name].to_string();
        assert_eq!(of("offers_sent"), "[null,3.0]");
        assert_eq!(of("tasks_launched"), "[null,2.0]");
        assert_eq!(of("allocation_ms"), "[null,3.0]");
        assert_eq!(of("cpus_allocated"), "[0.1,0.1]");
        assert_eq!(of("tasks_running"), "[1.0,1.0]");
        assert_eq!(series.last_run().map(|run| run.time), Some(12.0));
        for _ in 0..SAMPLES {
            series.sample(20.0, &snapshot);
        }
        let rows = values(&series)["values"]["offers_sent"].clone();
        let rows = rows.as_array().expect("a list");
        assert_eq!((rows.len(), &rows[0]), (SAMPLES, &0.0.into()));
    }
}
