//! The executor driver.

mod api;
pub mod machine;
mod shell;

pub use api::{Executor, ExecutorDriver, Handle};
