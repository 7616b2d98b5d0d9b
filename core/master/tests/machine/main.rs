//! Machine tests: events in, effects out, one file per group of rules.

mod agents;
mod authentication;
mod cluster;
mod forwarding;
mod frameworks;
mod http;
mod http_calls;
mod http_operations;
mod launch;
mod operations;
mod registry;
mod simulation;
mod status;
