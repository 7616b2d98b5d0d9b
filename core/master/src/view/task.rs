//! The v0 task object. Compat: §10.4 task and status objects.

use bytes::Bytes;
use mesos_proto::json::Writer;
use mesos_proto::mesos as pb;

use super::document::fragment;
use super::{executor, resources};
use crate::state::{StatusRecord, TaskRecord};

/// The fragment of a task, rendered once per record.
pub(super) fn json(task: &TaskRecord) -> &Bytes {
    task.json
        .get_or_init(|| fragment(768, |writer| render(writer, task)))
}

/// Renders a task without keeping the text.
pub(super) fn render(writer: &mut Writer<'_>, task: &TaskRecord) {
    let fixed = &task.fixed;
    writer
        .begin_object()
        .field_str("id", fixed.id.as_str())
        .field_str("name", &fixed.name)
        .field_str("framework_id", fixed.framework.as_str())
        .field_str(
            "executor_id",
            fixed.executor.as_ref().map_or("", |id| id.as_str()),
        )
        .field_str("slave_id", fixed.agent.as_str())
        .field_str("state", task.state.as_str_name());
    resources::write(writer.key("resources"), &fixed.resources);
    let extras = fixed.extras.as_deref();
    if let Some(limits) = extras
        .map(|extras| &extras.limits)
        .filter(|limits| !limits.is_empty())
    {
        writer.key("limits").begin_object();
        for (name, scalar) in limits {
            writer.field_double(name, scalar.value);
        }
        writer.end_object();
    }
    let role = fixed
        .resources
        .iter()
        .find_map(|resource| resource.allocation_role());
    writer.field_str("role", role.map_or("*", |role| role.as_str()));
    writer.key("statuses").begin_array();
    for record in &task.statuses {
        status(writer, record);
    }
    writer.end_array();
    if let Some(user) = &fixed.user {
        writer.field_str("user", user);
    }
    let Some(extras) = extras else {
        writer.end_object();
        return;
    };
    if let Some(labels) = extras.labels() {
        executor::labels(writer, &labels);
    }
    if let Some(discovery) = &extras.discovery {
        writer.field_message("discovery", discovery);
    }
    if let Some(container) = &extras.container {
        writer.field_message("container", container);
    }
    if let Some(health_check) = &extras.health_check {
        writer.field_message("health_check", health_check);
    }
    writer.end_object();
}

fn status(writer: &mut Writer<'_>, record: &StatusRecord) {
    let status = record.decode();
    writer
        .begin_object()
        .field_str("state", record.state.as_str_name())
        .field_double("timestamp", record.timestamp.unwrap_or(0.0));
    if let Some(labels) = &status.labels {
        executor::labels(writer, labels);
    }
    if let Some(container) = &status.container_status {
        container_status(writer, container);
    }
    if let Some(healthy) = status.healthy {
        writer.field_bool("healthy", healthy);
    }
    writer.end_object();
}

fn container_status(writer: &mut Writer<'_>, status: &pb::ContainerStatus) {
    writer.key("container_status").begin_object();
    if let Some(id) = &status.container_id {
        writer.field_message("container_id", id);
    }
    if !status.network_infos.is_empty() {
        writer.key("network_infos").begin_array();
        for info in &status.network_infos {
            writer.message(info);
        }
        writer.end_array();
    }
    if let Some(info) = &status.cgroup_info {
        writer.field_message("cgroup_info", info);
    }
    writer.end_object();
}
