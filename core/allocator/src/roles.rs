//! The role tree: who is in a role, its quota and weight, what is reserved to it and what it holds.
//! Compat: ALC-2, ALC-3, ALC-4, ALC-22.
//!
//! A node exists only while something needs it: children, frameworks, reservations, quota, weight.

use crate::{
    amounts::{Amounts, Bounds},
    config::SorterKind,
    index::{MemberNo, Numbers, RoleNo, Table},
    quota::Quota,
    sorter::{NodeNo, Shape, Sorter},
};
use mesos_model::Role;

/// One role.
#[derive(Debug)]
pub(crate) struct RoleNode {
    pub(crate) role: Role,
    pub(crate) parent: Option<RoleNo>,
    /// The ancestor that can have a quota; the role itself at top level.
    pub(crate) top: RoleNo,
    children: usize,
    pub(crate) quota: Quota,
    pub(crate) guarantees: Amounts,
    pub(crate) limits: Bounds,
    /// In the present run: has frameworks, and its guarantees are not satisfied.
    pub(crate) is_due: bool,
    pub(crate) weight: Option<f64>,
    /// How many agents have reservations for exactly this role.
    reserving_agents: usize,
    /// Scalars reserved to the subtree, used or not.
    pub(crate) reserved: Amounts,
    /// Unreserved non-revocable scalars of the subtree, offered or used.
    pub(crate) offered: Amounts,
    /// The used part of `offered`.
    pub(crate) used: Amounts,
    /// Frameworks tracked here, in their order (ALC-4).
    pub(crate) frameworks: Sorter<MemberNo>,
    /// The role's place in the role sorter while it has frameworks.
    pub(crate) leaf: Option<NodeNo>,
}

impl RoleNode {
    /// What counts against the quota, offers included (ALC-2).
    pub(crate) fn offered_or_consumed(&self) -> Amounts {
        sum(&self.offered, &self.reserved)
    }

    /// What counts against the quota (ALC-2).
    pub(crate) fn consumed(&self) -> Amounts {
        sum(&self.used, &self.reserved)
    }

    /// The part of the guarantees that is not yet offered or consumed.
    pub(crate) fn unsatisfied(&self) -> Amounts {
        self.guarantees.minus_floored(&self.offered_or_consumed())
    }

    fn is_needed(&self) -> bool {
        self.children > 0
            || !self.frameworks.is_empty()
            || self.reserving_agents > 0
            || !self.quota.is_default()
            || self.weight.is_some()
    }
}

fn sum(left: &Amounts, right: &Amounts) -> Amounts {
    let mut sum = left.clone();
    sum.add(right);
    sum
}

/// All roles anything is known of.
#[derive(Debug)]
pub(crate) struct Roles {
    table: Table<RoleNo, RoleNode>,
    numbers: Numbers<Role, RoleNo>,
    kind: SorterKind,
    /// Reserved scalars that are offered or used, over all roles.
    pub(crate) reserved_offered: Amounts,
    /// How many roles have a quota.
    pub(crate) quotas: usize,
}

impl Roles {
    pub(crate) fn new(kind: SorterKind) -> Self {
        Self {
            table: Table::new(),
            numbers: Numbers::new(),
            kind,
            reserved_offered: Amounts::default(),
            quotas: 0,
        }
    }

    pub(crate) fn find(&self, role: &str) -> Option<RoleNo> {
        self.numbers.get(role)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RoleNo, &RoleNode)> {
        self.table.iter()
    }

    pub(crate) fn has_guarantees(&self) -> bool {
        self.quotas > 0 && self.iter().any(|(_, node)| !node.guarantees.is_nothing())
    }

    /// Marks the roles whose guarantees a run can help to satisfy; returns how many.
    pub(crate) fn mark_due(&mut self) -> usize {
        let mut due = 0;
        if self.quotas > 0 {
            for node in self.table.rows_mut() {
                node.is_due = node.leaf.is_some() && !node.unsatisfied().is_nothing();
                due += usize::from(node.is_due);
            }
        }
        due
    }

    /// The node of a role, made together with its ancestors if necessary.
    pub(crate) fn ensure(&mut self, role: &str) -> RoleNo {
        if let Some(found) = self.find(role) {
            return found;
        }
        let parent = role.rfind('/').map(|slash| self.ensure(&role[..slash]));
        let node = RoleNode {
            role: Role::new(role),
            parent,
            top: RoleNo(0),
            children: 0,
            quota: Quota::default(),
            guarantees: Amounts::default(),
            limits: Bounds::default(),
            is_due: false,
            weight: None,
            reserving_agents: 0,
            reserved: Amounts::default(),
            offered: Amounts::default(),
            used: Amounts::default(),
            frameworks: Sorter::new(self.kind, Shape::Flat),
            leaf: None,
        };
        let number = self.table.insert(node);
        self.table[number].top = match parent {
            Some(parent) => {
                self.table[parent].children += 1;
                self.table[parent].top
            }
            None => number,
        };
        self.numbers.insert(Role::new(role), number);
        number
    }

    /// Removes a node that nothing needs any more, and then its ancestors.
    pub(crate) fn prune(&mut self, role: RoleNo) {
        let mut at = Some(role);
        while let Some(number) = at {
            if self.table.get(number).is_none_or(RoleNode::is_needed) {
                return;
            }
            let gone = self.table.remove(number);
            self.numbers.remove(gone.role.as_str());
            if let Some(parent) = gone.parent {
                self.table[parent].children -= 1;
            }
            at = gone.parent;
        }
    }

    /// Applies a change to a role and all its ancestors.
    pub(crate) fn upwards(&mut self, role: RoleNo, change: impl Fn(&mut RoleNode)) {
        let mut at = Some(role);
        while let Some(number) = at {
            change(&mut self.table[number]);
            at = self.table[number].parent;
        }
    }

    /// An agent reserves `amounts` to the role.
    pub(crate) fn reserve(&mut self, role: RoleNo, amounts: &Amounts) {
        self.table[role].reserving_agents += 1;
        self.upwards(role, |node| node.reserved.add(amounts));
    }

    pub(crate) fn unreserve(&mut self, role: RoleNo, amounts: &Amounts) {
        self.table[role].reserving_agents -= 1;
        self.upwards(role, |node| node.reserved.subtract(amounts));
        self.prune(role);
    }
}

impl std::ops::Index<RoleNo> for Roles {
    type Output = RoleNode;

    fn index(&self, number: RoleNo) -> &RoleNode {
        &self.table[number]
    }
}

impl std::ops::IndexMut<RoleNo> for Roles {
    fn index_mut(&mut self, number: RoleNo) -> &mut RoleNode {
        &mut self.table[number]
    }
}
