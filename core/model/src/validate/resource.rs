//! Rules for resource lists in tasks, executors and operations. Compat: TSK-7, RES-51..RES-57.

use super::id;
use crate::{
    Resource, ResourceQuantities, Resources,
    error::{Invalid, refuse},
    resources::{self, format_message},
};
use mesos_proto::mesos as pb;
use std::collections::BTreeSet;

/// Each resource valid, gpus whole, disks and reservations sensible.
pub fn validate(list: &[pb::Resource]) -> Result<(), Invalid> {
    resources::validate_all(list).map_err(|e| e.within("Invalid resources: "))?;
    validate_gpus(list).map_err(|e| e.within("Invalid 'gpus' resource: "))?;
    validate_disks(list).map_err(|e| e.within("Invalid DiskInfo: "))?;
    validate_reservations(list).map_err(|e| e.within("Invalid ReservationInfo: "))
}

/// [`validate`] for a bag, whose entries are valid by construction.
pub fn validate_bag(bag: &Resources) -> Result<(), Invalid> {
    validate(&bag.to_proto())
}

pub fn validate_gpus(list: &[pb::Resource]) -> Result<(), Invalid> {
    let total = Resources::from_proto(list).gpus().unwrap_or(0.0);
    if (total * 1000.0) as i64 % 1000 != 0 {
        return refuse("The 'gpus' resource must be an unsigned integer");
    }
    Ok(())
}

fn validate_disks(list: &[pb::Resource]) -> Result<(), Invalid> {
    for resource in list {
        let Some(disk) = &resource.disk else { continue };
        if let Some(persistence) = &disk.persistence {
            validate_persistence(resource, disk)?;
            id::validate(&persistence.id)
                .map_err(|e| e.within("Invalid persistence ID for persistent volume: "))?;
        } else if disk.volume.is_some() {
            return refuse("Non-persistent volume not supported");
        } else if disk.source.is_none() {
            return refuse("DiskInfo is set but empty");
        }
    }
    Ok(())
}

fn validate_persistence(
    resource: &pb::Resource,
    disk: &pb::resource::DiskInfo,
) -> Result<(), Invalid> {
    if resource.revocable.is_some() {
        return refuse("Persistent volumes cannot be created from revocable resources");
    }
    if resource.reservations.is_empty() {
        return refuse("Persistent volumes cannot be created from unreserved resources");
    }
    let Some(volume) = &disk.volume else {
        return refuse("Expecting 'volume' to be set for persistent volume");
    };
    if volume.host_path.is_some() {
        return refuse("Expecting 'host_path' to be unset for persistent volume");
    }
    Ok(())
}

fn validate_reservations(list: &[pb::Resource]) -> Result<(), Invalid> {
    use pb::resource::reservation_info::Type;
    let revocable = |resource: &&pb::Resource| {
        let dynamic = resource
            .reservations
            .last()
            .is_some_and(|r| r.r#type() == Type::Dynamic);
        dynamic && resource.revocable.is_some()
    };
    match list.iter().find(revocable) {
        Some(resource) => Err(Invalid::new(format!(
            "Dynamically reserved resource {} cannot be created from revocable resources",
            format_message(resource)
        ))),
        None => Ok(()),
    }
}

/// Two volumes of one reservation role must not share an id (RES-52).
pub fn validate_unique_persistence(bag: &Resources) -> Result<(), Invalid> {
    let mut seen = BTreeSet::new();
    for volume in bag {
        let Some(id) = volume.persistence_id() else {
            continue;
        };
        if !seen.insert((volume.reservation_role(), id)) {
            return Err(Invalid::new(format!("Persistence ID '{id}' is not unique")));
        }
    }
    Ok(())
}

/// All revocable or none, for each name (RES-54).
pub fn validate_unmixed(bag: &Resources) -> Result<(), Invalid> {
    for entry in bag.iter().filter(|entry| entry.is_revocable()) {
        let name = entry.name();
        if bag
            .iter()
            .any(|other| other.name() == name && !other.is_revocable())
        {
            return Err(Invalid::new(format!(
                "Cannot use both revocable and non-revocable '{name}' at the same time"
            )));
        }
    }
    Ok(())
}

/// What CREATE, DESTROY, GROW and SHRINK demand of a volume.
pub fn validate_persistent_volumes(list: &[pb::Resource]) -> Result<(), Invalid> {
    for resource in list {
        let Some(disk) = &resource.disk else {
            let text = format!(
                "Resource {} does not have DiskInfo",
                format_message(resource)
            );
            return Err(Invalid::new(text));
        };
        if disk.persistence.is_none() {
            return refuse("'persistence' is not set in DiskInfo");
        }
        let Some(volume) = &disk.volume else {
            return refuse("Expecting 'volume' to be set for persistent volume");
        };
        if volume.mode() == pb::volume::Mode::Ro {
            return refuse("Read-only persistent volume not supported");
        }
    }
    Ok(())
}

/// Every entry allocated, all to one role.
pub fn validate_single_allocation(bag: &Resources) -> Result<(), Invalid> {
    let mut known: Option<&crate::Role> = None;
    for entry in bag {
        let Some(role) = entry.allocation_role() else {
            return refuse("The resources are not allocated to a role");
        };
        let known = known.get_or_insert(role);
        if *known != role {
            return Err(Invalid::new(format!(
                "The resources have multiple allocation roles ('{role}' and '{known}') but only \
                 one allocation role is allowed"
            )));
        }
    }
    Ok(())
}

/// All from the agent itself or all from one provider; empty lists are refused, as the original does.
pub fn validate_single_provider(list: &[pb::Resource]) -> Result<(), Invalid> {
    let id = |resource: &pb::Resource| resource.provider_id.as_ref().map(|id| id.value.clone());
    let ids: BTreeSet<Option<String>> = list.iter().map(id).collect();
    if ids.len() == 1 {
        return Ok(());
    }
    if ids.contains(&None) {
        return refuse("Some resources have a resource provider and some do not");
    }
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    let text = format!(
        "The resources have multiple resource providers: {}",
        ids.join(", ")
    );
    Err(Invalid::new(text))
}

/// Whether range values or set items occur in more than one of the bags.
pub fn overlap(bags: &[&Resources]) -> bool {
    let mut amounts = ResourceQuantities::new();
    let mut total = Resources::new();
    for bag in bags {
        amounts.add(&bag.quantities());
        total += *bag;
    }
    amounts != total.quantities()
}

/// Whether the entry is a disk of that source type.
pub fn is_disk_of(resource: &Resource, kind: pb::resource::disk_info::source::Type) -> bool {
    resource
        .disk_source()
        .is_some_and(|source| source.r#type() == kind)
}
