//! The v0 scheduler and executor drivers: what a framework or an executor links to.
//!
//! Each driver is a sans-IO machine (`machine`), a Rust interface (`api`) and a thin shell (`shell`) that owns one
//! thread, on which all callbacks of that driver run. Messages cross the interface as serialised protobuf bytes, so
//! fields that this version does not know survive (P3). The shells share one runtime and one network node per process.
#![forbid(unsafe_code)]

mod control;
pub mod environment;
pub mod executor;
mod gate;
mod host;
mod inbox;
mod incoming;
pub mod inject;
mod latch;
pub mod lifecycle;
pub mod local;
mod logging;
mod random;
#[cfg(test)]
mod real_time_tests;
pub mod runtime;
pub mod scheduler;
pub mod splice;
mod sync;
pub mod v1;

pub use lifecycle::Status;

/// What a callback answers; an error means that user code failed, which aborts the driver (J6, X11).
pub type CallbackResult = Result<(), CallbackFailed>;

/// User code failed inside a callback; the binding has already reported how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackFailed;
