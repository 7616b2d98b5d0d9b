//! Agents come, go and change. Compat: ALC-9, ALC-10, ALC-28, rows 5 to 9 of table 9.3.

use crate::{
    Allocator,
    agents::{Agent, Maintenance},
    allocator::Holdoff,
    event::{AgentSpec, Unavailability},
    index::{AgentNo, MemberNo},
    quota::Quota,
};
use mesos_model::{AgentId, FrameworkId, Instant, Resources, Role, attribute};

impl Allocator {
    pub(crate) fn on_recovered(&mut self, now: Instant, agents: usize, quotas: Vec<(Role, Quota)>) {
        if quotas.is_empty() {
            return;
        }
        for (role, quota) in quotas {
            self.on_quota_updated(&role, quota);
        }
        // A product of a count and a factor of at most one; truncation is the rule.
        let expected = (agents as f64 * self.config.agent_recovery_factor) as usize;
        if expected > 0 {
            let until = now + self.config.recovery_timeout;
            self.holdoff = Some(Holdoff {
                agents: expected,
                until,
            });
        }
    }

    pub(crate) fn on_agent_added(
        &mut self,
        now: Instant,
        (id, spec, total): (AgentId, AgentSpec, Resources),
        used: Vec<(FrameworkId, Resources)>,
        unavailability: Option<Unavailability>,
    ) {
        if self.books.agent_numbers.get(&id).is_some() {
            self.on_agent_removed(&id);
        }
        let agent = self.books.agents.insert(Agent::new(id.clone(), spec));
        self.books.agent_numbers.insert(id, agent);
        self.books.set_total(agent, total);
        self.take_over_all(agent, used);
        self.books.agents[agent].maintenance = unavailability.map(Maintenance::new);
        self.count_recovered_agent();
        self.trigger(now, agent);
    }

    fn count_recovered_agent(&mut self) {
        let Some(holdoff) = &mut self.holdoff else {
            return;
        };
        holdoff.agents = holdoff.agents.saturating_sub(1);
        if holdoff.agents == 0 {
            self.holdoff = None;
        }
    }

    /// What frameworks that are not here yet use is nobody's, but not available either.
    fn take_over_all(&mut self, agent: AgentNo, used: Vec<(FrameworkId, Resources)>) {
        for (id, resources) in used {
            match self.books.framework_numbers.get(&id) {
                Some(framework) => self.take_over(framework, agent, &resources),
                None => self.books.orphan(agent, id, resources),
            }
        }
        self.books.refresh(agent);
    }

    pub(crate) fn on_agent_removed(&mut self, id: &AgentId) {
        let Some(agent) = self.books.agent_numbers.remove(id) else {
            return;
        };
        let holders: Vec<MemberNo> = self.books.agents[agent]
            .held
            .iter()
            .map(|(member, _)| *member)
            .collect();
        for member in &holders {
            self.free(agent, *member);
        }
        self.books.set_total(agent, Resources::new());
        self.drop_filters(agent);
        for member in holders {
            self.books.untrack_if_unneeded(member);
        }
        self.books.forget_orphans(agent);
        self.candidates
            .agents
            .retain(|candidate| *candidate != agent);
        self.books.agents.remove(agent);
    }

    fn drop_filters(&mut self, agent: AgentNo) {
        let members: Vec<MemberNo> = self.books.members.numbers().collect();
        for member in members {
            self.books.members[member].filters.drop_agent(agent);
        }
        let frameworks: Vec<_> = self.books.frameworks.numbers().collect();
        for framework in frameworks {
            self.books.frameworks[framework]
                .inverse_filters
                .remove(&agent);
        }
    }

    pub(crate) fn on_agent_updated(
        &mut self,
        now: Instant,
        id: &AgentId,
        spec: AgentSpec,
        total: Resources,
    ) {
        let Some(agent) = self.books.agent_numbers.get(id) else {
            return;
        };
        let row = &mut self.books.agents[agent];
        let same_attributes = attribute::equal(&row.spec.attributes, &spec.attributes);
        let same_spec = same_attributes
            && row.spec.hostname == spec.hostname
            && row.spec.region == spec.region
            && row.spec.zone == spec.zone
            && row.spec.capabilities == spec.capabilities;
        let same_total = row.total == total;
        row.spec = spec;
        if !same_attributes {
            self.drop_filters(agent);
        }
        if !same_total {
            self.books.set_total(agent, total);
        }
        if !same_spec || !same_total {
            self.books.agents[agent].fruitless = None;
            self.trigger(now, agent);
        }
    }

    pub(crate) fn on_resource_provider_added(
        &mut self,
        id: &AgentId,
        total: &Resources,
        used: Vec<(FrameworkId, Resources)>,
    ) {
        let Some(agent) = self.books.agent_numbers.get(id) else {
            return;
        };
        let grown = &self.books.agents[agent].total + total;
        self.books.set_total(agent, grown);
        self.take_over_all(agent, used);
    }

    pub(crate) fn on_agent_activity(&mut self, id: &AgentId, activated: bool) {
        if let Some(agent) = self.books.agent_numbers.get(id) {
            self.books.agents[agent].activated = activated;
        }
    }
}
