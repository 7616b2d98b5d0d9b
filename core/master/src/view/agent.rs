//! The v0 agent object. Compat: RES-60, RES-70, §10.4 agent object.

use bytes::Bytes;
use mesos_model::{AgentId, Resources, Role};
use mesos_proto::Raw;
use mesos_proto::json::Writer;
use mesos_proto::mesos as pb;
use std::collections::BTreeMap;

use super::document::fragment;
use super::resources;
use crate::state::{AgentRecord, RecoveredAgent};

/// Summary resources, or every entry as well (`/slaves`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Summary,
    Full,
}

/// Space for most summaries.
const FRAGMENT_BYTES: usize = 1100;

/// The fragment of an agent's summary, rendered once per record.
pub(super) fn json(agent: &AgentRecord) -> &Bytes {
    agent.json.get_or_init(|| {
        fragment(FRAGMENT_BYTES, |writer| {
            write_open(writer, agent, Detail::Summary);
            writer.end_object();
        })
    })
}

/// An open object; the caller closes it.
pub(super) fn write_open(writer: &mut Writer<'_>, agent: &AgentRecord, detail: Detail) {
    writer.begin_object();
    identity(writer, &agent.id, &agent.info);
    writer
        .field_str("pid", &agent.pid.to_string())
        .field_double("registered_time", agent.registered_time.secs());
    if let Some(time) = agent.reregistered_time {
        writer.field_double("reregistered_time", time.secs());
    }
    let unreserved = agent.total.unreserved();
    let reserved = reservations(&agent.total);
    resources::write(writer.key("resources"), &agent.total);
    resources::write(writer.key("used_resources"), &agent.used);
    resources::write(writer.key("offered_resources"), &agent.offered);
    writer.key("reserved_resources").begin_object();
    for (role, bag) in &reserved {
        resources::write(writer.key(role.as_str()), bag);
    }
    writer.end_object();
    resources::write(writer.key("unreserved_resources"), &unreserved);
    writer
        .field_bool("active", agent.active)
        .field_bool("deactivated", agent.deactivated)
        .field_str("version", &agent.version);
    writer.key("capabilities").begin_array();
    for capability in agent.capabilities.to_proto() {
        writer.string(capability.r#type().as_str_name());
    }
    writer.end_array();
    if let Some(drain) = &agent.drain {
        writer.field_message("drain_info", drain.as_ref());
    }
    if let Some(time) = agent.estimated_drain_start {
        writer.field_double("estimated_drain_start_time_seconds", time.secs());
    }
    if detail == Detail::Full {
        full(writer, agent, &reserved, &unreserved);
    }
}

/// A recovered agent has only what the registry knows.
pub(super) fn write_recovered(writer: &mut Writer<'_>, agent: &RecoveredAgent) {
    writer.begin_object();
    identity(writer, &agent.id, &agent.info);
    writer.end_object();
}

fn identity(writer: &mut Writer<'_>, id: &AgentId, info: &Raw<pb::SlaveInfo>) {
    let info = info.get();
    writer
        .field_str("id", id.as_str())
        .field_str("hostname", &info.hostname)
        .field_int("port", i64::from(info.port()));
    writer.key("attributes").begin_object();
    for attribute in &info.attributes {
        write_attribute(writer.key(&attribute.name), attribute);
    }
    writer.end_object();
    if let Some(domain) = &info.domain {
        writer.field_message("domain", domain);
    }
}

fn write_attribute(writer: &mut Writer<'_>, attribute: &pb::Attribute) {
    if let Some(scalar) = &attribute.scalar {
        writer.double(scalar.value);
    } else if let Some(ranges) = &attribute.ranges {
        let text: Vec<String> = ranges
            .range
            .iter()
            .map(|range| format!("{}-{}", range.begin, range.end))
            .collect();
        writer.string(&format!("[{}]", text.join(", ")));
    } else if let Some(text) = &attribute.text {
        writer.string(&text.value);
    } else {
        let items = attribute
            .set
            .as_ref()
            .map(|set| set.item.join(", "))
            .unwrap_or_default();
        writer.string(&format!("{{{items}}}"));
    }
}

/// Reserved resources by the role that they are reserved for.
fn reservations(total: &Resources) -> BTreeMap<Role, Resources> {
    let mut by_role: BTreeMap<Role, Resources> = BTreeMap::new();
    for resource in total {
        if let Some(role) = resource.reservation_role() {
            by_role
                .entry(role.clone())
                .or_default()
                .add(resource.clone());
        }
    }
    by_role
}

fn full(
    writer: &mut Writer<'_>,
    agent: &AgentRecord,
    reserved: &BTreeMap<Role, Resources>,
    unreserved: &Resources,
) {
    writer.key("reserved_resources_full").begin_object();
    for (role, bag) in reserved {
        list(writer, role.as_str(), bag);
    }
    writer.end_object();
    list(writer, "unreserved_resources_full", unreserved);
    list(writer, "used_resources_full", &agent.used);
    list(writer, "offered_resources_full", &agent.offered);
}

/// Every entry in the form of the endpoints: both reservation formats where both can say it.
fn list(writer: &mut Writer<'_>, name: &str, bag: &Resources) {
    writer.key(name).begin_array();
    for mut resource in bag.to_proto() {
        mesos_model::resources::format::to_endpoint(&mut resource);
        writer.message(&resource);
    }
    writer.end_array();
}
