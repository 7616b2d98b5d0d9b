//! What a driver object of Python and the callbacks of its driver share.
//!
//! The object owns the driver; the driver's thread knows the object by a weak reference only, so an object that nobody
//! holds any more is collected while its driver runs, and ends it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesos_driver::{CallbackFailed, CallbackResult, Status, executor, inject, scheduler};
use pyo3::exceptions::{PyBaseException, PyException};
use pyo3::prelude::*;

use crate::exit;

/// How often a wait lets Python run its signal handlers.
pub(crate) const SIGNAL_PERIOD: Duration = Duration::from_millis(100);

/// The calls that every driver has.
pub(crate) trait Calls: Clone + Send + Sync + 'static {
    /// What owns the driver, and ends it when dropped.
    type Owner: Send + 'static;

    fn of(owner: &Self::Owner) -> Self;
    fn start(&self) -> Status;
    fn abort(&self) -> Status;
    fn join_at_most(&self, limit: Duration) -> Option<Status>;
}

/// The drivers' handles have these calls under the same names.
macro_rules! calls {
    ($module:ident :: $owner:ident) => {
        impl Calls for $module::Handle {
            type Owner = $module::$owner;

            fn of(owner: &Self::Owner) -> Self {
                owner.handle().clone()
            }

            fn start(&self) -> Status {
                $module::Handle::start(self)
            }

            fn abort(&self) -> Status {
                $module::Handle::abort(self)
            }

            fn join_at_most(&self, limit: Duration) -> Option<Status> {
                $module::Handle::join_at_most(self, limit)
            }
        }
    };
}

calls!(scheduler::SchedulerDriver);
calls!(executor::ExecutorDriver);

struct State<H: Calls> {
    owner: Option<H::Owner>,
    handle: Option<H>,
    /// The user's scheduler or executor.
    user: Option<Py<PyAny>>,
    /// What a callback raised, until `run` or `join` raises it. Its traceback holds the driver object: the garbage
    /// collector must know.
    raised: Option<Py<PyBaseException>>,
}

pub(crate) struct Shared<H: Calls> {
    state: Mutex<State<H>>,
    raises_in_run: AtomicBool,
    /// The thread in a callback now, as Python numbers threads; 0: none.
    in_callback: AtomicU64,
    process: u32,
}

impl<H: Calls> Default for Shared<H> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                owner: None,
                handle: None,
                user: None,
                raised: None,
            }),
            raises_in_run: AtomicBool::new(false),
            in_callback: AtomicU64::new(0),
            process: std::process::id(),
        }
    }
}

impl<H: Calls> Shared<H> {
    /// Never held while Python or the core is called.
    fn state(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the user's object and makes the driver.
    pub(crate) fn open(
        self: &Arc<Self>,
        py: Python<'_>,
        user: Py<PyAny>,
        raises_in_run: bool,
        make: impl FnOnce() -> H::Owner + Send,
    ) -> PyResult<()> {
        if exit::is_exiting() {
            return Err(PyException::new_err("the interpreter is shutting down"));
        }
        if !self.take_user(user) {
            return Err(PyException::new_err("the driver is initialized already"));
        }
        self.raises_in_run.store(raises_in_run, Ordering::SeqCst);
        exit::watch(self);
        inject::entry(&make);
        let owner = py.detach(make);
        let mut state = self.state();
        state.handle = Some(H::of(&owner));
        state.owner = Some(owner);
        Ok(())
    }

    /// Whether there was none yet; otherwise that one stays.
    fn take_user(&self, user: Py<PyAny>) -> bool {
        let mut state = self.state();
        if state.user.is_some() || state.owner.is_some() {
            // Python may run code when an object is dropped.
            drop(state);
            drop(user);
            return false;
        }
        state.user = Some(user);
        true
    }

    /// Callbacks of a driver that is still being made know it already.
    pub(crate) fn learn(&self, handle: &H) {
        let mut state = self.state();
        if state.owner.is_none() && state.user.is_some() {
            state.handle = Some(handle.clone());
        }
    }

    fn handle(&self) -> PyResult<H> {
        let handle = self.state().handle.clone();
        handle.ok_or_else(|| PyException::new_err("the driver is not initialized"))
    }

    /// Makes one driver call without the interpreter lock.
    pub(crate) fn call(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&H) -> Status + Send,
    ) -> PyResult<i32> {
        inject::entry(&call);
        let handle = self.handle()?;
        Ok(py.detach(|| call(&handle)) as i32)
    }

    /// Waits for the driver's end; signal handlers of Python run meanwhile, and end the wait when they raise.
    pub(crate) fn join(&self, py: Python<'_>) -> PyResult<i32> {
        let handle = self.handle()?;
        let status = loop {
            if let Some(status) = py.detach(|| handle.join_at_most(SIGNAL_PERIOD)) {
                break status;
            }
            py.check_signals()?;
        };
        match self.raised(py) {
            Some(raised) => Err(raised),
            None => Ok(status as i32),
        }
    }

    /// `start`, then `join`, which returns at once if that did not work.
    pub(crate) fn run(&self, py: Python<'_>) -> PyResult<i32> {
        self.call(py, H::start)?;
        self.join(py)
    }

    fn raised(&self, py: Python<'_>) -> Option<PyErr> {
        let raised = self.state().raised.take()?;
        Some(PyErr::from_value(raised.into_bound(py).into_any()))
    }

    pub(crate) fn user(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.state().user.as_ref().map(|user| user.clone_ref(py))
    }

    /// A callback raised: keeps the error for `run`, or prints it.
    pub(crate) fn failed(&self, py: Python<'_>, error: PyErr) -> CallbackResult {
        if exit::is_exiting() {
            // Most likely the one that was raised to make it return.
            return Err(CallbackFailed);
        }
        if !self.raises_in_run.load(Ordering::SeqCst) {
            error.display(py);
            return Err(CallbackFailed);
        }
        let error = error.into_value(py);
        let earlier = self.state().raised.replace(error);
        if let Some(earlier) = earlier {
            PyErr::from_value(earlier.into_bound(py).into_any()).display(py);
        }
        Err(CallbackFailed)
    }

    /// Marks this thread as being in a callback, unless the interpreter is about to end.
    pub(crate) fn enter(&self) -> Option<InCallback<'_, H>> {
        let before = self.in_callback.load(Ordering::SeqCst);
        self.in_callback.store(exit::thread(), Ordering::SeqCst);
        let entered = InCallback {
            shared: self,
            before,
        };
        (!exit::is_exiting()).then_some(entered)
    }

    /// For the garbage collector.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        let Ok(state) = self.state.try_lock() else {
            return Ok(());
        };
        visit.call(&state.user)?;
        visit.call(&state.raised)
    }

    /// Breaks cycles; nothing is called any more.
    pub(crate) fn clear(&self) {
        let user = self.state().user.take();
        drop(user);
        if !exit::is_exiting() {
            self.display_unraised();
        }
    }

    /// An exception that nobody has waited for shall not vanish.
    fn display_unraised(&self) {
        Python::attach(|py| {
            if let Some(raised) = self.raised(py) {
                raised.display(py);
            }
        });
    }

    /// Ends the driver without a word to anybody; waits for a running callback of another thread.
    pub(crate) fn end(&self) {
        let (owner, rest) = {
            let mut state = self.state();
            (state.owner.take(), (state.handle.take(), state.user.take()))
        };
        if self.process != std::process::id() {
            // A child has the memory of the driver but not its thread.
            std::mem::forget((owner, rest));
            return;
        }
        if exit::is_exiting() {
            return drop((owner, rest));
        }
        Python::attach(|py| py.detach(|| drop(owner)));
        drop(rest);
        self.display_unraised();
    }
}

/// While it lives, this thread is in a callback.
pub(crate) struct InCallback<'a, H: Calls> {
    shared: &'a Shared<H>,
    before: u64,
}

impl<H: Calls> Drop for InCallback<'_, H> {
    fn drop(&mut self) {
        self.shared.in_callback.store(self.before, Ordering::SeqCst);
    }
}

impl<H: Calls> exit::Watched for Shared<H> {
    fn is_here(&self) -> bool {
        self.process == std::process::id()
    }

    fn thread_in_callback(&self) -> Option<u64> {
        match self.in_callback.load(Ordering::SeqCst) {
            0 => None,
            thread => Some(thread),
        }
    }

    fn end_now(&self) {
        let owner = self.state().owner.take();
        drop(owner);
    }
}
