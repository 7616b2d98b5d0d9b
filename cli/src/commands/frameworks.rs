//! `mesos frameworks`: frameworks with what their tasks have.
//!
//! Compat: operations §3.6.

use crate::cluster::tasks::Snapshot;
use crate::cluster::{items, text};
use crate::output::{Column, Listing};
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Outcome};
use serde_json::json;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "frameworks",
    about: "List frameworks with their active tasks and resources",
    flags: &[Flag::switch("inactive", "show inactive frameworks as well").short('i')],
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("ID", "id"),
    Column::new("NAME", "name"),
    Column::new("HOST", "host"),
    Column::new("ACTIVE", "active"),
    Column::new("TASKS", "tasks"),
    Column::new("CPU", "cpu"),
    Column::new("MEM", "mem"),
    Column::new("DISK", "disk"),
    Column::wide("USER", "user"),
    Column::wide("ROLES", "roles"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let groups: &[&str] = if arguments.has("inactive") {
        &["frameworks", "completed_frameworks"]
    } else {
        &["frameworks"]
    };
    let mut listing = Listing::new(COLUMNS, "==>You have no frameworks<==").centred();
    for framework in groups.iter().flat_map(|key| items(snapshot.state(), key)) {
        let resources = &framework["resources"];
        listing.push([
            framework["id"].clone(),
            framework["name"].clone(),
            json!(text(framework, "hostname")),
            framework["active"].clone(),
            json!(items(framework, "tasks").len()),
            resources["cpus"].clone(),
            resources["mem"].clone(),
            resources["disk"].clone(),
            framework["user"].clone(),
            framework["roles"].clone(),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}
