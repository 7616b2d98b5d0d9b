//! The options of the allocator (ALC 9.1).

use mesos_model::ResourceQuantities;
use std::{collections::BTreeSet, time::Duration};

/// Alternatives (OR) of quantity sets (AND) an offer must reach; an empty list accepts anything (ALC-29).
pub type MinAllocatable = Vec<ResourceQuantities>;

/// How clients are ordered. Both the roles and the frameworks of a role use the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SorterKind {
    #[default]
    Drf,
    Random,
}

/// What wakes the allocator between two batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recovery {
    /// Recovered resources wait for the next batch, as in Mesos.
    #[default]
    NextBatch,
    /// Recovered resources are offered in a run of their own at once.
    AtOnce,
}

/// Options, normally read from the master's flags.
#[derive(Clone, Debug)]
pub struct Config {
    pub allocation_interval: Duration,
    pub sorter: SorterKind,
    /// Names that do not count in DRF shares.
    pub fair_sharing_excluded_resource_names: BTreeSet<String>,
    /// Agents with GPUs are only offered to GPU_RESOURCES frameworks.
    pub filter_gpu_resources: bool,
    pub min_allocatable_resources: MinAllocatable,
    /// The region the master lives in, from its fault domain.
    pub region: Option<String>,
    pub recovery_timeout: Duration,
    pub agent_recovery_factor: f64,
    pub recovery: Recovery,
    /// Seed of the shuffles; one seed and one event sequence give one result.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allocation_interval: Duration::from_secs(1),
            sorter: SorterKind::Drf,
            fair_sharing_excluded_resource_names: BTreeSet::new(),
            filter_gpu_resources: true,
            min_allocatable_resources: default_min_allocatable(),
            region: None,
            recovery_timeout: Duration::from_secs(600),
            agent_recovery_factor: 0.8,
            recovery: Recovery::NextBatch,
            seed: 0,
        }
    }
}

/// `cpus:0.01|mem:32`.
pub fn default_min_allocatable() -> MinAllocatable {
    use mesos_model::resources::Name;
    [(Name::Cpus, 10), (Name::Mem, 32_000)]
        .into_iter()
        .map(|(name, milli)| {
            let mut quantities = ResourceQuantities::new();
            quantities.add_milli(&name, milli);
            quantities
        })
        .collect()
}
