//! The agent's machine: events in, effects out; and recovery from a tree that the original left.

mod harness;
mod launching;
mod operations;
mod recovery;
mod registration;
mod status_updates;
mod termination;
