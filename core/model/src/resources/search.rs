//! Finding a quantity regardless of reservations, and shrinking to a target. Compat: RES-38..RES-42.

use super::{Name, Resource, ResourceLimits, ResourceQuantities, Resources};
use crate::value::{Scalar, Value};

/// Picks a number below the given one; the caller seeds it.
pub type Pick<'a> = &'a mut dyn FnMut(usize) -> usize;

/// The order in which [`Resources::find`] looks through the entries.
#[derive(Clone, Copy)]
enum Look<'a> {
    ReservedTo(&'a str),
    Unreserved,
    Anywhere,
}

impl Look<'_> {
    fn sees(self, entry: &Resource) -> bool {
        match self {
            Look::ReservedTo(role) => entry.is_reserved(Some(role)),
            Look::Unreserved => entry.is_unreserved(),
            Look::Anywhere => true,
        }
    }
}

impl Resources {
    /// Entries of ours that amount to `targets`, preferring each target's own role, then unreserved.
    pub fn find(&self, targets: &Resources) -> Option<Resources> {
        let mut total = self.clone();
        let mut found = Resources::new();
        for target in targets {
            let part = total.find_one(target)?;
            total -= &part;
            found += part;
        }
        Some(found)
    }

    fn find_one(&self, target: &Resource) -> Option<Resources> {
        let mut found = Resources::new();
        let mut total = self.clone();
        let mut remaining = Resources::from(target.clone()).to_unreserved();
        let role = target.reservation_role().cloned();
        let own = role.as_ref().map(|role| Look::ReservedTo(role.as_str()));
        for look in own.into_iter().chain([Look::Unreserved, Look::Anywhere]) {
            let candidates = total.filter(|entry| look.sees(entry));
            for entry in &candidates {
                let plain = Resources::from(entry.clone()).to_unreserved();
                if plain.contains(&remaining) {
                    for mut rest in remaining {
                        rest.take_stack_of(entry);
                        found.add(rest);
                    }
                    return Some(found);
                }
                if remaining.contains(&plain) {
                    found.add(entry.clone());
                    total.subtract(entry);
                    remaining -= &plain;
                    // Only one whole entry is used up per look.
                    break;
                }
            }
        }
        None
    }

    /// Keeps at most `target` of each named quantity (RES-41).
    pub fn shrink_to_quantities(&self, target: &ResourceQuantities, pick: Pick<'_>) -> Resources {
        let mut left = target.clone();
        let mut kept = Resources::new();
        if left.is_empty() {
            return kept;
        }
        for entry in shuffled(self, pick) {
            let limit = left.get(entry.name());
            if limit == 0 {
                continue;
            }
            if let Some(entry) = shrunk(entry, limit) {
                left.subtract_milli(entry.name(), entry.milli());
                kept.add(entry);
            }
        }
        kept
    }

    /// Keeps at most the limit of each limited quantity; unlimited names pass (RES-42).
    pub fn shrink_to_limits(&self, limits: &ResourceLimits, pick: Pick<'_>) -> Resources {
        if limits.is_empty() {
            return self.clone();
        }
        let mut left = limits.clone();
        let mut kept = Resources::new();
        for entry in shuffled(self, pick) {
            let Some(limit) = left.get(entry.name()) else {
                kept.add(entry);
                continue;
            };
            if let Some(entry) = shrunk(entry, limit) {
                left.subtract_milli(entry.name(), entry.milli());
                kept.add(entry);
            }
        }
        kept
    }

    /// The first entry of ours that equals the given one but for its amount.
    pub fn matching(&self, wanted: &Resource) -> Option<&Resource> {
        self.iter().find(|entry| entry.same_metadata(wanted))
    }

    /// The names present, each once, in order of appearance.
    pub fn names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for entry in self {
            if !names.contains(entry.name()) {
                names.push(entry.name().clone());
            }
        }
        names
    }
}

fn shuffled(bag: &Resources, pick: Pick<'_>) -> Vec<Resource> {
    let mut entries: Vec<Resource> = bag.iter().cloned().collect();
    for at in (1..entries.len()).rev() {
        entries.swap(at, pick(at + 1).min(at));
    }
    entries
}

/// The entry with at most `limit`; `None` if it cannot be divided (RES-40).
fn shrunk(entry: Resource, limit: i64) -> Option<Resource> {
    if !entry.is_scalar() || entry.milli() <= limit {
        return Some(entry);
    }
    let smaller = entry.with_value(Value::Scalar(Scalar::from_milli(limit)));
    if entry.disk().is_some() && !entry.contains(&smaller) {
        return None;
    }
    Some(smaller)
}
