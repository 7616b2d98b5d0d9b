//! Labels.
use mesos_proto::mesos as pb;
/// Same labels in any order.
pub fn equal(_a: &pb::Labels, _b: &pb::Labels) -> bool { todo!() }
