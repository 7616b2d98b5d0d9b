//! Everything the allocator asks of the master. Compat: ALC-18, ALC-19, ALC-23.

use crate::event::Unavailability;
use mesos_model::{AgentId, FrameworkId, Resources, Role};

/// What one role of a framework is offered, one entry per agent.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleOffer {
    pub role: Role,
    /// The resources carry the role as their allocation role.
    pub agents: Vec<(AgentId, Resources)>,
}

/// An instruction for the master.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// At most one per framework and run. What cannot be offered comes back as `ResourcesRecovered`.
    Offer {
        framework: FrameworkId,
        roles: Vec<RoleOffer>,
    },
    /// Ask the framework to give up its resources on these agents.
    InverseOffer {
        framework: FrameworkId,
        agents: Vec<(AgentId, Unavailability)>,
    },
}
