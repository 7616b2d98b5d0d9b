//! The program `mesos-executor`: runs one command as a task and tells how it goes.
//!
//! [`machine`] decides, [`shell`] carries out: it joins the way to the agent ([`link`]), the task's
//! process, the checks and the timers in one loop.
//!
//! Compat: agent part 1 §16.2, §16.4.

pub mod check;
pub mod flags;
mod link;
pub mod machine;
mod probe;
mod session;
pub mod shell;

pub use shell::run;
