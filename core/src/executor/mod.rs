//! The program `mesos-executor`: runs one command as a task and tells how it goes.
//!
//! [`machine`] decides, [`shell`] carries out: it joins the executor driver, the task's process,
//! the checks and the timers in one loop.
//!
//! Compat: agent part 1 §16.2, §16.4.

pub mod check;
pub mod flags;
pub mod machine;
mod probe;
pub mod shell;

pub use shell::run;
