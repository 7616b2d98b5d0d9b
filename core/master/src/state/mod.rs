//! What the master knows, in tables whose published copies are cheap.

pub mod agents;
pub mod frameworks;
pub mod offers;
pub mod operations;
pub mod roles;
pub mod rows;
pub mod tasks;

pub use agents::{Agent, AgentRecord, Agents, RecoveredAgent};
pub use frameworks::{
    CompletedFramework, Connection, Framework, FrameworkCapabilities, FrameworkRecord,
    FrameworkState, Frameworks, StreamId,
};
pub use offers::{OfferRecord, Offers};
pub use operations::{OperationRecord, OperationUuid};
pub use rows::{BoundedTable, Ring, Rows, Table};
pub use tasks::{ExecutorRecord, StatusRecord, TaskExtras, TaskFixed, TaskRecord};
