//! A bag of resources.
use super::*;
use crate::Role;
use mesos_proto::mesos as pb;
use std::{fmt, ops::{Add, AddAssign, Sub, SubAssign}};

#[derive(Clone, Default)]
pub struct Resources { entries: Vec<Resource> }
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyError(pub String);
impl fmt::Display for ApplyError { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) } }
impl std::error::Error for ApplyError {}
#[derive(Clone)]
pub struct Conversion { pub consumed: Resources, pub converted: Resources }

impl Resources {
    pub fn new() -> Self { Self::default() }
    /// Text or JSON form with the command line's extra checks; `default_role` for entries without one.
    pub fn parse(_text: &str, _default_role: &str) -> Result<Self, ResourceError> { todo!() }
    /// Invalid and empty entries are dropped silently, as the original does (RES-31).
    pub fn from_proto(_list: &[pb::Resource]) -> Self { todo!() }
    pub fn to_proto(&self) -> Vec<pb::Resource> { todo!() }
    /// The message of the first invalid entry.
    pub fn validate(_list: &[pb::Resource]) -> Result<(), ResourceError> { todo!() }
    pub fn iter(&self) -> std::slice::Iter<'_, Resource> { self.entries.iter() }
    pub fn len(&self) -> usize { self.entries.len() }
    pub fn is_empty(&self) -> bool { self.entries.is_empty() }
    pub fn add(&mut self, _r: Resource) { todo!() }
    pub fn subtract(&mut self, _r: &Resource) { todo!() }
    pub fn contains(&self, _other: &Resources) -> bool { todo!() }
    pub fn contains_entry(&self, _other: &Resource) -> bool { todo!() }
    pub fn contains_quantities(&self, _q: &ResourceQuantities) -> bool { todo!() }
    pub fn filter(&self, _keep: impl Fn(&Resource) -> bool) -> Resources { todo!() }
    pub fn reserved(&self, _role: &str) -> Resources { todo!() }
    pub fn unreserved(&self) -> Resources { todo!() }
    pub fn revocable(&self) -> Resources { todo!() }
    pub fn non_revocable(&self) -> Resources { todo!() }
    pub fn shared(&self) -> Resources { todo!() }
    pub fn non_shared(&self) -> Resources { todo!() }
    pub fn persistent_volumes(&self) -> Resources { todo!() }
    pub fn scalars(&self) -> Resources { todo!() }
    pub fn allocatable_to(&self, _role: &str) -> Resources { todo!() }
    pub fn needing_checkpoint(&self) -> Resources { todo!() }
    pub fn of_provider(&self, _id: Option<&str>) -> Resources { todo!() }
    pub fn to_unreserved(&self) -> Resources { todo!() }
    pub fn push_reservation(&self, _r: &Reservation) -> Resources { todo!() }
    pub fn pop_reservation(&self) -> Resources { todo!() }
    pub fn allocate(&mut self, _role: &Role) { todo!() }
    pub fn unallocate(&mut self) { todo!() }
    pub fn allocated(&self, _role: &Role) -> Resources { todo!() }
    pub fn unallocated(&self) -> Resources { todo!() }
    /// By allocation role; entries without one are left out.
    pub fn allocations(&self) -> Vec<(Role, Resources)> { todo!() }
    pub fn find(&self, _target: &Resources) -> Option<Resources> { todo!() }
    pub fn apply(&self, _operation: &pb::offer::Operation) -> Result<Resources, ApplyError> { todo!() }
    pub fn apply_conversion(&self, _c: &Conversion) -> Result<Resources, ApplyError> { todo!() }
    /// The conversions of an operation; for CREATE_DISK and DESTROY_DISK pass what the agent reported as `converted`.
    pub fn conversions(_operation: &pb::offer::Operation) -> Result<Vec<Conversion>, ApplyError> { todo!() }
    pub fn apply_checkpointed(&self, _checkpointed: &[pb::Resource]) -> Result<Resources, ApplyError> { todo!() }
    pub fn quantities(&self) -> ResourceQuantities { todo!() }
    pub fn scalar_quantities(&self) -> ResourceQuantities { todo!() }
    /// Thousandths of all scalars of that name.
    pub fn milli(&self, _name: &str) -> i64 { todo!() }
    pub fn cpus(&self) -> Option<f64> { todo!() }
    pub fn gpus(&self) -> Option<f64> { todo!() }
    /// Whole megabytes.
    pub fn mem_mb(&self) -> Option<u64> { todo!() }
    pub fn disk_mb(&self) -> Option<u64> { todo!() }
    /// Keeps at most `target` of each named quantity (RES-41); `order` shuffles the entries.
    pub fn shrink_to_quantities(&self, _target: &ResourceQuantities, _order: &mut dyn FnMut(usize) -> usize) -> Resources { todo!() }
    pub fn shrink_to_limits(&self, _limits: &ResourceLimits, _order: &mut dyn FnMut(usize) -> usize) -> Resources { todo!() }
}
impl<'a> IntoIterator for &'a Resources { type Item = &'a Resource; type IntoIter = std::slice::Iter<'a, Resource>; fn into_iter(self) -> Self::IntoIter { self.iter() } }
impl FromIterator<Resource> for Resources { fn from_iter<I: IntoIterator<Item = Resource>>(_i: I) -> Self { todo!() } }
impl PartialEq for Resources { fn eq(&self, _o: &Self) -> bool { todo!() } }
impl AddAssign<&Resources> for Resources { fn add_assign(&mut self, _o: &Resources) { todo!() } }
impl AddAssign<Resources> for Resources { fn add_assign(&mut self, _o: Resources) { todo!() } }
impl SubAssign<&Resources> for Resources { fn sub_assign(&mut self, _o: &Resources) { todo!() } }
impl Add<&Resources> for &Resources { type Output = Resources; fn add(self, _o: &Resources) -> Resources { todo!() } }
impl Sub<&Resources> for &Resources { type Output = Resources; fn sub(self, _o: &Resources) -> Resources { todo!() } }
impl fmt::Display for Resources { fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result { todo!() } }
impl fmt::Debug for Resources { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) } }
