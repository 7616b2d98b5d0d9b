//! The master as a machine.

use std::sync::Arc;

use mesos_model::{Instant, Now};

use crate::{config::Config, effect::Effect, event::Event, random::Random, snapshot::Snapshot, state::{Agents, Frameworks, Offers}};

/// The master.
pub struct Master {
    config: Config,
    random: Random,
    agents: Agents,
    frameworks: Frameworks,
    offers: Offers,
}

impl Master {
    pub fn new(config: Config) -> Self {
        let random = Random::new(config.seed);
        Self {
            config,
            random,
            agents: Agents::default(),
            frameworks: Frameworks::default(),
            offers: Offers::default(),
        }
    }

    /// Begins: asks for the registry.
    pub fn start(&mut self, _now: Now, out: &mut Vec<Effect>) {
        out.push(Effect::FetchRegistry);
    }

    /// Takes one event.
    pub fn on(&mut self, _now: Now, _event: Event, _out: &mut Vec<Effect>) {}

    /// Ends a batch of events: lets the allocator run if it is due.
    pub fn finish(&mut self, _now: Now, _out: &mut Vec<Effect>) {}

    /// When [`Master::finish`] wants to be called again at the latest.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// The picture after the events so far.
    pub fn publish(&mut self, _now: Now) -> Arc<Snapshot> {
        unimplemented!("lands with the registration path")
    }
}
