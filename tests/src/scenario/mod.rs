//! The shared scenario suite: what a framework and its executors must see, written once as data and played through the
//! driver of every language.
//!
//! `script` reads `tests/scenarios/*.toml`, `stage` plays one scenario on a real cluster, `actor` is a puppet (a small
//! program in the language under test that does what it is told and decides nothing), `language` and `words` are what is
//! spoken with it, `value` what is expected.

pub mod actor;
pub mod language;
pub mod script;
pub mod stage;
pub mod value;
pub mod words;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use script::Scenario;
use serde_json::Value;
use stage::Stage;

use crate::cluster::Cluster;
use crate::http;

/// A language's puppet.
#[derive(Clone, Debug)]
pub struct Puppet {
    pub name: String,
    /// The command, to which role and port are added.
    pub program: String,
}

/// Environment variables with this beginning name puppets.
const VARIABLE: &str = "MESOS_PUPPET_";
/// How long a shared cluster may take to forget the last scenario's framework.
const SETTLE_LIMIT: Duration = Duration::from_secs(15);

/// The puppets that the environment names, in the order of their names.
#[must_use]
pub fn puppets_of_environment() -> Vec<Puppet> {
    let mut puppets: Vec<Puppet> = std::env::vars()
        .filter_map(|(variable, program)| {
            let name = variable.strip_prefix(VARIABLE)?.to_ascii_lowercase();
            Some(Puppet { name, program })
        })
        .collect();
    puppets.sort_by(|a, b| a.name.cmp(&b.name));
    puppets
}

/// Where the scenarios are.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// How one scenario went with one puppet.
#[derive(Clone, Debug)]
pub struct Report {
    pub puppet: String,
    pub file: String,
    pub scenario: String,
    pub result: Result<(), String>,
    pub time: Duration,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = if self.result.is_ok() { "ok" } else { "FAILED" };
        let (puppet, file, scenario) = (&self.puppet, &self.file, &self.scenario);
        let seconds = self.time.as_secs_f64();
        write!(
            f,
            "{verdict:<7}{puppet:<7} {file}: {scenario} ({seconds:.1} s)"
        )?;
        if let Err(why) = &self.result {
            write!(f, "\n  {why}")?;
        }
        Ok(())
    }
}

/// Plays every scenario with every puppet, some at a time, and tells of each as it ends.
pub fn run(
    scenarios: &[Scenario],
    puppets: &[Puppet],
    workers: usize,
    tell: &(dyn Fn(&Report) + Sync),
) -> Vec<Report> {
    // Those with clusters of their own take longest: they go first.
    let mut jobs: Vec<(&Puppet, &Scenario)> = puppets
        .iter()
        .flat_map(|puppet| scenarios.iter().map(move |scenario| (puppet, scenario)))
        .collect();
    jobs.sort_by_key(|job| !job.1.own_cluster);
    let jobs = Mutex::new(VecDeque::from(jobs));
    let reports = Mutex::new(Vec::new());
    let next = || {
        let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.pop_front()
    };
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                let mut shared = None;
                while let Some((puppet, scenario)) = next() {
                    let report = play(puppet, scenario, &mut shared);
                    tell(&report);
                    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
                    reports.push(report);
                }
            });
        }
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn play(puppet: &Puppet, scenario: &Scenario, shared: &mut Option<Cluster>) -> Report {
    let started = Instant::now();
    // A cluster that does not start panics with the daemons' logs.
    let played = catch_unwind(AssertUnwindSafe(|| {
        if scenario.own_cluster {
            let mut cluster = own_cluster(scenario)?;
            return on_stage(&mut cluster, puppet, scenario);
        }
        let mut cluster = shared.take().unwrap_or_else(|| Cluster::start(1));
        let result = on_stage(&mut cluster, puppet, scenario);
        if result.is_ok() && has_settled(&cluster) {
            *shared = Some(cluster);
        }
        result
    }));
    let result = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.unwrap_or_else(|| "it panicked".to_owned()))
    });
    Report {
        puppet: puppet.name.clone(),
        file: scenario.file.clone(),
        scenario: scenario.name.clone(),
        result,
        time: started.elapsed(),
    }
}

fn on_stage(cluster: &mut Cluster, puppet: &Puppet, scenario: &Scenario) -> Result<(), String> {
    Stage::set(cluster, &puppet.program, scenario)?.play()
}

fn own_cluster(scenario: &Scenario) -> Result<Cluster, String> {
    let mut files = Vec::new();
    for (name, content) in &scenario.files {
        let content = content
            .as_str()
            .ok_or_else(|| format!("the file {name} is no text"))?;
        files.push((name.as_str(), content));
    }
    let texts = |flags: &[String]| flags.to_vec();
    Ok(Cluster::start_with_files(
        scenario.agents,
        &texts(&scenario.master_flags),
        &texts(&scenario.agent_flags),
        &files,
    ))
}

/// Whether nothing of the last scenario is left.
fn has_settled(cluster: &Cluster) -> bool {
    let deadline = Instant::now() + SETTLE_LIMIT;
    let is_empty = || {
        let state = http::get_json(&cluster.master.address, "/frameworks")?;
        let frameworks = state["frameworks"].as_array().map(Vec::is_empty)?;
        let agent = http::get_json(&cluster.agents.first()?.address, "/state")?;
        Some(frameworks && agent["frameworks"] == Value::Array(Vec::new()))
    };
    while Instant::now() < deadline {
        if is_empty() == Some(true) {
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    false
}
