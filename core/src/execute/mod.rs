//! `mesos-execute`: runs one command, task or task group as a framework of its own.
//!
//! Compat: operations §3.5. `plan` makes of the flags what is run, `machine` is the framework, `status` its words,
//! `shell` its connection, timers and signals. FIX: the framework is torn down also when the program is interrupted;
//! an offer that is too small does not make the framework ask for no more; `--task` with reserved resources finds
//! them; the tasks of a group do not get the same reservation twice.

mod container;
mod machine;
mod package;
mod plan;
mod shell;
mod status;
#[cfg(test)]
mod tests;

use mesos_daemon::flags::{ExecuteFlags, usage};

/// How the program is called in its texts.
pub const PROGRAM: &str = "mesos-execute";

/// Why nothing is run, or what went wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The flags do not go together: the usage follows.
    #[error("{0}\n\n{usage}", usage = usage::<ExecuteFlags>(PROGRAM))]
    Usage(String),
    #[error("{0}")]
    Plain(String),
}

impl Refusal {
    fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }
}

/// Runs what the flags say until it is over; answers the exit status of the program.
///
/// # Errors
/// Flags that make no sense, a master that cannot be found or refuses.
pub fn run(flags: &ExecuteFlags) -> Result<u8, Refusal> {
    let mut plan = plan::Plan::new(flags)?;
    if let Some(file) = &flags.package {
        let hdfs = package::Hdfs::new(&flags.hadoop)?;
        let uri = hdfs.upload(file, &plan.framework.user, flags)?;
        plan.add_uri(uri);
    }
    shell::run(plan)
}
