//! The words and flags that the commands of `mesos.cli` for sandboxes share.
//!
//! Compat: operations §3.6.

use crate::cluster::tasks::{File, NO_FILE, Snapshot, Task, header};
use crate::table::{Completes, Flag, Word};
use crate::{Arguments, Context, Failure};
use std::collections::HashSet;

/// The file that is meant when none is named.
const DEFAULT_FILE: &str = "stdout";

pub const TASK: Word = Word::required(
    "task",
    "ID of the task, a part of it or a pattern; may match several.",
)
.completes(Completes::Task);
pub const FILES: Word = Word::optional(
    "file",
    "Path of a file inside the task's sandbox (default: stdout).",
)
.many();
pub const PATH: Word = Word::optional("path", "Path inside the task's sandbox.");

pub const INACTIVE: Flag = Flag::switch("inactive", "show inactive tasks as well").short('i');
pub const QUIET: Flag = Flag::switch(
    "quiet",
    "Suppresses printing of headers when multiple tasks are examined",
)
.short('q');
pub const LINES: Flag = Flag::valued(
    "lines",
    "N",
    "Number of lines of the file to output (default: 10).",
)
.short('n');

/// The names of the files that are asked for.
pub fn file_names(arguments: &Arguments) -> Vec<String> {
    match arguments.rest(1) {
        [] => vec![DEFAULT_FILE.to_owned()],
        names => names.to_vec(),
    }
}

/// `--lines`.
pub fn lines(arguments: &Arguments) -> Result<usize, Failure> {
    const DEFAULT: usize = 10;
    arguments.number("lines", DEFAULT)
}

/// The files that exist, with their lengths; agents that are gone are told of once.
#[derive(Debug, Default)]
pub struct Files {
    told: HashSet<String>,
}

impl Files {
    pub fn existing(
        &mut self,
        context: &Context,
        snapshot: &Snapshot<'_>,
        tasks: &[Task<'_>],
        names: &[String],
    ) -> Result<Vec<(File, u64)>, Failure> {
        let mut found = Vec::new();
        for task in tasks {
            for name in names {
                let answers = task.agent.as_ref();
                let answers = answers.is_some_and(|agent| snapshot.agent_state(agent).is_some());
                if !answers {
                    self.tell(context, task, name)?;
                    continue;
                }
                let Some(file) = snapshot.file(task, name) else {
                    continue;
                };
                if let Some(length) = file.length()? {
                    found.push((file, length));
                }
            }
        }
        Ok(found)
    }

    fn tell(&mut self, context: &Context, task: &Task<'_>, name: &str) -> Result<(), Failure> {
        if self.told.insert(task.id.to_owned()) {
            header(context, &format!("{}:{name}", task.id))?;
            context.out.line("Slave no longer exists.")?;
        }
        Ok(())
    }
}

/// What is said when there is no file at all.
pub fn no_file() -> Failure {
    Failure::plain(NO_FILE, 1)
}
