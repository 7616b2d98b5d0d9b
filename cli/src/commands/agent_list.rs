//! `mesos agent list`.
//!
//! Compat: operations §3.3.

use crate::cluster::text;
use crate::output::{Column, Listing};
use crate::table::{Command, History};
use crate::{Arguments, Context, Outcome};
use serde_json::{Value, json};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("agent"),
    name: "list",
    about: "List the Mesos agents",
    details: "List information about the Mesos agents.",
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("Agent ID", "id"),
    Column::new("Hostname", "hostname"),
    Column::new("Active", "active"),
    Column::wide("Address", "address"),
    Column::wide("Version", "version"),
    Column::wide("CPUs", "cpus"),
    Column::wide("Used", "used_cpus"),
    Column::wide("Mem MB", "mem"),
    Column::wide("Used MB", "used_mem"),
];

fn run(context: &Context, _: &Arguments) -> Outcome {
    let mut listing = Listing::new(COLUMNS, "The cluster does not have any agents.");
    for agent in context.master()?.agents()? {
        let amount = |list: &str, name: &str| agent[list][name].clone();
        let address = text(&agent, "pid").rsplit('@').next().unwrap_or_default();
        listing.push([
            agent["id"].clone(),
            agent["hostname"].clone(),
            Value::Bool(agent["active"] == true),
            json!(address),
            agent["version"].clone(),
            amount("resources", "cpus"),
            amount("used_resources", "cpus"),
            amount("resources", "mem"),
            amount("used_resources", "mem"),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}
