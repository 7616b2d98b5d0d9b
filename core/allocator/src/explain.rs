//! Why a framework gets no offers: computed on demand from the books, so that runs pay nothing.

use crate::{
    Allocator,
    frameworks::is_allocatable,
    headroom::Headroom,
    index::{AgentNo, MemberNo},
    offer::Obstacle,
};
use mesos_model::{AgentId, FrameworkId, Instant, Role};
use std::{collections::BTreeMap, time::Duration};

/// Why a role of a framework is not offered an agent as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing stands in the way: it may be offered in the next run, when its turn comes.
    Eligible,
    AgentInactive,
    NotWhitelisted,
    /// All of it is offered or used, or reserved to others.
    NothingAvailable,
    BelowMinimum,
    /// A filter of the framework.
    Declined,
    OfferConstraints,
    GpuAgent,
    OtherRegion,
    AgentLacksMultiRole,
    AgentLacksHierarchicalRole,
    /// The role's limits are used up.
    QuotaLimit,
    /// What is left is kept for other roles' guarantees.
    Headroom,
}

/// The state of one role of a framework.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleOutlook {
    pub suppressed: bool,
    /// How many agents are out of reach, by reason.
    pub agents: BTreeMap<Reason, usize>,
    /// How long the first of the filters that keep agents away is still in force.
    pub declined_for: Option<Duration>,
}

/// Why a framework gets no offers, or that it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    pub active: bool,
    /// Runs are held off after a failover with quotas (ALC-9).
    pub held_off: bool,
    pub roles: BTreeMap<Role, RoleOutlook>,
}

impl Allocator {
    /// Why a framework gets no offers, role by role. Costs one look at every agent per role.
    pub fn explain(&self, now: Instant, framework: &FrameworkId) -> Option<Outlook> {
        let number = self.books.framework_numbers.get(framework)?;
        let row = &self.books.frameworks[number];
        let subscribed = row
            .members
            .iter()
            .filter(|(_, m)| self.books.members[**m].subscribed);
        let roles = subscribed.map(|(role, member)| (role.clone(), self.outlook(now, *member)));
        Some(Outlook {
            active: row.active,
            held_off: self.holdoff.is_some(),
            roles: roles.collect(),
        })
    }

    fn outlook(&self, now: Instant, member: MemberNo) -> RoleOutlook {
        let suppressed = self.books.members[member].suppressed;
        let headroom = Headroom::of(&self.books);
        let is_spare = !headroom.is_required() || !headroom.spare().is_nothing();
        let mut agents = BTreeMap::new();
        let mut first_end: Option<Instant> = None;
        for agent in self.books.agents.numbers() {
            let (reason, until) = self.reason(now, agent, member);
            first_end = [first_end, until].into_iter().flatten().min();
            let reason = match reason {
                Reason::Eligible if !is_spare => Reason::Headroom,
                reason => reason,
            };
            *agents.entry(reason).or_default() += 1;
        }
        RoleOutlook {
            suppressed,
            agents,
            declined_for: first_end.map(|end| end.since(now)),
        }
    }

    /// The reason, and until when a filter is in force.
    fn reason(&self, now: Instant, number: AgentNo, member: MemberNo) -> (Reason, Option<Instant>) {
        match self.obstacle_or_part(number, member) {
            Err(reason) => (reason, None),
            Ok(part) => {
                let filters = &self.books.members[member].filters;
                match filters.refused_until(number, &part, now) {
                    Some(end) => (Reason::Declined, Some(end)),
                    None => (self.by_quota(member), None),
                }
            }
        }
    }

    /// What of the agent could be offered, without filters and quota.
    fn obstacle_or_part(
        &self,
        number: AgentNo,
        member: MemberNo,
    ) -> Result<mesos_model::Resources, Reason> {
        let agent = &self.books.agents[number];
        if !agent.activated {
            return Err(Reason::AgentInactive);
        }
        if !self.is_whitelisted(agent) {
            return Err(Reason::NotWhitelisted);
        }
        if let Some(obstacle) = self.obstacle(number, member) {
            return Err(match obstacle {
                Obstacle::Constraints => Reason::OfferConstraints,
                Obstacle::Gpu => Reason::GpuAgent,
                Obstacle::Region => Reason::OtherRegion,
                Obstacle::AgentLacksMultiRole => Reason::AgentLacksMultiRole,
                Obstacle::AgentLacksHierarchicalRole => Reason::AgentLacksHierarchicalRole,
            });
        }
        let row = &self.books.members[member];
        let role = &self.books.roles[row.role];
        let part = self.strip(member, &agent.available.allocatable_to(role.role.as_str()));
        if part.is_empty() {
            return Err(Reason::NothingAvailable);
        }
        let minimum = row.min_allocatable.as_ref().unwrap_or(&self.minimum);
        if !is_allocatable(minimum, &self.counts(&part)) {
            return Err(Reason::BelowMinimum);
        }
        Ok(part)
    }

    fn by_quota(&self, member: MemberNo) -> Reason {
        let role = &self.books.roles[self.books.members[member].role];
        let top = &self.books.roles[role.top];
        let left = top.limits.minus(&top.offered_or_consumed());
        if left.iter().any(|(_, milli)| milli == 0) {
            return Reason::QuotaLimit;
        }
        Reason::Eligible
    }

    fn counts(&self, resources: &mesos_model::Resources) -> crate::amounts::Amounts {
        let mut sum = crate::amounts::Amounts::default();
        for entry in resources.iter() {
            if let Some(slot) = self.books.names.known(entry.name()) {
                sum.add_at(slot, entry.value().quantity_milli());
            }
        }
        sum
    }

    /// Suppressed roles of a framework and the agents its constraints exclude, for
    /// `/allocator/offer_constraints_debug`.
    pub fn constraints_outlook(&self, framework: &FrameworkId) -> Option<ConstraintsOutlook> {
        let number = self.books.framework_numbers.get(framework)?;
        let mut outlook = ConstraintsOutlook::default();
        for (role, member) in &self.books.frameworks[number].members {
            let row = &self.books.members[*member];
            if row.suppressed {
                outlook.suppressed_roles.push(role.clone());
            }
            if !row.constrained {
                continue;
            }
            let constraints = &self.books.frameworks[number].spec.constraints;
            let agents = self.books.agents.iter().map(|(_, agent)| agent);
            let excluded = agents.filter(|agent| constraints.exclude(role, &agent.spec));
            let ids = excluded.map(|agent| agent.id.clone()).collect();
            outlook.excluded_agents.insert(role.clone(), ids);
        }
        Some(outlook)
    }
}

/// See [`Allocator::constraints_outlook`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConstraintsOutlook {
    pub suppressed_roles: Vec<Role>,
    pub excluded_agents: BTreeMap<Role, Vec<AgentId>>,
}
