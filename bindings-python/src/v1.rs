//! The clients of the v1 HTTP APIs, as queues of events: the bases of `mesos.v1.scheduler.Client` and
//! `mesos.v1.executor.Client`.
//!
//! Compat: V1–V5, python_cpp_api.md §1.6. A client's thread puts what it is told into a bounded queue and waits while
//! that is full; it never touches Python.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::v1::scheduler::{Answer, AnyClient, Settled, TEARDOWN_WAIT};
use mesos_driver::v1::{Callbacks, ContentType, executor, scheduler};
use mesos_driver::{CallbackFailed, CallbackResult, inject};
use pyo3::exceptions::{PyEOFError, PyException, PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::messages as m;
use crate::shared::SIGNAL_PERIOD;

/// Batches of events that wait for Python.
const QUEUE_MAX: usize = 16;

type Object<'a, 'py> = &'a Bound<'py, PyAny>;

enum Item {
    Connected,
    Disconnected,
    Received(Vec<Bytes>),
}

struct Queue(SyncSender<Item>);

impl Queue {
    /// Nobody receives any more: the client stops.
    fn put(&self, item: Item) -> CallbackResult {
        self.0.send(item).map_err(|_| CallbackFailed)
    }
}

impl Callbacks for Queue {
    fn connected(&mut self) -> CallbackResult {
        self.put(Item::Connected)
    }

    fn disconnected(&mut self) -> CallbackResult {
        self.put(Item::Disconnected)
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        self.put(Item::Received(events.to_vec()))
    }
}

/// A client with the receiving end of its queue.
struct Stream<C> {
    client: Mutex<Option<C>>,
    items: Mutex<Option<Receiver<Item>>>,
    is_closed: AtomicBool,
    process: u32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Send> Stream<C> {
    fn open<E: std::fmt::Display>(
        py: Python<'_>,
        make: impl FnOnce(Box<dyn Callbacks>) -> Result<C, E> + Send,
    ) -> PyResult<Self> {
        inject::entry(&make);
        let (sender, items) = sync_channel(QUEUE_MAX);
        let made = py.detach(|| make(Box::new(Queue(sender))).map_err(|error| error.to_string()));
        Ok(Self {
            client: Mutex::new(Some(made.map_err(PyValueError::new_err)?)),
            items: Mutex::new(Some(items)),
            is_closed: AtomicBool::new(false),
            process: std::process::id(),
        })
    }

    fn with<R: Send>(&self, py: Python<'_>, call: impl FnOnce(&C) -> R + Send) -> PyResult<R> {
        inject::entry(&call);
        let called = py.detach(|| lock(&self.client).as_ref().map(call));
        called.ok_or_else(|| PyException::new_err("the client is closed"))
    }

    fn receive<'py>(
        &self,
        py: Python<'py>,
        limit: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let deadline = deadline(limit)?;
        loop {
            let received = py.detach(|| self.receive_within(wait_until(deadline)));
            match received {
                Ok(item) => return item.into_python(py).map(Some),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyEOFError::new_err("the client is closed"));
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
        }
    }

    fn receive_within(&self, limit: Duration) -> Result<Item, RecvTimeoutError> {
        let items = lock(&self.items);
        let receiver = items.as_ref().ok_or(RecvTimeoutError::Disconnected)?;
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(RecvTimeoutError::Disconnected);
        }
        receiver.recv_timeout(limit)
    }

    /// The queue goes first: the client's thread may wait for room in it.
    fn close(&self, py: Python<'_>) {
        self.is_closed.store(true, Ordering::SeqCst);
        py.detach(|| {
            drop(lock(&self.items).take());
            drop(lock(&self.client).take());
        });
    }

    fn end(&mut self) {
        if self.process == std::process::id() {
            Python::attach(|py| self.close(py));
        } else {
            // A child has the memory of the client but not its thread.
            std::mem::forget((lock(&self.items).take(), lock(&self.client).take()));
        }
    }
}

impl Item {
    /// `True`, `False`, or a list of bytes.
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let is_connected = |yes: bool| Ok(yes.into_pyobject(py)?.to_owned().into_any());
        match self {
            Self::Connected => is_connected(true),
            Self::Disconnected => is_connected(false),
            Self::Received(events) => {
                let events = events.iter().map(|event| PyBytes::new(py, event));
                Ok(PyList::new(py, events.collect::<Vec<_>>())?.into_any())
            }
        }
    }
}

/// `None` waits for ever.
fn deadline(limit: Option<f64>) -> PyResult<Option<Instant>> {
    let Some(seconds) = limit else {
        return Ok(None);
    };
    let limit = Duration::try_from_secs_f64(seconds.max(0.0));
    let limit = limit.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Instant::now().checked_add(limit))
}

/// How long to wait before Python runs its signal handlers.
fn wait_until(deadline: Option<Instant>) -> Duration {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    left.unwrap_or(SIGNAL_PERIOD).min(SIGNAL_PERIOD)
}

fn content_type(json: bool) -> ContentType {
    if json {
        ContentType::Json
    } else {
        ContentType::Protobuf
    }
}

/// A TEARDOWN on its way: a client that is closed before the answer may lose it.
#[pyclass(frozen, module = "mesos._mesos")]
pub(crate) struct V1Teardown {
    settled: Settled,
    deadline: Option<Instant>,
}

impl V1Teardown {
    fn new(settled: Settled) -> Self {
        let deadline = Instant::now().checked_add(TEARDOWN_WAIT);
        Self { settled, deadline }
    }
}

#[pymethods]
impl V1Teardown {
    /// Returns when the master has answered or cannot, at the latest after ten minutes; signal handlers run meanwhile.
    fn wait(&self, py: Python<'_>) -> PyResult<()> {
        loop {
            let limit = wait_until(self.deadline);
            if limit.is_zero() || py.detach(|| self.settled.wait_at_most(limit)) {
                return Ok(());
            }
            py.check_signals()?;
        }
    }
}

/// The base of `mesos.v1.scheduler.Client`.
#[pyclass(frozen, subclass, module = "mesos._mesos")]
pub(crate) struct V1SchedulerClient {
    stream: Stream<AnyClient>,
}

#[pymethods]
impl V1SchedulerClient {
    /// With `framework`, a `mesos.v1.FrameworkInfo`, the driver protocol is spoken.
    #[new]
    #[pyo3(signature = (master, credential, json, framework))]
    fn new(
        py: Python<'_>,
        master: String,
        credential: Option<Object<'_, '_>>,
        json: bool,
        framework: Option<Object<'_, '_>>,
    ) -> PyResult<Self> {
        let credential = m::V1_CREDENTIAL.serialize_if_any(credential)?;
        let framework = m::V1_FRAMEWORK_INFO.serialize_if_any(framework)?;
        let config = scheduler::Config {
            master,
            credential,
            content_type: content_type(json),
            variables: Variables::of_process(),
        };
        let stream = Stream::open(py, |callbacks| {
            let client = AnyClient::new(callbacks, config, framework)?;
            client.start();
            Ok::<_, mesos_driver::v1::StartError>(client)
        })?;
        Ok(Self { stream })
    }

    /// `True` for connected, `False` for disconnected, or a list of serialised events; `None` after `limit` seconds.
    #[pyo3(signature = (limit = None))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        limit: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.stream.receive(py, limit)
    }

    fn send(&self, py: Python<'_>, call: Object<'_, '_>) -> PyResult<()> {
        match self.begin(py, call)? {
            Some(teardown) => teardown.wait(py),
            None => Ok(()),
        }
    }

    /// As `send`, but the wait for the answer to a TEARDOWN is the caller's.
    fn begin(&self, py: Python<'_>, call: Object<'_, '_>) -> PyResult<Option<V1Teardown>> {
        let call = m::V1_SCHEDULER_CALL.serialize(call)?;
        let settled = self.stream.with(py, |client| client.send_and_wait(call))?;
        let is_settled = settled.wait_at_most(Duration::ZERO);
        Ok((!is_settled).then(|| V1Teardown::new(settled)))
    }

    /// Waits for the answer: HTTP status, serialised response and error; the status is 0 if there was none.
    #[pyo3(signature = (call, limit = None))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        call: Object<'_, 'py>,
        limit: Option<f64>,
    ) -> PyResult<(u16, Bound<'py, PyBytes>, Option<String>)> {
        let call = m::V1_SCHEDULER_CALL.serialize(call)?;
        let (sender, answers) = channel();
        let done = Box::new(move |answer| drop(sender.send(answer)));
        let deadline = deadline(limit)?;
        self.stream.with(py, |client| client.call(call, done))?;
        let answers = Mutex::new(answers);
        loop {
            let wait = wait_until(deadline);
            match py.detach(|| lock(&answers).recv_timeout(wait)) {
                Ok(answer) => {
                    let answer = answer.unwrap_or_else(|error| Answer {
                        error: Some(error),
                        ..Answer::default()
                    });
                    let response = PyBytes::new(py, &answer.response);
                    return Ok((answer.status, response, answer.error));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyEOFError::new_err("the client is closed"));
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(PyTimeoutError::new_err("the call was not answered in time"));
            }
        }
    }

    /// Gives up the connections and makes new ones.
    fn reconnect(&self, py: Python<'_>) -> PyResult<()> {
        self.stream.with(py, AnyClient::reconnect)
    }

    /// Closes the connections; events that wait are lost.
    fn close(&self, py: Python<'_>) {
        self.stream.close(py);
    }
}

impl Drop for V1SchedulerClient {
    fn drop(&mut self) {
        self.stream.end();
    }
}

/// The base of `mesos.v1.executor.Client`.
#[pyclass(frozen, subclass, module = "mesos._mesos")]
pub(crate) struct V1ExecutorClient {
    stream: Stream<executor::Client>,
}

#[pymethods]
impl V1ExecutorClient {
    /// `environment` replaces the process's own.
    #[new]
    #[pyo3(signature = (json, environment))]
    fn new(
        py: Python<'_>,
        json: bool,
        environment: Option<BTreeMap<String, String>>,
    ) -> PyResult<Self> {
        let variables = match environment {
            Some(environment) => environment.into_iter().collect(),
            None => Variables::of_process(),
        };
        let config = executor::Config {
            content_type: content_type(json),
            variables,
        };
        let stream = Stream::open(py, |callbacks| {
            let client = executor::Client::new(callbacks, &config)?;
            client.start();
            Ok::<_, mesos_driver::v1::StartError>(client)
        })?;
        Ok(Self { stream })
    }

    /// `True` for connected, `False` for disconnected, or a list of serialised events; `None` after `limit` seconds.
    #[pyo3(signature = (limit = None))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        limit: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.stream.receive(py, limit)
    }

    fn send(&self, py: Python<'_>, call: Object<'_, '_>) -> PyResult<()> {
        let call = m::V1_EXECUTOR_CALL.serialize(call)?;
        self.stream.with(py, |client| client.send(call))
    }

    /// Closes the connections; events that wait are lost.
    fn close(&self, py: Python<'_>) {
        self.stream.close(py);
    }
}

impl Drop for V1ExecutorClient {
    fn drop(&mut self) {
        self.stream.end();
    }
}
