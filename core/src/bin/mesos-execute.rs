//! Runs one command, task or task group on a cluster.

use std::process::ExitCode;

use mesos_core::execute::{self, PROGRAM};
use mesos_core::program::{self, LogFlags};
use mesos_daemon::flags::ExecuteFlags;

fn main() -> ExitCode {
    let (flags, warnings) = match program::load_arguments::<ExecuteFlags>(PROGRAM) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let log = LogFlags {
        program: PROGRAM,
        log_dir: None,
        level: "INFO",
        quiet: false,
    };
    if let Err(code) = program::install_logging(&log, &warnings) {
        return code;
    }
    match execute::run(&flags) {
        Ok(status) => ExitCode::from(status),
        Err(refusal) => program::refuse(&refusal),
    }
}
