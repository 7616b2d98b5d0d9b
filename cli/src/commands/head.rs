//! `mesos head TASK [FILE…]`.
//!
//! Compat: operations §3.6.

use crate::cluster::pages::Printer;
use crate::cluster::tasks::Snapshot;
use crate::sandbox_options::{
    FILES, Files, INACTIVE, LINES, QUIET, TASK, file_names, lines, no_file,
};
use crate::table::{Command, History};
use crate::{Arguments, Context, Outcome};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "head",
    about: "Display the first lines of files of sandboxes",
    words: &[TASK, FILES],
    flags: &[LINES, INACTIVE, QUIET],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let lines = lines(arguments)?;
    let snapshot = Snapshot::load(context)?;
    let word = arguments.word(0).unwrap_or_default();
    let tasks = snapshot.tasks(word, !arguments.has("inactive"))?;
    let found = Files::default().existing(context, &snapshot, &tasks, &file_names(arguments))?;
    if found.is_empty() {
        return Err(no_file());
    }
    let mut printer = Printer::new(context, !arguments.has("quiet"));
    for (file, _) in &found {
        printer.print_head(file, lines)?;
    }
    Ok(0)
}
