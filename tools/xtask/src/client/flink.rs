//! Apache Flink 1.13.6, unchanged.

pub mod distribution;
pub mod session;
