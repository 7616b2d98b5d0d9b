//! `mesos offers`: what is offered now, and to whom.
//!
//! Compat: operations §3.7.

use crate::cluster::{items, text};
use crate::output::{Column, Listing};
use crate::table::Command;
use crate::{Arguments, Context, Outcome};
use serde_json::{Value, json};

pub const COMMAND: Command = Command {
    name: "offers",
    about: "List what is offered now, and to whom",
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("ID", "id"),
    Column::new("Framework", "framework"),
    Column::new("Agent", "agent_id"),
    Column::new("Role", "role"),
    Column::new("CPUs", "cpus"),
    Column::new("Mem MB", "mem"),
    Column::new("Disk MB", "disk"),
    Column::wide("GPUs", "gpus"),
    Column::wide("Framework ID", "framework_id"),
];

fn run(context: &Context, _: &Arguments) -> Outcome {
    let mut listing = Listing::new(COLUMNS, "There are no offers at the moment.");
    for framework in context.master()?.frameworks()? {
        for offer in items(&framework, "offers") {
            let amount = |name: &str| offer["resources"][name].clone();
            let role = match &offer["allocation_info"]["role"] {
                Value::Null => framework["role"].clone(),
                role => role.clone(),
            };
            listing.push([
                offer["id"].clone(),
                json!(text(&framework, "name")),
                offer["slave_id"].clone(),
                role,
                amount("cpus"),
                amount("mem"),
                amount("disk"),
                amount("gpus"),
                framework["id"].clone(),
            ]);
        }
    }
    context.out.listing(&listing)?;
    Ok(0)
}
