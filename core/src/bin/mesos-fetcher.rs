//! Brings what a command names into a sandbox; started by the agent, told what to do by its
//! environment.

use std::process::ExitCode;

use mesos_daemon::logging::{self, LogConfig, Severity};

fn main() -> ExitCode {
    let level = Severity::Info;
    let config = LogConfig {
        program: "mesos-fetcher".to_owned(),
        log_dir: None,
        level,
        quiet: false,
        verbose: 0,
    };
    if logging::install(config).is_err() {
        return ExitCode::FAILURE;
    }
    match mesos_core::fetcher::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("EXIT with status 1: {error}");
            ExitCode::FAILURE
        }
    }
}
