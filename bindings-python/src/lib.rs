//! `mesos._mesos`: the compiled half of the Python package `mesos`.
//!
//! This crate converts arguments, makes one driver call and converts the result; it decides nothing. The classes here
//! are the bases of `MesosSchedulerDriver`, `MesosExecutorDriver` and the v1 clients, which programs use.

mod arguments;
mod executor;
mod exit;
mod messages;
mod scheduler;
mod shared;
mod upcall;
mod v1;

use pyo3::prelude::*;

/// The module's content.
#[pymodule]
fn _mesos(module: &Bound<'_, PyModule>) -> PyResult<()> {
    mesos_core::local::install();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("injects_panics", cfg!(feature = "inject-panics"))?;
    module.add_class::<scheduler::MesosSchedulerDriverImpl>()?;
    module.add_class::<executor::MesosExecutorDriverImpl>()?;
    module.add_class::<v1::V1SchedulerClient>()?;
    module.add_class::<v1::V1Teardown>()?;
    module.add_class::<v1::V1ExecutorClient>()?;
    exit::register(module)
}
