//! Figures of the allocator as plain values under their Mesos names. Compat: section 9.11.
//!
//! The durations of runs are measured by whoever owns the clock.

use crate::{Allocator, amounts::Amounts, config::SorterKind};
use mesos_model::Instant;

impl Allocator {
    /// `allocator/...` values, computed now.
    pub fn metrics(&self, now: Instant) -> Vec<(String, f64)> {
        let mut out = vec![(
            "allocator/mesos/allocation_runs".to_owned(),
            self.runs as f64,
        )];
        self.resource_metrics(&mut out);
        for (_, node) in self.books.roles.iter() {
            let role = &node.role;
            if let (SorterKind::Drf, Some(leaf)) = (self.config.sorter, node.leaf) {
                let share = self.books.sorter.share(leaf, &self.books.totals);
                out.push((
                    format!("allocator/mesos/roles/{role}/shares/dominant"),
                    share,
                ));
            }
            if !node.quota.is_default() {
                self.quota_metrics(node, &mut out);
            }
        }
        self.filter_metrics(now, &mut out);
        out
    }

    fn resource_metrics(&self, out: &mut Vec<(String, f64)>) {
        let total = self.books.totals.amounts();
        let held = self.books.sorter.allocated_in_all();
        // The three are reported from the start, others once they were seen.
        for slot in 0..self.books.names.len() {
            let name = self.books.names.name(slot).as_str();
            if slot > 2 && total.at(slot) == 0 && held.at(slot) == 0 {
                continue;
            }
            let prefix = format!("allocator/mesos/resources/{name}");
            out.push((format!("{prefix}/total"), units(total.at(slot))));
            out.push((
                format!("{prefix}/offered_or_allocated"),
                units(held.at(slot)),
            ));
        }
    }

    fn quota_metrics(&self, node: &crate::roles::RoleNode, out: &mut Vec<(String, f64)>) {
        let prefix = format!("allocator/mesos/quota/roles/{}/resources", node.role);
        let (consumed, offered) = (node.consumed(), node.offered_or_consumed());
        let mut limits = Amounts::default();
        for (slot, milli) in node.limits.iter() {
            limits.add_at(slot, milli);
        }
        for slot in 0..self.books.names.len() {
            let name = self.books.names.name(slot).as_str();
            let guarantee = node.guarantees.at(slot);
            let is_limited = node.limits.iter().any(|(limited, _)| limited == slot);
            if guarantee == 0 && !is_limited {
                continue;
            }
            if guarantee != 0 {
                out.push((format!("{prefix}/{name}/guarantee"), units(guarantee)));
            }
            if is_limited {
                out.push((format!("{prefix}/{name}/limit"), units(limits.at(slot))));
            }
            let key = format!("{prefix}/{name}");
            out.push((format!("{key}/consumed"), units(consumed.at(slot))));
            out.push((
                format!("{key}/offered_or_allocated"),
                units(offered.at(slot)),
            ));
        }
    }

    fn filter_metrics(&self, now: Instant, out: &mut Vec<(String, f64)>) {
        let mut active = std::collections::BTreeMap::new();
        for (_, member) in self.books.members.iter() {
            let count = active.entry(member.role).or_insert(0);
            *count += member.filters.active(now);
        }
        for (role, count) in active {
            let role = &self.books.roles[role].role;
            let name = format!("allocator/mesos/offer_filters/roles/{role}/active");
            out.push((name, count as f64));
        }
    }
}

fn units(milli: i64) -> f64 {
    milli as f64 / 1000.0
}
