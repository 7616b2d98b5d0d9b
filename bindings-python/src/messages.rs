//! Messages between Python objects and serialised bytes.
//!
//! A message of Python crosses as what its `SerializeToString` answers, one of the core as what the class's
//! `FromString` makes of it, so any protobuf runtime does.

use bytes::Bytes;
use mesos_proto::wire;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyString};

/// A message type of package `mesos` or one below.
pub(crate) struct Kind {
    /// Its name inside the package.
    name: &'static str,
    full_name: &'static str,
    module: &'static str,
    parser: PyOnceLock<Py<PyAny>>,
}

/// Declares message types: constant, name, module.
macro_rules! kinds {
    ($($constant:ident = $name:literal of $package:literal in $module:literal;)*) => {
        $(pub(crate) static $constant: Kind = Kind {
            name: $name,
            full_name: concat!($package, $name),
            module: $module,
            parser: PyOnceLock::new(),
        };)*
    };
}

kinds! {
    CREDENTIAL = "Credential" of "mesos." in "mesos.interface.mesos_pb2";
    EXECUTOR_ID = "ExecutorID" of "mesos." in "mesos.interface.mesos_pb2";
    EXECUTOR_INFO = "ExecutorInfo" of "mesos." in "mesos.interface.mesos_pb2";
    FILTERS = "Filters" of "mesos." in "mesos.interface.mesos_pb2";
    FRAMEWORK_ID = "FrameworkID" of "mesos." in "mesos.interface.mesos_pb2";
    FRAMEWORK_INFO = "FrameworkInfo" of "mesos." in "mesos.interface.mesos_pb2";
    MASTER_INFO = "MasterInfo" of "mesos." in "mesos.interface.mesos_pb2";
    OFFER = "Offer" of "mesos." in "mesos.interface.mesos_pb2";
    OFFER_CONSTRAINTS = "OfferConstraints" of "mesos.scheduler." in "mesos.interface.scheduler_pb2";
    OFFER_ID = "OfferID" of "mesos." in "mesos.interface.mesos_pb2";
    OPERATION = "Offer.Operation" of "mesos." in "mesos.interface.mesos_pb2";
    REQUEST = "Request" of "mesos." in "mesos.interface.mesos_pb2";
    SLAVE_ID = "SlaveID" of "mesos." in "mesos.interface.mesos_pb2";
    SLAVE_INFO = "SlaveInfo" of "mesos." in "mesos.interface.mesos_pb2";
    TASK_ID = "TaskID" of "mesos." in "mesos.interface.mesos_pb2";
    TASK_INFO = "TaskInfo" of "mesos." in "mesos.interface.mesos_pb2";
    TASK_STATUS = "TaskStatus" of "mesos." in "mesos.interface.mesos_pb2";
    V1_CREDENTIAL = "Credential" of "mesos.v1." in "mesos.v1.mesos_pb2";
    V1_EXECUTOR_CALL = "Call" of "mesos.v1.executor." in "mesos.v1.executor_pb2";
    V1_FRAMEWORK_INFO = "FrameworkInfo" of "mesos.v1." in "mesos.v1.mesos_pb2";
    V1_SCHEDULER_CALL = "Call" of "mesos.v1.scheduler." in "mesos.v1.scheduler_pb2";
}

impl Kind {
    /// The bytes of a Python message of this type.
    ///
    /// # Errors
    /// `Exception` if it is none, or lacks required fields; the reason is its cause.
    pub(crate) fn serialize(&self, object: &Bound<'_, PyAny>) -> PyResult<Bytes> {
        let bytes = self.serialized(object);
        bytes.map_err(|cause| {
            let text = format!("Could not deserialize Python {}", self.name);
            let error = PyException::new_err(text);
            error.set_cause(object.py(), Some(cause));
            error
        })
    }

    fn serialized(&self, object: &Bound<'_, PyAny>) -> PyResult<Bytes> {
        let serialized = object.call_method0("SerializeToString")?;
        let bytes = Bytes::copy_from_slice(serialized.cast::<PyBytes>()?.as_bytes());
        wire::check(self.full_name, &bytes)
            .map_err(|error| PyTypeError::new_err(error.to_string()))?;
        Ok(bytes)
    }

    /// A message that may be left out.
    pub(crate) fn serialize_if_any(
        &self,
        object: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Bytes>> {
        object.map(|object| self.serialize(object)).transpose()
    }

    /// All messages of an iterable that is argument `number` of `method`.
    pub(crate) fn serialize_all(
        &self,
        objects: &Bound<'_, PyAny>,
        number: u32,
        method: &str,
    ) -> PyResult<Vec<Bytes>> {
        let Ok(items) = objects.try_iter() else {
            let text = format!("Parameter {number} to {method} is not a list");
            return Err(PyException::new_err(text));
        };
        items.map(|item| self.serialize(&item?)).collect()
    }

    /// The Python message of these bytes.
    pub(crate) fn parse<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let parser = self.parser.get_or_try_init(py, || {
            let module = py.import(self.module)?.into_any();
            let mut names = self.name.split('.');
            let class = names.try_fold(module, |scope, name| scope.getattr(name))?;
            class.getattr("FromString").map(Bound::unbind)
        })?;
        parser.bind(py).call1((PyBytes::new(py, bytes),))
    }

    /// A Python list of messages.
    pub(crate) fn parse_all<'py>(
        &self,
        py: Python<'py>,
        messages: &[Bytes],
    ) -> PyResult<Bound<'py, PyAny>> {
        let parsed: PyResult<Vec<_>> = messages.iter().map(|m| self.parse(py, m)).collect();
        Ok(PyList::new(py, parsed?)?.into_any())
    }
}

/// Payload of the user's own: bytes, or text, which is sent as UTF-8.
pub(crate) fn payload(data: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Ok(Bytes::copy_from_slice(bytes.as_bytes()));
    }
    if let Ok(text) = data.cast::<PyString>() {
        return Ok(Bytes::from(text.extract::<String>()?));
    }
    if let Ok(array) = data.cast::<PyByteArray>() {
        return Ok(Bytes::from(array.to_vec()));
    }
    if let Ok(view) = data.cast::<PyMemoryView>() {
        let bytes = view.call_method0("tobytes")?;
        return Ok(Bytes::copy_from_slice(bytes.cast::<PyBytes>()?.as_bytes()));
    }
    let name = data.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "data is bytes or str, not {name}"
    )))
}
