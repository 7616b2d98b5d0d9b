//! The machine's handlers, one file per kind of event.

pub mod acknowledge;
pub mod drain;
pub mod executor;
pub mod executor_call;
pub mod framework;
pub mod kill;
pub mod launch;
pub mod master;
pub mod operation;
pub mod recovered;
pub mod registration;
pub mod run_task;
pub mod status_update;
pub mod terminate;
pub mod unknown;
