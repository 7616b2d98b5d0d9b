//! Whether a restarted agent may keep its id although its description changed.
//!
//! Compat: agent §6 item 11, rule A.18.

use mesos_proto::mesos::value::Type;
use mesos_proto::mesos::{Attribute, Resource, SlaveInfo, value};

use super::text_format;
use crate::config::ReconfigurationPolicy;

const RULER: &str = "------------------------------------------------------------";

/// `Err` is the text the operator sees.
pub fn check(
    policy: ReconfigurationPolicy,
    old: &SlaveInfo,
    new: &SlaveInfo,
) -> Result<(), String> {
    match policy {
        ReconfigurationPolicy::Equal => equal(old, new),
        ReconfigurationPolicy::Additive => additive(old, new).map_err(|why| {
            format!("Configuration change not permitted under 'additive' policy: {why}")
        }),
    }
}

/// Equal apart from the order of resources and attributes.
pub fn same(old: &SlaveInfo, new: &SlaveInfo) -> bool {
    let strip = |info: &SlaveInfo| SlaveInfo {
        resources: Vec::new(),
        attributes: Vec::new(),
        ..info.clone()
    };
    let resources = |info: &SlaveInfo| mesos_model::Resources::from_proto(&info.resources);
    strip(old) == strip(new)
        && resources(old) == resources(new)
        && mesos_model::attribute::equal(&old.attributes, &new.attributes)
}

fn equal(old: &SlaveInfo, new: &SlaveInfo) -> Result<(), String> {
    if same(old, new) {
        return Ok(());
    }
    Err(format!(
        "Incompatible agent info detected. \n{RULER}\nOld agent info:\n{}\n{RULER}\nNew agent info:\n{}\n{RULER}",
        text_format::slave_info(old),
        text_format::slave_info(new),
    ))
}

fn additive(old: &SlaveInfo, new: &SlaveInfo) -> Result<(), String> {
    if old.hostname != new.hostname {
        return Err(format!(
            "Hostname changed from {} to {}",
            old.hostname, new.hostname
        ));
    }
    if old.port() != new.port() {
        return Err(format!(
            "Port changed from {} to {}",
            old.port(),
            new.port()
        ));
    }
    if old.domain.is_some() && old.domain != new.domain {
        return Err("Domain changed".to_owned());
    }
    for resource in &old.resources {
        let Some(now) = new
            .resources
            .iter()
            .find(|other| same_kind(resource, other))
        else {
            return Err(format!("Resource '{}' is no longer present", resource.name));
        };
        resource_kept(resource, now)?;
    }
    for attribute in &old.attributes {
        let Some(now) = new
            .attributes
            .iter()
            .find(|other| other.name == attribute.name)
        else {
            return Err(format!(
                "Attribute '{}' is no longer present",
                attribute.name
            ));
        };
        attribute_kept(attribute, now)?;
    }
    Ok(())
}

/// Equal but for the amount.
fn same_kind(old: &Resource, new: &Resource) -> bool {
    let bare = |resource: &Resource| Resource {
        scalar: None,
        ranges: None,
        set: None,
        ..resource.clone()
    };
    bare(old) == bare(new)
}

fn resource_kept(old: &Resource, new: &Resource) -> Result<(), String> {
    let name = &old.name;
    match old.r#type() {
        Type::Scalar => {
            let (before, after) = (scalar(&old.scalar), scalar(&new.scalar));
            if after < before {
                return Err(format!(
                    "Value of scalar resource '{name}' decreased from {before} to {after}"
                ));
            }
        }
        Type::Ranges if !covers(&new.ranges, &old.ranges) => {
            return Err(format!(
                "Previous value of range resource '{name}' is not contained in its new value"
            ));
        }
        Type::Set => {
            let items = |set: &Option<value::Set>| {
                set.as_ref().map(|set| set.item.clone()).unwrap_or_default()
            };
            let now = items(&new.set);
            if items(&old.set).iter().any(|item| !now.contains(item)) {
                return Err(format!(
                    "Previous value of set resource '{name}' is not contained in its new value"
                ));
            }
        }
        Type::Ranges | Type::Text => {}
    }
    Ok(())
}

fn attribute_kept(old: &Attribute, new: &Attribute) -> Result<(), String> {
    let name = &old.name;
    if old.r#type != new.r#type {
        return Err(format!("Type of attribute '{name}' changed"));
    }
    match old.r#type() {
        Type::Scalar if scalar(&old.scalar) != scalar(&new.scalar) => {
            Err(format!("Value of scalar attribute '{name}' changed"))
        }
        Type::Text if old.text != new.text => {
            Err(format!("Value of text attribute '{name}' changed"))
        }
        Type::Ranges if !covers(&new.ranges, &old.ranges) => Err(format!(
            "Previous value of ranges attribute '{name}' is not contained in its new value"
        )),
        Type::Scalar | Type::Text | Type::Ranges | Type::Set => Ok(()),
    }
}

fn scalar(value: &Option<value::Scalar>) -> f64 {
    value.as_ref().map_or(0.0, |scalar| scalar.value)
}

fn covers(outer: &Option<value::Ranges>, inner: &Option<value::Ranges>) -> bool {
    let list = |ranges: &Option<value::Ranges>| {
        ranges.as_ref().map(|r| r.range.clone()).unwrap_or_default()
    };
    let outer = list(outer);
    list(inner).iter().all(|want| {
        outer
            .iter()
            .any(|have| have.begin <= want.begin && want.end <= have.end)
    })
}
