//! Tests of the domain model through its public interface.

mod laws;
mod messages;
mod operations;
mod resources;
mod roles;
mod validation;
