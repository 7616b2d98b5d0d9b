//! Brings what a command names into a sandbox; started by the agent, told what to do by its
//! environment.

use std::process::ExitCode;

use mesos_core::program::{self, LogFlags};
use mesos_daemon::flags::FetcherFlags;

const PROGRAM: &str = "mesos-fetcher";

fn main() -> ExitCode {
    let (flags, warnings) = match program::load_flags::<FetcherFlags>(PROGRAM, &[]) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let log = LogFlags {
        program: PROGRAM,
        log_dir: flags.log_dir.as_deref(),
        level: &flags.logging_level,
        quiet: flags.quiet,
    };
    if let Err(code) = program::install_logging(&log, &warnings) {
        return code;
    }
    match mesos_core::fetcher::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => program::refuse(&error),
    }
}
