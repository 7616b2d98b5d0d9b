//! `mesos cat TASK [FILE…]`.
//!
//! Compat: operations §3.6.

use crate::cluster::pages::Printer;
use crate::cluster::tasks::Snapshot;
use crate::sandbox_options::{FILES, Files, INACTIVE, TASK, file_names, no_file};
use crate::table::{Command, History};
use crate::{Arguments, Context, Outcome};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "cat",
    about: "Concatenate and print files of sandboxes",
    words: &[TASK, FILES],
    flags: &[INACTIVE],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let word = arguments.word(0).unwrap_or_default();
    let tasks = snapshot.tasks(word, !arguments.has("inactive"))?;
    let found = Files::default().existing(context, &snapshot, &tasks, &file_names(arguments))?;
    if found.is_empty() {
        return Err(no_file());
    }
    let mut printer = Printer::new(context, false);
    for (file, _) in &found {
        printer.print_from(file, 0)?;
    }
    Ok(0)
}
