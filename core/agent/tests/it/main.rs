//! The agent's machine: events in, effects out; and recovery from a tree that the original left.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed step is a failed test"
)]

mod harness;
mod http_executors;
mod launching;
mod operations;
mod recovery;
mod registration;
mod status_updates;
mod termination;
mod unknown_fields;
mod views;
