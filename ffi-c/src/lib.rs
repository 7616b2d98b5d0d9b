//! `libmesos.so`: the C interface, and the JNI natives of `bindings-java` beside it.
//!
//! The contract is `include/mesos/*.h`, kept by hand; `exports.txt` lists every symbol that the library exports.
//! No panic leaves a function, and no function prints, exits or changes the environment of the host process.
#![allow(
    unsafe_code,
    reason = "a C interface is pointers; every use is one documented block"
)]

mod boundary;
mod buffer;
mod calls;
mod derived;
mod executor;
mod quantities;
mod resources;
mod scheduler;
mod v1;
mod v1_executor;
mod v1_scheduler;
mod values;

pub use boundary::MesosBytes;
pub use buffer::{MesosBuffer, MesosBuffers};
pub use executor::{MesosExecutorCallbacks, MesosExecutorDriver};
pub use quantities::MesosResourceQuantities;
pub use resources::{MesosRange, MesosResources};
pub use scheduler::{MesosSchedulerCallbacks, MesosSchedulerConfig, MesosSchedulerDriver};
pub use v1_executor::{MesosV1Executor, MesosV1ExecutorCallbacks, MesosV1ExecutorConfig};
pub use v1_scheduler::{MesosV1Scheduler, MesosV1SchedulerCallbacks, MesosV1SchedulerConfig};

use std::ffi::c_char;

// Links the natives in.
use mesos_bindings_java as _;

/// The version of Mesos that this library stands in for.
#[unsafe(no_mangle)]
pub extern "C" fn mesos_version() -> *const c_char {
    c"1.11.0".as_ptr()
}

/// Why the last call on this thread answered `MESOS_INVALID` or NULL; valid until the next call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn mesos_last_error() -> *const c_char {
    boundary::last_error()
}
