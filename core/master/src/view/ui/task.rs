//! `/ui/task?framework=&id=`: one task with everything that is remembered of it.

use std::collections::BTreeMap;

use mesos_model::FrameworkId;
use mesos_process::http::Query;
use mesos_proto::mesos as pb;
use serde::Serialize;

use super::{
    Failure,
    framework::{Label, labels},
    tasks::{self, TaskRow},
};
use crate::{
    snapshot::Snapshot,
    state::{FrameworkRecord, StatusRecord, TaskExtras, TaskRecord},
    view::Context,
};

/// `Task`.
#[derive(Serialize)]
struct Task<'a> {
    #[serde(flatten)]
    row: TaskRow<'a>,
    statuses: Vec<Status>,
    resources_text: String,
    limits: BTreeMap<&'a str, f64>,
    labels: Vec<Label>,
    user: Option<&'a str>,
    container: Option<String>,
    discovery: Option<&'a str>,
    sandbox: String,
}

/// `TaskStatus`.
#[derive(Serialize)]
struct Status {
    state: &'static str,
    timestamp: Option<f64>,
    message: Option<String>,
    reason: Option<&'static str>,
    source: Option<&'static str>,
    healthy: Option<bool>,
    container_id: Option<String>,
    ip_addresses: Vec<String>,
}

pub(super) fn task(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    super::only(query, &["framework", "id"])?;
    let framework = super::required(query, "framework")?;
    let id = super::required(query, "id")?;
    let record = known_framework(snapshot, framework)
        .ok_or_else(|| Failure::Missing(format!("No framework has the id '{framework}'")))?;
    let task = known_task(record, id).ok_or_else(|| {
        Failure::Missing(format!(
            "Framework '{framework}' has no task with the id '{id}'"
        ))
    })?;
    let agent = snapshot.agent(task.agent());
    let hostname = agent.map(|agent| agent.info.get().hostname.as_str());
    let fixed = &task.fixed;
    let extras = fixed.extras.as_deref();
    let container = extras.and_then(|it| it.container.as_ref());
    let discovery = extras.and_then(|it| it.discovery.as_ref());
    super::json(&Task {
        row: tasks::row(record, task, hostname),
        statuses: task.statuses.iter().map(|it| status(it)).collect(),
        resources_text: fixed.resources.to_string(),
        limits: extras.map(limits).unwrap_or_default(),
        labels: extras
            .and_then(TaskExtras::labels)
            .map(labels)
            .unwrap_or_default(),
        user: fixed.user.as_deref(),
        container: container.map(container_text),
        discovery: discovery.and_then(|it| it.name.as_deref()),
        sandbox: format!(
            "/frameworks/{}/executors/{}/runs/latest",
            record.id,
            tasks::executor_of(task)
        ),
    })
}

pub(super) fn known_framework<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a FrameworkRecord> {
    let registered = snapshot.framework(&FrameworkId::new(id));
    let completed = || {
        let mut all = snapshot.completed_frameworks.iter().rev();
        all.find(|framework| framework.id.as_str() == id)
    };
    registered.or_else(completed).map(AsRef::as_ref)
}

/// Ids can come back in completed tasks: the newest of them counts.
fn known_task<'a>(framework: &'a FrameworkRecord, id: &str) -> Option<&'a TaskRecord> {
    let is_it = |task: &&std::sync::Arc<TaskRecord>| task.id().as_str() == id;
    let present = framework.tasks.iter().find(is_it);
    let task = present
        .or_else(|| framework.unreachable_tasks.iter().find(is_it))
        .or_else(|| framework.completed_tasks.iter().filter(is_it).last());
    task.map(AsRef::as_ref)
}

fn limits(extras: &TaskExtras) -> BTreeMap<&str, f64> {
    let limits = extras.limits.iter();
    limits
        .map(|(name, scalar)| (name.as_str(), scalar.value))
        .collect()
}

/// The containerizer's kind and the image.
fn container_text(container: &pb::ContainerInfo) -> String {
    let docker = container.docker.as_ref().map(|docker| &docker.image);
    let mesos = container.mesos.as_ref().and_then(|it| it.image.as_ref());
    let image = docker.or_else(|| {
        let image = mesos?;
        let docker = image.docker.as_ref().map(|docker| &docker.name);
        docker.or_else(|| image.appc.as_ref().map(|appc| &appc.name))
    });
    let kind = container.r#type().as_str_name();
    match image {
        Some(image) => format!("{kind} {image}"),
        None => kind.to_owned(),
    }
}

fn status(record: &StatusRecord) -> Status {
    let status = record.decode();
    let container = status.container_status.as_ref();
    let container_id = container.and_then(|it| it.container_id.as_ref());
    let networks = container.map_or(&[][..], |it| &it.network_infos);
    let addresses = networks.iter().flat_map(|info| &info.ip_addresses);
    Status {
        state: record.state.as_str_name(),
        timestamp: record.timestamp,
        reason: tasks::reason_of(&status),
        source: status.source.map(|_| status.source().as_str_name()),
        healthy: record.healthy,
        container_id: container_id.map(container_path),
        ip_addresses: addresses
            .filter_map(|address| address.ip_address.clone())
            .collect(),
        message: status.message.filter(|text| !text.is_empty()),
    }
}

/// A nested container behind those it is in, as the original prints it.
fn container_path(id: &pb::ContainerId) -> String {
    match &id.parent {
        Some(parent) => format!("{}.{}", container_path(parent), id.value),
        None => id.value.clone(),
    }
}
