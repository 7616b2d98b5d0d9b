//! The agent's tables: frameworks hold executors, executors hold tasks.

pub mod executors;
pub mod frameworks;
pub mod task;

pub use executors::{Executor, ExecutorPhase, PendingTermination, Reach};
pub use frameworks::{Framework, FrameworkPhase, Pending};
