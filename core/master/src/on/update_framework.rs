//! UPDATE_FRAMEWORK: new info without touching connection or offers of kept roles. Compat: FWK-19, FWK-20.

use std::collections::BTreeSet;

use bytes::Bytes;
use mesos_model::{FrameworkId, validate};
use mesos_proto::{
    internal,
    mesos::{FrameworkInfo, scheduler::call},
};

use super::{Subscription, subscribe::Checked};
use crate::{context::Context, machine::Master};

impl Master {
    /// FWK-20: a driver hears of a failure by an error message.
    pub(super) fn on_update_framework(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        update: call::UpdateFramework,
        original: Option<&Bytes>,
    ) {
        if let Err(message) = self.update_framework(cx, id, update, original) {
            self.send_framework(cx, id, &internal::FrameworkErrorMessage { message });
        }
    }

    pub(super) fn update_framework(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        update: call::UpdateFramework,
        original: Option<&Bytes>,
    ) -> Result<(), String> {
        let info = Subscription::info(update.framework_info, original, &[19, 1]);
        let checked: Checked = self
            .check_subscription(&info, &update.suppressed_roles, update.offer_constraints)
            .and_then(|checked| self.check_unchangeable(id, &info).map(|()| checked))
            .map_err(|problem| format!("Failed to update framework: {problem}"))
            .inspect_err(|problem| cx.warn(format!("Framework {id}: {problem}")))?;
        let Some(framework) = self.frameworks.get(id) else {
            return Ok(());
        };
        let changed = !equivalent(&framework.info, &info);
        self.update_framework_info(cx, id, info, &checked);
        if changed {
            cx.info(format!("Updated framework {id}"));
            self.announce_framework(cx, id);
        }
        Ok(())
    }

    fn check_unchangeable(&self, id: &FrameworkId, info: &FrameworkInfo) -> Result<(), String> {
        let Some(framework) = self.frameworks.get(id) else {
            return Ok(());
        };
        validate::framework::validate_update(&framework.info, info).map_err(|e| e.to_string())
    }
}

/// Equal but for the order of roles and capabilities.
fn equivalent(a: &FrameworkInfo, b: &FrameworkInfo) -> bool {
    let sorted = |info: &FrameworkInfo| {
        let roles: BTreeSet<String> = info.roles.iter().cloned().collect();
        let capabilities: BTreeSet<i32> =
            info.capabilities.iter().filter_map(|c| c.r#type).collect();
        let rest = FrameworkInfo {
            roles: Vec::new(),
            capabilities: Vec::new(),
            ..info.clone()
        };
        (roles, capabilities, rest)
    };
    sorted(a) == sorted(b)
}
