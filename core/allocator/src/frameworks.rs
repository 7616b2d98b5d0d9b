//! What is known of one framework, and of it in each of its roles. Compat: ALC 9.2, ALC-3.

use crate::{
    amounts::Amounts,
    event::FrameworkSpec,
    filter::Filters,
    index::{AgentNo, FrameworkNo, MemberNo, RoleNo},
    sorter::NodeNo,
};
use mesos_model::{FrameworkId, Instant, Role, capability::FrameworkCapabilities};
use std::collections::BTreeMap;

/// One framework.
#[derive(Debug)]
pub(crate) struct Framework {
    pub(crate) id: FrameworkId,
    pub(crate) active: bool,
    pub(crate) spec: FrameworkSpec,
    /// The roles it is tracked under: subscribed to, or holding resources in (ALC-3).
    pub(crate) members: BTreeMap<Role, MemberNo>,
    /// No inverse offer for these agents before the given moment (ALC-27).
    pub(crate) inverse_filters: BTreeMap<AgentNo, Instant>,
}

/// A framework in one role.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) framework: FrameworkNo,
    pub(crate) role: RoleNo,
    pub(crate) subscribed: bool,
    pub(crate) suppressed: bool,
    /// Its place among the frameworks of the role.
    pub(crate) leaf: NodeNo,
    /// On how many agents it holds something in this role.
    pub(crate) agents: usize,
    pub(crate) filters: Filters,
    /// Replaces the global minimum (ALC-29).
    pub(crate) min_allocatable: Option<Vec<Amounts>>,
    pub(crate) constrained: bool,
    pub(crate) capabilities: FrameworkCapabilities,
}

/// Whether some alternative is reached (ALC-29). `counts` must not be of an empty bundle.
pub(crate) fn is_allocatable(minimum: &[Amounts], counts: &Amounts) -> bool {
    minimum.is_empty() || minimum.iter().any(|alternative| counts.reach(alternative))
}
