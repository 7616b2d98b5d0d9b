//! The one task, framework or agent that a word means: its id, its name, or a part of the id that only one has.

use crate::cluster::{Master, text};
use crate::failure::Failure;
use serde_json::Value;

/// So many of several are named.
const SHOWN: usize = 5;

/// Whether a task in that state is over.
pub fn is_over(state: &str) -> bool {
    matches!(
        state,
        "TASK_FINISHED"
            | "TASK_FAILED"
            | "TASK_KILLED"
            | "TASK_ERROR"
            | "TASK_LOST"
            | "TASK_DROPPED"
            | "TASK_GONE"
            | "TASK_GONE_BY_OPERATOR"
    )
}

/// The task; of several runs with one id the latest that the master knows.
pub fn task(master: &Master, word: &str) -> Result<Value, Failure> {
    let exact = latest(master.tasks(Some(word))?);
    if let Some(task) = exact {
        return Ok(task);
    }
    let all = master.tasks(None)?;
    let parts = all
        .into_iter()
        .filter(|task| text(task, "id").contains(word));
    one("task", word, parts.collect(), |task| text(task, "id"))
}

/// Those that run come before those that are over, then the one that started last.
fn latest(tasks: Vec<Value>) -> Option<Value> {
    let started = |task: &Value| {
        let statuses = task["statuses"].as_array();
        let first = statuses.and_then(|list| list.first());
        first
            .and_then(|status| status["timestamp"].as_f64())
            .unwrap_or(f64::MAX)
    };
    let order = |task: &Value| (!is_over(text(task, "state")), started(task));
    tasks.into_iter().max_by(|a, b| {
        let (a, b) = (order(a), order(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

/// By id, by name, or by a part of the id.
pub fn framework(master: &Master, word: &str) -> Result<Value, Failure> {
    let all = master.frameworks()?;
    choose("framework", word, all, "name")
}

/// By id, by host name, or by a part of the id.
pub fn agent(master: &Master, word: &str) -> Result<Value, Failure> {
    let all = master.agents()?;
    choose("agent", word, all, "hostname")
}

fn choose(what: &str, word: &str, all: Vec<Value>, name: &str) -> Result<Value, Failure> {
    if let Some(exact) = all.iter().find(|entry| text(entry, "id") == word) {
        return Ok(exact.clone());
    }
    let named: Vec<Value> = all
        .iter()
        .filter(|entry| text(entry, name) == word)
        .cloned()
        .collect();
    if !named.is_empty() {
        return one(what, word, named, |entry| text(entry, "id"));
    }
    let parts = all
        .into_iter()
        .filter(|entry| text(entry, "id").contains(word));
    one(what, word, parts.collect(), |entry| text(entry, "id"))
}

fn one(
    what: &str,
    word: &str,
    mut found: Vec<Value>,
    id: impl Fn(&Value) -> &str,
) -> Result<Value, Failure> {
    if found.len() > 1 {
        let ids: Vec<&str> = found.iter().map(&id).take(SHOWN).collect();
        let more = match found.len() - ids.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Failure::error(format!(
            "'{word}' means more than one {what}: {}{more}",
            ids.join(", ")
        )));
    }
    found
        .pop()
        .ok_or_else(|| Failure::error(format!("There is no {what} '{word}'")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn agents() -> Vec<Value> {
        vec![
            json!({"id": "u-S0", "hostname": "a"}),
            json!({"id": "u-S1", "hostname": "b"}),
            json!({"id": "u-S10", "hostname": "b"}),
        ]
    }

    #[test]
    fn an_id_a_name_or_a_part_means_one() {
        let found = |word: &str| choose("agent", word, agents(), "hostname");
        assert_eq!(found("u-S1").unwrap()["id"], "u-S1");
        assert_eq!(found("a").unwrap()["id"], "u-S0");
        assert_eq!(found("S10").unwrap()["id"], "u-S10");
        assert_eq!(
            found("b").unwrap_err().text(),
            "'b' means more than one agent: u-S1, u-S10"
        );
        assert_eq!(found("x").unwrap_err().text(), "There is no agent 'x'");
    }

    #[test]
    fn of_several_runs_the_one_that_lives_is_meant() {
        let run = |state: &str, at: f64| json!({"state": state, "statuses": [{"timestamp": at}]});
        let tasks = vec![
            run("TASK_FAILED", 3.0),
            run("TASK_RUNNING", 1.0),
            run("TASK_FINISHED", 2.0),
        ];
        assert_eq!(latest(tasks.clone()).unwrap()["state"], "TASK_RUNNING");
        assert_eq!(
            latest(vec![tasks[0].clone(), tasks[2].clone()]).unwrap()["state"],
            "TASK_FAILED"
        );
        assert!(latest(Vec::new()).is_none());
    }
}
