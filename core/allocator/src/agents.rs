//! What is known of one agent, and the cached view of what it has left. Compat: ALC 9.2, RES-55.

use crate::{
    amounts::{Amounts, Names},
    event::{AgentSpec, InverseAnswer, Unavailability},
    index::{FrameworkNo, MemberNo, RoleNo},
};
use mesos_model::{AgentId, FrameworkId, Instant, Resources, resources::Name};
use std::collections::{BTreeMap, BTreeSet};

/// Sums over a bundle that every candidate would otherwise compute again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// All scalars.
    pub(crate) scalars: Amounts,
    /// All scalars, range values and set items (ALC-29).
    pub(crate) counts: Amounts,
    /// Unreserved non-revocable scalars: what quota is about.
    pub(crate) quota: Amounts,
    pub(crate) revocable: Amounts,
    /// Nothing reserved, revocable or shared: everybody may have all of it.
    pub(crate) plain: bool,
}

impl Facts {
    pub(crate) fn of(names: &mut Names, resources: &Resources) -> Self {
        let plain = resources
            .iter()
            .all(|r| r.is_unreserved() && !r.is_revocable() && !r.is_shared());
        let counts = names.counts(resources);
        let scalars = names.scalars(resources);
        if plain {
            let (quota, revocable) = (scalars.clone(), Amounts::default());
            return Self {
                scalars,
                counts,
                quota,
                revocable,
                plain,
            };
        }
        Self {
            scalars,
            counts,
            quota: names.scalars_if(resources, |r| r.is_unreserved() && !r.is_revocable()),
            revocable: names.scalars_if(resources, |r| r.is_revocable()),
            plain,
        }
    }
}

/// A planned absence and what frameworks said about it.
#[derive(Clone, Debug)]
pub(crate) struct Maintenance {
    pub(crate) unavailability: Unavailability,
    pub(crate) answers: BTreeMap<FrameworkNo, InverseAnswer>,
    pub(crate) outstanding: BTreeSet<FrameworkNo>,
}

impl Maintenance {
    pub(crate) fn new(unavailability: Unavailability) -> Self {
        Self {
            unavailability,
            answers: BTreeMap::new(),
            outstanding: BTreeSet::new(),
        }
    }
}

/// One agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) id: AgentId,
    pub(crate) spec: AgentSpec,
    pub(crate) activated: bool,
    pub(crate) total: Resources,
    /// Offered to or used by members; entries carry the member's role as allocation role.
    pub(crate) held: Vec<(MemberNo, Resources)>,
    /// Used by frameworks that have not come back yet.
    pub(crate) orphans: Vec<(FrameworkId, Resources)>,
    /// The part of `held` that is in use and not merely offered.
    pub(crate) used: Vec<(MemberNo, Resources)>,
    /// `total` without what is held; shared resources are always in it (RES-55).
    pub(crate) available: Resources,
    pub(crate) facts: Facts,
    /// Changes with every change of `available`.
    pub(crate) version: u64,
    pub(crate) maintenance: Option<Maintenance>,
    pub(crate) total_scalars: Amounts,
    pub(crate) reservations: Vec<(RoleNo, Amounts)>,
    pub(crate) has_gpu: bool,
    pub(crate) is_candidate: bool,
    /// Nobody wanted `available` in this generation, and no filter ends before this moment.
    pub(crate) fruitless: Option<(u64, Instant)>,
}

impl Agent {
    pub(crate) fn new(id: AgentId, spec: AgentSpec) -> Self {
        Self {
            id,
            spec,
            activated: true,
            total: Resources::new(),
            held: Vec::new(),
            orphans: Vec::new(),
            used: Vec::new(),
            available: Resources::new(),
            facts: Facts::default(),
            version: 0,
            maintenance: None,
            total_scalars: Amounts::default(),
            reservations: Vec::new(),
            has_gpu: false,
            is_candidate: false,
            fruitless: None,
        }
    }

    pub(crate) fn held_by(&self, member: MemberNo) -> Option<&Resources> {
        self.held
            .iter()
            .find(|(holder, _)| *holder == member)
            .map(|(_, held)| held)
    }

    /// Computes again what is left, after `total` or `held` changed.
    pub(crate) fn refresh(&mut self, names: &mut Names, version: u64) {
        let mut left = self.total.clone();
        let all = self
            .held
            .iter()
            .map(|(_, r)| r)
            .chain(self.orphans.iter().map(|(_, r)| r));
        for held in all {
            for entry in held.iter().filter(|entry| !entry.is_shared()) {
                let mut entry = entry.clone();
                entry.unallocate();
                left.subtract(&entry);
            }
        }
        self.set_available(names, left, version);
    }

    pub(crate) fn set_available(&mut self, names: &mut Names, left: Resources, version: u64) {
        self.facts = Facts::of(names, &left);
        self.available = left;
        self.version = version;
        self.fruitless = None;
    }

    pub(crate) fn set_total(&mut self, total: Resources) {
        self.has_gpu = total.milli(&Name::Gpus) > 0;
        self.total = total;
    }
}
