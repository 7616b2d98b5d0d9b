//! `/state-summary`. Compat: §10.4.

use mesos_model::{AgentId, FrameworkId};
use mesos_proto::json::Writer;
use mesos_proto::mesos::TaskState;
use std::collections::{BTreeSet, HashMap};

use super::agent::{self, Detail};
use super::framework;
use crate::snapshot::Snapshot;

/// The states that are counted, in the order shown.
const SHOWN: [TaskState; 10] = [
    TaskState::TaskStaging,
    TaskState::TaskStarting,
    TaskState::TaskRunning,
    TaskState::TaskKilling,
    TaskState::TaskFinished,
    TaskState::TaskKilled,
    TaskState::TaskFailed,
    TaskState::TaskLost,
    TaskState::TaskError,
    TaskState::TaskUnreachable,
];

#[derive(Default)]
struct Counts {
    by_state: [u64; SHOWN.len()],
    frameworks: BTreeSet<FrameworkId>,
}

impl Counts {
    fn add(&mut self, state: TaskState) {
        if let Some(at) = SHOWN.iter().position(|shown| *shown == state) {
            self.by_state[at] += 1;
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        for (state, count) in SHOWN.iter().zip(self.by_state) {
            writer.field_uint(state.as_str_name(), count);
        }
    }
}

/// Counts include completed and unreachable tasks of registered frameworks only.
pub(super) fn state_summary(snapshot: &Snapshot) -> Vec<u8> {
    let mut agents: HashMap<&AgentId, Counts> = HashMap::new();
    let mut frameworks = Vec::with_capacity(snapshot.frameworks.len());
    for record in snapshot.frameworks.iter() {
        let mut counts = Counts::default();
        let mut on: BTreeSet<&AgentId> = BTreeSet::new();
        let tasks = record
            .tasks
            .iter()
            .chain(record.unreachable_tasks.iter())
            .chain(record.completed_tasks.iter());
        for task in tasks {
            counts.add(task.state);
            let agent = agents.entry(task.agent()).or_default();
            agent.add(task.state);
            agent.frameworks.insert(record.id.clone());
            on.insert(task.agent());
        }
        frameworks.push((record, counts, on));
    }
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer
        .begin_object()
        .field_str("hostname", &snapshot.identity.hostname);
    if let Some(cluster) = &snapshot.identity.cluster {
        writer.field_str("cluster", cluster);
    }
    writer.key("slaves").begin_array();
    let none = Counts::default();
    for record in snapshot.agents.iter() {
        let counts = agents.get(&record.id).unwrap_or(&none);
        agent::write_open(&mut writer, record, Detail::Summary);
        counts.write(&mut writer);
        writer.key("framework_ids").begin_array();
        for id in &counts.frameworks {
            writer.string(id.as_str());
        }
        writer.end_array().end_object();
    }
    writer.end_array().key("frameworks").begin_array();
    for (record, counts, on) in &frameworks {
        framework::write_summary_open(&mut writer, record);
        counts.write(&mut writer);
        writer.key("slave_ids").begin_array();
        for id in on {
            writer.string(id.as_str());
        }
        writer.end_array().end_object();
    }
    writer.end_array().end_object();
    out
}
