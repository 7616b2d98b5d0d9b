//! End-to-end tests: real daemons, real sockets, real processes.
#![allow(clippy::unwrap_used, reason = "a failing step of a test panics")]

mod agent_loss;
mod bad_input;
mod changed_agents;
mod cli;
mod cli_today;
mod daemons;
mod execute;
mod failover;
mod honoured_flags;
mod http_executor;
mod local_cluster;
mod many_tasks;
mod recorded_errors;
mod sandbox;
mod scenarios;
mod task_ends;
mod two_agents;
mod v1_executor;
mod v1_scheduler;
