//! `/ui/roles`: every role with its parents, sorted by name.

use std::collections::BTreeMap;

use mesos_model::ResourceQuantities;
use mesos_process::http::Query;
use mesos_proto::mesos::value::Scalar;
use serde::Serialize;

use super::{Failure, amounts::Amounts};
use crate::{snapshot::Snapshot, view::Context, view::resources::from_milli};

/// `Role`.
#[derive(Serialize)]
struct Role {
    name: String,
    weight: f64,
    frameworks: Vec<String>,
    offered: Amounts,
    allocated: Amounts,
    reserved: Amounts,
    quota: Quota,
}

#[derive(Serialize)]
struct Quota {
    guarantees: BTreeMap<String, f64>,
    limits: BTreeMap<String, f64>,
}

pub(super) fn roles(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    super::only(query, &[])?;
    let roles = snapshot.roles().into_iter().map(|(role, summary)| {
        let quota = summary.quota.unwrap_or_default();
        Role {
            name: role.as_str().to_owned(),
            weight: summary.weight.unwrap_or(1.0),
            frameworks: summary.frameworks.iter().map(ToString::to_string).collect(),
            offered: amounts(&summary.offered),
            allocated: amounts(&summary.allocated),
            reserved: amounts(&summary.reserved),
            quota: Quota {
                guarantees: scalars(quota.guarantees),
                limits: scalars(quota.limits),
            },
        }
    });
    super::json(&roles.collect::<Vec<_>>())
}

fn amounts(quantities: &ResourceQuantities) -> Amounts {
    let mut amounts = Amounts::default();
    for (name, milli) in quantities.iter() {
        let value = from_milli(*milli);
        match name.as_str() {
            "cpus" => amounts.cpus = value,
            "gpus" => amounts.gpus = value,
            "mem" => amounts.mem = value,
            "disk" => amounts.disk = value,
            _ => {}
        }
    }
    amounts
}

fn scalars(values: BTreeMap<String, Scalar>) -> BTreeMap<String, f64> {
    let values = values.into_iter();
    values.map(|(name, scalar)| (name, scalar.value)).collect()
}
