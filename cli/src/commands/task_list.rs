//! `mesos task list`.
//!
//! Compat: operations §3.3: the state is the one of the last status update. A task without any has
//! its own state here, where the original shows `UNKNOWN`.

use crate::cluster::{last_state, text};
use crate::output::{Column, Listing};
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Outcome};
use serde_json::json;

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("task"),
    name: "list",
    about: "List all running tasks in a Mesos cluster",
    flags: &[Flag::switch("all", "list all tasks, not only running [default: False]").short('a')],
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("ID", "id"),
    Column::new("State", "state"),
    Column::new("Framework ID", "framework_id"),
    Column::new("Executor ID", "executor_id"),
    Column::wide("Name", "name"),
    Column::wide("Agent ID", "agent_id"),
    Column::wide("Role", "role"),
    Column::wide("CPUs", "cpus"),
    Column::wide("Mem MB", "mem"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let all = arguments.has("all");
    let empty = "There are no tasks running in the cluster.";
    let mut listing = Listing::new(COLUMNS, empty);
    for task in context.master()?.tasks(None)? {
        let state = last_state(&task);
        if !all && state != "TASK_RUNNING" {
            continue;
        }
        listing.push([
            task["id"].clone(),
            json!(state),
            task["framework_id"].clone(),
            json!(text(&task, "executor_id")),
            task["name"].clone(),
            task["slave_id"].clone(),
            task["role"].clone(),
            task["resources"]["cpus"].clone(),
            task["resources"]["mem"].clone(),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}
