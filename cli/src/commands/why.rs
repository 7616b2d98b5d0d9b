//! `mesos why FRAMEWORK`: why it gets no offers, from the allocator's own records. `mesos why TASK`: what became of it.
//!
//! Compat: operations §3.7; the contract of `/ui/why` is `webui/src/api/types.ts`.

use crate::cluster::{Master, items, text};
use crate::http::escaped;
use crate::output::{Colour, Column, Listing};
use crate::table::{Command, Word};
use crate::{Arguments, Context, Failure, Outcome, find};
use serde_json::{Value, json};

pub const COMMAND: Command = Command {
    name: "why",
    about: "Explain why a framework gets no offers, or what became of a task",
    details: "Of a framework: what the allocator's own records say. Of a task: its states with their reasons.",
    words: &[Word::required(
        "id",
        "ID of a task or a framework, a framework's name, or a part of an ID that only one has.",
    )],
    run,
    ..Command::NEW
};

const REASONS: &[Column] = &[
    Column::new("Reason", "code"),
    Column::new("Role", "role"),
    Column::new("Agents", "agents"),
    Column::new("What it means", "text"),
];

const STATES: &[Column] = &[
    Column::new("Time", "time"),
    Column::new("State", "state"),
    Column::new("Reason", "reason"),
    Column::new("Message", "message"),
    Column::wide("Source", "source"),
    Column::wide("Timestamp", "timestamp"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let word = arguments.word(0).unwrap_or_default();
    // The exact id of a task is meant before a part of a framework's.
    if !master.tasks(Some(word))?.is_empty() {
        return task(context, &master, &find::task(&master, word)?);
    }
    match find::framework(&master, word) {
        Ok(found) => framework(context, &master, text(&found, "id")),
        Err(no_framework) => match find::task(&master, word) {
            Ok(found) => task(context, &master, &found),
            Err(no_task) if no_task.text().contains("more than one") => Err(no_task),
            Err(_) if no_framework.text().contains("more than one") => Err(no_framework),
            Err(_) => Err(Failure::error(format!(
                "There is no task and no framework '{word}'"
            ))),
        },
    }
}

fn framework(context: &Context, master: &Master, id: &str) -> Outcome {
    let path = format!("/ui/why?framework={}", escaped(id));
    let answer = master
        .http
        .get(&master.address, &path)
        .map_err(|error| crate::operator::failed(master, &error))?;
    if answer.status == 404 {
        return Err(Failure::error(format!(
            "The master at {} does not explain offers (it has no /ui/why), or has no framework {id} any more",
            master.address
        )));
    }
    let answer = crate::operator::accepted(master, answer)?;
    let why = answer
        .json()
        .map_err(|error| Failure::error(error.to_string()))?;
    if context.out.form.is_data() {
        context.out.object(&why)?;
        return Ok(0);
    }
    let offers = why["offers"].as_u64().unwrap_or(0);
    let name = text(&why, "name");
    let held = match offers {
        0 => "holds no offer".to_owned(),
        1 => "holds 1 offer".to_owned(),
        more => format!("holds {more} offers"),
    };
    context
        .out
        .line(&format!("Framework {id} ({name}) {held}"))?;
    let mut listing = Listing::new(REASONS, "Nothing keeps offers from it.");
    for reason in items(&why, "reasons") {
        listing.push(REASONS.iter().map(|column| reason[column.key].clone()));
    }
    context.out.listing(&listing)?;
    Ok(0)
}

fn task(context: &Context, master: &Master, task: &Value) -> Outcome {
    let (id, framework) = (text(task, "id"), text(task, "framework_id"));
    let told = told(master, task);
    let statuses = items(&told, "statuses");
    let message = statuses.last().map_or("", |status| text(status, "message"));
    let exit = exit_code(message);
    if context.out.form.is_data() {
        context.out.object(&json!({
            "id": id,
            "framework_id": framework,
            "agent_id": task["slave_id"],
            "state": task["state"],
            "exit_code": exit,
            "statuses": statuses,
        }))?;
        return Ok(0);
    }
    let state = text(task, "state");
    let colour = match state {
        "TASK_FINISHED" | "TASK_RUNNING" => Colour::Green,
        _ if find::is_over(state) => Colour::Red,
        _ => Colour::Yellow,
    };
    let state = context.out.paint(colour, state);
    let agent = text(task, "slave_id");
    context.out.line(&format!(
        "Task {id} of framework {framework} on agent {agent}: {state}"
    ))?;
    if let Some(code) = exit {
        context
            .out
            .line(&format!("Its command exited with status {code}"))?;
    }
    let mut listing = Listing::new(STATES, "Nothing was heard of it yet.");
    for status in statuses {
        let time = status["timestamp"].as_f64().map(clock);
        listing.push([
            json!(time),
            status["state"].clone(),
            status["reason"].clone(),
            status["message"].clone(),
            status["source"].clone(),
            status["timestamp"].clone(),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}

/// The task with messages and reasons, which `/tasks` has not; a master without `/ui/task` tells only states.
fn told(master: &Master, task: &Value) -> Value {
    let path = format!(
        "/ui/task?framework={}&id={}",
        escaped(text(task, "framework_id")),
        escaped(text(task, "id"))
    );
    let answer = master.http.get(&master.address, &path);
    let answer = answer.ok().filter(|answer| answer.status == 200);
    let more = answer.and_then(|answer| answer.json().ok());
    more.unwrap_or_else(|| task.clone())
}

/// What the command executor's sentence tells.
fn exit_code(message: &str) -> Option<i64> {
    let code = message.strip_prefix("Command exited with status ")?;
    code.split_whitespace().next()?.parse().ok()
}

/// Local time of day with the date.
pub fn clock(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit"
    )]
    let millis = (seconds * 1000.0) as i64;
    let time = chrono::DateTime::from_timestamp_millis(millis);
    time.map_or_else(String::new, |time| {
        let local = time.with_timezone(&chrono::Local);
        local.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exit_is_an_exit_code() {
        assert_eq!(exit_code("Command exited with status 3"), Some(3));
        assert_eq!(exit_code("Command terminated with signal Killed"), None);
        assert_eq!(exit_code(""), None);
    }
}
