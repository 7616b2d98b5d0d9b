//! `mesos reactivate AGENT`.
//!
//! Compat: operations §3.7; `REACTIVATE_AGENT` of the v1 operator API.

use crate::cluster::text;
use crate::commands::drain::AGENT;
use crate::table::Command;
use crate::{Arguments, Context, Outcome, find, operator};
use serde_json::json;

pub const COMMAND: Command = Command {
    name: "reactivate",
    about: "Offer an agent again that was drained or deactivated",
    words: &[AGENT],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let agent = find::agent(&master, arguments.word(0).unwrap_or_default())?;
    let id = text(&agent, "id");
    let body = json!({ "agent_id": { "value": id } });
    operator::call(&master, "REACTIVATE_AGENT", ("reactivate_agent", body))?;
    context.out.line(&format!("Agent {id} is active again"))?;
    Ok(0)
}
