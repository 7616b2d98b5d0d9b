//! `mesos find TASK [PATH]`: every file below a sandbox or a folder in it.
//!
//! Compat: operations §3.6.

use crate::cluster::agent::{Agent, FileError};
use crate::cluster::tasks::{Snapshot, header, joined, relative};
use crate::cluster::text;
use crate::sandbox_options::{PATH, QUIET, TASK};
use crate::table::{Command, History};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "find",
    about: "List all the files below a task's sandbox",
    words: &[TASK, PATH],
    flags: &[QUIET],
    run,
    ..Command::NEW
};

/// Folders in folders beyond this are not entered.
const MAX_DEPTH: usize = 64;

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let tasks = snapshot.some_tasks(arguments.word(0).unwrap_or_default(), false)?;
    let path = arguments.word(1).unwrap_or_default();
    for task in &tasks {
        let Some(agent) = &task.agent else {
            continue;
        };
        if tasks.len() > 1 && !arguments.has("quiet") {
            header(context, &task.label())?;
        }
        if let Some(directory) = snapshot.directory(task) {
            walk(context, agent, &joined(&directory, path))?;
        }
    }
    Ok(0)
}

/// Prints what is below the folder, each folder before what it holds.
fn walk(context: &Context, agent: &Agent, base: &str) -> Result<(), Failure> {
    let mut waiting = vec![(base.to_owned(), false, 0)];
    while let Some((path, show, depth)) = waiting.pop() {
        if show {
            let name = relative(&path, base).replace(char::is_control, "?");
            context.out.line(&name)?;
        }
        if depth > MAX_DEPTH {
            continue;
        }
        let entries = match agent.browse(&path) {
            Ok(entries) => entries,
            Err(FileError::Missing) => continue,
            Err(FileError::Failed(why)) => {
                return Err(Failure::error(format!("Failed to list '{path}': {why}")));
            }
        };
        let mut folders = Vec::new();
        let mut files = Vec::new();
        for entry in &entries {
            let name = text(entry, "path");
            // Only what is really below: nobody may send this in a circle.
            if relative(name, &path) == name {
                continue;
            }
            if text(entry, "mode").starts_with('d') {
                folders.push((name.to_owned(), true, depth + 1));
            } else {
                files.push(relative(name, base).replace(char::is_control, "?"));
            }
        }
        for file in files {
            context.out.line(&file)?;
        }
        waiting.extend(folders.into_iter().rev());
    }
    Ok(())
}
