//! Tests of the domain model through its public interface.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod laws;
mod messages;
mod operations;
mod resources;
mod roles;
mod shared_vectors;
mod validation;
