//! What `mesos top` measures and how it is shown.

pub mod plain;
pub mod sample;
pub mod screen;
