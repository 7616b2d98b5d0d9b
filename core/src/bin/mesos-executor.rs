//! Runs one command as a task; started by the agent.

use std::process::ExitCode;

use mesos_core::executor::{self, flags};
use mesos_daemon::logging::{self, LogConfig, Severity};

fn main() -> ExitCode {
    let level = Severity::Info;
    let config = LogConfig {
        program: "mesos-executor".to_owned(),
        log_dir: None,
        level,
        quiet: false,
        verbose: 0,
    };
    if logging::install(config).is_err() {
        return ExitCode::FAILURE;
    }
    let flags = match flags::Flags::parse(std::env::args().skip(1)) {
        Ok(flags) => flags,
        Err(error) => {
            tracing::error!("EXIT with status 1: {error}\n\n{}", flags::USAGE);
            return ExitCode::FAILURE;
        }
    };
    if flags.is_help {
        return match std::io::Write::write_all(&mut std::io::stdout(), flags::USAGE.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match executor::run(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("EXIT with status 1: {error}");
            ExitCode::FAILURE
        }
    }
}
