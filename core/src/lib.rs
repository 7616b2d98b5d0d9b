//! The parts that programs are made of, and the in-process cluster of the library.

#[cfg(feature = "programs")]
pub mod caution;
#[cfg(feature = "programs")]
pub mod execute;
#[cfg(feature = "programs")]
pub mod executor;
#[cfg(feature = "programs")]
pub mod fetcher;
pub mod local;
#[cfg(feature = "programs")]
pub mod mesos_local;
#[cfg(feature = "programs")]
pub mod program;
