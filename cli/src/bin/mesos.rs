//! The command line program; which of its names it was called by decides what it is.

use std::process::ExitCode;

fn main() -> ExitCode {
    mesos_cli::run(std::env::args_os())
}
