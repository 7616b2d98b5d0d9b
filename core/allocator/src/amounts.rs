//! Scalar amounts as dense vectors: one slot of thousandths per resource name seen so far.
//!
//! Names are numbered once at the edge, so that shares, headroom and quota are sums over a few
//! machine words. The first four names fit without touching the heap.

use hashbrown::HashMap;
use mesos_model::value::Value;
use mesos_model::{Resource, ResourceLimits, ResourceQuantities, Resources, resources::Name};
use smallvec::SmallVec;

/// Names beyond this share one slot: agents choose names, so their number needs a bound.
pub(crate) const NAMES_MAX: usize = 1024;

/// Numbers resource names in the order they are first seen.
#[derive(Debug)]
pub(crate) struct Names {
    names: Vec<Name>,
    others: HashMap<Name, usize, foldhash::fast::FixedState>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let names = vec![Name::Cpus, Name::Mem, Name::Disk, Name::Gpus];
        Self {
            names,
            others: HashMap::default(),
        }
    }

    pub(crate) fn slot(&mut self, name: &Name) -> usize {
        match self.known(name) {
            Some(slot) => slot,
            None if self.names.len() >= NAMES_MAX => NAMES_MAX - 1,
            None => {
                self.names.push(name.clone());
                self.others.insert(name.clone(), self.names.len() - 1);
                self.names.len() - 1
            }
        }
    }

    pub(crate) fn known(&self, name: &Name) -> Option<usize> {
        match name {
            Name::Cpus => Some(0),
            Name::Mem => Some(1),
            Name::Disk => Some(2),
            Name::Gpus => Some(3),
            Name::Ports | Name::Other(_) => self.others.get(name).copied(),
        }
    }

    pub(crate) fn name(&self, slot: usize) -> &Name {
        &self.names[slot]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The scalars of `resources` accepted by `keep`.
    pub(crate) fn scalars_if(
        &mut self,
        resources: &Resources,
        keep: impl Fn(&Resource) -> bool,
    ) -> Amounts {
        let mut sum = Amounts::default();
        for entry in resources.iter().filter(|entry| keep(entry)) {
            if let Value::Scalar(scalar) = entry.value() {
                sum.add_at(self.slot(entry.name()), scalar.milli());
            }
        }
        sum
    }

    pub(crate) fn scalars(&mut self, resources: &Resources) -> Amounts {
        self.scalars_if(resources, |_| true)
    }

    /// Scalars, and the number of values of ranges and items of sets (RES-37).
    pub(crate) fn counts(&mut self, resources: &Resources) -> Amounts {
        let mut sum = Amounts::default();
        for entry in resources.iter() {
            sum.add_at(self.slot(entry.name()), entry.value().quantity_milli());
        }
        sum
    }

    pub(crate) fn quantities(&mut self, quantities: &ResourceQuantities) -> Amounts {
        let mut sum = Amounts::default();
        for (name, milli) in quantities.iter() {
            sum.add_at(self.slot(name), *milli);
        }
        sum
    }

    pub(crate) fn limits(&mut self, limits: &ResourceLimits) -> Bounds {
        let entries = limits.iter().map(|(name, milli)| (self.slot(name), *milli));
        Bounds(entries.collect())
    }

    pub(crate) fn to_quantities(&self, amounts: &Amounts) -> ResourceQuantities {
        let mut quantities = ResourceQuantities::new();
        for (slot, milli) in amounts.iter().filter(|(_, milli)| *milli > 0) {
            quantities.add_milli(self.name(slot), milli);
        }
        quantities
    }

    pub(crate) fn to_limits(&self, bounds: &Bounds) -> ResourceLimits {
        let mut limits = ResourceLimits::new();
        for &(slot, milli) in &bounds.0 {
            limits.set(self.name(slot), milli);
        }
        limits
    }
}

/// An amount per name; missing slots are zero. Sums saturate: totals of hostile agents must not wrap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts(SmallVec<[i64; 4]>);

impl Amounts {
    pub(crate) fn at(&self, slot: usize) -> i64 {
        self.0.get(slot).copied().unwrap_or(0)
    }

    pub(crate) fn add_at(&mut self, slot: usize, milli: i64) {
        if self.0.len() <= slot {
            self.0.resize(slot + 1, 0);
        }
        self.0[slot] = self.0[slot].saturating_add(milli);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, more) in self.0.iter_mut().zip(&other.0) {
            *own = own.saturating_add(*more);
        }
    }

    /// May go below zero: used for books that are balanced by a later event.
    pub(crate) fn subtract(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, less) in self.0.iter_mut().zip(&other.0) {
            *own = own.saturating_sub(*less);
        }
    }

    /// Floors at zero per name, as quantities do (RES-43).
    pub(crate) fn subtract_floored(&mut self, other: &Self) {
        for (own, less) in self.0.iter_mut().zip(&other.0) {
            *own = own.saturating_sub(*less).max(0);
        }
    }

    pub(crate) fn minus_floored(&self, other: &Self) -> Self {
        let mut left = self.clone();
        left.subtract_floored(other);
        left.0.iter_mut().for_each(|milli| *milli = (*milli).max(0));
        left
    }

    /// Nothing above zero.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.iter().all(|milli| *milli <= 0)
    }

    /// Whether every amount of `other` is reached.
    pub(crate) fn reach(&self, other: &Self) -> bool {
        other
            .0
            .iter()
            .enumerate()
            .all(|(slot, milli)| *milli <= 0 || self.at(slot) >= *milli)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.0.iter().copied().enumerate()
    }
}

impl PartialEq for Amounts {
    fn eq(&self, other: &Self) -> bool {
        (0..self.0.len().max(other.0.len())).all(|slot| self.at(slot) == other.at(slot))
    }
}

/// Upper bounds of the named amounts; names that are missing are unlimited (RES-44).
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds(SmallVec<[(usize, i64); 4]>);

impl Bounds {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Floors at zero and keeps the name.
    pub(crate) fn minus(&self, used: &Amounts) -> Self {
        let left =
            |&(slot, milli): &(usize, i64)| (slot, milli.saturating_sub(used.at(slot)).max(0));
        Self(self.0.iter().map(left).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.0.iter().copied()
    }
}
