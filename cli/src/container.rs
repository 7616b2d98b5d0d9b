//! Calls to an agent about the container of a task: its output as a stream of records, and how it ends.
//!
//! Compat: operations §3.3 (`task attach`, `task exec`).

use crate::address::Address;
use crate::cluster::{items, text};
use crate::context::Context;
use crate::failure::Failure;
use crate::http::{Http, Piece, Stream};
use base64::Engine as _;
use mesos_process::recordio::Decoder;
use serde_json::{Value, json};
use std::io::Write as _;

/// Longer records than this are nobody's output.
const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;
const CALL_PATH: &str = "/api/v1";

/// A running task's container and its agent.
#[derive(Debug)]
pub struct Container {
    pub id: Value,
    address: Address,
    http: Http,
}

impl Container {
    /// Of the running task with that id.
    pub fn of_task(context: &Context, id: &str) -> Result<Self, Failure> {
        let master = context.master()?;
        let address = &master.address;
        let tasks = master.tasks(Some(id))?;
        let running: Vec<&Value> = tasks
            .iter()
            .filter(|task| text(task, "id") == id && text(task, "state") == "TASK_RUNNING")
            .collect();
        let task = match running.as_slice() {
            [task] => *task,
            [] => {
                return Err(Failure::error(format!(
                    "Unable to find running task '{id}' from leading master '{address}'"
                )));
            }
            _ => {
                return Err(Failure::error(format!(
                    "More than one task matching id '{id}'"
                )));
            }
        };
        if task["container"]["type"]
            .as_str()
            .is_some_and(|kind| kind != "MESOS")
        {
            return Err(Failure::error(
                "This command is only supported for tasks launched by the Universal Container \
                 Runtime (UCR)",
            ));
        }
        let agents = master.agents()?;
        let agent = agents.iter().find(|agent| agent["id"] == task["slave_id"]);
        let agent = agent.ok_or_else(|| {
            Failure::error(format!("Unable to find agent '{}'", text(task, "slave_id")))
        })?;
        let agent = context.agent(agent)?;
        Ok(Self {
            id: container_id(task).map_err(Failure::error)?,
            address: agent.address,
            http: agent.http,
        })
    }

    /// Whether the task runs below the default executor, whose containers have a status to wait for.
    pub fn is_nested(&self) -> bool {
        self.id.get("parent").is_some()
    }

    /// Sends a call that is answered by output, and prints that until its end.
    pub fn stream(&self, call: &Value) -> Result<(), Failure> {
        let headers = [
            ("Accept", "application/recordio"),
            ("Message-Accept", "application/json"),
        ];
        let opened = self.http.open(&self.address, CALL_PATH, call, &headers);
        let stream = opened.map_err(|error| self.failed(call, &error.to_string()))?;
        if stream.status != 200 {
            let status = stream.status;
            let why = format!("{status} {}", stream.text().trim());
            return Err(self.failed(call, &why));
        }
        self.print(stream, call)
    }

    fn print(&self, mut stream: Stream, call: &Value) -> Result<(), Failure> {
        let mut decoder = Decoder::with_limit(MAX_RECORD_BYTES);
        loop {
            match stream.piece(None) {
                Ok(Piece::Bytes(bytes)) => decoder.feed(&bytes),
                Ok(Piece::NotYet) => {}
                Ok(Piece::End) => return Ok(()),
                Err(error) => return Err(self.failed(call, &error.to_string())),
            }
            loop {
                let record = decoder.next_record();
                let record = record.map_err(|error| self.failed(call, &error.to_string()))?;
                let Some(record) = record else {
                    break;
                };
                let record = serde_json::from_slice(&record)
                    .map_err(|error| self.failed(call, &error.to_string()))?;
                print_record(&record)?;
            }
        }
    }

    /// Waits for the container's end; the exit code as a shell gives it.
    pub fn wait(&self, id: &Value) -> Result<u8, Failure> {
        let call = json!({"type": "WAIT_CONTAINER", "wait_container": {"container_id": id}});
        let answer = self.http.post_json(&self.address, CALL_PATH, &call);
        let answer = answer.and_then(crate::http::Answer::successful);
        let answer = answer.and_then(|answer| answer.json());
        let answer = answer.map_err(|error| self.failed(&call, &error.to_string()))?;
        let status = answer["wait_container"]["exit_status"].as_i64();
        status.map(exit_code).ok_or_else(|| {
            Failure::error("Error waiting for container: the agent's answer has no exit status")
        })
    }

    fn failed(&self, call: &Value, why: &str) -> Failure {
        let kind = text(call, "type");
        Failure::error(format!(
            "The agent at {} answers {kind} with: {why}",
            self.address
        ))
    }
}

/// A status of wait(2) as shells show it.
fn exit_code(status: i64) -> u8 {
    let signal = status & 0x7f;
    let code = if signal == 0 {
        status >> 8 & 0xff
    } else {
        128 + signal
    };
    u8::try_from(code).unwrap_or(u8::MAX)
}

fn container_id(task: &Value) -> Result<Value, &'static str> {
    let statuses = items(task, "statuses");
    let first = statuses
        .first()
        .ok_or("No status updates available for task")?;
    let id = &first["container_status"]["container_id"];
    if id.get("value").is_none_or(|value| !value.is_string()) {
        return Err(
            "No container found for the specified task. It might still be spinning up. Please try \
             again",
        );
    }
    Ok(id.clone())
}

/// `{"type": "DATA", "data": {"type": "STDOUT", "data": "base64"}}`; anything else is no output.
fn print_record(record: &Value) -> Result<(), Failure> {
    if text(record, "type") != "DATA" {
        return Ok(());
    }
    let data = &record["data"];
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text(data, "data"))
        .map_err(|error| Failure::error(format!("The agent's output cannot be read: {error}")))?;
    if text(data, "type") == "STDERR" {
        let mut stderr = std::io::stderr().lock();
        stderr.write_all(&bytes)?;
    } else {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&bytes)?;
        stdout.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_wait_becomes_that_of_a_shell() {
        assert_eq!(exit_code(0), 0);
        assert_eq!(exit_code(3 << 8), 3);
        assert_eq!(exit_code(9), 137);
        assert_eq!(exit_code(-1), 255);
    }

    #[test]
    fn the_container_is_that_of_the_first_status() {
        let task = json!({"statuses": [{"container_status": {"container_id": {"value": "c"}}}]});
        assert_eq!(container_id(&task), Ok(json!({"value": "c"})));
        assert!(container_id(&json!({"statuses": []})).is_err());
        assert!(container_id(&json!({"statuses": [{"container_status": {}}]})).is_err());
    }
}
