//! `mesos scp FILE… REMOTE`: copies files to every agent.
//!
//! Compat: operations §3.6.

use super::legacy_scp::copy;
use crate::cluster::tasks::Snapshot;
use crate::table::{Command, History, Word};
use crate::{Arguments, Context, Failure, Outcome, parallel};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "scp",
    about: "Upload local files to a folder on all agents",
    words: &[
        Word::required("file", "Local file to upload to the agents."),
        Word::required("remote_path", "More files, and last the path to upload to.").many(),
    ],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let Some((folder, files)) = arguments.rest(0).split_last() else {
        return Err(Failure::error("missing argument <file>"));
    };
    let profiles = context.config.profiles().map_err(Failure::Error)?;
    let workers = profiles
        .get("max_workers")
        .and_then(|text| text.parse().ok());
    let workers = workers.filter(|count| *count > 0).unwrap_or(1);
    let agents = Snapshot::load(context)?.agents("")?;
    let jobs: Vec<(&str, &String)> = agents
        .iter()
        .flat_map(|agent| files.iter().map(|file| (agent.hostname.as_str(), file)))
        .collect();
    let copied = parallel::map(&jobs, workers, |(host, file)| {
        copy(std::slice::from_ref(*file), host, folder)
    });
    let mut failed = false;
    for ((host, file), copied) in jobs.iter().zip(copied) {
        let good = copied == Some(true);
        failed |= !good;
        let place = crate::cluster::tasks::joined(folder, file);
        let result = if good { "uploaded" } else { "failed" };
        context.out.line(&format!("{host}:{place}\t{result}"))?;
    }
    Ok(u8::from(failed))
}
