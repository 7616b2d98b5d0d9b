//! The v0 framework object. Compat: §10.4 framework and offer objects.

use bytes::Bytes;
use mesos_model::WallTime;
use mesos_proto::json::Writer;

use super::document::{Document, fragment};
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

/// Frameworks with more tasks are not kept as one fragment: each of their tasks has its own.
const TASKS_IN_FRAGMENT: usize = 64;
/// Space for a framework without tasks, and for each task.
const FRAGMENT_BYTES: usize = 1200;
const TASK_BYTES: usize = 700;

fn task_count(framework: &FrameworkRecord) -> usize {
    framework.tasks.len() + framework.unreachable_tasks.len() + framework.completed_tasks.len()
}

/// Whether the framework's tasks have fragments of their own.
pub(super) fn is_long(framework: &FrameworkRecord) -> bool {
    task_count(framework) > TASKS_IN_FRAGMENT
}

pub(super) fn all_tasks(framework: &FrameworkRecord) -> impl Iterator<Item = &TaskRecord> {
    let rows = framework
        .tasks
        .iter()
        .chain(framework.unreachable_tasks.iter());
    rows.chain(framework.completed_tasks.iter())
        .map(AsRef::as_ref)
}

/// The fragment of a framework that is not long, rendered once per record.
pub(super) fn json(framework: &FrameworkRecord) -> &Bytes {
    framework.json.get_or_init(|| {
        let room = FRAGMENT_BYTES + task_count(framework) * TASK_BYTES;
        fragment(room, |writer| {
            write_summary_open(writer, framework);
            head(writer, framework);
            for (name, tasks) in task_lists(framework) {
                writer.key(name).begin_array();
                tasks.for_each(|record| task::render(writer, record));
                writer.end_array();
            }
            tail(writer, framework);
            writer.end_object();
        })
    })
}

/// Adds the object to a list.
pub(super) fn append(document: &mut Document, framework: &FrameworkRecord, is_first: bool) {
    if !is_long(framework) {
        return document.member(json(framework), is_first);
    }
    if !is_first {
        document.push(",");
    }
    let mut writer = Writer::new(document.text());
    write_summary_open(&mut writer, framework);
    head(&mut writer, framework);
    for (name, tasks) in task_lists(framework) {
        document.push(&format!(",\"{name}\":["));
        for (at, record) in tasks.enumerate() {
            document.member(task::json(record), at == 0);
        }
        document.push("]");
    }
    document.push(",");
    tail(&mut Writer::new(document.text()), framework);
    document.push("}");
}

type TaskList<'a> = (&'static str, Box<dyn Iterator<Item = &'a TaskRecord> + 'a>);

fn task_lists(framework: &FrameworkRecord) -> [TaskList<'_>; 3] {
    let tasks = framework.tasks.iter().map(AsRef::as_ref);
    let unreachable = framework.unreachable_tasks.iter().map(AsRef::as_ref);
    let completed = framework.completed_tasks.iter().map(AsRef::as_ref);
    [
        ("tasks", Box::new(tasks)),
        ("unreachable_tasks", Box::new(unreachable)),
        ("completed_tasks", Box::new(completed)),
    ]
}

/// What follows the tasks.
fn tail(writer: &mut Writer<'_>, framework: &FrameworkRecord) {
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
