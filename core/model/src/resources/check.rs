//! Validation of resource messages. Compat: RES-9, RES-19..RES-24.

use super::print::format_message;
use crate::{
    error::{Invalid, refuse},
    label, role,
    value::{check_input_scalar, to_milli},
};
use mesos_proto::mesos as pb;
use pb::{
    resource::{ReservationInfo, disk_info::source, reservation_info},
    value::Type,
};

/// Checks every message; the text names the first invalid one.
pub fn validate_all(list: &[pb::Resource]) -> Result<(), Invalid> {
    list.iter().try_for_each(|resource| {
        let named = |e: Invalid| {
            e.within(&format!(
                "Resource '{}' is invalid: ",
                format_message(resource)
            ))
        };
        validate(resource).map_err(named)
    })
}

/// Checks one message in any of the three reservation forms.
pub fn validate(resource: &pb::Resource) -> Result<(), Invalid> {
    if resource.name.is_empty() {
        return refuse("Empty resource name");
    }
    validate_value(resource)?;
    validate_disk(resource)?;
    if resource.reservations.is_empty() {
        validate_old_form(resource)?;
    } else {
        validate_stack(&resource.reservations)?;
        validate_hybrid_form(resource)?;
    }
    validate_shared(resource)
}

fn validate_value(resource: &pb::Resource) -> Result<(), Invalid> {
    let payload = (
        resource.scalar.is_some(),
        resource.ranges.is_some(),
        resource.set.is_some(),
    );
    match Type::try_from(resource.r#type) {
        Err(_) => refuse("Invalid resource type"),
        Ok(Type::Scalar) => match &resource.scalar {
            Some(scalar) if payload == (true, false, false) => validate_scalar(scalar.value),
            Some(_) | None => refuse("Invalid scalar resource"),
        },
        Ok(Type::Ranges) => match &resource.ranges {
            Some(ranges) if payload == (false, true, false) => validate_ranges(ranges),
            Some(_) | None => refuse("Invalid ranges resource"),
        },
        Ok(Type::Set) => match &resource.set {
            Some(set) if payload == (false, false, true) => validate_set(set),
            Some(_) | None => refuse("Invalid set resource"),
        },
        Ok(Type::Text) => refuse("Unsupported resource type"),
    }
}

fn validate_scalar(value: f64) -> Result<(), Invalid> {
    // FIX: the original lets infinities and NaN through here and then misbehaves.
    if !value.is_finite() && check_input_scalar(value).is_err() {
        return refuse("Invalid scalar resource");
    }
    if value != 0.0 && to_milli(value) <= 0 {
        return refuse("Invalid scalar resource: value <= 0");
    }
    Ok(())
}

fn validate_ranges(ranges: &pb::value::Ranges) -> Result<(), Invalid> {
    if ranges.range.iter().any(|range| range.begin > range.end) {
        return refuse("Invalid ranges resource: begin > end");
    }
    let mut sorted: Vec<(u64, u64)> = ranges.range.iter().map(|r| (r.begin, r.end)).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[1].0 <= pair[0].1) {
        return refuse("Invalid ranges resource: overlapping ranges");
    }
    Ok(())
}

fn validate_set(set: &pb::value::Set) -> Result<(), Invalid> {
    let mut sorted: Vec<&str> = set.item.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return refuse("Invalid set resource: duplicated elements");
    }
    Ok(())
}

fn validate_disk(resource: &pb::Resource) -> Result<(), Invalid> {
    let Some(disk) = &resource.disk else {
        return Ok(());
    };
    if resource.name != "disk" {
        let text = format!("DiskInfo should not be set for {} resource", resource.name);
        return Err(Invalid::new(text));
    }
    let Some(source) = &disk.source else {
        return Ok(());
    };
    match source.r#type() {
        source::Type::Path | source::Type::Mount => Ok(()),
        kind @ (source::Type::Block | source::Type::Raw) => {
            let kind = kind.as_str_name();
            if source.mount.is_some() {
                let text = format!("Mount should not be set for {kind} disk source");
                return Err(Invalid::new(text));
            }
            if source.path.is_some() {
                let text = format!("Path should not be set for {kind} disk source");
                return Err(Invalid::new(text));
            }
            Ok(())
        }
        source::Type::Unknown => refuse("Unsupported 'DiskInfo.Source.Type' in 'UNKNOWN'"),
    }
}

#[allow(deprecated, reason = "the pre-refinement form uses these fields")]
fn validate_old_form(resource: &pb::Resource) -> Result<(), Invalid> {
    role::validate(resource.role())?;
    let Some(reservation) = &resource.reservation else {
        return Ok(());
    };
    if reservation.r#type.is_some() {
        return refuse(
            "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field",
        );
    }
    if reservation.role.is_some() {
        return refuse(
            "'Resource.ReservationInfo.role' must not be set for the 'Resource.reservation' field",
        );
    }
    if resource.role() == role::DEFAULT_ROLE {
        return refuse("Invalid reservation: role \"*\" cannot be dynamically reserved");
    }
    Ok(())
}

fn validate_stack(stack: &[ReservationInfo]) -> Result<(), Invalid> {
    for reservation in stack {
        if reservation.r#type.is_none() {
            return refuse(
                "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.",
            );
        }
        let Some(role) = &reservation.role else {
            return refuse(
                "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.",
            );
        };
        role::validate(role)?;
        if role == role::DEFAULT_ROLE {
            return refuse("Invalid reservation: role \"*\" cannot be reserved");
        }
    }
    for pair in stack.windows(2) {
        if pair[1].r#type() == reservation_info::Type::Static {
            return refuse("Invalid refined reservation: A refined reservation cannot be STATIC");
        }
        let (ancestor, descendant) = (pair[0].role(), pair[1].role());
        if !role::is_strict_subrole(descendant, ancestor) {
            return Err(Invalid::new(format!(
                "Invalid refined reservation: role '{descendant}' is not a refinement of \
                 '{ancestor}'"
            )));
        }
    }
    Ok(())
}

#[allow(deprecated, reason = "the endpoint form uses these fields")]
fn validate_hybrid_form(resource: &pb::Resource) -> Result<(), Invalid> {
    let [only] = resource.reservations.as_slice() else {
        if resource.role.is_some() {
            return refuse(
                "Invalid resource format: 'Resource.role' must not be set if there is more than \
                 one reservation in 'Resource.reservations'",
            );
        }
        if resource.reservation.is_some() {
            return refuse(
                "Invalid resource format: 'Resource.reservation' must not be set if there is more \
                 than one reservation in 'Resource.reservations'",
            );
        }
        return Ok(());
    };
    if resource.role.is_some() && resource.role() != only.role() {
        return Err(Invalid::new(format!(
            "Invalid resource format: 'Resource.role' field with '{}' does not match the role \
             '{}' in 'Resource.reservations'",
            resource.role(),
            only.role()
        )));
    }
    match only.r#type() {
        reservation_info::Type::Static if resource.reservation.is_some() => refuse(
            "Invalid resource format: 'Resource.reservation' must not be set if the single \
             reservation in 'Resource.reservations' is STATIC",
        ),
        reservation_info::Type::Static => Ok(()),
        reservation_info::Type::Dynamic => validate_hybrid_dynamic(resource, only),
        reservation_info::Type::Unknown => refuse("Unsupported 'Resource.ReservationInfo.Type'"),
    }
}

#[allow(deprecated, reason = "the endpoint form uses these fields")]
fn validate_hybrid_dynamic(resource: &pb::Resource, only: &ReservationInfo) -> Result<(), Invalid> {
    if resource.role.is_some() != resource.reservation.is_some() {
        return refuse(
            "Invalid resource format: 'Resource.role' and 'Resource.reservation' must either be \
             both set or both not set if the single reservation in 'Resource.reservations' is \
             DYNAMIC",
        );
    }
    let Some(old) = &resource.reservation else {
        return Ok(());
    };
    if old.principal() != only.principal() {
        return Err(Invalid::new(format!(
            "Invalid resource format: 'Resource.reservation.principal' field with '{}' does not \
             match the principal '{}' in 'Resource.reservations'",
            old.principal(),
            only.principal()
        )));
    }
    let none = pb::Labels::default();
    let labels = (
        old.labels.as_ref().unwrap_or(&none),
        only.labels.as_ref().unwrap_or(&none),
    );
    if !label::equal(labels.0, labels.1) {
        return Err(Invalid::new(format!(
            "Invalid resource format: 'Resource.reservation.labels' field with '{}' does not \
             match the labels '{}' in 'Resource.reservations'",
            label::format(labels.0),
            label::format(labels.1)
        )));
    }
    Ok(())
}

fn validate_shared(resource: &pb::Resource) -> Result<(), Invalid> {
    if resource.shared.is_none() {
        return Ok(());
    }
    if resource.name != "disk" {
        return Err(Invalid::new(format!(
            "Resource {} cannot be shared",
            resource.name
        )));
    }
    if resource
        .disk
        .as_ref()
        .is_none_or(|disk| disk.persistence.is_none())
    {
        return refuse("Only persistent volumes can be shared");
    }
    Ok(())
}
