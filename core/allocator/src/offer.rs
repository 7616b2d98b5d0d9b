//! What exactly one framework is offered of one agent. Compat: RES-56, ALC-20, ALC-21, ALC-26, ALC-29..ALC-32,
//! ALC-34, steps a to h of 9.6.

use crate::{
    Allocator,
    amounts::{Amounts, Bounds},
    cycle::{Run, Step},
    frameworks::is_allocatable,
    index::{AgentNo, MemberNo, RoleNo},
};
use mesos_model::{Resource, Resources};

impl Allocator {
    /// Whether the framework may be offered anything of the agent: constraints, GPUs, region, and
    /// what the agent can do (ALC-30, ALC-32, ALC-34).
    pub(crate) fn is_eligible(&self, agent: AgentNo, member: MemberNo) -> bool {
        self.obstacle(agent, member).is_none()
    }

    pub(crate) fn obstacle(&self, agent: AgentNo, member: MemberNo) -> Option<Obstacle> {
        let (agent, member) = (&self.books.agents[agent], &self.books.members[member]);
        let capabilities = &member.capabilities;
        if member.constrained {
            let constraints = &self.books.frameworks[member.framework].spec.constraints;
            if constraints.exclude(&self.books.roles[member.role].role, &agent.spec) {
                return Some(Obstacle::Constraints);
            }
        }
        if agent.has_gpu && self.config.filter_gpu_resources && !capabilities.gpu_resources {
            return Some(Obstacle::Gpu);
        }
        if !capabilities.region_aware && self.is_remote(agent.spec.region.as_deref()) {
            return Some(Obstacle::Region);
        }
        if capabilities.multi_role && !agent.spec.capabilities.multi_role {
            return Some(Obstacle::AgentLacksMultiRole);
        }
        let is_nested = self.books.roles[member.role].parent.is_some();
        if is_nested && !agent.spec.capabilities.hierarchical_role {
            return Some(Obstacle::AgentLacksHierarchicalRole);
        }
        None
    }

    /// Agents without a domain are local.
    fn is_remote(&self, region: Option<&str>) -> bool {
        match (region, self.config.region.as_deref()) {
            (Some(agent), Some(master)) => agent != master,
            (Some(_), None) | (None, _) => false,
        }
    }

    /// What of an agent's rest a role may have in this run (step b).
    fn for_role(&self, agent: AgentNo, role: RoleNo, run: &Run) -> Resources {
        let available = &self.books.agents[agent].available;
        let mut rest = available.allocatable_to(self.books.roles[role].role.as_str());
        if let Some(offered) = run.shared_offered(agent) {
            rest -= offered;
        }
        rest
    }

    /// Removes what the framework cannot handle (ALC-31).
    pub(crate) fn strip(&self, member: MemberNo, resources: &Resources) -> Resources {
        let capabilities = self.books.members[member].capabilities;
        resources.filter(|entry| {
            (capabilities.shared_resources || !entry.is_shared())
                && (capabilities.revocable_resources || !entry.is_revocable())
                && (capabilities.reservation_refinement || !entry.is_refined())
        })
    }

    pub(crate) fn reaches_minimum(&mut self, member: MemberNo, resources: &Resources) -> bool {
        let counts = self.books.names.counts(resources);
        let minimum = self.books.members[member]
            .min_allocatable
            .as_ref()
            .unwrap_or(&self.minimum);
        !resources.is_empty() && is_allocatable(minimum, &counts)
    }

    /// Steps a to c: what is left of the agent for this framework.
    fn candidate_part(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        run: &Run,
    ) -> Result<Resources, Step> {
        let rest = self.for_role(agent, self.books.members[member].role, run);
        if rest.is_empty() {
            return Err(Step::NextRole);
        }
        if !self.reaches_minimum(member, &rest) || !self.is_eligible(agent, member) {
            return Err(Step::Next);
        }
        Ok(self.strip(member, &rest))
    }

    /// Step g, then h.
    fn offer_if_welcome(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        resources: Resources,
        run: &mut Run,
    ) -> bool {
        if !self.reaches_minimum(member, &resources) {
            return false;
        }
        let filters = &mut self.books.members[member].filters;
        if let Some(until) = filters.refuse(agent, &resources, 0, run.now) {
            run.note_filter(until);
            return false;
        }
        self.place(agent, member, resources, run);
        true
    }

    /// Stage 2 for one framework, when something special has to be heeded.
    pub(crate) fn offer_fair_part(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        run: &mut Run,
    ) -> Step {
        let part = match self.candidate_part(agent, member, run) {
            Ok(part) => part,
            Err(step) => return step,
        };
        let top = self.books.roles[self.books.members[member].role].top;
        let mut offer = part.filter(|entry| !is_quota_relevant(entry));
        let mut additional = part.filter(is_quota_relevant);
        let node = &self.books.roles[top];
        if !node.limits.is_empty() {
            let left = node.limits.minus(&node.offered_or_consumed());
            additional = self.shrink_to_bounds(&additional, &left);
        }
        if run.headroom.is_required() {
            additional = self.shrink_to_amounts(&additional, &run.headroom.spare());
        }
        let given = self.books.names.scalars(&additional);
        offer += additional;
        if self.offer_if_welcome(agent, member, offer, run) {
            run.headroom.take(&given);
        }
        Step::Next
    }

    /// Stage 1: an agent goes to roles whose guarantees are not satisfied.
    pub(crate) fn satisfy_guarantees(&mut self, agent: AgentNo, run: &mut Run) {
        if run.due == 0 || self.books.agents[agent].available.is_empty() {
            return;
        }
        let mut roles = self.books.sorter.start(&self.books.totals);
        while let Some(role) = self.books.sorter.next(&mut roles, &mut self.random) {
            if !self.books.roles[role].is_due {
                continue;
            }
            self.satisfy_role(agent, role, run);
            if run.due == 0 || self.books.agents[agent].available.is_empty() {
                return;
            }
        }
    }

    fn satisfy_role(&mut self, agent: AgentNo, role: RoleNo, run: &mut Run) {
        let mut frameworks = self.books.roles[role].frameworks.start(&self.books.totals);
        loop {
            let sorter = &self.books.roles[role].frameworks;
            let Some(member) = sorter.next(&mut frameworks, &mut self.random) else {
                return;
            };
            if self.offer_guaranteed_part(agent, member, run) == Step::NextRole {
                return;
            }
            if self.books.roles[role].unsatisfied().is_nothing() {
                self.books.roles[role].is_due = false;
                run.due -= 1;
                return;
            }
        }
    }

    /// Stage 1 for one framework (steps a to h).
    fn offer_guaranteed_part(&mut self, agent: AgentNo, member: MemberNo, run: &mut Run) -> Step {
        let part = match self.candidate_part(agent, member, run) {
            Ok(part) => part,
            Err(step) => return step,
        };
        let role = self.books.members[member].role;
        let quota_part = part.filter(is_quota_relevant);
        let unsatisfied = self.books.roles[role].unsatisfied();
        let guaranteed = self.shrink_to_amounts(&quota_part, &unsatisfied);
        if guaranteed.is_empty() {
            return Step::Next;
        }
        let satisfied = self.books.names.scalars(&guaranteed);
        let name = self.books.roles[role].role.clone();
        let mut offer = part.filter(|entry| {
            let is_free = entry.is_unreserved() && !is_quota_relevant(entry);
            entry.is_reserved(Some(name.as_str())) || entry.is_revocable() || is_free
        });
        let mut additional = &quota_part - &guaranteed;
        let node = &self.books.roles[role];
        if !node.limits.is_empty() {
            let left = node
                .limits
                .minus(&node.offered_or_consumed())
                .minus(&satisfied);
            additional = self.shrink_to_bounds(&additional, &left);
        }
        if run.headroom.is_required() {
            additional = self.shrink_to_amounts(&additional, &run.headroom.spare());
        }
        let mut given = self.books.names.scalars(&additional);
        given.add(&satisfied);
        offer += guaranteed;
        offer += additional;
        if self.offer_if_welcome(agent, member, offer, run) {
            run.headroom.satisfy(&satisfied);
            run.headroom.take(&given);
        }
        Step::Next
    }

    fn shrink_to_amounts(&mut self, resources: &Resources, target: &Amounts) -> Resources {
        let target = self.books.names.to_quantities(target);
        resources.shrink_to_quantities(&target, &mut |bound| self.random.below(bound))
    }

    fn shrink_to_bounds(&mut self, resources: &Resources, bounds: &Bounds) -> Resources {
        let limits = self.books.names.to_limits(bounds);
        resources.shrink_to_limits(&limits, &mut |bound| self.random.below(bound))
    }
}

/// Unreserved non-revocable scalars: what guarantees and limits are about.
fn is_quota_relevant(entry: &Resource) -> bool {
    use mesos_model::value::Value;
    entry.is_unreserved() && !entry.is_revocable() && matches!(entry.value(), Value::Scalar(_))
}

/// Why a framework is never offered an agent as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Constraints,
    Gpu,
    Region,
    AgentLacksMultiRole,
    AgentLacksHierarchicalRole,
}
