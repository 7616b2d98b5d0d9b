//! The list of offers an ACCEPT names. Compat: OFR-7.

use crate::{AgentId, FrameworkId, Role, error::Invalid};
use mesos_proto::mesos as pb;
use std::collections::BTreeSet;

/// What the checks must know of one offer.
#[derive(Clone, Debug)]
pub struct OfferFacts {
    pub framework_id: FrameworkId,
    pub agent_id: AgentId,
    pub role: Role,
}

/// No duplicates, all exist, all the framework's own, one role, one agent. The caller refuses an empty list.
pub fn validate(
    ids: &[pb::OfferId],
    framework_id: &FrameworkId,
    lookup: &dyn Fn(&str) -> Option<OfferFacts>,
) -> Result<(), Invalid> {
    validate_unique(ids)?;
    let mut facts = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(found) = lookup(&id.value) else {
            return Err(Invalid::new(format!(
                "Offer {} is no longer valid",
                id.value
            )));
        };
        facts.push((id.value.as_str(), found));
    }
    for (id, offer) in &facts {
        if offer.framework_id != *framework_id {
            return Err(Invalid::new(format!(
                "Offer {id} has invalid framework {} while framework {framework_id} is expected",
                offer.framework_id
            )));
        }
    }
    let Some((_, first)) = facts.first() else {
        return Ok(());
    };
    for (id, offer) in &facts {
        if offer.role != first.role {
            // The unbalanced quotes are part of the known text.
            return Err(Invalid::new(format!(
                "Aggregated offers must be allocated to the same role. Offer {id} uses role '{} \
                 but another is using role '{}",
                offer.role, first.role
            )));
        }
    }
    for (id, offer) in &facts {
        if offer.agent_id != first.agent_id {
            return Err(Invalid::new(format!(
                "Aggregated offers must belong to one single agent. Offer {id} uses agent {} and \
                 agent {}",
                offer.agent_id, first.agent_id
            )));
        }
    }
    Ok(())
}

pub fn validate_unique(ids: &[pb::OfferId]) -> Result<(), Invalid> {
    let mut seen = BTreeSet::new();
    match ids.iter().find(|id| !seen.insert(id.value.as_str())) {
        Some(id) => Err(Invalid::new(format!(
            "Duplicate offer {} in offer list",
            id.value
        ))),
        None => Ok(()),
    }
}
