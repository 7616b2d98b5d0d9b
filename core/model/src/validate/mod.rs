//! Validation with the exact texts that frameworks and operators see. Compat: TSK-1..TSK-15, OP-1..OP-15, OFR-7.
//!
//! Pure functions: what they must know of the master or agent comes in as arguments.

pub mod agent;
pub mod call;
pub mod check;
pub mod command;
pub mod container;
pub mod executor;
pub mod framework;
pub mod group;
pub mod id;
pub mod offer;
pub mod operation;
pub mod resource;
pub mod task;
