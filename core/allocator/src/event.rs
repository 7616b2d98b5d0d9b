//! Everything that can happen to the allocator. Compat: ALC table 9.3.

use crate::{config::MinAllocatable, constraint::OfferConstraints, quota::Quota};
use mesos_model::{
    AgentId, FrameworkId, Resources, Role,
    capability::{AgentCapabilities, FrameworkCapabilities},
    resources::Conversion,
};
use mesos_proto::mesos as pb;
use std::collections::{BTreeMap, BTreeSet};

/// What the allocator has to know about a framework; replaced as a whole by an update.
#[derive(Clone, Debug, Default)]
pub struct FrameworkSpec {
    pub roles: BTreeSet<Role>,
    pub suppressed: BTreeSet<Role>,
    pub capabilities: FrameworkCapabilities,
    /// `FrameworkInfo.offer_filters`: per role, alternatives replacing the global minimum (ALC-29).
    pub min_allocatable: BTreeMap<Role, MinAllocatable>,
    pub constraints: OfferConstraints,
}

/// What the allocator has to know about an agent besides its resources.
#[derive(Clone, Debug, Default)]
pub struct AgentSpec {
    pub hostname: String,
    pub attributes: Vec<pb::Attribute>,
    pub region: Option<String>,
    pub zone: Option<String>,
    pub capabilities: AgentCapabilities,
}

impl AgentSpec {
    /// Reads the parts the allocator cares about.
    pub fn of(info: &pb::SlaveInfo, capabilities: AgentCapabilities) -> Self {
        let fault = info
            .domain
            .as_ref()
            .and_then(|domain| domain.fault_domain.as_ref());
        Self {
            hostname: info.hostname.clone(),
            attributes: info.attributes.clone(),
            region: fault.map(|fault| fault.region.name.clone()),
            zone: fault.map(|fault| fault.zone.name.clone()),
            capabilities,
        }
    }
}

/// A planned absence of an agent, as the maintenance schedule states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailability {
    pub start_ns: i64,
    pub duration_ns: Option<i64>,
}

/// Whether recovered resources were in use by tasks or only offered (ALC-24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Offered,
    Allocated,
}

/// A framework's answer to an inverse offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InverseAnswer {
    Accepted,
    Declined,
}

/// An event for the allocator, told by the master.
///
/// `used` maps each framework (or agent) to what it holds there, allocation roles set.
#[derive(Clone)]
pub enum Event {
    /// A deadline passed (see `Allocator::next_deadline`).
    Tick,
    /// After a master failover: quotas in force and the number of agents in the registry (ALC-9).
    Recovered {
        agents: usize,
        quotas: Vec<(Role, Quota)>,
    },

    FrameworkAdded {
        framework: FrameworkId,
        spec: FrameworkSpec,
        active: bool,
        used: Vec<(AgentId, Resources)>,
    },
    FrameworkRemoved {
        framework: FrameworkId,
    },
    FrameworkActivated {
        framework: FrameworkId,
    },
    FrameworkDeactivated {
        framework: FrameworkId,
    },
    /// Suppression becomes exactly `spec.suppressed`; roles thereby un-suppressed lose their filters.
    FrameworkUpdated {
        framework: FrameworkId,
        spec: FrameworkSpec,
    },

    AgentAdded {
        agent: AgentId,
        spec: AgentSpec,
        total: Resources,
        used: Vec<(FrameworkId, Resources)>,
        unavailability: Option<Unavailability>,
    },
    AgentRemoved {
        agent: AgentId,
    },
    AgentUpdated {
        agent: AgentId,
        spec: AgentSpec,
        total: Resources,
    },
    ResourceProviderAdded {
        agent: AgentId,
        total: Resources,
        used: Vec<(FrameworkId, Resources)>,
    },
    AgentActivated {
        agent: AgentId,
    },
    AgentDeactivated {
        agent: AgentId,
    },

    /// `None`: every agent; hostnames otherwise (ALC-33).
    WhitelistUpdated {
        hostnames: Option<BTreeSet<String>>,
    },
    /// Kept for the protocol; the hierarchical allocator ignores requests.
    ResourcesRequested {
        framework: FrameworkId,
    },

    /// Operations of an ACCEPT were applied to what `framework` holds as an offer (OFR-14).
    AllocationUpdated {
        framework: FrameworkId,
        agent: AgentId,
        conversions: Vec<Conversion>,
    },
    /// Offered resources were given to tasks, executors or pending operations.
    OfferedBecameAllocated {
        framework: FrameworkId,
        agent: AgentId,
        resources: Resources,
    },
    /// Resources came back. `refuse_seconds`: the filter asked for, raw from the wire (ALC-25).
    ResourcesRecovered {
        framework: FrameworkId,
        agent: AgentId,
        resources: Resources,
        refuse_seconds: Option<f64>,
        held: Held,
    },

    UnavailabilityUpdated {
        agent: AgentId,
        unavailability: Option<Unavailability>,
    },
    /// An outstanding inverse offer was answered (`Some`) or rescinded (`None`).
    InverseOfferUpdated {
        agent: AgentId,
        framework: FrameworkId,
        answer: Option<InverseAnswer>,
        refuse_seconds: Option<f64>,
    },

    /// No roles means all subscribed roles (ALC-8).
    OffersSuppressed {
        framework: FrameworkId,
        roles: BTreeSet<Role>,
    },
    OffersRevived {
        framework: FrameworkId,
        roles: BTreeSet<Role>,
    },

    QuotaUpdated {
        role: Role,
        quota: Quota,
    },
    WeightsUpdated {
        weights: Vec<(Role, f64)>,
    },
}
