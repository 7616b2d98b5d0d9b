//! What the legacy tools share: their flags, their errors, and how they find a task's file.
//!
//! Compat: operations §3.4.

use crate::address::Address;
use crate::cluster::agent::{Agent, FileError};
use crate::cluster::{Master, items, sandbox, text};
use crate::options::Wrong;
use crate::table::Flag;
use crate::{Arguments, Context, Failure};
use serde_json::Value;

pub const MASTER: Flag = Flag::valued("master", "MASTER", "Where the master is: host:port.");

/// The flags of the tools for files.
pub const FILE_FLAGS: &[Flag] = &[
    MASTER,
    Flag::valued("framework", "ID", "ID of the framework."),
    Flag::valued("task", "ID", "ID of the task."),
    Flag::valued("file", "PATH", "Path of the file below the sandbox."),
];

/// A file below a sandbox.
#[derive(Clone, Debug)]
pub struct Found {
    pub agent: Agent,
    pub path: String,
}

/// What a tool says when it finds nothing.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    pub no_task: &'static str,
    pub no_sandbox: &'static str,
}

/// Whether one of the long flags is among the arguments.
pub fn has_flag(given: &[String], flags: &[&str]) -> bool {
    given
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| {
            let name = argument.strip_prefix("--");
            let name = name.map(|name| name.split('=').next().unwrap_or(name));
            name.is_some_and(|name| flags.contains(&name))
        })
}

/// Whether the arguments are those of the legacy tools for files.
pub fn claims_file(given: &[String]) -> bool {
    has_flag(given, &["master", "framework", "task", "file"])
}

/// Wrong arguments, as the tools answer them.
pub fn usage_error(wrong: &Wrong) -> Failure {
    usage(&wrong.to_string())
}

pub fn usage(text: &str) -> Failure {
    let text = format!("{text}\n\nSee the option --help.");
    Failure::plain(text, 1)
}

/// The value of a flag that must be there.
fn required<'a>(arguments: &'a Arguments, flag: &str) -> Result<&'a str, Failure> {
    let value = arguments.value(flag);
    value.ok_or_else(|| usage(&format!("Missing --{flag}")))
}

/// The master's state.
pub fn state(context: &Context, arguments: &Arguments) -> Result<Value, Failure> {
    let failed = |what: &str, why: &str| Failure::plain(format!("Failed to get {what}: {why}"), 1);
    let master = required(arguments, "master")?;
    let address = Address::parse_or_read(master).map_err(|error| failed("the master", &error))?;
    let http = context.config.master_client().map_err(Failure::Error)?;
    let master = Master::new(address, http);
    let answer = master.http.get(&master.address, "/master/state");
    answer
        .and_then(crate::http::Answer::successful)
        .and_then(|answer| answer.json())
        .map_err(|error| failed("the master state", &error.to_string()))
}

/// Where the file is that the four flags name.
pub fn find_file(context: &Context, arguments: &Arguments, texts: Texts) -> Result<Found, Failure> {
    required(arguments, "master")?;
    let framework = required(arguments, "framework")?;
    let task = required(arguments, "task")?;
    let file = required(arguments, "file")?;
    let state = state(context, arguments)?;
    let lost = |text: &str| Failure::plain(text, 1);
    let task = find_task(&state, framework, task).ok_or_else(|| lost(texts.no_task))?;
    let agents = items(&state, "slaves");
    let agent = agents.iter().find(|agent| agent["id"] == task["slave_id"]);
    let agent = agent.ok_or_else(|| lost("The task's slave is not registered"))?;
    let agent = context.agent(agent)?;
    let answer = agent.state();
    let answer =
        answer.map_err(|error| lost(&format!("Failed to get state from slave: {error}")))?;
    let directory = sandbox::of_task(&answer, task).ok_or_else(|| lost(texts.no_sandbox))?;
    Ok(Found {
        path: crate::cluster::tasks::joined(&directory, file),
        agent,
    })
}

fn find_task<'a>(state: &'a Value, framework: &str, task: &str) -> Option<&'a Value> {
    ["frameworks", "completed_frameworks"]
        .iter()
        .flat_map(|key| items(state, key))
        .filter(|entry| text(entry, "id") == framework)
        .flat_map(|entry| {
            ["tasks", "completed_tasks"]
                .iter()
                .flat_map(|key| items(entry, key))
        })
        .find(|entry| text(entry, "id") == task)
}

/// What an agent says of a file, with the tools' texts for errors.
pub fn file_result<T>(result: Result<T, FileError>) -> Result<T, Failure> {
    result.map_err(|error| match error {
        FileError::Missing => Failure::plain("No such file or directory", 1),
        FileError::Failed(why) => {
            Failure::plain(format!("Failed to read file from slave: {why}"), 1)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_decide_which_history_is_meant() {
        let claims = |text: &str| {
            let given: Vec<String> = text.split(' ').map(str::to_owned).collect();
            claims_file(&given)
        };
        assert!(claims("--master=localhost:5050"));
        assert!(claims("--master localhost:5050 --file stdout"));
        assert!(!claims("task stdout"));
        assert!(!claims("-n 5 task"));
        assert!(!claims("-- --master"));
        assert!(!claims("--masters=x"));
    }
}
