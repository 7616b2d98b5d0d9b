//! `/ui/framework?id=`: one framework, registered or completed.

use std::collections::BTreeMap;

use mesos_process::http::Query;
use serde::Serialize;

use super::{
    Failure,
    frameworks::{FrameworkRow, Known},
    overview::short,
};
use crate::{snapshot::Snapshot, view::Context, view::framework::all_tasks};

/// `Framework`.
#[derive(Serialize)]
struct Framework<'a> {
    #[serde(flatten)]
    row: FrameworkRow<'a>,
    capabilities: Vec<&'static str>,
    failover_timeout: f64,
    checkpoint: bool,
    suppressed_roles: Vec<&'a str>,
    task_counts: BTreeMap<&'static str, u64>,
    labels: Vec<Label>,
}

/// A label as the contract has it.
#[derive(Serialize)]
pub(super) struct Label {
    key: String,
    value: String,
}

pub(super) fn labels(labels: mesos_proto::mesos::Labels) -> Vec<Label> {
    let labels = labels.labels.into_iter();
    labels
        .map(|label| Label {
            value: label.value.unwrap_or_default(),
            key: label.key,
        })
        .collect()
}

pub(super) fn framework(
    snapshot: &Snapshot,
    query: &Query,
    _: &Context,
) -> Result<Vec<u8>, Failure> {
    super::only(query, &["id"])?;
    let id = super::required(query, "id")?;
    let known = Known::all(snapshot).find(|framework| framework.record.id.as_str() == id);
    let known = known.ok_or_else(|| Failure::Missing(format!("No framework has the id '{id}'")))?;
    let record = known.record;
    let info = record.info.get();
    let mut task_counts = BTreeMap::new();
    for task in all_tasks(record) {
        *task_counts.entry(short(task.state)).or_default() += 1;
    }
    let capabilities = info.capabilities.iter();
    super::json(&Framework {
        row: known.row(),
        capabilities: capabilities
            .map(|capability| capability.r#type().as_str_name())
            .collect(),
        failover_timeout: info.failover_timeout(),
        checkpoint: info.checkpoint(),
        suppressed_roles: record.suppressed.iter().map(|role| role.as_str()).collect(),
        task_counts,
        labels: info.labels.clone().map(labels).unwrap_or_default(),
    })
}
