//! `mesos deactivate AGENT`.
//!
//! Compat: operations §3.7; `DEACTIVATE_AGENT` of the v1 operator API.

use crate::cluster::text;
use crate::commands::drain::AGENT;
use crate::table::Command;
use crate::{Arguments, Context, Outcome, find, operator};
use serde_json::json;

pub const COMMAND: Command = Command {
    name: "deactivate",
    about: "Offer nothing of an agent any more; its tasks go on",
    words: &[AGENT],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let agent = find::agent(&master, arguments.word(0).unwrap_or_default())?;
    let id = text(&agent, "id");
    let body = json!({ "agent_id": { "value": id } });
    operator::call(&master, "DEACTIVATE_AGENT", ("deactivate_agent", body))?;
    context.out.line(&format!("Agent {id} is deactivated"))?;
    Ok(0)
}
