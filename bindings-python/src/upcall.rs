//! One call from a driver into user code.

use std::sync::{Arc, Weak};

use mesos_driver::CallbackResult;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyWeakrefReference};

use crate::shared::{Calls, Shared};

/// The arguments behind the driver.
pub(crate) type Arguments<'py> = PyResult<Vec<Bound<'py, PyAny>>>;

/// Finds the user's object through the driver object, which it must not keep alive.
pub(crate) struct Upcall<H: Calls> {
    shared: Weak<Shared<H>>,
    driver: Py<PyWeakrefReference>,
}

impl<H: Calls> Upcall<H> {
    pub(crate) fn new(shared: &Arc<Shared<H>>, driver: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            shared: Arc::downgrade(shared),
            driver: PyWeakrefReference::new(driver)?.unbind(),
        })
    }

    /// Calls `method` with the driver and `arguments`. Nothing happens if the driver object is gone.
    pub(crate) fn call(
        &self,
        handle: &H,
        method: &str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> Arguments<'py>,
    ) -> CallbackResult {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        shared.learn(handle);
        let Some(_entered) = shared.enter() else {
            return Ok(());
        };
        Python::attach(|py| {
            let (driver, user) = (self.driver.bind(py).upgrade(), shared.user(py));
            let (Some(driver), Some(user)) = (driver, user) else {
                return Ok(());
            };
            let called = arguments(py).and_then(|rest| {
                let all = std::iter::once(driver).chain(rest);
                let all: Vec<Bound<'_, PyAny>> = all.collect();
                user.bind(py).call_method1(method, PyTuple::new(py, all)?)
            });
            match called {
                Ok(_) => Ok(()),
                Err(error) => shared.failed(py, error),
            }
        })
    }
}

impl<H: Calls> std::fmt::Debug for Upcall<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Upcall")
    }
}
