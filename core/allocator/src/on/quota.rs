//! Quota and weights: stored, and heeded from the next run on. Compat: ALC-22, ALC-37, ALC-45.

use crate::{Allocator, quota::Quota};
use mesos_model::Role;

impl Allocator {
    pub(crate) fn on_quota_updated(&mut self, role: &Role, quota: Quota) {
        let number = self.books.roles.ensure(role.as_str());
        let guarantees = self.books.names.quantities(&quota.guarantees);
        let limits = self.books.names.limits(&quota.limits);
        let node = &mut self.books.roles[number];
        let (had, has) = (!node.quota.is_default(), !quota.is_default());
        (node.quota, node.guarantees, node.limits) = (quota, guarantees, limits);
        self.books.roles.quotas += usize::from(has);
        self.books.roles.quotas -= usize::from(had);
        self.books.roles.prune(number);
        self.changes.of_all();
    }

    pub(crate) fn on_weights_updated(&mut self, weights: Vec<(Role, f64)>) {
        for (role, weight) in weights {
            // The master validates weights; anything else would make shares meaningless.
            if !(weight > 0.0 && weight.is_finite()) {
                continue;
            }
            let number = self.books.roles.ensure(role.as_str());
            self.books.roles[number].weight = (weight != 1.0).then_some(weight);
            self.books.sorter.set_weight(role.as_str(), weight);
            self.books.roles.prune(number);
        }
    }
}
