//! The parts that programs are made of.

pub mod executor;
pub mod fetcher;
