//! Roles: what is configured for them, and the summary that `/roles` shows, computed from a snapshot.
//!
//! Compat: §10.4 `/roles` (which roles are known), RES-64.

use std::collections::BTreeMap;

use mesos_model::{FrameworkId, ResourceQuantities, Role, role};
use mesos_proto::mesos::quota::QuotaConfig;

use crate::snapshot::Snapshot;

/// Whitelist, weights and quotas.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleSettings {
    /// `--roles`; None admits every valid role.
    pub whitelist: Option<Vec<Role>>,
    /// Only roles with an explicitly set weight.
    pub weights: BTreeMap<Role, f64>,
    pub quotas: BTreeMap<Role, QuotaConfig>,
}

impl RoleSettings {
    pub fn is_whitelisted(&self, role: &Role) -> bool {
        role.is_default()
            || self
                .whitelist
                .as_ref()
                .is_none_or(|list| list.contains(role))
    }

    pub fn weight(&self, role: &Role) -> f64 {
        self.weights.get(role).copied().unwrap_or(1.0)
    }
}

/// One known role.
#[derive(Debug, Clone, Default)]
pub struct RoleSummary {
    pub weight: Option<f64>,
    pub quota: Option<QuotaConfig>,
    pub allocated: ResourceQuantities,
    pub offered: ResourceQuantities,
    pub reserved: ResourceQuantities,
    pub consumed_quota: ResourceQuantities,
    pub frameworks: Vec<FrameworkId>,
}

impl Snapshot {
    /// The known roles with their shares, sorted by name. Linear in agents; runs on the reader's thread.
    pub fn roles(&self) -> BTreeMap<Role, RoleSummary> {
        let mut all: BTreeMap<Role, RoleSummary> = BTreeMap::new();
        for framework in self.frameworks.iter() {
            for role in &framework.roles {
                all.entry(role.clone())
                    .or_default()
                    .frameworks
                    .push(framework.id.clone());
            }
            for (role, resources) in framework.used.allocations() {
                let summary = all.entry(role.clone()).or_default();
                summary
                    .allocated
                    .add(&ResourceQuantities::from_resources(&resources));
                if !framework.roles.contains(&role) {
                    summary.frameworks.push(framework.id.clone());
                }
            }
            for (role, resources) in framework.offered.allocations() {
                all.entry(role)
                    .or_default()
                    .offered
                    .add(&ResourceQuantities::from_resources(&resources));
            }
        }
        for agent in self.agents.iter() {
            for resource in &agent.total {
                let Some(role) = resource.reservation_role() else {
                    continue;
                };
                let bag = std::iter::once(resource.clone()).collect();
                all.entry(role.clone())
                    .or_default()
                    .reserved
                    .add(&ResourceQuantities::from_resources(&bag));
            }
        }
        for (role, weight) in &self.role_settings.weights {
            all.entry(role.clone()).or_default().weight = Some(*weight);
        }
        for (role, quota) in &self.role_settings.quotas {
            all.entry(role.clone()).or_default().quota = Some(quota.clone());
        }
        for role in self.role_settings.whitelist.iter().flatten() {
            all.entry(role.clone()).or_default();
        }
        let ancestors: Vec<Role> = all
            .keys()
            .flat_map(|role| {
                role::ancestors(role.as_str())
                    .map(Role::new)
                    .collect::<Vec<_>>()
            })
            .collect();
        for role in ancestors {
            all.entry(role).or_default();
        }
        if let Some(list) = &self.role_settings.whitelist {
            let known = |role: &Role| {
                role.is_default()
                    || list.iter().any(|listed| {
                        listed == role || role::is_strict_subrole(listed.as_str(), role.as_str())
                    })
            };
            all.retain(|role, _| known(role));
        }
        all
    }
}
