//! The base of `mesos.executor.MesosExecutorDriver`.
//!
//! Compat: python_cpp_api.md §1.4, §1.5, §1.6. Nothing is decided here.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::environment::Variables;
use mesos_driver::executor::{Executor, ExecutorDriver, Handle};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::messages::{self as m, payload};
use crate::shared::{Calls, Shared};
use crate::upcall::Upcall;

type Object<'a, 'py> = &'a Bound<'py, PyAny>;

/// Delivers callbacks to the Python executor of a driver object.
struct PythonExecutor(Upcall<Handle>);

impl Executor for PythonExecutor {
    fn registered(
        &mut self,
        handle: &Handle,
        executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        self.0.call(handle, "registered", |py| {
            Ok(vec![
                m::EXECUTOR_INFO.parse(py, executor)?,
                m::FRAMEWORK_INFO.parse(py, framework)?,
                m::SLAVE_INFO.parse(py, agent)?,
            ])
        })
    }

    fn reregistered(&mut self, handle: &Handle, agent: &Bytes) -> CallbackResult {
        self.0.call(handle, "reregistered", |py| {
            Ok(vec![m::SLAVE_INFO.parse(py, agent)?])
        })
    }

    fn launch_task(&mut self, handle: &Handle, task: &Bytes) -> CallbackResult {
        self.0.call(handle, "launchTask", |py| {
            Ok(vec![m::TASK_INFO.parse(py, task)?])
        })
    }

    fn kill_task(
        &mut self,
        handle: &Handle,
        task_id: &Bytes,
        _policy: Option<&Bytes>,
    ) -> CallbackResult {
        self.0.call(handle, "killTask", |py| {
            Ok(vec![m::TASK_ID.parse(py, task_id)?])
        })
    }

    fn framework_message(&mut self, handle: &Handle, data: &Bytes) -> CallbackResult {
        self.0.call(handle, "frameworkMessage", |py| {
            Ok(vec![PyBytes::new(py, data).into_any()])
        })
    }

    fn shutdown(&mut self, handle: &Handle) -> CallbackResult {
        self.0.call(handle, "shutdown", |_| Ok(vec![]))
    }

    fn error(&mut self, handle: &Handle, message: &str) -> CallbackResult {
        self.0.call(handle, "error", |py| {
            Ok(vec![message.into_pyobject(py)?.into_any()])
        })
    }
}

/// The executor driver; programs use `mesos.executor.MesosExecutorDriver`.
#[pyclass(frozen, subclass, module = "mesos._mesos")]
pub(crate) struct MesosExecutorDriverImpl {
    shared: Arc<Shared<Handle>>,
}

impl Drop for MesosExecutorDriverImpl {
    fn drop(&mut self) {
        self.shared.end();
    }
}

#[pymethods]
#[allow(
    non_snake_case,
    reason = "the names of the parameters are part of the Python interface"
)]
impl MesosExecutorDriverImpl {
    #[new]
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            shared: Arc::default(),
        }
    }

    /// `environment` replaces the process's own.
    #[pyo3(signature = (executor, *, environment = None, raise_in_run = false))]
    fn __init__(
        this: &Bound<'_, Self>,
        executor: Py<PyAny>,
        environment: Option<BTreeMap<String, String>>,
        raise_in_run: bool,
    ) -> PyResult<()> {
        let variables = match environment {
            Some(environment) => environment.into_iter().collect(),
            None => Variables::of_process(),
        };
        let shared = &this.get().shared;
        let proxy = Box::new(PythonExecutor(Upcall::new(shared, this.as_any())?));
        shared.open(this.py(), executor, raise_in_run, move || {
            ExecutorDriver::new(proxy, variables)
        })
    }

    /// Registers with the agent in the background; answers the status.
    fn start(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.call(py, Calls::start)
    }

    fn stop(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.call(py, Handle::stop)
    }

    /// Ends callbacks and calls.
    fn abort(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.call(py, Calls::abort)
    }

    /// Waits until the driver is stopped or aborted.
    fn join(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.join(py)
    }

    /// `start()`, then `join()`.
    fn run(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.run(py)
    }

    /// Sent again until the agent acknowledges it; uuid and timestamp are set here.
    fn sendStatusUpdate(&self, py: Python<'_>, status: Object<'_, '_>) -> PyResult<i32> {
        let status = m::TASK_STATUS.serialize(status)?;
        self.shared
            .call(py, |handle| handle.send_status_update(status))
    }

    /// Best effort; `data` is bytes, or text, which is sent as UTF-8.
    fn sendFrameworkMessage(&self, py: Python<'_>, data: Object<'_, '_>) -> PyResult<i32> {
        let data = payload(data)?;
        self.shared
            .call(py, |handle| handle.send_framework_message(data))
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.shared.traverse(&visit)
    }

    fn __clear__(&self) {
        self.shared.clear();
    }
}
