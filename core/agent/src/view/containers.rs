//! `/containers` and `/monitor/statistics`.

use mesos_model::id::ContainerId;
use mesos_proto::mesos::{ContainerStatus, ResourceStatistics};
use serde_json::{Map, Value, json};

use super::model;
use crate::machine::Agent;
use crate::state::{Executor, ExecutorPhase};

/// An executor's container, enough to print it without the tables.
#[derive(Clone, Debug)]
pub struct ContainerView {
    pub container: ContainerId,
    framework: String,
    executor: String,
    name: String,
    source: String,
    pid: Option<u32>,
}

impl Agent {
    pub fn containers(&self) -> Vec<ContainerView> {
        let live = |executor: &&Executor| executor.phase != ExecutorPhase::Terminated;
        self.frameworks
            .values()
            .flat_map(|f| f.executors.values())
            .filter(live)
            .map(view)
            .collect()
    }
}

#[allow(deprecated, reason = "source is part of the answer")]
fn view(executor: &Executor) -> ContainerView {
    ContainerView {
        container: executor.container.clone(),
        framework: executor.framework.to_string(),
        executor: executor.id.to_string(),
        name: executor.info.name().to_owned(),
        source: executor.info.source().to_owned(),
        pid: executor.forked,
    }
}

impl ContainerView {
    fn described(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("executor_id".to_owned(), json!(self.executor));
        out.insert("executor_name".to_owned(), json!(self.name));
        out.insert("framework_id".to_owned(), json!(self.framework));
        out.insert("source".to_owned(), json!(self.source));
        out
    }

    /// An element of `/monitor/statistics`.
    pub fn statistics_json(&self, statistics: &ResourceStatistics) -> Value {
        let mut out = self.described();
        out.insert("statistics".to_owned(), model::message(statistics));
        Value::Object(out)
    }

    /// An element of `/containers`.
    pub fn json(&self, statistics: Option<&ResourceStatistics>) -> Value {
        let mut out = Map::new();
        out.insert("container_id".to_owned(), json!(self.container.value()));
        out.extend(self.described());
        if let Some(statistics) = statistics {
            out.insert("statistics".to_owned(), model::message(statistics));
        }
        let status = ContainerStatus {
            container_id: Some(self.container.to_proto()),
            executor_pid: self.pid,
            ..ContainerStatus::default()
        };
        out.insert("status".to_owned(), model::message(&status));
        Value::Object(out)
    }
}
