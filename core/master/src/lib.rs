//! The Mesos master.
//!
//! [`machine::Master`] is the whole behaviour, without sockets, clocks or threads: [`event::Event`]s go in,
//! [`effect::Effect`]s come out. [`shell`] runs it on tokio. Reads never enter the machine: after each batch of events
//! it publishes a [`snapshot::Snapshot`], and the HTTP views answer from that.
#![forbid(unsafe_code)]

pub mod config;
mod context;
pub mod counters;
pub mod effect;
pub mod event;
mod ledger;
mod limiter;
pub mod machine;
mod notify;
mod on;
mod random;
mod registrar;
pub mod shell;
pub mod snapshot;
pub mod state;
pub mod view;
