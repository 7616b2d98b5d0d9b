//! Agent attributes. Compat: RES-58, RES-59.
use mesos_proto::mesos as pb;
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AttributeError(pub String);
/// Reads `name:value;…`.
pub fn parse(_text: &str) -> Result<Vec<pb::Attribute>, AttributeError> { todo!() }
/// Same length and each attribute found in the other.
pub fn equal(_a: &[pb::Attribute], _b: &[pb::Attribute]) -> bool { todo!() }
