//! `mesos task inspect`: all that the master says about a task, as JSON.
//!
//! Compat: operations §3.3.

use crate::cluster::text;
use crate::table::{Command, Completes, History, Word};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("task"),
    name: "inspect",
    about: "Return low-level information on the task",
    words: &[Word::required("task_id", "ID of the task.").completes(Completes::Task)],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let id = arguments.word(0).unwrap_or_default();
    let tasks = context.master()?.tasks(Some(id))?;
    let mut found = tasks
        .iter()
        .filter(|task| text(task, "id") == id)
        .peekable();
    if found.peek().is_none() {
        return Err(Failure::error(format!("Unable to find task '{id}'")));
    }
    // Frameworks may have tasks of one name.
    for task in found {
        context.out.object(task)?;
    }
    Ok(0)
}
