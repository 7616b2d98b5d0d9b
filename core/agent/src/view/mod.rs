//! What the agent shows: JSON of its tables and its gauges.

pub mod containers;
pub mod metrics;
pub mod model;
pub mod state;
