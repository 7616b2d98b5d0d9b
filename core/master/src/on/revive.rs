//! REVIVE and SUPPRESS. Compat: OFR-18, ALC-8.

use std::collections::BTreeSet;

use mesos_allocator::Event as Allocation;
use mesos_model::{FrameworkId, Role};

use crate::{context::Context, machine::Master};

impl Master {
    pub(super) fn on_revive(&mut self, cx: &mut Context<'_>, id: &FrameworkId, roles: Vec<String>) {
        self.counters.master.messages_revive_offers += 1;
        let Some(roles) = self.subscribed_roles(cx, id, "REVIVE", roles) else {
            return;
        };
        cx.info(format!("Reviving offers for framework {id}"));
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if roles.is_empty() {
            framework.suppressed.clear();
        } else {
            framework.suppressed.retain(|role| !roles.contains(role));
        }
        self.tell_allocator(
            cx,
            Allocation::OffersRevived {
                framework: id.clone(),
                roles,
            },
        );
    }

    pub(super) fn on_suppress(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        roles: Vec<String>,
    ) {
        self.counters.master.messages_suppress_offers += 1;
        let Some(roles) = self.subscribed_roles(cx, id, "SUPPRESS", roles) else {
            return;
        };
        cx.info(format!("Suppressing offers for framework {id}"));
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        if roles.is_empty() {
            framework.suppressed = framework.roles.iter().cloned().collect();
        } else {
            framework.suppressed.extend(roles.iter().cloned());
        }
        self.tell_allocator(
            cx,
            Allocation::OffersSuppressed {
                framework: id.clone(),
                roles,
            },
        );
    }

    /// Each role must be valid and subscribed, else the whole call is dropped.
    fn subscribed_roles(
        &self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        call: &str,
        roles: Vec<String>,
    ) -> Option<BTreeSet<Role>> {
        let framework = self.frameworks.get(id)?;
        let roles: BTreeSet<Role> = roles.into_iter().map(Role::from).collect();
        match roles.iter().find(|role| !framework.roles.contains(role)) {
            Some(stray) => {
                cx.warn(format!(
                    "Dropping {call} of framework {id}: it is not subscribed to role '{stray}'"
                ));
                None
            }
            None => Some(roles),
        }
    }
}
