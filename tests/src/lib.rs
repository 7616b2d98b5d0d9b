//! What the end-to-end tests share: real daemons in processes of their own, a framework that
//! records what it hears, plain HTTP, and waiting with a deadline.
//!
//! The daemons are those of `MESOS_BIN_DIR`, else those beside the test's own build profile.

#![allow(clippy::missing_panics_doc, reason = "a failing step of a test panics")]

pub mod cluster;
pub mod daemon;
pub mod framework;
pub mod http;
pub mod scenario;
pub mod wait;
