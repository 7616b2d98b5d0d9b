//! The scheduler driver.

mod api;
pub mod calls;
pub mod detect;
pub mod machine;
mod shell;
mod worker;

pub use api::{Config, Handle, Scheduler, SchedulerDriver};
