//! `/tasks` with its paging. Compat: §10.4 `/tasks`.

use mesos_process::http::Query;
use mesos_proto::json::Writer;
use std::sync::Arc;

use super::document::value;
use super::task;
use crate::snapshot::Snapshot;
use crate::state::TaskRecord;

const LIMIT: usize = 100;

/// What the query asks for; values that are not numbers fall back to the defaults.
pub(super) struct Page {
    framework: Option<String>,
    task: Option<String>,
    limit: usize,
    offset: usize,
    ascending: bool,
}

impl Page {
    pub(super) fn of(query: &Query) -> Self {
        let number = |name: &str| query.get(name).and_then(|value| value.parse().ok());
        Self {
            framework: query.get("framework_id").map(str::to_owned),
            task: query.get("task_id").map(str::to_owned),
            limit: number("limit").unwrap_or(LIMIT),
            offset: number("offset").unwrap_or(0),
            ascending: query.get("order") == Some("asc"),
        }
    }
}

/// Tasks sorted by the time of their first status; without one they are the oldest.
pub(super) fn tasks(snapshot: &Snapshot, page: &Page) -> Vec<u8> {
    let frameworks = snapshot
        .frameworks
        .iter()
        .chain(snapshot.completed_frameworks.iter());
    let mut found: Vec<(f64, &Arc<TaskRecord>)> = frameworks
        .filter(|record| {
            page.framework
                .as_deref()
                .is_none_or(|id| id == record.id.as_str())
        })
        .flat_map(|record| {
            record
                .tasks
                .iter()
                .chain(record.unreachable_tasks.iter())
                .chain(record.completed_tasks.iter())
        })
        .filter(|record| {
            page.task
                .as_deref()
                .is_none_or(|id| id == record.id().as_str())
        })
        .map(|record| (first_time(record), record))
        .collect();
    let wanted = page.offset.saturating_add(page.limit).min(found.len());
    let order = |a: &(f64, &Arc<TaskRecord>), b: &(f64, &Arc<TaskRecord>)| {
        if page.ascending {
            a.0.total_cmp(&b.0)
        } else {
            b.0.total_cmp(&a.0)
        }
    };
    // Only the page and what comes before it needs an order.
    if wanted > 0 && wanted < found.len() {
        found.select_nth_unstable_by(wanted - 1, order);
        found.truncate(wanted);
    }
    found.sort_by(order);
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.begin_object().key("tasks").begin_array();
    for (_, record) in found.iter().skip(page.offset).take(page.limit) {
        writer.raw(value(task::json(record)));
    }
    writer.end_array().end_object();
    out
}

fn first_time(record: &TaskRecord) -> f64 {
    let first = record.statuses.first().and_then(|status| status.timestamp);
    first.unwrap_or(f64::NEG_INFINITY)
}
