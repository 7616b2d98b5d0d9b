//! The end of the interpreter: drivers that still run are ended first, so that none of their threads touches an
//! interpreter that is gone.
//!
//! Python runs its `atexit` functions while everything still works. From then on callbacks are not delivered; one that
//! runs gets [`GRACE`] to return, then a `SystemExit` is raised in it, and if that does not help within another
//! [`GRACE`] (it waits in a system call), its thread is left to the end of the process, like a daemon thread.
#![allow(
    unsafe_code,
    reason = "raising an exception in another thread is a plain C function"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;

/// How long a running callback may go on.
const GRACE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

static EXITING: AtomicBool = AtomicBool::new(false);
static WATCHED: Mutex<Vec<Weak<dyn Watched>>> = Mutex::new(Vec::new());

/// A driver that must not outlive the interpreter.
pub(crate) trait Watched: Send + Sync {
    /// Whether it was made in this process, and not in one that forked it.
    fn is_here(&self) -> bool;
    fn thread_in_callback(&self) -> Option<u64>;
    fn end_now(&self);
}

/// Has the drivers ended when the interpreter exits.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let function = wrap_pyfunction!(end_drivers, module)?;
    let atexit = module.py().import("atexit")?;
    atexit.call_method1("register", (function,)).map(drop)
}

pub(crate) fn watch<W: Watched + 'static>(driver: &Arc<W>) {
    let driver: Arc<dyn Watched> = driver.clone();
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.retain(|other| other.strong_count() > 0);
    watched.push(Arc::downgrade(&driver));
}

pub(crate) fn is_exiting() -> bool {
    EXITING.load(Ordering::SeqCst)
}

/// This thread, as Python numbers threads on this platform.
pub(crate) fn thread() -> u64 {
    // SAFETY: has no preconditions.
    unsafe { libc::pthread_self() }
}

#[pyfunction]
fn end_drivers(py: Python<'_>) {
    EXITING.store(true, Ordering::SeqCst);
    let watched = std::mem::take(&mut *WATCHED.lock().unwrap_or_else(PoisonError::into_inner));
    let mine = watched.iter().filter_map(Weak::upgrade);
    let mine: Vec<Arc<dyn Watched>> = mine.filter(|driver| driver.is_here()).collect();
    let here = thread();
    let busy = || {
        let threads = mine.iter().filter_map(|driver| driver.thread_in_callback());
        threads
            .filter(|thread| *thread != here)
            .collect::<Vec<u64>>()
    };
    if !py.detach(|| comes_true(|| busy().is_empty())) {
        for thread in busy() {
            interrupt(py, thread);
        }
        py.detach(|| comes_true(|| busy().is_empty()));
    }
    for driver in mine {
        if driver.thread_in_callback().is_some() {
            std::mem::forget(driver);
        } else {
            py.detach(|| driver.end_now());
        }
    }
}

/// Waits for it, at most [`GRACE`].
fn comes_true(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + GRACE;
    while !condition() {
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::park_timeout(LOOK_AGAIN);
    }
    true
}

/// Raises `SystemExit` in Python code of that thread.
fn interrupt(py: Python<'_>, thread: u64) {
    let exception = py.get_type::<PySystemExit>();
    // SAFETY: this thread is attached; an unknown thread is ignored.
    unsafe {
        pyo3::ffi::PyThreadState_SetAsyncExc(thread as std::ffi::c_long, exception.as_ptr());
    }
}
