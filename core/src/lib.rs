//! The parts that programs are made of, and the in-process cluster of the library.

pub mod executor;
pub mod fetcher;
pub mod local;
pub mod program;
