//! `mesos task exec`: a command in the container of a running task.
//!
//! Compat: operations §3.3. `--interactive` and `--tty` need the input of a container, which the
//! agent does not have: they are refused.

use crate::container::Container;
use crate::table::{Command, Completes, Flag, History, Word};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::json;
use uuid::Uuid;

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("task"),
    name: "exec",
    about: "Execute commands in a task's container",
    details: "The exit status is that of the command; 128 and the signal's number when one ended it.",
    words: &[
        Word::required("task-id", "ID of the task.").completes(Completes::Task),
        Word::required("command", "The command and its arguments.").many(),
    ],
    flags: &[
        Flag::switch("interactive", "interactive [default: False]").short('i'),
        Flag::switch("tty", "tty [default: False]").short('t'),
    ],
    words_before_rest: Some(2),
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    for flag in ["interactive", "tty"] {
        if arguments.has(flag) {
            return Err(Failure::error(format!(
                "'--{flag}' needs ATTACH_CONTAINER_INPUT, which is not built"
            )));
        }
    }
    let container = Container::of_task(context, arguments.word(0).unwrap_or_default())?;
    let id = json!({"parent": container.id, "value": Uuid::new_v4().to_string()});
    // The first argument repeats the command: it is the program's own name.
    let words = arguments.rest(1);
    let call = json!({
        "type": "LAUNCH_NESTED_CONTAINER_SESSION",
        "launch_nested_container_session": {
            "container_id": id,
            "command": {"value": words.first(), "arguments": words, "shell": false},
            "container": {"type": "MESOS"},
        },
    });
    container.stream(&call)?;
    container.wait(&id)
}
