//! Masters and agents, as far as their endpoints are read by more than one command.

pub mod agent;
pub mod pages;
pub mod part;
pub mod sandbox;
pub mod tasks;

pub use agent::Agent;

use crate::address::Address;
use crate::failure::Failure;
use crate::http::Http;
use serde_json::Value;

/// A master and how it is asked.
#[derive(Clone, Debug)]
pub struct Master {
    pub address: Address,
    pub http: Http,
}

impl Master {
    pub fn new(address: Address, http: Http) -> Self {
        Self { address, http }
    }

    /// An endpoint's JSON.
    pub fn read(&self, path: &str) -> Result<Value, Failure> {
        self.http.get_json(&self.address, path).map_err(|error| {
            let address = &self.address;
            let endpoint = path.split('?').next().unwrap_or(path);
            Failure::error(format!(
                "Could not open '{endpoint}' on master address '{address}': {error}"
            ))
        })
    }

    /// The list below that key of an endpoint's answer.
    pub fn list(&self, path: &str, key: &str) -> Result<Vec<Value>, Failure> {
        match self.read(path)?.get_mut(key).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Failure::error(format!(
                "Missing '{key}' key in data retrieved from master on '{path}'"
            ))),
        }
    }

    pub fn agents(&self) -> Result<Vec<Value>, Failure> {
        self.list("/slaves", "slaves")
    }

    pub fn frameworks(&self) -> Result<Vec<Value>, Failure> {
        self.list("/master/frameworks", "frameworks")
    }

    /// All tasks, or those with that id.
    pub fn tasks(&self, id: Option<&str>) -> Result<Vec<Value>, Failure> {
        let which = match id {
            Some(id) => format!("task_id={}", crate::http::escaped(id)),
            None => "order=asc&limit=-1".to_owned(),
        };
        self.list(&format!("/tasks?{which}"), "tasks")
    }

    pub fn state(&self) -> Result<Value, Failure> {
        self.read("/master/state")
    }
}

/// A text of an answer; empty when it is not there.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A list of an answer; empty when it is not there.
pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The state that a task's last update has told; its own state when there was none.
pub fn last_state(task: &Value) -> &str {
    match items(task, "statuses").last() {
        Some(status) => text(status, "state"),
        None => text(task, "state"),
    }
}
