//! Reading resource lists from text and JSON. Compat: RES-25..RES-28, RES-45.

use super::{Name, Resource, Resources};
use crate::{
    error::Invalid,
    role::DEFAULT_ROLE,
    value::{self, Parsed, Scalar},
};
use mesos_proto::{json, mesos as pb};
use pb::value::Type;

impl Resources {
    /// Reads a command line list: JSON array or simple text, `default_role` for entries without a role.
    pub fn parse(text: &str, default_role: &str) -> Result<Self, Invalid> {
        let mut bag = Resources::new();
        for message in parse_messages(text, default_role)? {
            bag.add(Resource::from_proto(&message)?);
        }
        check_command_line(&bag)?;
        Ok(bag)
    }

    /// One `name`, `value` pair of the simple form.
    pub fn parse_one(name: &str, value: &str, role: &str) -> Result<Resource, Invalid> {
        Resource::from_proto(&parse_entry(name, value, role)?)
    }
}

/// The messages of a list, in post-refinement form, not yet checked: agents fill in missing amounts from these.
#[allow(deprecated, reason = "JSON entries may use the pre-refinement form")]
pub fn parse_messages(text: &str, default_role: &str) -> Result<Vec<pb::Resource>, Invalid> {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text) else {
        return parse_simple(text, default_role);
    };
    let mut list = Vec::with_capacity(items.len());
    for item in &items {
        let mut message: pb::Resource = json::from_value(item).map_err(|error| {
            Invalid::new(format!(
                "Some JSON resources were not formatted properly: {error}"
            ))
        })?;
        if message.role.is_none() && message.reservations.is_empty() {
            message.role = Some(default_role.to_owned());
        }
        super::format::upgrade(&mut message);
        list.push(message);
    }
    Ok(list)
}

fn parse_simple(text: &str, default_role: &str) -> Result<Vec<pb::Resource>, Invalid> {
    let tokens = text.split(';').filter(|token| !token.is_empty());
    tokens
        .map(|token| parse_token(token, default_role))
        .collect()
}

/// `name(role):value` or `name:value`.
fn parse_token(token: &str, default_role: &str) -> Result<pb::Resource, Invalid> {
    let mut halves = token.split(':').filter(|half| !half.is_empty());
    let (Some(left), Some(value), None) = (halves.next(), halves.next(), halves.next()) else {
        return Err(Invalid::new(format!(
            "Bad value for resources, missing or extra ':' in {token}"
        )));
    };
    let Some(open) = left.find('(') else {
        return parse_entry(left.trim(), value, default_role);
    };
    let Some(close) = left.find(')').filter(|close| *close > open) else {
        return Err(Invalid::new(format!(
            "Bad value for resources, mismatched parentheses in {token}"
        )));
    };
    parse_entry(left[..open].trim(), value, left[open + 1..close].trim())
}

fn parse_entry(name: &str, text: &str, role: &str) -> Result<pb::Resource, Invalid> {
    let parsed = value::parse(text).map_err(|error| {
        Invalid::new(format!(
            "Failed to parse resource {name} value {text} error {error}"
        ))
    })?;
    let mut message = pb::Resource {
        name: name.to_owned(),
        ..Default::default()
    };
    match parsed {
        Parsed::Scalar(scalar) => {
            message.r#type = Type::Scalar as i32;
            message.scalar = Some(pb::value::Scalar {
                value: scalar.raw(),
            });
        }
        Parsed::Ranges(ranges) => {
            message.r#type = Type::Ranges as i32;
            message.ranges = Some(ranges.to_proto());
        }
        Parsed::Set(set) => {
            message.r#type = Type::Set as i32;
            message.set = Some(pb::value::Set {
                item: set.iter().map(str::to_owned).collect(),
            });
        }
        Parsed::Text(_) => {
            return Err(Invalid::new(format!(
                "Bad type for resource {name} value {text} type TEXT"
            )));
        }
    }
    if role != DEFAULT_ROLE {
        use pb::resource::{ReservationInfo, reservation_info};
        message.reservations.push(ReservationInfo {
            r#type: Some(reservation_info::Type::Static as i32),
            role: Some(role.to_owned()),
            ..Default::default()
        });
    }
    Ok(message)
}

/// What a command line must not declare (RES-28).
fn check_command_line(bag: &Resources) -> Result<(), Invalid> {
    let mut known: Vec<&Resource> = Vec::new();
    for entry in bag {
        let text = if entry.is_persistent_volume() {
            "Persistent volumes cannot be specified at the command line"
        } else if entry.is_revocable() {
            "Revocable resources cannot be specified at the command line; do not include a \
             'revocable' key in the resources JSON"
        } else if entry.is_dynamically_reserved() {
            "Dynamic reservations cannot be specified at the command line; do not include a \
             reservation with DYNAMIC type in the resources JSON"
        } else {
            match known.iter().find(|other| other.name() == entry.name()) {
                Some(other) if !other.value().same_type(entry.value()) => {
                    return Err(Invalid::new(format!(
                        "Resources with the same name ('{}') but different types are not allowed",
                        entry.name()
                    )));
                }
                Some(_) => {}
                None => known.push(entry),
            }
            continue;
        };
        return Err(Invalid::new(text));
    }
    Ok(())
}

/// `name:scalar;name:scalar`; `what` names the thing in errors. Blanks in names stay.
pub(super) fn parse_amounts(text: &str, what: &str) -> Result<Vec<(Name, i64)>, Invalid> {
    let tokens = text.split(';').filter(|token| !token.is_empty());
    tokens.map(|token| parse_amount(token, what)).collect()
}

fn parse_amount(token: &str, what: &str) -> Result<(Name, i64), Invalid> {
    let mut halves = token.split(':').filter(|half| !half.is_empty());
    let (Some(name), Some(text), None) = (halves.next(), halves.next(), halves.next()) else {
        return Err(Invalid::new(format!(
            "Failed to parse '{token}': missing or extra ':'"
        )));
    };
    let failed = |why: &str| Invalid::new(format!("Failed to parse '{text}' to {what}: {why}"));
    match value::parse(text) {
        Ok(Parsed::Scalar(scalar)) => Ok((Name::new(name), Scalar::milli(scalar))),
        Ok(Parsed::Ranges(_) | Parsed::Set(_) | Parsed::Text(_)) => {
            Err(failed("only scalar values are allowed"))
        }
        Err(error) => Err(failed(&error.to_string())),
    }
}
