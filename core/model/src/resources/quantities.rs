//! Scalar amounts by name. Compat: RES-43, RES-45.
use super::*;
use std::fmt;

/// Sorted by name, thousandths, zeros never stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceQuantities { entries: Vec<(Name, i64)> }
impl ResourceQuantities {
    pub fn new() -> Self { Self::default() }
    pub fn parse(_text: &str) -> Result<Self, ResourceError> { todo!() }
    pub fn from_scalars(_r: &Resources) -> Self { todo!() }
    pub fn from_resources(_r: &Resources) -> Self { todo!() }
    pub fn get(&self, _name: &Name) -> i64 { todo!() }
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, i64)> { self.entries.iter() }
    pub fn is_empty(&self) -> bool { self.entries.is_empty() }
    pub fn len(&self) -> usize { self.entries.len() }
    pub fn contains(&self, _o: &ResourceQuantities) -> bool { todo!() }
    pub fn add_milli(&mut self, _name: &Name, _milli: i64) { todo!() }
    pub fn add(&mut self, _o: &ResourceQuantities) { todo!() }
    /// Floors at zero by deleting.
    pub fn subtract(&mut self, _o: &ResourceQuantities) { todo!() }
    /// Adds every scalar entry of a bag in place.
    pub fn add_scalars_of(&mut self, _r: &Resources) { todo!() }
    pub fn subtract_scalars_of(&mut self, _r: &Resources) { todo!() }
}
impl fmt::Display for ResourceQuantities { fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result { todo!() } }
