//! Resources come back, are converted by operations, or go into use.
//! Compat: ALC-24, ALC-25, ALC-26, OFR-13, OFR-14, HTTP-17.

use crate::{Allocator, books::Counted, event::Held, filter::refusal, index::AgentNo};
use mesos_model::{
    AgentId, FrameworkId, Instant, Resources, Role, error::Invalid, resources::Conversion,
};
use thiserror::Error;

/// Why an operator's operation cannot be applied to an agent's free resources.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UpdateAvailableError {
    #[error("unknown agent {0}")]
    UnknownAgent(AgentId),
    #[error("{0}")]
    NotAvailable(String),
}

impl Allocator {
    pub(crate) fn on_resources_recovered(
        &mut self,
        now: Instant,
        framework: &FrameworkId,
        agent: &AgentId,
        (resources, refuse_seconds, held): (Resources, Option<f64>, Held),
    ) {
        let Some(agent) = self.books.agent_numbers.get(agent) else {
            return;
        };
        let Some(number) = self.books.framework_numbers.get(framework) else {
            self.recover_orphan(agent, framework, &resources);
            return;
        };
        if resources
            .iter()
            .any(|entry| entry.allocation_role().is_none())
        {
            self.books.unbalanced += 1;
        }
        for (role, resources) in resources.allocations() {
            let Some(member) = self.books.frameworks[number].members.get(&role).copied() else {
                self.books.unbalanced += 1;
                continue;
            };
            let taken = self.books.release(agent, member, &resources);
            if held == Held::Allocated {
                self.books.unuse_held(agent, member, &taken);
            }
            let is_subscribed = self.books.members[member].subscribed;
            if let (Some(refusal), true) = (refusal(refuse_seconds), is_subscribed) {
                let until = now + refusal.max(self.config.allocation_interval);
                let filters = &mut self.books.members[member].filters;
                filters.add(agent, resources.unallocated(), until, now);
            }
            self.books.untrack_if_unneeded(member);
        }
        self.books.refresh(agent);
        self.trigger_recovered(now, agent);
    }

    fn recover_orphan(&mut self, agent: AgentNo, framework: &FrameworkId, resources: &Resources) {
        self.books.recover_orphan(agent, framework, resources);
        self.books.refresh(agent);
    }

    pub(crate) fn on_offered_became_allocated(
        &mut self,
        framework: &FrameworkId,
        agent: &AgentId,
        resources: &Resources,
    ) {
        let (Some(framework), Some(agent)) = (
            self.books.framework_numbers.get(framework),
            self.books.agent_numbers.get(agent),
        ) else {
            return;
        };
        for (role, resources) in resources.allocations() {
            match self.books.frameworks[framework].members.get(&role).copied() {
                Some(member) => self.books.use_held(agent, member, &resources),
                None => self.books.unbalanced += 1,
            }
        }
    }

    /// Converts what a framework holds as an offer, and the agent's total with it. Conversions that
    /// consume nothing are extra copies of shared resources (OFR-13) and leave the total alone.
    pub(crate) fn on_allocation_updated(
        &mut self,
        framework: &FrameworkId,
        agent: &AgentId,
        conversions: &[Conversion],
    ) {
        let (Some(framework), Some(agent)) = (
            self.books.framework_numbers.get(framework),
            self.books.agent_numbers.get(agent),
        ) else {
            return;
        };
        let mut total = self.books.agents[agent].total.clone();
        for conversion in conversions {
            let Some(role) = allocation_role(conversion) else {
                self.books.unbalanced += 1;
                continue;
            };
            let Some(member) = self.books.frameworks[framework].members.get(&role).copied() else {
                self.books.unbalanced += 1;
                continue;
            };
            let taken = self.books.release(agent, member, &conversion.consumed);
            if taken != conversion.consumed {
                self.books.hold(agent, member, taken, Counted::No);
                continue;
            }
            self.books
                .hold(agent, member, conversion.converted.clone(), Counted::No);
            if !conversion.consumed.is_empty() {
                total -= &conversion.consumed.unallocated();
                total += conversion.converted.unallocated();
            }
        }
        self.books.set_total(agent, total);
    }

    /// Applies an operator's operation to free resources of an agent (HTTP-17).
    ///
    /// # Errors
    /// The agent is unknown, or its free resources do not contain what is consumed.
    pub fn update_available(
        &mut self,
        agent: &AgentId,
        conversions: &[Conversion],
    ) -> Result<(), UpdateAvailableError> {
        let Some(number) = self.books.agent_numbers.get(agent) else {
            return Err(UpdateAvailableError::UnknownAgent(agent.clone()));
        };
        let refused = |error: Invalid| UpdateAvailableError::NotAvailable(error.to_string());
        let row = &self.books.agents[number];
        let (mut available, mut total) = (row.available.clone(), row.total.clone());
        for conversion in conversions {
            available = available.apply_conversion(conversion).map_err(refused)?;
            total = total.apply_conversion(conversion).map_err(refused)?;
        }
        self.books.set_total(number, total);
        Ok(())
    }
}

fn allocation_role(conversion: &Conversion) -> Option<Role> {
    let mut entries = conversion
        .consumed
        .iter()
        .chain(conversion.converted.iter());
    entries
        .next()
        .and_then(|entry| entry.allocation_role().cloned())
}
