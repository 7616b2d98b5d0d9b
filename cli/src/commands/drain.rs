//! `mesos drain AGENT`: ends an agent's tasks and keeps new ones away.
//!
//! Compat: operations §3.7; `DRAIN_AGENT` of the v1 operator API.

use crate::cluster::text;
use crate::table::{Command, Completes, Flag, Word};
use crate::{Arguments, Context, Outcome, find, operator};
use serde_json::{Map, json};

pub const AGENT: Word = Word::required(
    "agent",
    "ID or host name of the agent, or a part of the ID that only one has.",
)
.completes(Completes::Agent);

pub const COMMAND: Command = Command {
    name: "drain",
    about: "End the tasks of an agent and keep new ones away",
    words: &[AGENT],
    flags: &[
        Flag::valued(
            "grace-period",
            "SECONDS",
            "How long at most a task may take to end; shorter than what it asked for itself.",
        ),
        Flag::switch("mark-gone", "Once drained, the agent is gone for good."),
    ],
    run,
    ..Command::NEW
};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let agent = find::agent(&master, arguments.word(0).unwrap_or_default())?;
    let id = text(&agent, "id");
    let mut body = Map::new();
    body.insert("agent_id".to_owned(), json!({ "value": id }));
    if arguments.has("grace-period") {
        let seconds: u64 = arguments.number("grace-period", 0)?;
        let nanoseconds = seconds.saturating_mul(NANOS_PER_SECOND);
        let period = json!({ "nanoseconds": nanoseconds });
        body.insert("max_grace_period".to_owned(), period);
    }
    if arguments.has("mark-gone") {
        body.insert("mark_gone".to_owned(), json!(true));
    }
    operator::call(&master, "DRAIN_AGENT", ("drain_agent", body.into()))?;
    context.out.line(&format!("Agent {id} is draining"))?;
    Ok(0)
}
