//! Upper bounds by name; absence means unlimited. Compat: RES-44, RES-45.

use super::{Name, ResourceQuantities, parse::parse_amounts, quantities::write_amounts};
use crate::{error::Invalid, value::from_milli};
use mesos_proto::mesos as pb;
use smallvec::SmallVec;
use std::{collections::BTreeMap, fmt};

/// Bounds in thousandths, sorted by name; a present zero means none allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceLimits {
    entries: SmallVec<[(Name, i64); 4]>,
}

impl ResourceLimits {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `name:scalar;name:scalar`; repeated names are refused.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut limits = Self::new();
        let mut seen: Vec<Name> = Vec::new();
        for (name, milli) in parse_amounts(text, "limit")? {
            if seen.contains(&name) {
                return Err(Invalid::new(format!(
                    "Failed to parse '{}' to limit: duplicate names are not allowed",
                    crate::value::format_double(from_milli(milli))
                )));
            }
            limits.set(&name, milli);
            seen.push(name);
        }
        Ok(limits)
    }

    pub fn from_map(map: &BTreeMap<String, pb::value::Scalar>) -> Self {
        let mut limits = Self::new();
        for (name, scalar) in map {
            limits.set(&Name::new(name), crate::value::to_milli(scalar.value));
        }
        limits
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

    pub fn set(&mut self, name: &Name, milli: i64) {
        match self.position(name) {
            Ok(at) => self.entries[at].1 = milli,
            Err(at) => self.entries.insert(at, (name.clone(), milli)),
        }
    }

    pub fn get(&self, name: &Name) -> Option<i64> {
        self.position(name).ok().map(|at| self.entries[at].1)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, (Name, i64)> {
        self.entries.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether no limited name is exceeded.
    pub fn contains_quantities(&self, quantities: &ResourceQuantities) -> bool {
        self.iter()
            .all(|(name, limit)| quantities.get(name) <= *limit)
    }

    /// Whether `other` is at least as strict on every name limited here.
    pub fn contains(&self, other: &ResourceLimits) -> bool {
        self.iter()
            .all(|(name, limit)| other.get(name).is_some_and(|theirs| theirs <= *limit))
    }

    /// Floors at zero, keeps the name.
    pub fn subtract_milli(&mut self, name: &Name, milli: i64) {
        if let Ok(at) = self.position(name) {
            self.entries[at].1 = self.entries[at].1.saturating_sub(milli).max(0);
        }
    }

    pub fn subtract(&mut self, quantities: &ResourceQuantities) {
        for (name, milli) in quantities {
            self.subtract_milli(name, *milli);
        }
    }
}

impl fmt::Display for ResourceLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amounts(f, &self.entries)
    }
}
