//! The machine itself: dispatches events, keeps the deadlines, collects what the next run is about.
//! Compat: ALC-1, ALC-5, ALC-6, ALC-9, ALC-10.

use crate::{
    amounts::Amounts,
    books::Books,
    changes::Changes,
    command::Command,
    config::{Config, Recovery},
    event::Event,
    index::AgentNo,
    random::Random,
};
use mesos_model::Instant;
use std::{collections::BTreeSet, time::Duration};

/// The agents the next run is about.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pub(crate) agents: Vec<AgentNo>,
    pub(crate) all: bool,
    /// When the run was asked for.
    pub(crate) since: Option<Instant>,
}

/// A hold-off after a master failover with quotas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holdoff {
    /// Agents still to come back.
    pub(crate) agents: usize,
    pub(crate) until: Instant,
}

/// What the last run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastRun {
    pub agents_examined: usize,
    pub offers: usize,
    /// From the request for the run to its start.
    pub latency: Duration,
}

/// The hierarchical allocator.
#[derive(Debug)]
pub struct Allocator {
    pub(crate) config: Config,
    pub(crate) books: Books,
    pub(crate) random: Random,
    pub(crate) minimum: Vec<Amounts>,
    pub(crate) whitelist: Option<BTreeSet<String>>,
    pub(crate) candidates: Candidates,
    pub(crate) holdoff: Option<Holdoff>,
    /// `None` until the first event tells the time.
    next_batch: Option<Instant>,
    pub(crate) changes: Changes,
    pub(crate) runs: u64,
    pub(crate) last_run: LastRun,
}

impl Allocator {
    pub fn new(config: Config) -> Self {
        let mut books = Books::new(&config);
        let alternatives = config.min_allocatable_resources.iter();
        let minimum = alternatives
            .map(|quantities| books.names.quantities(quantities))
            .collect();
        Self {
            random: Random::new(config.seed),
            config,
            books,
            minimum,
            whitelist: None,
            candidates: Candidates::default(),
            holdoff: None,
            next_batch: None,
            changes: Changes::default(),
            runs: 0,
            last_run: LastRun::default(),
        }
    }

    /// Takes one event. Offers are only made by [`Event::Tick`].
    #[allow(clippy::too_many_lines, reason = "one arm per event and no logic")]
    pub fn on(&mut self, now: Instant, event: Event, out: &mut Vec<Command>) {
        let next_batch = *self
            .next_batch
            .get_or_insert(now + self.config.allocation_interval);
        match event {
            Event::Tick => self.on_tick(now, next_batch, out),
            Event::Recovered { agents, quotas } => self.on_recovered(now, agents, quotas),
            Event::FrameworkAdded {
                framework,
                spec,
                active,
                used,
            } => {
                self.on_framework_added(now, framework, spec, active, used);
            }
            Event::FrameworkRemoved { framework } => self.on_framework_removed(&framework),
            Event::FrameworkActivated { framework } => {
                self.on_framework_activated(now, &framework);
            }
            Event::FrameworkDeactivated { framework } => self.on_framework_deactivated(&framework),
            Event::FrameworkUpdated { framework, spec } => {
                self.on_framework_updated(&framework, spec);
            }
            Event::AgentAdded {
                agent,
                spec,
                total,
                used,
                unavailability,
            } => {
                self.on_agent_added(now, (agent, spec, total), used, unavailability);
            }
            Event::AgentRemoved { agent } => self.on_agent_removed(&agent),
            Event::AgentUpdated { agent, spec, total } => {
                self.on_agent_updated(now, &agent, spec, total);
            }
            Event::ResourceProviderAdded { agent, total, used } => {
                self.on_resource_provider_added(&agent, &total, used);
            }
            Event::AgentActivated { agent } => self.on_agent_activity(&agent, true),
            Event::AgentDeactivated { agent } => self.on_agent_activity(&agent, false),
            Event::WhitelistUpdated { hostnames } => self.whitelist = hostnames,
            Event::ResourcesRequested { .. } => {}
            Event::AllocationUpdated {
                framework,
                agent,
                conversions,
            } => {
                self.on_allocation_updated(&framework, &agent, &conversions);
            }
            Event::OfferedBecameAllocated {
                framework,
                agent,
                resources,
            } => {
                self.on_offered_became_allocated(&framework, &agent, &resources);
            }
            Event::ResourcesRecovered {
                framework,
                agent,
                resources,
                refuse_seconds,
                held,
            } => {
                let returned = (resources, refuse_seconds, held);
                self.on_resources_recovered(now, &framework, &agent, returned);
            }
            Event::UnavailabilityUpdated {
                agent,
                unavailability,
            } => {
                self.on_unavailability_updated(now, &agent, unavailability);
            }
            Event::InverseOfferUpdated {
                agent,
                framework,
                answer,
                refuse_seconds,
            } => {
                self.on_inverse_offer_updated(now, &agent, &framework, answer, refuse_seconds);
            }
            Event::OffersSuppressed { framework, roles } => {
                self.on_offers_suppressed(&framework, &roles);
            }
            Event::OffersRevived { framework, roles } => {
                self.on_offers_revived(now, &framework, &roles);
            }
            Event::QuotaUpdated { role, quota } => self.on_quota_updated(&role, quota),
            Event::WeightsUpdated { weights } => self.on_weights_updated(weights),
        }
    }

    /// When the next [`Event::Tick`] is due; at once while a run is pending.
    pub fn next_deadline(&self) -> Option<Instant> {
        let Some(batch) = self.next_batch else {
            return Some(Instant::ZERO);
        };
        let next = match (self.holdoff, self.candidates.since) {
            (Some(holdoff), _) => batch.min(holdoff.until),
            (None, Some(since)) => since,
            (None, None) => batch,
        };
        Some(next)
    }

    fn on_tick(&mut self, now: Instant, next_batch: Instant, out: &mut Vec<Command>) {
        if self.holdoff.is_some_and(|holdoff| holdoff.until <= now) {
            self.holdoff = None;
        }
        let is_batch = next_batch <= now;
        if is_batch {
            self.next_batch = Some(now + self.config.allocation_interval);
            self.trigger_all(now);
        }
        if self.holdoff.is_none() && self.candidates.since.is_some() {
            self.run(now, out);
        }
    }

    // Asking for a run.

    pub(crate) fn trigger(&mut self, now: Instant, agent: AgentNo) {
        if self.holdoff.is_some() {
            return;
        }
        self.candidates.since.get_or_insert(now);
        let row = &mut self.books.agents[agent];
        if !row.is_candidate {
            row.is_candidate = true;
            self.candidates.agents.push(agent);
        }
    }

    pub(crate) fn trigger_all(&mut self, now: Instant) {
        if self.holdoff.is_some() {
            return;
        }
        self.candidates.since.get_or_insert(now);
        self.candidates.all = true;
    }

    /// Resources came back to an agent.
    pub(crate) fn trigger_recovered(&mut self, now: Instant, agent: AgentNo) {
        match self.config.recovery {
            Recovery::NextBatch => {}
            Recovery::AtOnce => self.trigger(now, agent),
        }
    }

    pub fn last_run(&self) -> LastRun {
        self.last_run
    }

    /// How many runs there were.
    pub fn runs(&self) -> u64 {
        self.runs
    }
}
