//! Says whether all sums agree with what agents say is held. For tests and simulation.

use crate::{
    Allocator,
    amounts::Amounts,
    index::{MemberNo, RoleNo},
};
use mesos_model::{AgentId, Resource, Resources};
use std::collections::BTreeMap;

impl Allocator {
    /// What an agent has left to offer; shared resources are always part of it.
    pub fn available(&self, agent: &AgentId) -> Option<&Resources> {
        Some(&self.books.agents[self.books.agent_numbers.get(agent)?].available)
    }

    /// How many entries came back that nobody held: mistakes of the caller.
    pub fn unbalanced(&self) -> u64 {
        self.books.unbalanced
    }

    /// Adds everything up again.
    ///
    /// # Panics
    /// Some sum differs from what it is the sum of.
    pub fn check_books(&self) {
        let mut totals = Amounts::default();
        let mut all = Amounts::default();
        let mut members: BTreeMap<MemberNo, Amounts> = BTreeMap::new();
        let mut quota: BTreeMap<RoleNo, Amounts> = BTreeMap::new();
        for (_, agent) in self.books.agents.iter() {
            totals.add(&self.scalars(agent.total.iter()));
            let mut seen: Vec<Resource> = Vec::new();
            for (member, held) in &agent.held {
                members
                    .entry(*member)
                    .or_default()
                    .add(&self.scalars(held.iter()));
                let role = self.books.members[*member].role;
                let relevant = held
                    .iter()
                    .filter(|r| r.is_unreserved() && !r.is_revocable());
                quota.entry(role).or_default().add(&self.scalars(relevant));
                for entry in held.iter() {
                    let mut entry = entry.clone();
                    entry.unallocate();
                    if entry.is_shared() && seen.iter().any(|known| known.same_entry(&entry)) {
                        continue;
                    }
                    all.add(&self.scalars([&entry]));
                    seen.push(entry);
                }
            }
        }
        assert_eq!(*self.books.totals.amounts(), totals, "total of all agents");
        assert_eq!(
            *self.books.sorter.allocated_in_all(),
            all,
            "what is held in all"
        );
        for (number, member) in self.books.members.iter() {
            let held = members.remove(&number).unwrap_or_default();
            let frameworks = &self.books.roles[member.role].frameworks;
            assert_eq!(
                *frameworks.allocated(member.leaf),
                held,
                "what a member holds"
            );
        }
        self.check_roles(&quota);
    }

    fn check_roles(&self, quota: &BTreeMap<RoleNo, Amounts>) {
        for (number, node) in self.books.roles.iter() {
            let mut offered = Amounts::default();
            for (role, amounts) in quota {
                let mut at = Some(*role);
                while let Some(ancestor) = at {
                    if ancestor == number {
                        offered.add(amounts);
                    }
                    at = self.books.roles[ancestor].parent;
                }
            }
            assert_eq!(node.offered, offered, "what {} holds", node.role);
            assert!(
                offered.reach(&node.used),
                "{} cannot use more than it holds",
                node.role
            );
        }
    }

    fn scalars<'a>(&self, entries: impl IntoIterator<Item = &'a Resource>) -> Amounts {
        let mut sum = Amounts::default();
        for entry in entries.into_iter().filter(|entry| entry.is_scalar()) {
            let slot = self.books.names.known(entry.name());
            sum.add_at(
                slot.expect("names of held resources are numbered"),
                entry.milli(),
            );
        }
        sum
    }
}
