//! `mesos framework inspect`: all that the master says about a framework, without its tasks.
//!
//! Compat: operations §3.3.

use crate::cluster::text;
use crate::table::{Command, Completes, History, Word};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("framework"),
    name: "inspect",
    about: "Return low-level information of the framework",
    words: &[Word::required("framework_id", "ID of the framework.").completes(Completes::Framework)],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let id = arguments.word(0).unwrap_or_default();
    let mut frameworks = context.master()?.frameworks()?;
    let found = frameworks.iter_mut().find(|entry| text(entry, "id") == id);
    let Some(framework) = found else {
        return Err(Failure::error(format!("Unable to find framework '{id}'")));
    };
    if let Some(fields) = framework.as_object_mut() {
        for tasks in ["tasks", "unreachable_tasks", "completed_tasks"] {
            fields.shift_remove(tasks);
        }
    }
    context.out.object(framework)?;
    Ok(0)
}
