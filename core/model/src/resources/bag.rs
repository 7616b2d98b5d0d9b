//! The bag of entries: building, filters, sums. Compat: RES-5, RES-37, RES-49, RES-50.

use super::{Name, Reservation, Resource, ResourceQuantities, check};
use crate::{
    ResourceProviderId, Role,
    error::Invalid,
    value::{Ranges, Value, from_milli},
};
use mesos_proto::mesos as pb;

/// A bag of resource entries: equal metadata merged, shared entries counted.
#[derive(Clone, Default)]
pub struct Resources {
    pub(super) entries: Vec<Resource>,
}

impl Resources {
    pub fn new() -> Self {
        Self::default()
    }

    /// Invalid and empty entries are dropped silently, as the original does (RES-31).
    pub fn from_proto(list: &[pb::Resource]) -> Self {
        let mut bag = Self {
            entries: Vec::with_capacity(list.len()),
        };
        for message in list {
            if let Ok(resource) = Resource::from_proto(message) {
                bag.add(resource);
            }
        }
        bag
    }

    /// In post-refinement form.
    pub fn to_proto(&self) -> Vec<pb::Resource> {
        self.entries.iter().map(Resource::to_proto).collect()
    }

    /// The message of the first invalid entry.
    pub fn validate(list: &[pb::Resource]) -> Result<(), Invalid> {
        check::validate_all(list)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.entries.iter()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries that satisfy `keep`.
    pub fn filter(&self, keep: impl Fn(&Resource) -> bool) -> Resources {
        // Entries of a bag are already merged, so no merging is needed here.
        let entries = self
            .entries
            .iter()
            .filter(|entry| keep(entry))
            .cloned()
            .collect();
        Resources { entries }
    }

    /// Reserved with exactly this role on top.
    pub fn reserved(&self, role: &str) -> Resources {
        self.filter(|entry| entry.is_reserved(Some(role)))
    }

    /// Reserved to anyone.
    pub fn reserved_to_any(&self) -> Resources {
        self.filter(|entry| !entry.is_unreserved())
    }

    /// By role of the top reservation, in order of appearance.
    pub fn reservations(&self) -> Vec<(Role, Resources)> {
        self.grouped(|entry| entry.reservation_role())
    }

    pub fn unreserved(&self) -> Resources {
        self.filter(Resource::is_unreserved)
    }

    pub fn revocable(&self) -> Resources {
        self.filter(Resource::is_revocable)
    }

    pub fn non_revocable(&self) -> Resources {
        self.filter(|entry| !entry.is_revocable())
    }

    pub fn shared(&self) -> Resources {
        self.filter(Resource::is_shared)
    }

    pub fn non_shared(&self) -> Resources {
        self.filter(|entry| !entry.is_shared())
    }

    pub fn persistent_volumes(&self) -> Resources {
        self.filter(Resource::is_persistent_volume)
    }

    pub fn scalars(&self) -> Resources {
        self.filter(Resource::is_scalar)
    }

    pub fn named(&self, name: &str) -> Resources {
        self.filter(|entry| entry.name().as_str() == name)
    }

    pub fn allocatable_to(&self, role: &str) -> Resources {
        self.filter(|entry| entry.is_allocatable_to(role))
    }

    pub fn needing_checkpoint(&self) -> Resources {
        self.filter(Resource::needs_checkpointing)
    }

    pub fn of_provider(&self, id: Option<&ResourceProviderId>) -> Resources {
        self.filter(|entry| entry.provider_id() == id)
    }

    /// Every entry changed by `change`, merged anew.
    fn map(&self, change: impl Fn(&mut Resource)) -> Resources {
        let changed = self.entries.iter().cloned().map(|mut entry| {
            change(&mut entry);
            entry
        });
        changed.collect()
    }

    pub fn to_unreserved(&self) -> Resources {
        self.map(Resource::clear_reservations)
    }

    pub fn push_reservation(&self, reservation: &Reservation) -> Resources {
        self.map(|entry| entry.push_reservation(reservation.clone()))
    }

    pub fn pop_reservation(&self) -> Resources {
        self.map(|entry| {
            entry.pop_reservation();
        })
    }

    /// Puts every entry under the role. Entries of one bag usually carry one role before, so none merge.
    pub fn allocate(&mut self, role: &Role) {
        let mixed = self.has_mixed_allocation();
        for entry in &mut self.entries {
            entry.allocate(role);
        }
        self.remerge_if(mixed);
    }

    pub fn unallocate(&mut self) {
        let mixed = self.has_mixed_allocation();
        for entry in &mut self.entries {
            entry.unallocate();
        }
        self.remerge_if(mixed);
    }

    fn has_mixed_allocation(&self) -> bool {
        self.entries
            .windows(2)
            .any(|pair| pair[0].allocation_role() != pair[1].allocation_role())
    }

    fn remerge_if(&mut self, needed: bool) {
        if needed {
            let entries = std::mem::take(&mut self.entries);
            *self = entries.into_iter().collect();
        }
    }

    pub fn allocated(&self, role: &Role) -> Resources {
        let mut copy = self.clone();
        copy.allocate(role);
        copy
    }

    pub fn unallocated(&self) -> Resources {
        let mut copy = self.clone();
        copy.unallocate();
        copy
    }

    /// By allocation role, in order of appearance; entries without one are left out.
    pub fn allocations(&self) -> Vec<(Role, Resources)> {
        self.grouped(|entry| entry.allocation_role())
    }

    fn grouped<'a>(
        &'a self,
        key: impl Fn(&'a Resource) -> Option<&'a Role>,
    ) -> Vec<(Role, Resources)> {
        let mut groups: Vec<(Role, Resources)> = Vec::new();
        for entry in &self.entries {
            let Some(role) = key(entry) else { continue };
            match groups.iter_mut().find(|(known, _)| known == role) {
                Some((_, bag)) => bag.entries.push(entry.clone()),
                None => {
                    groups.push((
                        role.clone(),
                        Resources {
                            entries: vec![entry.clone()],
                        },
                    ));
                }
            }
        }
        groups
    }

    /// Replaces the role of allocation only where none is set (OFR-10).
    pub fn allocate_missing(&mut self, role: &Role) {
        for entry in &mut self.entries {
            if entry.allocation_role().is_none() {
                entry.allocate(role);
            }
        }
        self.remerge_if(true);
    }

    /// All types: scalars, item counts, numbers of range values.
    pub fn quantities(&self) -> ResourceQuantities {
        ResourceQuantities::from_resources(self)
    }

    pub fn scalar_quantities(&self) -> ResourceQuantities {
        ResourceQuantities::from_scalars(self)
    }

    /// Whether the sums by name reach each quantity, metadata ignored (RES-37).
    pub fn contains_quantities(&self, wanted: &ResourceQuantities) -> bool {
        wanted.iter().all(|(name, milli)| {
            let amounts = self.entries.iter().filter(|entry| entry.name() == name);
            let total = amounts
                .map(|e| e.value().quantity_milli())
                .fold(0, i64::saturating_add);
            total >= *milli
        })
    }

    /// Thousandths of all scalars of that name.
    pub fn milli(&self, name: &Name) -> i64 {
        self.total(name).unwrap_or(0)
    }

    fn total(&self, name: &Name) -> Option<i64> {
        let named = self
            .entries
            .iter()
            .filter(|entry| entry.name() == name && entry.is_scalar());
        named.map(Resource::milli).reduce(i64::saturating_add)
    }

    /// The sum of all scalars of that name.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.total(&Name::new(name)).map(from_milli)
    }

    /// The sum of all entries of that name; the first one decides the type.
    pub fn total_value(&self, name: &str) -> Option<Value> {
        let mut named = self
            .entries
            .iter()
            .filter(|entry| entry.name().as_str() == name);
        let mut total = named.next()?.value().clone();
        for entry in named {
            total.add(entry.value());
        }
        Some(total)
    }

    pub fn cpus(&self) -> Option<f64> {
        self.total(&Name::Cpus).map(from_milli)
    }

    pub fn gpus(&self) -> Option<f64> {
        self.total(&Name::Gpus).map(from_milli)
    }

    /// Whole megabytes (RES-5).
    pub fn mem_mb(&self) -> Option<u64> {
        self.total(&Name::Mem)
            .map(|milli| u64::try_from(milli / 1000).unwrap_or(0))
    }

    /// Whole megabytes (RES-5).
    pub fn disk_mb(&self) -> Option<u64> {
        self.total(&Name::Disk)
            .map(|milli| u64::try_from(milli / 1000).unwrap_or(0))
    }

    /// All ports, coalesced.
    pub fn ports(&self) -> Option<Ranges> {
        self.ranges("ports")
    }

    /// All ranges of that name, coalesced.
    pub fn ranges(&self, name: &str) -> Option<Ranges> {
        let named = self
            .entries
            .iter()
            .filter(|entry| entry.name().as_str() == name);
        let mut found: Option<Ranges> = None;
        for entry in named {
            if let Value::Ranges(ranges) = entry.value() {
                found.get_or_insert_default().add(ranges);
            }
        }
        found
    }

    /// Declared resources with the checkpointed reservations and volumes put on top (RES-49).
    pub fn apply_checkpointed(&self, checkpointed: &Resources) -> Result<Resources, Invalid> {
        let mut total = self.clone();
        for entry in checkpointed {
            if !entry.needs_checkpointing() {
                return Err(Invalid::new(format!(
                    "Unexpected checkpointed resources {entry}"
                )));
            }
            let made_of = declared_form(entry);
            if !total.contains_entry(&made_of) {
                return Err(Invalid::new(format!(
                    "Incompatible agent resources: {total} does not contain {made_of}"
                )));
            }
            total.subtract(&made_of);
            total.add(entry.clone());
        }
        Ok(total)
    }
}

/// What a checkpointed entry was made of: no dynamic reservations, no volume, not shared.
fn declared_form(entry: &Resource) -> Resource {
    let mut made_of = entry.clone();
    if entry.is_dynamically_reserved() {
        let bottom = entry.reservations()[0].clone();
        made_of.clear_reservations();
        if bottom.kind == super::ReservationKind::Static {
            made_of.push_reservation(bottom);
        }
    }
    if entry.is_persistent_volume() {
        made_of.strip_volume();
    }
    made_of.set_shared(false);
    made_of.set_copies(1);
    made_of
}
