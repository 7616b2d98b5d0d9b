//! The locks of the parts that wait for each other: those of the system.
//!
//! `tests/model.rs` compiles the same parts with locks that let it try every order of steps.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) mod thread {
    pub(crate) use std::thread::{ThreadId, current, panicking};
}
