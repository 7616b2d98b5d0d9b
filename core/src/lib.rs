//! The parts that programs are made of.

pub mod fetcher;
