//! Upper bounds by name; absence means unlimited. Compat: RES-44, RES-45.
use super::*;
use std::fmt;

/// Sorted by name, thousandths; zero means none allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceLimits { entries: Vec<(Name, i64)> }
impl ResourceLimits {
    pub fn new() -> Self { Self::default() }
    pub fn parse(_text: &str) -> Result<Self, ResourceError> { todo!() }
    pub fn set(&mut self, _name: &Name, _milli: i64) { todo!() }
    pub fn get(&self, _name: &Name) -> Option<i64> { todo!() }
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, i64)> { self.entries.iter() }
    pub fn is_empty(&self) -> bool { self.entries.is_empty() }
    pub fn contains_quantities(&self, _q: &ResourceQuantities) -> bool { todo!() }
    pub fn contains(&self, _o: &ResourceLimits) -> bool { todo!() }
    /// Floors at zero, keeps the name.
    pub fn subtract(&mut self, _q: &ResourceQuantities) { todo!() }
}
impl fmt::Display for ResourceLimits { fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result { todo!() } }
