//! How the roles and their frameworks share, computed on demand from the books, so that runs pay nothing.

use crate::{Allocator, index::RoleNo};
use mesos_model::{FrameworkId, Instant, Role};
use std::collections::BTreeMap;

/// What a role has, and its frameworks.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleShares {
    pub role: Role,
    pub weight: f64,
    /// The dominant share of all agents' resources, by weight; what the sorter of the roles goes by.
    pub share: f64,
    /// Sorted by id.
    pub frameworks: Vec<FrameworkShare>,
}

/// A framework in one role.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameworkShare {
    pub framework: FrameworkId,
    pub share: f64,
    pub suppressed: bool,
    /// Filters that are in force.
    pub filters: usize,
}

impl Allocator {
    /// Every known role, sorted by name. Costs one look at every framework in each of its roles and at its filters.
    pub fn shares(&self, now: Instant) -> Vec<RoleShares> {
        let mut frameworks: BTreeMap<RoleNo, Vec<FrameworkShare>> = BTreeMap::new();
        for (_, member) in self.books.members.iter() {
            let sorter = &self.books.roles[member.role].frameworks;
            let share = FrameworkShare {
                framework: self.books.frameworks[member.framework].id.clone(),
                share: sorter.share(member.leaf, &self.books.totals),
                suppressed: member.suppressed,
                filters: member.filters.active(now),
            };
            frameworks.entry(member.role).or_default().push(share);
        }
        let roles = self.books.roles.iter().map(|(number, node)| {
            let mut frameworks = frameworks.remove(&number).unwrap_or_default();
            frameworks.sort_by(|a, b| a.framework.cmp(&b.framework));
            let share = |leaf| self.books.sorter.share(leaf, &self.books.totals);
            RoleShares {
                role: node.role.clone(),
                weight: node.weight.unwrap_or(1.0),
                share: node.leaf.map_or(0.0, share),
                frameworks,
            }
        });
        let mut roles: Vec<RoleShares> = roles.collect();
        roles.sort_by(|a, b| a.role.cmp(&b.role));
        roles
    }
}
