//! The protocol messages of Mesos 1.11: generated types, wire checks, JSON, v0/v1 conversion.
#![forbid(unsafe_code)]

/// Generated types, one module per protobuf package.
#[allow(clippy::all, reason = "generated code")]
#[allow(clippy::allow_attributes_without_reason, reason = "generated code")]
#[allow(clippy::too_many_lines, reason = "generated code")]
pub mod generated {
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}

/// The encoded `FileDescriptorSet` of all messages.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub mod codec;
pub mod convert;
pub mod describe;
pub mod events;
pub mod json;
mod raw;
pub mod wire;

pub use generated::mesos;
pub use generated::mesos::{internal, v1};
pub use raw::Raw;
