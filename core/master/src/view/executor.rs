//! The v0 executor object, and the command and label objects inside it. Compat: §10.4.

use mesos_proto::json::Writer;
use mesos_proto::mesos as pb;

use super::resources;
use crate::state::ExecutorRecord;

/// As listed below a framework: with the agent's id at the end.
pub(super) fn write(writer: &mut Writer<'_>, executor: &ExecutorRecord) {
    let info = executor.info.get();
    writer
        .begin_object()
        .field_str("executor_id", executor.id.as_str())
        .field_str("name", info.name())
        .field_str("framework_id", executor.framework.as_str());
    command(writer, info.command.as_ref());
    resources::write(writer.key("resources"), &executor.resources);
    if let Some(role) = executor
        .resources
        .iter()
        .find_map(|resource| resource.allocation_role())
    {
        writer.field_str("role", role.as_str());
    }
    if let Some(list) = &info.labels {
        labels(writer, list);
    }
    if info.r#type.is_some() {
        writer.field_str("type", info.r#type().as_str_name());
    }
    writer
        .field_str("slave_id", executor.agent.as_str())
        .end_object();
}

fn command(writer: &mut Writer<'_>, command: Option<&pb::CommandInfo>) {
    writer.key("command").begin_object();
    let Some(command) = command else {
        writer.key("argv").begin_array().end_array();
        writer.key("uris").begin_array().end_array().end_object();
        return;
    };
    if let Some(shell) = command.shell {
        writer.field_bool("shell", shell);
    }
    if let Some(value) = &command.value {
        writer.field_str("value", value);
    }
    writer.key("argv").begin_array();
    for argument in &command.arguments {
        writer.string(argument);
    }
    writer.end_array();
    if let Some(environment) = &command.environment {
        writer.field_message("environment", environment);
    }
    writer.key("uris").begin_array();
    for uri in &command.uris {
        writer
            .begin_object()
            .field_str("value", &uri.value)
            .field_bool("executable", uri.executable())
            .end_object();
    }
    writer.end_array().end_object();
}

/// `"labels":[{"key":…,"value":…}]`.
pub(super) fn labels(writer: &mut Writer<'_>, labels: &pb::Labels) {
    writer.key("labels").begin_array();
    for label in &labels.labels {
        writer.begin_object().field_str("key", &label.key);
        if let Some(value) = &label.value {
            writer.field_str("value", value);
        }
        writer.end_object();
    }
    writer.end_array();
}
