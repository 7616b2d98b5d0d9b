//! Figures of the allocator as plain values under their Mesos names. Compat: section 9.11.
//!
//! The durations of runs are measured by whoever owns the clock.

use crate::{Allocator, amounts::Amounts, config::SorterKind, index::RoleNo, roles::RoleNode};
use mesos_model::Instant;
use std::collections::BTreeMap;

impl Allocator {
    /// `allocator/...` values, computed now.
    pub fn metrics(&self, now: Instant) -> Vec<(String, f64)> {
        let mut out = vec![(
            "allocator/mesos/allocation_runs".to_owned(),
            self.runs as f64,
        )];
        self.resource_metrics(&mut out);
        let mut filters = self.filters_by_role(now);
        let mut all_consumed = Amounts::default();
        for (number, node) in self.books.roles.iter() {
            let role = &node.role;
            let active = filters.remove(&number).unwrap_or(0);
            let name = format!("allocator/mesos/offer_filters/roles/{role}/active");
            out.push((name, active as f64));
            if let (SorterKind::Drf, Some(leaf)) = (self.config.sorter, node.leaf) {
                let share = self.books.sorter.share(leaf, &self.books.totals);
                out.push((
                    format!("allocator/mesos/roles/{role}/shares/dominant"),
                    share,
                ));
            }
            let consumed = node.consumed();
            self.consumption_metrics(role.as_str(), &consumed, &mut out);
            if node.parent.is_none() {
                all_consumed.add(&consumed);
            }
            if !node.quota.is_default() {
                self.quota_metrics(node, &mut out);
            }
        }
        // The root of the role tree is reported as a role without a name.
        self.consumption_metrics("", &all_consumed, &mut out);
        out
    }

    fn resource_metrics(&self, out: &mut Vec<(String, f64)>) {
        let total = self.books.totals.amounts();
        let held = self.books.sorter.allocated_in_all();
        for (slot, name) in ["cpus", "mem", "disk"].into_iter().enumerate() {
            let prefix = format!("allocator/mesos/resources/{name}");
            out.push((format!("{prefix}/total"), units(total.at(slot))));
            out.push((
                format!("{prefix}/offered_or_allocated"),
                units(held.at(slot)),
            ));
        }
    }

    /// Quota or not: what every role consumes, as far as it is anything.
    fn consumption_metrics(&self, role: &str, consumed: &Amounts, out: &mut Vec<(String, f64)>) {
        for (slot, milli) in consumed.iter().filter(|(_, milli)| *milli != 0) {
            let name = self.books.names.name(slot).as_str();
            let name = format!("allocator/mesos/quota/roles/{role}/resources/{name}/consumed");
            out.push((name, units(milli)));
        }
    }

    /// Guarantees, limits, and all that exactly this role was offered or uses of the same names.
    fn quota_metrics(&self, node: &RoleNode, out: &mut Vec<(String, f64)>) {
        let held = node.leaf.map(|leaf| self.books.sorter.allocated(leaf));
        for slot in 0..self.books.names.len() {
            let name = self.books.names.name(slot).as_str();
            let prefix = format!("allocator/mesos/quota/roles/{}/resources/{name}", node.role);
            let guarantee = Some(node.guarantees.at(slot)).filter(|milli| *milli != 0);
            let limit = node.limits.iter().find(|(limited, _)| *limited == slot);
            let limit = limit.map(|(_, milli)| milli);
            let named = [("guarantee", guarantee), ("limit", limit)];
            for (kind, milli) in named {
                if let Some(milli) = milli {
                    out.push((format!("{prefix}/{kind}"), units(milli)));
                }
            }
            if guarantee.is_some() || limit.is_some() {
                let held = held.map_or(0, |held| held.at(slot));
                out.push((format!("{prefix}/offered_or_allocated"), units(held)));
            }
        }
    }

    fn filters_by_role(&self, now: Instant) -> BTreeMap<RoleNo, usize> {
        let mut active = BTreeMap::new();
        for (_, member) in self.books.members.iter() {
            *active.entry(member.role).or_insert(0) += member.filters.active(now);
        }
        active
    }
}

fn units(milli: i64) -> f64 {
    milli as f64 / 1000.0
}
