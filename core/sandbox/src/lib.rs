//! What runs a container's processes: the launcher, the killing of process trees, usage figures,
//! and the fetcher's cache.
//!
//! Nothing here knows a task, a framework or a message of an agent: it starts programs, watches
//! them, ends them and says what they used. All `unsafe` of the crate is in `sys`.

pub mod children;
pub mod exit;
pub mod fetcher;
pub mod launcher;
pub mod procfs;
pub mod reaper;
mod scan;
pub mod spec;
mod sys;
pub mod tree;
pub mod usage;
pub mod user;

pub use children::Children;
pub use exit::WaitStatus;
pub use launcher::{LaunchError, Launcher};
pub use procfs::{Pid, ProcessIdentity};
pub use reaper::Reaper;
pub use spec::{LaunchSpec, Program, ResourceLimit, Session, Stream};
pub use tree::{Killed, Mark};
pub use usage::Usage;
pub use user::Credentials;
