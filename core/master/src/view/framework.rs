//! The v0 framework object. Compat: §10.4 framework and offer objects.

use mesos_model::WallTime;
use mesos_proto::json::Writer;

use super::{executor, resources, task};
use crate::state::{FrameworkRecord, FrameworkState, OfferRecord, TaskRecord};

/// Summary keys only; the object stays open.
pub(super) fn write_summary_open(writer: &mut Writer<'_>, framework: &FrameworkRecord) {
    let info = framework.info.get();
    writer
        .begin_object()
        .field_str("id", framework.id.as_str())
        .field_str("name", &info.name);
    if let Some(pid) = framework.pid() {
        writer.field_str("pid", &pid.to_string());
    }
    resources::write(writer.key("used_resources"), &framework.used);
    resources::write(writer.key("offered_resources"), &framework.offered);
    writer.key("capabilities").begin_array();
    for capability in &info.capabilities {
        writer.string(capability.r#type().as_str_name());
    }
    writer
        .end_array()
        .field_str("hostname", info.hostname())
        .field_str("webui_url", info.webui_url())
        .field_bool("active", framework.active)
        .field_bool("connected", framework.connected())
        .field_bool("recovered", framework.state == FrameworkState::Recovered);
}

/// The whole object.
pub(super) fn write(writer: &mut Writer<'_>, framework: &FrameworkRecord) {
    write_summary_open(writer, framework);
    head(writer, framework);
    task_list(writer, "tasks", framework.tasks.iter().map(AsRef::as_ref));
    task_list(
        writer,
        "unreachable_tasks",
        framework.unreachable_tasks.iter().map(AsRef::as_ref),
    );
    task_list(
        writer,
        "completed_tasks",
        framework.completed_tasks.iter().map(AsRef::as_ref),
    );
    writer.key("offers").begin_array();
    for offer in framework.offers.iter() {
        write_offer(writer, offer);
    }
    writer.end_array().key("executors").begin_array();
    for record in framework.executors.iter() {
        executor::write(writer, record);
    }
    writer.end_array();
    if let Some(labels) = &framework.info.get().labels {
        executor::labels(writer, labels);
    }
    match &framework.offer_constraints {
        Some(constraints) => writer.field_message("offer_constraints", constraints.as_ref()),
        None => writer.field_raw("offer_constraints", b"{}"),
    };
    writer.end_object();
}

fn head(writer: &mut Writer<'_>, framework: &FrameworkRecord) {
    let info = framework.info.get();
    writer
        .field_str("user", &info.user)
        .field_double("failover_timeout", info.failover_timeout())
        .field_bool("checkpoint", info.checkpoint())
        .field_double("registered_time", framework.registered_time.secs())
        .field_double("unregistered_time", framework.unregistered_time.secs());
    if let Some(principal) = &info.principal {
        writer.field_str("principal", principal);
    }
    let mut all = framework.used.clone();
    all += &framework.offered;
    resources::write(writer.key("resources"), &all);
    let reregistered = framework.reregistered_time;
    if reregistered != framework.registered_time && reregistered != WallTime::default() {
        writer.field_double("reregistered_time", reregistered.secs());
    }
    if framework.capabilities.multi_role {
        writer.key("roles").begin_array();
        for role in &info.roles {
            writer.string(role);
        }
        writer.end_array();
    } else {
        writer.field_str("role", info.role());
    }
}

fn task_list<'a>(writer: &mut Writer<'_>, name: &str, tasks: impl Iterator<Item = &'a TaskRecord>) {
    writer.key(name).begin_array();
    for record in tasks {
        writer.raw(task::json(record));
    }
    writer.end_array();
}

fn write_offer(writer: &mut Writer<'_>, offer: &OfferRecord) {
    writer
        .begin_object()
        .field_str("id", offer.id.as_str())
        .field_str("framework_id", offer.framework.as_str())
        .key("allocation_info")
        .begin_object()
        .field_str("role", &offer.role)
        .end_object()
        .field_str("slave_id", offer.agent.as_str());
    resources::write(writer.key("resources"), &offer.resources);
    writer.end_object();
}
