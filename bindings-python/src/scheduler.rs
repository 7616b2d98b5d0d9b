//! The base of `mesos.scheduler.MesosSchedulerDriver`.
//!
//! Compat: python_cpp_api.md §1.2, §1.3, §1.5, §1.6. Nothing is decided here.

use std::sync::Arc;

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::scheduler::{Config, Handle, Scheduler, SchedulerDriver};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::arguments::{texts, texts_if_any};
use crate::messages::{self as m, payload};
use crate::shared::{Calls, Shared};
use crate::upcall::Upcall;

type Object<'a, 'py> = &'a Bound<'py, PyAny>;

/// Delivers callbacks to the Python scheduler of a driver object.
struct PythonScheduler(Upcall<Handle>);

impl Scheduler for PythonScheduler {
    fn registered(&mut self, handle: &Handle, id: &Bytes, master: &Bytes) -> CallbackResult {
        self.0.call(handle, "registered", |py| {
            Ok(vec![
                m::FRAMEWORK_ID.parse(py, id)?,
                m::MASTER_INFO.parse(py, master)?,
            ])
        })
    }

    fn reregistered(&mut self, handle: &Handle, master: &Bytes) -> CallbackResult {
        self.0.call(handle, "reregistered", |py| {
            Ok(vec![m::MASTER_INFO.parse(py, master)?])
        })
    }

    fn disconnected(&mut self, handle: &Handle) -> CallbackResult {
        self.0.call(handle, "disconnected", |_| Ok(vec![]))
    }

    fn resource_offers(&mut self, handle: &Handle, offers: &[Bytes]) -> CallbackResult {
        self.0.call(handle, "resourceOffers", |py| {
            Ok(vec![m::OFFER.parse_all(py, offers)?])
        })
    }

    fn offer_rescinded(&mut self, handle: &Handle, offer_id: &Bytes) -> CallbackResult {
        self.0.call(handle, "offerRescinded", |py| {
            Ok(vec![m::OFFER_ID.parse(py, offer_id)?])
        })
    }

    fn status_update(&mut self, handle: &Handle, status: &Bytes) -> CallbackResult {
        self.0.call(handle, "statusUpdate", |py| {
            Ok(vec![m::TASK_STATUS.parse(py, status)?])
        })
    }

    fn framework_message(
        &mut self,
        handle: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        self.0.call(handle, "frameworkMessage", |py| {
            Ok(vec![
                m::EXECUTOR_ID.parse(py, executor_id)?,
                m::SLAVE_ID.parse(py, agent_id)?,
                PyBytes::new(py, data).into_any(),
            ])
        })
    }

    fn slave_lost(&mut self, handle: &Handle, agent_id: &Bytes) -> CallbackResult {
        self.0.call(handle, "slaveLost", |py| {
            Ok(vec![m::SLAVE_ID.parse(py, agent_id)?])
        })
    }

    fn executor_lost(
        &mut self,
        handle: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        status: i32,
    ) -> CallbackResult {
        self.0.call(handle, "executorLost", |py| {
            Ok(vec![
                m::EXECUTOR_ID.parse(py, executor_id)?,
                m::SLAVE_ID.parse(py, agent_id)?,
                status.into_pyobject(py)?.into_any(),
            ])
        })
    }

    fn error(&mut self, handle: &Handle, message: &str) -> CallbackResult {
        self.0.call(handle, "error", |py| {
            Ok(vec![message.into_pyobject(py)?.into_any()])
        })
    }
}

/// The scheduler driver; programs use `mesos.scheduler.MesosSchedulerDriver`.
#[pyclass(frozen, subclass, module = "mesos._mesos")]
pub(crate) struct MesosSchedulerDriverImpl {
    shared: Arc<Shared<Handle>>,
}

impl Drop for MesosSchedulerDriverImpl {
    fn drop(&mut self) {
        self.shared.end();
    }
}

#[pymethods]
#[allow(
    non_snake_case,
    reason = "the names of the parameters are part of the Python interface"
)]
#[allow(clippy::too_many_arguments, reason = "Python callers name them")]
impl MesosSchedulerDriverImpl {
    #[new]
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            shared: Arc::default(),
        }
    }

    #[pyo3(signature = (scheduler, frameworkInfo, master, implicitAcknowledgements = None, credential = None,
        suppressedRoles = None, *, offerConstraints = None, raise_in_run = false))]
    fn __init__(
        this: &Bound<'_, Self>,
        scheduler: Py<PyAny>,
        frameworkInfo: Object<'_, '_>,
        master: &str,
        implicitAcknowledgements: Option<Object<'_, '_>>,
        credential: Option<Object<'_, '_>>,
        suppressedRoles: Option<Object<'_, '_>>,
        offerConstraints: Option<Object<'_, '_>>,
        raise_in_run: bool,
    ) -> PyResult<()> {
        let implicit = implicitAcknowledgements.map_or(Ok(true), |flag| flag.is_truthy())?;
        let config = Config {
            credential: m::CREDENTIAL.serialize_if_any(credential)?,
            implicit_acknowledgements: implicit,
            suppressed_roles: texts_if_any(suppressedRoles)?,
            offer_constraints: m::OFFER_CONSTRAINTS.serialize_if_any(offerConstraints)?,
            ..Config::new(m::FRAMEWORK_INFO.serialize(frameworkInfo)?, master)
        };
        let shared = &this.get().shared;
        let proxy = Box::new(PythonScheduler(Upcall::new(shared, this.as_any())?));
        shared.open(this.py(), scheduler, raise_in_run, move || {
            SchedulerDriver::new(proxy, config)
        })
    }

    /// Connects in the background, for ever; answers the status.
    fn start(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared.call(py, Calls::start)
    }

    /// Ends the framework; with `failover` it may come back within its failover timeout.
    #[pyo3(signature = (failover = None))]
    fn stop(&self, py: Python<'_>, failover: Option<Object<'_, '_>>) -> PyResult<i32> {
        let failover = failover.map_or(Ok(false), |flag| flag.is_truthy())?;
        self.shared.call(py, |handle| handle.stop(failover))
    }

    /// Ends callbacks and calls; the master is told, and makes no more offers, but lets tasks run.
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

    fn requestResources(&self, py: Python<'_>, requests: Object<'_, '_>) -> PyResult<i32> {
        let requests = m::REQUEST.serialize_all(requests, 1, "requestResources")?;
        self.shared
            .call(py, |handle| handle.request_resources(requests))
    }

    /// Launches tasks on the offers, which are used up; no tasks decline them.
    #[pyo3(signature = (offerIds, tasks, filters = None))]
    fn launchTasks(
        &self,
        py: Python<'_>,
        offerIds: Object<'_, '_>,
        tasks: Object<'_, '_>,
        filters: Option<Object<'_, '_>>,
    ) -> PyResult<i32> {
        let offers = if offerIds.try_iter().is_ok() {
            m::OFFER_ID.serialize_all(offerIds, 1, "launchTasks")?
        } else {
            vec![m::OFFER_ID.serialize(offerIds)?]
        };
        let tasks = m::TASK_INFO.serialize_all(tasks, 2, "launchTasks")?;
        let filters = m::FILTERS.serialize_if_any(filters)?.unwrap_or_default();
        self.shared.call(py, move |handle| {
            handle.launch_tasks(offers, &tasks, filters)
        })
    }

    fn killTask(&self, py: Python<'_>, taskId: Object<'_, '_>) -> PyResult<i32> {
        let task = m::TASK_ID.serialize(taskId)?;
        self.shared.call(py, |handle| handle.kill_task(task))
    }

    #[pyo3(signature = (offerIds, operations, filters = None))]
    fn acceptOffers(
        &self,
        py: Python<'_>,
        offerIds: Object<'_, '_>,
        operations: Object<'_, '_>,
        filters: Option<Object<'_, '_>>,
    ) -> PyResult<i32> {
        let offers = m::OFFER_ID.serialize_all(offerIds, 1, "acceptOffers")?;
        let operations = m::OPERATION.serialize_all(operations, 2, "acceptOffers")?;
        let filters = m::FILTERS.serialize_if_any(filters)?.unwrap_or_default();
        self.shared.call(py, |handle| {
            handle.accept_offers(offers, operations, filters)
        })
    }

    #[pyo3(signature = (offerId, filters = None))]
    fn declineOffer(
        &self,
        py: Python<'_>,
        offerId: Object<'_, '_>,
        filters: Option<Object<'_, '_>>,
    ) -> PyResult<i32> {
        let offer = m::OFFER_ID.serialize(offerId)?;
        let filters = m::FILTERS.serialize_if_any(filters)?.unwrap_or_default();
        self.shared
            .call(py, |handle| handle.decline_offer(offer, filters))
    }

    /// Removes filters and suppression; `None`: of all roles, no roles: no effect.
    #[pyo3(signature = (roles = None))]
    fn reviveOffers(&self, py: Python<'_>, roles: Option<Object<'_, '_>>) -> PyResult<i32> {
        let roles = roles.map(texts).transpose()?;
        self.shared.call(py, |handle| match roles {
            None => handle.revive_offers(),
            Some(roles) => handle.revive_offers_of(roles),
        })
    }

    /// Asks for no more offers; `None`: for any role, no roles: no effect.
    #[pyo3(signature = (roles = None))]
    fn suppressOffers(&self, py: Python<'_>, roles: Option<Object<'_, '_>>) -> PyResult<i32> {
        let roles = roles.map(texts).transpose()?;
        self.shared.call(py, |handle| match roles {
            None => handle.suppress_offers(),
            Some(roles) => handle.suppress_offers_of(roles),
        })
    }

    /// Only without implicit acknowledgements.
    fn acknowledgeStatusUpdate(&self, py: Python<'_>, status: Object<'_, '_>) -> PyResult<i32> {
        let status = m::TASK_STATUS.serialize(status)?;
        self.shared
            .call(py, |handle| handle.acknowledge_status_update(status))
    }

    /// Best effort; `data` is bytes, or text, which is sent as UTF-8.
    fn sendFrameworkMessage(
        &self,
        py: Python<'_>,
        executorId: Object<'_, '_>,
        slaveId: Object<'_, '_>,
        data: Object<'_, '_>,
    ) -> PyResult<i32> {
        let executor = m::EXECUTOR_ID.serialize(executorId)?;
        let agent = m::SLAVE_ID.serialize(slaveId)?;
        let data = payload(data)?;
        self.shared.call(py, |handle| {
            handle.send_framework_message(executor, agent, data)
        })
    }

    /// No statuses: of all tasks.
    fn reconcileTasks(&self, py: Python<'_>, statuses: Object<'_, '_>) -> PyResult<i32> {
        let statuses = m::TASK_STATUS.serialize_all(statuses, 1, "reconcileTasks")?;
        self.shared
            .call(py, |handle| handle.reconcile_tasks(statuses))
    }

    #[pyo3(signature = (frameworkInfo, suppressedRoles = None, offerConstraints = None))]
    fn updateFramework(
        &self,
        py: Python<'_>,
        frameworkInfo: Object<'_, '_>,
        suppressedRoles: Option<Object<'_, '_>>,
        offerConstraints: Option<Object<'_, '_>>,
    ) -> PyResult<i32> {
        let framework = m::FRAMEWORK_INFO.serialize(frameworkInfo)?;
        let roles = texts_if_any(suppressedRoles)?;
        let constraints = m::OFFER_CONSTRAINTS.serialize_if_any(offerConstraints)?;
        self.shared.call(py, |handle| {
            handle.update_framework(framework, roles, constraints.unwrap_or_default())
        })
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.shared.traverse(&visit)
    }

    fn __clear__(&self) {
        self.shared.clear();
    }
}
