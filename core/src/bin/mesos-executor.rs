//! Runs one command as a task; started by the agent.

use std::io::Write;
use std::process::ExitCode;

use mesos_core::executor::{self, flags};
use mesos_core::program::{self, LogFlags};
use mesos_daemon::flags::ExecutorFlags;

const PROGRAM: &str = "mesos-executor";

fn main() -> ExitCode {
    let (told, warnings) = match program::load_arguments::<ExecutorFlags>(PROGRAM) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let log = LogFlags {
        program: PROGRAM,
        log_dir: told.log_dir.as_deref(),
        level: &told.logging_level,
        quiet: told.quiet,
    };
    if told.initialize_driver_logging
        && let Err(code) = program::install_logging(&log, &warnings)
    {
        return code;
    }
    let ended = flags::Flags::read(&told)
        .map_err(|error| error.to_string())
        .and_then(|flags| executor::run(&flags).map_err(|error| error.to_string()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if told.initialize_driver_logging => program::refuse(&error),
        Err(error) => {
            // Nobody is left to tell when the stream is closed.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
