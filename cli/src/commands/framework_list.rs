//! `mesos framework list`.
//!
//! Compat: operations §3.3.

use crate::cluster::{items, text};
use crate::output::{Column, Listing};
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Outcome};
use serde_json::{Value, json};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("framework"),
    name: "list",
    about: "List the Mesos frameworks",
    details: "List information about the Mesos frameworks.",
    flags: &[Flag::switch("all", "list also non active frameworks").short('a')],
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("ID", "id"),
    Column::new("Active", "active"),
    Column::new("Hostname", "hostname"),
    Column::new("Name", "name"),
    Column::wide("User", "user"),
    Column::wide("Roles", "roles"),
    Column::wide("Tasks", "tasks"),
    Column::wide("CPUs", "cpus"),
    Column::wide("Mem MB", "mem"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let all = arguments.has("all");
    let mut listing = Listing::new(COLUMNS, "");
    for framework in context.master()?.frameworks()? {
        let active = framework["active"] == true;
        if !all && !active {
            continue;
        }
        listing.push([
            framework["id"].clone(),
            Value::Bool(active),
            json!(text(&framework, "hostname")),
            framework["name"].clone(),
            framework["user"].clone(),
            framework["roles"].clone(),
            json!(items(&framework, "tasks").len()),
            framework["used_resources"]["cpus"].clone(),
            framework["used_resources"]["mem"].clone(),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}
