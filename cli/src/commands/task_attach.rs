//! `mesos task attach`: the output of a running task.
//!
//! Compat: operations §3.3. What is typed is not sent: the agent's side of that, attaching to the
//! input of a container, is not built, and so there is nothing that its protocol could be tried on.

use crate::container::Container;
use crate::table::{Command, Completes, Flag, History, Word};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::json;

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("task"),
    name: "attach",
    about: "Attach the CLI to the stdio of a running task",
    details: "Prints the output of a task that was started with a terminal.\n\
              Sending input is not built: only --no-stdin is served when the agent answers.",
    words: &[Word::required("task-id", "ID of the task.").completes(Completes::Task)],
    flags: &[Flag::switch(
        "no-stdin",
        "do not attach a stdin [default: False]",
    )],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let container = Container::of_task(context, arguments.word(0).unwrap_or_default())?;
    let call = json!({
        "type": "ATTACH_CONTAINER_OUTPUT",
        "attach_container_output": {"container_id": container.id},
    });
    container.stream(&call)?;
    if !arguments.has("no-stdin") {
        return Err(Failure::error(
            "Only the output was attached: sending input (ATTACH_CONTAINER_INPUT) is not built; \
             use --no-stdin",
        ));
    }
    if container.is_nested() {
        return container.wait(&container.id);
    }
    Ok(0)
}
