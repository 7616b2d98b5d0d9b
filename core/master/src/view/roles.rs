//! `/roles`. Compat: §10.4 `/roles`.

use mesos_model::ResourceQuantities;
use mesos_proto::json::Writer;
use mesos_proto::mesos::value::Scalar;
use std::collections::BTreeMap;

use super::resources::write_quantities;
use crate::snapshot::Snapshot;
use crate::state::roles::RoleSummary;

pub(super) fn roles(snapshot: &Snapshot) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.begin_object().key("roles").begin_array();
    for (role, summary) in snapshot.roles() {
        write(&mut writer, role.as_str(), &summary);
    }
    writer.end_array().end_object();
    out
}

fn write(writer: &mut Writer<'_>, name: &str, summary: &RoleSummary) {
    let none = BTreeMap::new();
    let quota = summary.quota.as_ref();
    writer
        .begin_object()
        .field_str("name", name)
        .field_double("weight", summary.weight.unwrap_or(1.0))
        .key("quota")
        .begin_object()
        .field_str("role", name);
    scalars(
        writer,
        "guarantee",
        quota.map_or(&none, |quota| &quota.guarantees),
    );
    scalars(writer, "limit", quota.map_or(&none, |quota| &quota.limits));
    write_quantities(writer.key("consumed"), &summary.consumed_quota);
    writer.end_object();
    let mut all = ResourceQuantities::new();
    all.add(&summary.allocated);
    all.add(&summary.offered);
    for (key, quantities) in [
        ("resources", &all),
        ("allocated", &summary.allocated),
        ("offered", &summary.offered),
        ("reserved", &summary.reserved),
    ] {
        write_quantities(writer.key(key), quantities);
    }
    writer.key("frameworks").begin_array();
    for id in &summary.frameworks {
        writer.string(id.as_str());
    }
    writer.end_array().end_object();
}

fn scalars(writer: &mut Writer<'_>, name: &str, values: &BTreeMap<String, Scalar>) {
    writer.key(name).begin_object();
    for (resource, scalar) in values {
        writer.field_double(resource, scalar.value);
    }
    writer.end_object();
}
