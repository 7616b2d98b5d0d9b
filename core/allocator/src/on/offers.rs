//! Suppress and revive. Compat: ALC-8, ALC-28.

use crate::{Allocator, index::MemberNo};
use mesos_model::{FrameworkId, Instant, Role};
use std::collections::BTreeSet;

impl Allocator {
    pub(crate) fn on_offers_suppressed(&mut self, id: &FrameworkId, roles: &BTreeSet<Role>) {
        for member in self.subscribed_members(id, roles) {
            self.books.members[member].suppressed = true;
            self.books.update_activity(member);
        }
    }

    pub(crate) fn on_offers_revived(
        &mut self,
        now: Instant,
        id: &FrameworkId,
        roles: &BTreeSet<Role>,
    ) {
        let Some(framework) = self.books.framework_numbers.get(id) else {
            return;
        };
        self.books.frameworks[framework].inverse_filters.clear();
        for member in self.subscribed_members(id, roles) {
            let row = &mut self.books.members[member];
            row.filters.clear();
            row.suppressed = false;
            self.books.update_activity(member);
        }
        self.changes.of(framework);
        self.trigger_all(now);
    }

    fn subscribed_members(&self, id: &FrameworkId, roles: &BTreeSet<Role>) -> Vec<MemberNo> {
        let Some(framework) = self.books.framework_numbers.get(id) else {
            return Vec::new();
        };
        let members = self.books.frameworks[framework].members.iter();
        let wanted = members.filter(|(role, _)| roles.is_empty() || roles.contains(*role));
        let numbers = wanted.map(|(_, member)| *member);
        numbers
            .filter(|member| self.books.members[*member].subscribed)
            .collect()
    }
}
