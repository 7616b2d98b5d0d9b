//! Fetching what a command names: the rules of URIs, the books of the cache, and the running of
//! the fetcher program.
//!
//! The cache is a machine without IO ([`cache::Cache`]); [`Fetcher`] is its shell and what an agent
//! uses. Downloading itself is the business of the program `mesos-fetcher`, which runs as the
//! task's user.
//!
//! Compat: agent part 2 §20.

pub mod cache;
pub mod shell;
pub mod uri;

pub use shell::{Config, Counters, FetchError, Fetcher, Request};

/// Variable that carries the work of a fetcher program: a `FetcherInfo` as JSON.
pub const INFO_VARIABLE: &str = "MESOS_FETCHER_INFO";
/// Variable that makes the fetcher program print the sizes of a JSON list of URIs instead.
pub const SIZES_VARIABLE: &str = "MESOS_FETCHER_SIZES";
/// File name of the fetcher program in the launcher directory.
pub const PROGRAM: &str = "mesos-fetcher";
