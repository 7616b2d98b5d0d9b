//! The machine itself: dispatches events and keeps the deadlines.

use crate::{Command, Config, Event};
use mesos_model::{AgentId, Instant, resources::Conversion};
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

/// The hierarchical allocator.
#[derive(Debug)]
pub struct Allocator {
    config: Config,
}

impl Allocator {
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Takes one event; offers are only made by [`Event::Tick`].
    pub fn on(&mut self, _now: Instant, _event: Event, _out: &mut Vec<Command>) {
        let _ = &self.config;
    }

    /// When the next [`Event::Tick`] is due; not later than `now` while a run is pending.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// Applies an operator's operation to free resources of an agent (HTTP-17).
    ///
    /// # Errors
    /// The agent is unknown or its free resources do not contain what is consumed.
    pub fn update_available(
        &mut self,
        agent: &AgentId,
        _conversions: &[Conversion],
    ) -> Result<(), UpdateAvailableError> {
        Err(UpdateAvailableError::UnknownAgent(agent.clone()))
    }
}
