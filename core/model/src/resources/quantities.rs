//! Scalar amounts by name. Compat: RES-39, RES-43, RES-45.

use super::{Name, Resources, parse::parse_amounts};
use crate::{
    error::Invalid,
    value::{format_double, from_milli},
};
use mesos_proto::mesos as pb;
use smallvec::SmallVec;
use std::{collections::BTreeMap, fmt};

/// Amounts in thousandths, sorted by name, zeros never stored. Small ones own no heap memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceQuantities {
    entries: SmallVec<[(Name, i64); 4]>,
}

impl ResourceQuantities {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `name:scalar;name:scalar`; repeated names add up.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut quantities = Self::new();
        for (name, milli) in parse_amounts(text, "quantity")? {
            quantities.add_milli(&name, milli);
        }
        Ok(quantities)
    }

    pub fn from_scalars(bag: &Resources) -> Self {
        let mut quantities = Self::new();
        quantities.add_scalars_of(bag);
        quantities
    }

    pub fn from_resources(bag: &Resources) -> Self {
        let mut quantities = Self::new();
        for entry in bag {
            quantities.add_milli(entry.name(), entry.value().quantity_milli());
        }
        quantities
    }

    pub fn from_map(map: &BTreeMap<String, pb::value::Scalar>) -> Self {
        let mut quantities = Self::new();
        for (name, scalar) in map {
            quantities.add_milli(&Name::new(name), crate::value::to_milli(scalar.value));
        }
        quantities
    }

    pub fn to_map(&self) -> BTreeMap<String, pb::value::Scalar> {
        let scalar = |milli| pb::value::Scalar {
            value: from_milli(milli),
        };
        self.iter()
            .map(|(name, milli)| (name.to_string(), scalar(*milli)))
            .collect()
    }

    fn position(&self, name: &Name) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.cmp(name))
    }

    /// Thousandths; 0 if absent.
    pub fn get(&self, name: &Name) -> i64 {
        self.position(name).map_or(0, |at| self.entries[at].1)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, (Name, i64)> {
        self.entries.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub fn contains(&self, other: &ResourceQuantities) -> bool {
        other.iter().all(|(name, milli)| self.get(name) >= *milli)
    }

    pub fn add_milli(&mut self, name: &Name, milli: i64) {
        if milli <= 0 {
            self.subtract_milli(name, milli.saturating_neg());
            return;
        }
        match self.position(name) {
            Ok(at) => self.entries[at].1 = self.entries[at].1.saturating_add(milli),
            Err(at) => self.entries.insert(at, (name.clone(), milli)),
        }
    }

    /// Floors at zero by removing the name; absent names are ignored.
    pub fn subtract_milli(&mut self, name: &Name, milli: i64) {
        let Ok(at) = self.position(name) else { return };
        let left = self.entries[at].1.saturating_sub(milli);
        if left > 0 {
            self.entries[at].1 = left;
        } else {
            self.entries.remove(at);
        }
    }

    pub fn add(&mut self, other: &ResourceQuantities) {
        for (name, milli) in other.iter() {
            self.add_milli(name, *milli);
        }
    }

    pub fn subtract(&mut self, other: &ResourceQuantities) {
        for (name, milli) in other.iter() {
            self.subtract_milli(name, *milli);
        }
    }

    /// Adds every scalar entry of a bag in place.
    pub fn add_scalars_of(&mut self, bag: &Resources) {
        for entry in bag.iter().filter(|entry| entry.is_scalar()) {
            self.add_milli(entry.name(), entry.milli());
        }
    }

    pub fn subtract_scalars_of(&mut self, bag: &Resources) {
        for entry in bag.iter().filter(|entry| entry.is_scalar()) {
            self.subtract_milli(entry.name(), entry.milli());
        }
    }
}

impl<'a> IntoIterator for &'a ResourceQuantities {
    type Item = &'a (Name, i64);
    type IntoIter = std::slice::Iter<'a, (Name, i64)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ResourceQuantities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amounts(f, &self.entries)
    }
}

/// `name:amount; name:amount`, or `{}`.
pub(super) fn write_amounts(f: &mut fmt::Formatter<'_>, list: &[(Name, i64)]) -> fmt::Result {
    if list.is_empty() {
        return f.write_str("{}");
    }
    for (at, (name, milli)) in list.iter().enumerate() {
        let separator = if at > 0 { "; " } else { "" };
        write!(f, "{separator}{name}:{}", format_double(from_milli(*milli)))?;
    }
    Ok(())
}
