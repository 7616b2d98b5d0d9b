//! What the master's `/state` and the agent's sandboxes say about one framework: the proof that a
//! client run was what it should be.

use super::Cluster;
use crate::shell::{Outcome, http_get_json};
use serde_json::Value;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// A framework of the master's `/state`.
pub struct Framework {
    pub id: String,
    pub name: String,
    pub active: bool,
    /// Whether it is over for the master.
    pub completed: bool,
    /// Seconds of the epoch.
    pub registered_at: f64,
    /// Seconds of the epoch; 0 while it is registered.
    pub ended_at: f64,
    /// Sorted by id.
    pub tasks: Vec<Task>,
}

impl Framework {
    /// Its times, counted from the client's start, as one line.
    pub fn times(&self, started_at: f64) -> String {
        let since = |at: f64| at - started_at;
        let first = self
            .tasks
            .iter()
            .filter_map(|task| task.entered("TASK_RUNNING"))
            .min_by(f64::total_cmp);
        let running = first.map_or("no task ever ran".to_owned(), |at| {
            format!("first task running after {:.1} s", since(at))
        });
        format!(
            "framework {} \"{}\": registered after {:.1} s, {running}, {} task(s), ended after {:.1} s",
            self.id,
            self.name,
            since(self.registered_at),
            self.tasks.len(),
            since(self.ended_at)
        )
    }
}

/// Now, as the master's times are counted.
pub fn epoch_seconds() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

/// A task of the master's `/state`.
pub struct Task {
    pub id: String,
    pub name: String,
    pub executor: String,
    pub agent: String,
    /// The last one; a task that ends with its framework has no update of its own for it.
    pub state: String,
    pub cpus: f64,
    pub mem: f64,
    /// Every state it was in, with seconds of the epoch.
    pub history: Vec<(String, f64)>,
}

impl Task {
    /// When it first was in that state.
    pub fn entered(&self, state: &str) -> Option<f64> {
        let seen = self.history.iter().find(|(name, _)| name == state)?;
        Some(seen.1)
    }

    /// An error unless it went through exactly these states.
    pub fn expect_states(&self, states: &[&str]) -> Outcome {
        let seen: Vec<&str> = self.history.iter().map(|(name, _)| name.as_str()).collect();
        if seen == states {
            return Ok(());
        }
        Err(format!(
            "task {} went through {seen:?} instead of {states:?}",
            self.id
        ))
    }
}

impl Cluster {
    /// The framework of that name which registered last.
    pub fn framework(&self, name: &str) -> Outcome<Framework> {
        let newest = self.frameworks()?.into_iter().rfind(|f| f.name == name);
        newest.ok_or_else(|| format!("the master's /state has no framework \"{name}\""))
    }

    /// Every framework the master remembers, in the order of registration.
    pub fn frameworks(&self) -> Outcome<Vec<Framework>> {
        let state = http_get_json(&format!("http://{}/state", self.master))
            .ok_or("the master's /state did not answer")?;
        let mut all: Vec<Framework> = [("frameworks", false), ("completed_frameworks", true)]
            .iter()
            .flat_map(|(key, completed)| {
                items(&state, key).map(|value| framework(value, *completed))
            })
            .collect();
        all.sort_by(|a, b| a.registered_at.total_cmp(&b.registered_at));
        Ok(all)
    }

    /// The newest sandbox of an executor.
    pub fn sandbox(&self, framework: &str, agent: &str, executor: &str) -> PathBuf {
        self.agent_work_dir
            .join(format!("slaves/{agent}/frameworks/{framework}"))
            .join(format!("executors/{executor}/runs/latest"))
    }
}

fn framework(value: &Value, completed: bool) -> Framework {
    let mut tasks: Vec<Task> = items(value, "tasks")
        .chain(items(value, "completed_tasks"))
        .chain(items(value, "unreachable_tasks"))
        .map(task)
        .collect();
    tasks.sort_by(|a, b| a.id.cmp(&b.id));
    Framework {
        id: text(value, "id"),
        name: text(value, "name"),
        active: value["active"] == true,
        completed,
        registered_at: value["registered_time"].as_f64().unwrap_or_default(),
        ended_at: value["unregistered_time"].as_f64().unwrap_or_default(),
        tasks,
    }
}

fn task(value: &Value) -> Task {
    let history = items(value, "statuses")
        .map(|status| {
            let at = status["timestamp"].as_f64().unwrap_or_default();
            (text(status, "state"), at)
        })
        .collect();
    Task {
        id: text(value, "id"),
        name: text(value, "name"),
        executor: text(value, "executor_id"),
        agent: text(value, "slave_id"),
        state: text(value, "state"),
        cpus: value["resources"]["cpus"].as_f64().unwrap_or_default(),
        mem: value["resources"]["mem"].as_f64().unwrap_or_default(),
        history,
    }
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
