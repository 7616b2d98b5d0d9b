//! `mesos teardown FRAMEWORK`: ends a framework with all its tasks.
//!
//! Compat: operations §3.7; the endpoint `/master/teardown`.

use crate::cluster::text;
use crate::http::escaped;
use crate::table::{Command, Completes, Word};
use crate::{Arguments, Context, Outcome, find, operator};

pub const COMMAND: Command = Command {
    name: "teardown",
    about: "End a framework with all its tasks",
    words: &[FRAMEWORK],
    run,
    ..Command::NEW
};

const FRAMEWORK: Word = Word::required(
    "framework",
    "ID or name of the framework, or a part of the ID that only one has.",
)
.completes(Completes::Framework);

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let framework = find::framework(&master, arguments.word(0).unwrap_or_default())?;
    let id = text(&framework, "id");
    let body = format!("frameworkId={}", escaped(id));
    let answer = master
        .http
        .post_form(&master.address, "/master/teardown", &body)
        .map_err(|error| operator::failed(&master, &error))?;
    operator::accepted(&master, answer)?;
    let name = text(&framework, "name");
    context
        .out
        .line(&format!("Framework {id} ({name}) is torn down"))?;
    Ok(0)
}
