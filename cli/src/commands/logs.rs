//! `mesos logs [-f] [--stderr] TASK`: what a task writes, by way of the master.
//!
//! Compat: operations §3.7, §4.7. A master without `/agent/ID/…` (Mesos itself) is no hindrance: then the agent is
//! asked. Following ends with the task, when all that it wrote is shown.

use crate::cluster::agent::{Agent, FileError};
use crate::cluster::{Master, last_state, sandbox, text};
use crate::find;
use crate::http::pause;
use crate::table::{Command, Completes, Flag, Word};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::Value;
use std::io::Write as _;
use std::time::Duration;

pub const COMMAND: Command = Command {
    name: "logs",
    about: "Show what a task writes",
    details: "Shows the file `stdout` of the task's sandbox, or `stderr`. With --follow it goes on until the task is \
              over. The agent is asked by way of the master.",
    words: &[
        Word::required("task", "ID of the task, or a part that only one task has.")
            .completes(Completes::Task),
    ],
    flags: &[
        Flag::switch(
            "follow",
            "Go on with what is added, until the task is over.",
        )
        .short('f'),
        Flag::switch("stderr", "The errors of the task instead of its output."),
        Flag::valued("lines", "N", "Only the last N lines of what is there.").short('n'),
    ],
    run,
    ..Command::NEW
};

/// Between two looks at what is new.
const PAUSE: Duration = Duration::from_millis(500);
/// How much is asked for at a time.
const PAGE_BYTES: u64 = 64 * 1024;
/// Of the end of a file, so much is looked through for line ends.
const MAX_TAIL_BYTES: u64 = 64 * 1024 * 1024;

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let task = find::task(&master, arguments.word(0).unwrap_or_default())?;
    let name = match arguments.has("stderr") {
        true => "stderr",
        false => "stdout",
    };
    let lines = match arguments.value("lines") {
        Some(_) => Some(arguments.number("lines", 0)?),
        None => None,
    };
    let mut log = Log::new(context, master, task, name);
    match arguments.has("follow") {
        true => log.follow(lines, &mut || false)?,
        false => log.print(lines)?,
    }
    Ok(0)
}

/// A file of a task's sandbox and how far it was shown.
pub struct Log<'a> {
    context: &'a Context,
    master: Master,
    task: Value,
    name: &'static str,
    place: Option<(Agent, String)>,
    offset: u64,
    /// Where both files are shown at once.
    pub to_stderr: bool,
}

impl<'a> Log<'a> {
    pub fn new(context: &'a Context, master: Master, task: Value, name: &'static str) -> Self {
        Self {
            context,
            master,
            task,
            name,
            place: None,
            offset: 0,
            to_stderr: false,
        }
    }

    /// What is there now.
    pub fn print(&mut self, lines: Option<usize>) -> Result<(), Failure> {
        if !self.locate()? {
            return Err(self.missing());
        }
        if let Some(lines) = lines {
            self.offset = self.tail_start(lines)?;
        }
        if self.advance()?.is_none() {
            return Err(self.missing());
        }
        Ok(())
    }

    /// The same, and what is added until the task is over; or until `stop` says so, for who knows better.
    pub fn follow(
        &mut self,
        lines: Option<usize>,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<(), Failure> {
        let mut begun = false;
        loop {
            // Asked first: what a task that is over has written is all there.
            let over = stop() || self.is_over()?;
            if self.place.is_some() || self.locate()? {
                if !begun && let Some(lines) = lines {
                    self.offset = self.tail_start(lines)?;
                }
                begun = true;
                self.advance()?;
            }
            if over && !begun {
                return Err(self.missing());
            }
            if over {
                return Ok(());
            }
            pause(PAUSE);
        }
    }

    fn missing(&self) -> Failure {
        let id = text(&self.task, "id");
        let agent = text(&self.task, "slave_id");
        Failure::error(format!(
            "Task '{id}' has no '{}': agent '{agent}' does not know it, or has removed its sandbox",
            self.name
        ))
    }

    fn is_over(&mut self) -> Result<bool, Failure> {
        let id = text(&self.task, "id").to_owned();
        let framework = text(&self.task, "framework_id").to_owned();
        let tasks = self.master.tasks(Some(&id))?;
        let mut same = tasks
            .iter()
            .filter(|task| text(task, "framework_id") == framework);
        // The master forgets tasks that are over.
        Ok(same.next().is_none_or(|task| {
            let state = text(task, "state");
            find::is_over(state) || find::is_over(last_state(task))
        }))
    }

    /// Finds the sandbox; not before the agent has made it.
    fn locate(&mut self) -> Result<bool, Failure> {
        let id = text(&self.task, "slave_id");
        let agents = self.master.agents()?;
        let Some(entry) = agents.iter().find(|entry| text(entry, "id") == id) else {
            return Ok(false);
        };
        let direct = self.context.agent(entry)?;
        let through = direct.clone().through(&self.master);
        let answers = through.state().map(|state| (through, state));
        let (agent, state) = match answers.or_else(|_| direct.state().map(|state| (direct, state)))
        {
            Ok(found) => found,
            Err(error) => return Err(Failure::error(format!("Agent '{id}': {error}"))),
        };
        let folder = sandbox::of_task(&state, &self.task);
        self.place = folder.map(|folder| (agent, format!("{folder}/{}", self.name)));
        Ok(self.place.is_some())
    }

    fn length(&self) -> Result<Option<u64>, Failure> {
        let Some((agent, path)) = &self.place else {
            return Ok(None);
        };
        match agent.length(path) {
            Ok(length) => Ok(Some(length)),
            Err(FileError::Missing) => Ok(None),
            Err(FileError::Failed(why)) => Err(self.failed(&why)),
        }
    }

    /// Shows what is there from the offset on; `None` when there is no such file.
    fn advance(&mut self) -> Result<Option<()>, Failure> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        if length < self.offset {
            // It was cut, or another has taken its place.
            self.offset = 0;
        }
        while self.offset < length {
            let bytes = self.read(self.offset, PAGE_BYTES)?;
            if bytes.is_empty() {
                break;
            }
            self.offset += bytes.len() as u64;
            match self.to_stderr {
                true => std::io::stderr().write_all(&bytes)?,
                false => self.context.out.bytes(&bytes)?,
            }
        }
        Ok(Some(()))
    }

    fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, Failure> {
        let Some((agent, path)) = &self.place else {
            return Ok(Vec::new());
        };
        match agent.read(path, offset, length) {
            Ok(part) => Ok(part.data),
            Err(FileError::Missing) => Ok(Vec::new()),
            Err(FileError::Failed(why)) => Err(self.failed(&why)),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::error(format!("Failed to read '{}': {why}", self.name))
    }

    /// Where the last so many lines begin.
    fn tail_start(&self, lines: usize) -> Result<u64, Failure> {
        let length = self.length()?.unwrap_or(0);
        let mut end = length;
        let mut missing = lines;
        while missing > 0 && end > 0 && length - end < MAX_TAIL_BYTES {
            let from = end.saturating_sub(PAGE_BYTES);
            let bytes = self.read(from, end - from)?;
            for at in (0..bytes.len()).rev().filter(|at| bytes[*at] == b'\n') {
                let position = from + at as u64;
                // The one at the very end ends the last line and begins none.
                if position + 1 == length {
                    continue;
                }
                missing -= 1;
                if missing == 0 {
                    return Ok(position + 1);
                }
            }
            end = from;
        }
        Ok(if lines == 0 { length } else { end })
    }
}
