//! The domain model of Mesos: ids, the resource algebra, roles, attributes, units, task states and validation.
//!
//! Everything here is pure: no clock, no socket, no file. Values arrive as protobuf messages, are kept in lean
//! forms of our own while they are worked with, and turn back into messages at the edge.
#![forbid(unsafe_code)]

pub mod attribute;
pub mod capability;
pub mod clock;
pub mod debug_text;
pub mod error;
pub mod id;
pub mod label;
pub mod resources;
pub mod role;
pub mod task;
pub mod units;
pub mod validate;
pub mod value;

pub use clock::{Instant, Now, WallTime};
pub use error::Invalid;
pub use id::{
    AgentId, ContainerId, ExecutorId, FrameworkId, OfferId, OperationId, ResourceProviderId, TaskId,
};
pub use resources::{Resource, ResourceLimits, ResourceQuantities, Resources};
pub use role::Role;
