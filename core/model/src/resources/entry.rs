//! One resource entry.
use crate::{Role, value::Value};
use mesos_proto::mesos as pb;
use std::{fmt, sync::Arc};

/// A resource name; the first-class ones cost nothing to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name { Cpus, Disk, Gpus, Mem, Ports, Other(Arc<str>) }
impl Name {
    pub fn new(_text: &str) -> Self { todo!() }
    pub fn as_str(&self) -> &str { todo!() }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationKind { Static, Dynamic }
#[derive(Clone, Debug)]
pub struct Reservation { pub kind: ReservationKind, pub role: Role, pub principal: Option<Arc<str>>, pub labels: Option<pb::Labels> }
#[derive(Clone, Debug)]
pub struct Disk(pub pb::resource::DiskInfo);
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceError(pub String);
impl fmt::Display for ResourceError { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) } }
impl std::error::Error for ResourceError {}

/// One entry, always in post-refinement form.
#[derive(Clone)]
pub struct Resource { pub(crate) value: Value }
impl Resource {
    /// Checks (RES-19..24) and converts; all three reservation formats are accepted.
    pub fn from_proto(_message: &pb::Resource) -> Result<Self, ResourceError> { todo!() }
    pub fn to_proto(&self) -> pb::Resource { todo!() }
    pub fn scalar(_name: &str, _amount: f64) -> Self { todo!() }
    pub fn name(&self) -> &Name { todo!() }
    pub fn value(&self) -> &Value { &self.value }
    /// Thousandths of a scalar, 0 for others.
    pub fn milli(&self) -> i64 { todo!() }
    pub fn allocation_role(&self) -> Option<&Role> { todo!() }
    pub fn allocate(&mut self, _role: &Role) { todo!() }
    pub fn unallocate(&mut self) { todo!() }
    pub fn reservations(&self) -> &[Reservation] { todo!() }
    pub fn push_reservation(&mut self, _r: Reservation) { todo!() }
    pub fn pop_reservation(&mut self) -> Option<Reservation> { todo!() }
    /// Role of the top reservation.
    pub fn reservation_role(&self) -> Option<&Role> { todo!() }
    pub fn is_empty(&self) -> bool { todo!() }
    pub fn is_unreserved(&self) -> bool { todo!() }
    pub fn is_reserved(&self, _role: Option<&str>) -> bool { todo!() }
    pub fn is_dynamically_reserved(&self) -> bool { todo!() }
    pub fn is_refined(&self) -> bool { todo!() }
    pub fn is_allocatable_to(&self, _role: &str) -> bool { todo!() }
    pub fn is_persistent_volume(&self) -> bool { todo!() }
    pub fn is_revocable(&self) -> bool { todo!() }
    pub fn is_shared(&self) -> bool { todo!() }
    pub fn needs_checkpointing(&self) -> bool { todo!() }
    pub fn provider_id(&self) -> Option<&str> { todo!() }
    pub fn disk(&self) -> Option<&pb::resource::DiskInfo> { todo!() }
    pub fn persistence_id(&self) -> Option<&str> { todo!() }
}
