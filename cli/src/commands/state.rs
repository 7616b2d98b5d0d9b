//! `mesos state [SLAVE]`: the state of the master or of agents, as JSON.
//!
//! Compat: operations §3.6.

use crate::cluster::tasks::Snapshot;
use crate::table::{Command, Completes, History, Word};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::Value;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "state",
    about: "Print the state of the master or of agents",
    words: &[Word::optional(
        "slave",
        "ID of the agent, or a part of it; may match several.",
    )
    .completes(Completes::Agent)],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let Some(word) = arguments.word(0) else {
        context.out.object(snapshot.state())?;
        return Ok(0);
    };
    let mut states = Vec::new();
    for agent in snapshot.agents(word)? {
        let state = agent.state().map_err(|error| {
            Failure::error(format!(
                "Unable to read the state of agent '{}': {error}",
                agent.id
            ))
        })?;
        states.push(state);
    }
    context.out.object(&Value::Array(states))?;
    Ok(0)
}
