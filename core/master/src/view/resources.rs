//! Resources as the summary objects of the v0 endpoints. Compat: RES-2, RES-68, RES-69, HTTP-11b.

use std::collections::BTreeMap;

use mesos_model::{
    ResourceQuantities, Resources,
    value::{Ranges, Set, Value},
};
use mesos_proto::json::Writer;

/// The four names that are always there, in the reference build's order.
const STANDARD: [&str; 4] = ["disk", "mem", "gpus", "cpus"];

/// `{"disk":0.0,"mem":…,"gpus":…,"cpus":…,…,"ports":"[31000-32000]"}`; revocable amounts under
/// names of their own. Amounts are summed as the doubles they are, un-rounded (RES-69, RES-2).
pub(super) fn write(writer: &mut Writer<'_>, resources: &Resources) {
    let mut standard = [0.0_f64; 4];
    let mut scalars: BTreeMap<String, f64> = BTreeMap::new();
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
            Value::Scalar(scalar) => {
                let slot = STANDARD
                    .iter()
                    .position(|known| *known == name && !revocable);
                match slot {
                    Some(slot) => standard[slot] += scalar.raw(),
                    None => *scalars.entry(key()).or_default() += scalar.raw(),
                }
            }
            Value::Ranges(value) => ranges.entry(key()).or_default().add(value),
            Value::Set(value) => sets.entry(key()).or_default().add(value),
        }
    }
    writer.begin_object();
    for (name, value) in STANDARD.iter().zip(standard) {
        writer.field_double(name, value);
    }
    for (name, value) in scalars {
        writer.field_double(&name, value);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn res_69_entries_of_one_name_are_added_as_doubles() {
        let resources = Resources::parse("cpus:0.1;cpus(a):0.2;mem:32", "*").expect("a text");
        let mut out = Vec::new();
        write(&mut Writer::new(&mut out), &resources);
        let shown: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(shown["cpus"].as_f64(), Some(0.1 + 0.2));
        assert_ne!(shown["cpus"].as_f64(), Some(0.3));
        assert_eq!(shown["mem"].as_f64(), Some(32.0));
    }
}
