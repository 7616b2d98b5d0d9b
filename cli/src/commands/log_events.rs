//! `mesos events -s SECONDS`, `mesos events -q`: follows the logs of the master and of all agents.
//!
//! Compat: operations §3.6: `mesos.cli`'s meaning of the word. Daemons have a log to read when they
//! were started with `--log_dir` or `--external_log_file`.

use crate::cluster::agent::{Agent, FileError};
use crate::cluster::pages::Printer;
use crate::cluster::tasks::{File, Snapshot};
use crate::http::pause;
use crate::sandbox_options::QUIET;
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Failure, Outcome};
use std::collections::HashMap;
use std::time::Duration;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "events",
    about: "Observe events of the cluster",
    details: "With -s, -q or --logs: follow the logs of the master and of all agents, as mesos.cli.",
    flags: &[
        Flag::valued(
            "sleep-interval",
            "N",
            "Sleep approximately N seconds between iterations (default: 5).",
        )
        .short('s'),
        Flag::switch("logs", "Follow the logs of the daemons."),
        QUIET,
    ],
    claims: Some(asks_for_logs),
    run,
    ..Command::NEW
};

/// Whether these arguments are those of `mesos.cli`.
fn asks_for_logs(given: &[String]) -> bool {
    let own = ["-s", "-q", "--sleep-interval", "--quiet", "--logs"];
    let is_own = |argument: &String| own.iter().any(|name| argument.starts_with(name));
    given.iter().any(is_own)
}

const DEFAULT_PAUSE_SECONDS: f64 = 5.0;
const MASTER_LOG: &str = "/master/log";
const AGENT_LOG: &str = "/slave/log";

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let seconds = arguments.number("sleep-interval", DEFAULT_PAUSE_SECONDS)?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| {
        Failure::error(format!(
            "'{seconds}' is not a valid value of '--sleep-interval'"
        ))
    })?;
    let mut printer = Printer::new(context, !arguments.has("quiet"));
    let mut ends: HashMap<String, u64> = HashMap::new();
    loop {
        let files = logs(context)?;
        let mut readable = false;
        for file in &files {
            let length = match file.agent.length(&file.path) {
                Ok(length) => length,
                Err(FileError::Missing | FileError::Failed(_)) => continue,
            };
            readable = true;
            // What was logged before is no event, and a log that was rotated begins anew.
            let from = match ends.get(&file.label) {
                None => length,
                Some(end) if *end > length => 0,
                Some(end) => *end,
            };
            let end = printer.print_from(file, from)?;
            ends.insert(file.label.clone(), end);
        }
        if !readable {
            return Err(Failure::error(
                "Neither the master nor an agent has a log that can be read; they have one when \
                 started with --log_dir",
            ));
        }
        pause(time);
    }
}

/// The logs of the master and of the agents that are registered.
fn logs(context: &Context) -> Result<Vec<File>, Failure> {
    let master = context.master()?;
    let reader = Agent {
        id: String::new(),
        hostname: master.address.host.clone(),
        address: master.address.clone(),
        process: "master".to_owned(),
        prefix: None,
        http: master.http,
    };
    let mut logs = vec![log(reader, MASTER_LOG)];
    for agent in Snapshot::load(context)?.agents("")? {
        logs.push(log(agent, AGENT_LOG));
    }
    Ok(logs)
}

fn log(agent: Agent, path: &str) -> File {
    File {
        label: format!("{}:{path}", agent.address),
        path: path.to_owned(),
        agent,
    }
}
