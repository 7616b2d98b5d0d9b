//! `mesos tail [-f] TASK [FILE…]`: with `-f` also tasks and files that appear later.
//!
//! Compat: operations §3.6.

use crate::cluster::pages::Printer;
use crate::cluster::tasks::{File, Snapshot};
use crate::http::pause;
use crate::sandbox_options::{
    FILES, Files, INACTIVE, LINES, QUIET, TASK, file_names, lines, no_file,
};
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Outcome};
use std::collections::HashMap;
use std::time::Duration;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "tail",
    about: "Display the last lines of files of sandboxes, and follow them",
    words: &[TASK, FILES],
    flags: &[
        Flag::switch(
            "follow",
            "Wait for additional data to be appended to the file.",
        )
        .short('f'),
        LINES,
        INACTIVE,
        QUIET,
    ],
    run,
    ..Command::NEW
};

/// Between two looks at what is new.
const PAUSE: Duration = Duration::from_secs(1);

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let lines = lines(arguments)?;
    let follow = arguments.has("follow");
    let names = file_names(arguments);
    let word = arguments.word(0).unwrap_or_default();
    let mut printer = Printer::new(context, !arguments.has("quiet"));
    let mut files = Files::default();
    // Where each file was read to; one that appears later is read from its beginning.
    let mut ends: HashMap<String, u64> = HashMap::new();
    let mut first = true;
    loop {
        let snapshot = Snapshot::load(context)?;
        let tasks = snapshot.tasks(word, !arguments.has("inactive"))?;
        let found = files.existing(context, &snapshot, &tasks, &names)?;
        if found.is_empty() && !follow {
            return Err(no_file());
        }
        for (file, length) in &found {
            let key = key(file);
            let end = match ends.get(&key) {
                None if first => printer.print_tail(file, *length, lines)?,
                None => printer.print_from(file, 0)?,
                // A file that was cut begins anew.
                Some(end) if end > length => printer.print_from(file, 0)?,
                Some(end) => printer.print_from(file, *end)?,
            };
            ends.insert(key, end);
        }
        if !follow {
            return Ok(0);
        }
        first = false;
        pause(PAUSE);
    }
}

/// What tells a file from the same one of another run of the task.
fn key(file: &File) -> String {
    format!("{}:{}", file.agent.address, file.path)
}
