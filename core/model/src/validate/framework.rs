//! Framework descriptions. Compat: FWK-11, FWK-19, RES-63, RES-65.

use super::id;
use crate::{
    capability::FrameworkCapabilities,
    error::{Invalid, refuse},
    role,
    value::check_input_scalar,
};
use mesos_proto::mesos as pb;
use std::collections::BTreeSet;

pub fn validate(info: &pb::FrameworkInfo) -> Result<(), Invalid> {
    validate_roles(info)?;
    if let Some(framework_id) = info.id.as_ref().filter(|id| !id.value.is_empty()) {
        id::validate(&framework_id.value)?;
    }
    info.offer_filters
        .values()
        .try_for_each(validate_offer_filters)
}

#[allow(
    deprecated,
    reason = "the single role field is what old frameworks send"
)]
fn validate_roles(info: &pb::FrameworkInfo) -> Result<(), Invalid> {
    if !FrameworkCapabilities::of(info).multi_role {
        if !info.roles.is_empty() {
            return refuse(
                "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable",
            );
        }
        return role::validate(info.role()).map_err(|error| {
            Invalid::from(error).within("'FrameworkInfo.role' is not a valid role: ")
        });
    }
    if info.role.is_some() {
        return refuse(
            "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable",
        );
    }
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<&str> = info
        .roles
        .iter()
        .map(String::as_str)
        .filter(|role| !seen.insert(*role))
        .collect();
    if !repeated.is_empty() {
        let list = format_set(repeated.into_iter());
        let text = format!("'FrameworkInfo.roles' contains duplicate items: {list}");
        return Err(Invalid::new(text));
    }
    info.roles.iter().try_for_each(|role| {
        role::validate(role).map_err(|error| {
            Invalid::from(error).within("'FrameworkInfo.roles' contains invalid role: ")
        })
    })
}

/// `{ a, b }`
pub(super) fn format_set<'a>(items: impl Iterator<Item = &'a str>) -> String {
    format!("{{ {} }}", items.collect::<Vec<_>>().join(", "))
}

fn validate_offer_filters(filters: &pb::OfferFilters) -> Result<(), Invalid> {
    let list = filters
        .min_allocatable_resources
        .iter()
        .flat_map(|minimum| &minimum.quantities);
    for quantities in list {
        if quantities.quantities.is_empty() {
            return refuse("Resource quantities must contain at least one quantity");
        }
        for (name, scalar) in &quantities.quantities {
            check_input_scalar(scalar.value).map_err(|why| {
                Invalid::new(format!("Invalid resource quantity for '{name}': {why}"))
            })?;
        }
    }
    Ok(())
}

/// What UPDATE_FRAMEWORK must not change (FWK-19).
pub fn validate_update(old: &pb::FrameworkInfo, new: &pb::FrameworkInfo) -> Result<(), Invalid> {
    validate_resubscription(old, new)?;
    if old.user != new.user {
        return Err(Invalid::new(format!(
            "Updating 'FrameworkInfo.user' is unsupported; attempted to update from '{}' to '{}'",
            old.user, new.user
        )));
    }
    if old.checkpoint() != new.checkpoint() {
        return Err(Invalid::new(format!(
            "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from '{}' to \
             '{}'",
            old.checkpoint(),
            new.checkpoint()
        )));
    }
    Ok(())
}

/// What a subscription of a known framework must not change (FWK-11).
pub fn validate_resubscription(
    old: &pb::FrameworkInfo,
    new: &pb::FrameworkInfo,
) -> Result<(), Invalid> {
    if old.principal != new.principal {
        return refuse("Changing framework's principal is not allowed.");
    }
    Ok(())
}

/// The new description with what a re-subscription cannot change kept as it was (FWK-11).
pub fn keep_immutable_fields(old: &pb::FrameworkInfo, new: &mut pb::FrameworkInfo) {
    new.user.clone_from(&old.user);
    new.checkpoint = old.checkpoint;
}
