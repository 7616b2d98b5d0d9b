//! `/overview`: what the first-look page shows, capped, so that it costs little on any cluster.
//!
//! Not an endpoint of the original's.

use mesos_model::Resources;
use mesos_process::http::Query;
use mesos_proto::json::Writer;
use mesos_proto::mesos::{TaskStatus, task_status};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::resources::{from_milli, milli};
use crate::snapshot::Snapshot;
use crate::state::{FrameworkRecord, TaskRecord};

const LIMIT: usize = 200;
const LIMIT_MAX: usize = 1000;
const NAMES: [&str; 4] = ["cpus", "mem", "disk", "gpus"];

/// Rows of each list, from the query.
pub(super) fn limit_of(query: &Query) -> usize {
    let asked = query.get("limit").and_then(|value| value.parse().ok());
    asked.unwrap_or(LIMIT).min(LIMIT_MAX)
}

pub(super) fn overview(snapshot: &Snapshot, limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.begin_object();
    head(&mut writer, snapshot);
    totals(&mut writer, snapshot);
    counts(&mut writer, snapshot);
    agents(&mut writer, snapshot, limit);
    frameworks(&mut writer, snapshot, limit);
    let hosts: HashMap<&str, &str> = snapshot
        .agents
        .iter()
        .map(|agent| (agent.id.as_str(), agent.info.get().hostname.as_str()))
        .collect();
    let active = snapshot.frameworks.iter().flat_map(|framework| {
        framework
            .tasks
            .iter()
            .map(move |task| (framework.as_ref(), task.as_ref()))
    });
    let completed = snapshot
        .frameworks
        .iter()
        .chain(snapshot.completed_frameworks.iter())
        .flat_map(|framework| {
            framework
                .completed_tasks
                .iter()
                .map(move |task| (framework.as_ref(), task.as_ref()))
        });
    task_list(&mut writer, "tasks", active, limit, &hosts);
    task_list(&mut writer, "completed_tasks", completed, limit, &hosts);
    writer.end_object();
    out
}

fn head(writer: &mut Writer<'_>, snapshot: &Snapshot) {
    let identity = &snapshot.identity;
    writer.field_str("cluster", identity.cluster.as_deref().unwrap_or(""));
    writer.key("leader").begin_object();
    if let Some(leader) = &snapshot.leader {
        writer
            .field_str("hostname", leader.hostname())
            .field_uint("port", u64::from(leader.port))
            .field_str("pid", leader.pid())
            .field_str("id", &leader.id);
    }
    writer
        .end_object()
        .field_str("version", &identity.version)
        .field_double("start_time", identity.start_time.secs())
        .field_double(
            "elected_time",
            snapshot.elected_time.map_or(0.0, |time| time.secs()),
        )
        .field_double("now", snapshot.taken.wall.secs());
}

fn totals(writer: &mut Writer<'_>, snapshot: &Snapshot) {
    let sum = |of: &dyn Fn(&crate::state::AgentRecord) -> i64| -> f64 {
        from_milli(snapshot.agents.iter().map(|agent| of(agent)).sum())
    };
    writer.key("totals").begin_object();
    for name in NAMES {
        writer
            .key(name)
            .begin_object()
            .field_double("total", sum(&|agent| milli(&agent.total, name)))
            .field_double("used", sum(&|agent| milli(&agent.used, name)))
            .field_double("offered", sum(&|agent| milli(&agent.offered, name)))
            .end_object();
    }
    writer.end_object();
}

fn counts(writer: &mut Writer<'_>, snapshot: &Snapshot) {
    let active = snapshot
        .frameworks
        .iter()
        .filter(|framework| framework.active)
        .count();
    let tasks: usize = snapshot
        .frameworks
        .iter()
        .map(|framework| framework.tasks.len())
        .sum();
    let completed: usize = snapshot
        .frameworks
        .iter()
        .chain(snapshot.completed_frameworks.iter())
        .map(|framework| framework.completed_tasks.len())
        .sum();
    let fields = [
        ("agents_active", snapshot.activated_agents()),
        ("agents_inactive", snapshot.deactivated_agents()),
        ("agents_unreachable", snapshot.unreachable_agents.len()),
        ("frameworks_active", active),
        ("frameworks_inactive", snapshot.frameworks.len() - active),
        ("frameworks_completed", snapshot.completed_frameworks.len()),
        ("tasks_active", tasks),
        ("tasks_completed", completed),
    ];
    writer.key("counts").begin_object();
    for (name, count) in fields {
        writer.field_uint(name, count as u64);
    }
    writer.end_object();
}

fn amounts(writer: &mut Writer<'_>, name: &str, resources: &Resources) {
    writer.key(name).begin_object();
    for name in NAMES {
        writer.field_double(name, from_milli(milli(resources, name)));
    }
    writer.end_object();
}

fn agents(writer: &mut Writer<'_>, snapshot: &Snapshot, limit: usize) {
    let mut tasks: HashMap<&str, u64> = HashMap::new();
    for task in snapshot
        .frameworks
        .iter()
        .flat_map(|framework| framework.tasks.iter())
    {
        *tasks.entry(task.agent().as_str()).or_default() += 1;
    }
    writer.key("agents").begin_array();
    for agent in snapshot.agents.iter().take(limit) {
        let info = agent.info.get();
        writer
            .begin_object()
            .field_str("id", agent.id.as_str())
            .field_str("hostname", &info.hostname)
            .field_int("port", i64::from(info.port()))
            .field_bool("active", agent.active)
            .field_double("registered_time", agent.registered_time.secs())
            .field_uint("tasks", tasks.get(agent.id.as_str()).copied().unwrap_or(0));
        amounts(writer, "total", &agent.total);
        amounts(writer, "used", &agent.used);
        writer.end_object();
    }
    writer.end_array();
}

fn frameworks(writer: &mut Writer<'_>, snapshot: &Snapshot, limit: usize) {
    writer.key("frameworks").begin_array();
    let active = snapshot.frameworks.iter().map(|record| (record, false));
    let completed = snapshot
        .completed_frameworks
        .iter()
        .rev()
        .map(|record| (record, true));
    for (record, completed) in active.chain(completed).take(limit) {
        let info = record.info.get();
        writer
            .begin_object()
            .field_str("id", record.id.as_str())
            .field_str("name", &info.name)
            .field_str("user", &info.user)
            .field_bool("active", record.active)
            .field_bool("connected", record.connected())
            .field_bool("completed", completed)
            .field_str("webui_url", info.webui_url())
            .field_uint("tasks_active", record.tasks.len() as u64)
            .field_uint("tasks_completed", record.completed_tasks.len() as u64)
            .field_double("registered_time", record.registered_time.secs());
        writer.key("roles").begin_array();
        for role in &record.roles {
            writer.string(role.as_str());
        }
        writer.end_array();
        amounts(writer, "used", &record.used);
        writer.end_object();
    }
    writer.end_array();
}

/// The `limit` tasks whose state changed last.
fn task_list<'a>(
    writer: &mut Writer<'_>,
    name: &str,
    tasks: impl Iterator<Item = (&'a FrameworkRecord, &'a TaskRecord)>,
    limit: usize,
    hosts: &HashMap<&str, &str>,
) {
    let mut newest = BinaryHeap::with_capacity(limit + 1);
    let mut kept = Vec::new();
    for (framework, task) in tasks {
        let changed = task
            .statuses
            .last()
            .and_then(|status| status.timestamp)
            .unwrap_or(f64::MAX);
        newest.push(Reverse((changed.to_bits(), kept.len())));
        kept.push((framework, task));
        if newest.len() > limit {
            newest.pop();
        }
    }
    writer.key(name).begin_array();
    for Reverse((_, at)) in newest.into_sorted_vec() {
        let (framework, task) = kept[at];
        write_task(writer, framework, task, hosts);
    }
    writer.end_array();
}

fn write_task(
    writer: &mut Writer<'_>,
    framework: &FrameworkRecord,
    task: &TaskRecord,
    hosts: &HashMap<&str, &str>,
) {
    let status: Option<TaskStatus> = task.statuses.last().map(|status| status.decode());
    writer
        .begin_object()
        .field_str("framework_id", framework.id.as_str())
        .field_str("framework_name", &framework.info.get().name)
        .field_str("id", task.id().as_str())
        .field_str("name", &task.fixed.name)
        .field_str("agent_id", task.agent().as_str())
        .field_str(
            "agent_hostname",
            hosts.get(task.agent().as_str()).copied().unwrap_or(""),
        )
        .field_str(
            "executor_id",
            task.fixed.executor.as_ref().map_or("", |id| id.as_str()),
        )
        .field_str("state", task.state.as_str_name());
    if let Some(status) = status {
        let reason = status
            .reason
            .and_then(|reason| task_status::Reason::try_from(reason).ok());
        writer
            .field_str("message", status.message())
            .field_str("reason", reason.map_or("", |reason| reason.as_str_name()))
            .field_double("changed_time", status.timestamp());
    }
    writer.end_object();
}
