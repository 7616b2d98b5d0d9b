//! The master's HTTP endpoints, answered from snapshots.
//!
//! Nothing here talks to the machine except the few operator requests, which go through
//! [`Operator`]. Rendering runs on blocking threads, one at a time per endpoint; requests that
//! arrive meanwhile share its result. Compat: HTTP-1, HTTP-6, HTTP-7, HTTP-11b, §10.4.

mod agent;
mod cache;
mod document;
mod endpoints;
mod executor;
mod framework;
mod later;
mod metrics;
mod overview;
mod page;
mod proxy;
mod resources;
mod roles;
mod state;
mod summary;
mod task;
mod tasks;
mod ui;
mod warm;
mod webui;

pub(crate) use endpoints::not_leading;
pub use endpoints::{Build, Context, Operator, OperatorAnswer, install};
pub use metrics::figures;
pub use ui::{INTERVAL, Live};
pub use webui::WebUi;

#[cfg(test)]
pub(crate) mod tests;
