//! The agent: a pure machine (`machine`, `on`, `state`, `updates`, `gc`) that turns messages, timers
//! and container events into effects, what it keeps on disk (`checkpoint`, `recover`), the answers it
//! gives (`view`), the container side (`containerizer`) and the shell that does the effects.
#![forbid(unsafe_code)]

pub mod call;
pub mod checkpoint;
pub mod config;
pub mod containerizer;
pub mod effect;
pub mod event;
pub mod gc;
pub mod machine;
mod metrics;
mod on;
pub mod recover;
pub mod resources;
mod rng;
pub mod shell;
pub mod state;
mod timer;
pub mod updates;
pub mod view;

pub use machine::Agent;
