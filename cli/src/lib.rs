//! `mesos`, one native program for the command lines of three histories.
//!
//! Compat: operations §3.1 to §3.4 and §3.6, S4-28 to S4-30, S3-52.
//!
//! * the plug-in commands of the new CLI: `mesos agent list`, `mesos task exec` (§3.3);
//! * the legacy tools: `mesos ps --master=…`, also as `mesos-ps` (§3.4), and any `mesos-*` on `PATH`;
//! * the commands of `mesos.cli`: `mesos ls`, `mesos tail -f` (§3.6);
//! * and what users of today expect besides (§3.7).
//!
//! # Adding a command
//!
//! One file under `commands/` with `pub const COMMAND: Command` (see [`table::Command`]; start from
//! [`Command::NEW`](table::Command::NEW)) and a `fn run(&Context, &Arguments) -> Outcome`, and one row in
//! [`table::COMMANDS`]. The help texts, completions and man pages are made from that row alone:
//! what a command takes (words, flags) is data, so nothing can be accepted and undocumented.
//!
//! * [`Context::master`] is the leading master's address with the client of the configuration;
//!   [`http::Http`] reads endpoints with retries, posts calls, opens streams.
//! * Results go through [`Context::out`]: `-o json|yaml|wide` come with every command that is not
//!   `bare`; a list is an [`output::Listing`], which knows all the forms.
//! * What goes wrong is a [`Failure`]: `Error: TEXT.` on stderr and exit 1, or a text of its own.

#![forbid(unsafe_code)]

pub mod address;
pub mod cluster;
mod commands;
pub mod complete;
pub mod config;
pub mod container;
pub mod context;
pub mod dispatch;
pub mod failure;
pub mod find;
pub mod glob;
pub mod help;
pub mod http;
pub mod legacy;
pub mod operator;
pub mod options;
pub mod output;
pub mod parallel;
pub mod reference;
pub mod sandbox_options;
pub mod sse;
pub mod suggest;
pub mod table;
pub mod top;

pub use context::Context;
pub use failure::{Failure, Outcome};
pub use options::Arguments;

use std::ffi::OsString;
use std::process::ExitCode;

/// What `--version` shows.
pub const VERSION: &str = concat!("Mesos ", env!("CARGO_PKG_VERSION"), " CLI");

/// Runs the program with the arguments of the process, its own name first.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match dispatch::run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ExitCode::from(failure.report()),
    }
}
