//! Resources as the summary objects of the v0 endpoints. Compat: RES-68, HTTP-11b.

use std::collections::BTreeMap;

use mesos_model::{
    ResourceQuantities, Resources,
    value::{Ranges, Set, Value},
};
use mesos_proto::json::Writer;

/// The four names that are always there, in the reference build's order.
const STANDARD: [&str; 4] = ["disk", "mem", "gpus", "cpus"];

/// `{"disk":0.0,"mem":…,"gpus":…,"cpus":…,…,"ports":"[31000-32000]"}`; revocable amounts under
/// names of their own.
pub(super) fn write(writer: &mut Writer<'_>, resources: &Resources) {
    let mut standard = [0_i64; 4];
    let mut scalars: BTreeMap<String, i64> = BTreeMap::new();
    let mut ranges: BTreeMap<String, Ranges> = BTreeMap::new();
    let mut sets: BTreeMap<String, Set> = BTreeMap::new();
    for resource in resources {
        let name = resource.name().as_str();
        let revocable = resource.is_revocable();
        let key = || {
            if revocable {
                format!("{name}_revocable")
            } else {
                name.to_owned()
            }
        };
        match resource.value() {
            Value::Scalar(_) => {
                let slot = STANDARD
                    .iter()
                    .position(|known| *known == name && !revocable);
                match slot {
                    Some(slot) => standard[slot] += resource.milli(),
                    None => *scalars.entry(key()).or_default() += resource.milli(),
                }
            }
            Value::Ranges(value) => ranges.entry(key()).or_default().add(value),
            Value::Set(value) => sets.entry(key()).or_default().add(value),
        }
    }
    writer.begin_object();
    for (name, milli) in STANDARD.iter().zip(standard) {
        writer.field_double(name, from_milli(milli));
    }
    for (name, milli) in scalars {
        writer.field_double(&name, from_milli(milli));
    }
    for (name, value) in ranges {
        writer.field_str(&name, &value.to_string());
    }
    for (name, value) in sets {
        writer.field_str(&name, &value.to_string());
    }
    writer.end_object();
}

/// Only what is not zero, names sorted; ranges and sets as counts.
pub(super) fn write_quantities(writer: &mut Writer<'_>, quantities: &ResourceQuantities) {
    writer.begin_object();
    for (name, milli) in quantities.iter().filter(|(_, milli)| *milli != 0) {
        writer.field_double(name.as_str(), from_milli(*milli));
    }
    writer.end_object();
}

pub(super) fn from_milli(milli: i64) -> f64 {
    milli as f64 / 1000.0
}

/// Thousandths of one resource, revocable ones left out.
pub(super) fn milli(resources: &Resources, name: &str) -> i64 {
    let named = |resource: &&mesos_model::Resource| {
        resource.name().as_str() == name && !resource.is_revocable()
    };
    resources
        .into_iter()
        .filter(named)
        .map(|resource| resource.milli())
        .sum()
}
