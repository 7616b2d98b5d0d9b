//! Guarantees and limits of a role. Compat: ALC-37.

use mesos_model::{ResourceLimits, ResourceQuantities};

/// The default has neither guarantees nor limits and is the same as no quota.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub guarantees: ResourceQuantities,
    pub limits: ResourceLimits,
}

impl Quota {
    pub fn is_default(&self) -> bool {
        self.guarantees.is_empty() && self.limits.is_empty()
    }
}
