//! `/state`.
//!
//! Compat: agent §17.2.

use mesos_model::Resources;
use mesos_proto::mesos::executor_info;
use serde_json::{Map, Value, json};

use super::model;
use crate::config::VERSION;
use crate::machine::{Agent, Phase};
use crate::state::{Executor, ExecutorPhase, Framework};

/// What the shell adds: flags as shown, log places, the master's name.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub flags: Value,
    pub log_dir: Option<String>,
    pub external_log_file: Option<String>,
    pub master_hostname: Option<String>,
    pub build: Map<String, Value>,
}

impl Agent {
    /// Whether `/state` and the like can be answered yet.
    pub fn has_recovered(&self) -> bool {
        self.phase != Phase::Recovering
    }

    pub fn state_json(&self, around: &Surroundings) -> Value {
        let mut out = Map::new();
        out.insert("version".to_owned(), json!(VERSION));
        out.extend(around.build.clone());
        let mut put = |name: &str, value: Value| {
            out.insert(name.to_owned(), value);
        };
        put("start_time", json!(self.started.wall.secs()));
        put(
            "id",
            json!(self.id.as_ref().map(|id| id.as_str()).unwrap_or_default()),
        );
        put("pid", json!(self.config.pid.to_string()));
        put("hostname", json!(self.info.hostname));
        let capabilities = self.config.capabilities.to_proto();
        put(
            "capabilities",
            capabilities
                .iter()
                .map(|c| json!(c.r#type().as_str_name()))
                .collect(),
        );
        if let Some(domain) = &self.info.domain {
            put("domain", model::message(domain));
        }
        if let Some(drain) = &self.drain {
            put("drain_config", model::message(&drain.config));
            put(
                "estimated_drain_start_time_seconds",
                json!(drain.started.secs() as i64),
            );
        }
        self.put_resources(&mut put);
        put("resource_providers", json!([]));
        put("attributes", model::attributes(&self.info.attributes));
        if let (Some(_), Some(host)) = (&self.master, &around.master_hostname) {
            put("master_hostname", json!(host));
        }
        if let Some(folder) = &around.log_dir {
            put("log_dir", json!(folder));
        }
        if let Some(file) = &around.external_log_file {
            put("external_log_file", json!(file));
        }
        put("flags", around.flags.clone());
        put(
            "frameworks",
            self.frameworks.values().map(framework).collect(),
        );
        put(
            "completed_frameworks",
            self.completed_frameworks.iter().map(framework).collect(),
        );
        Value::Object(out)
    }

    fn put_resources(&self, put: &mut dyn FnMut(&str, Value)) {
        let (reserved, unreserved) = split(&self.total);
        put("resources", model::resources(&self.total));
        put(
            "reserved_resources",
            model::by_role(&reserved, model::resources),
        );
        put("unreserved_resources", model::resources(&unreserved));
        put(
            "reserved_resources_full",
            model::by_role(&reserved, model::full),
        );
        put("unreserved_resources_full", model::full(&unreserved));
        let (reserved, unreserved) = split(&self.allocated());
        put(
            "reserved_resources_allocated",
            model::by_role(&reserved, model::resources),
        );
        put(
            "unreserved_resources_allocated",
            model::resources(&unreserved),
        );
    }

    /// What executors and their tasks hold.
    pub fn allocated(&self) -> Resources {
        let mut sum = Resources::new();
        for executor in self
            .frameworks
            .values()
            .flat_map(|framework| framework.executors.values())
        {
            if executor.phase != ExecutorPhase::Terminated {
                sum += executor.allocated();
            }
        }
        sum.unallocate();
        sum
    }
}

fn split(resources: &Resources) -> (Resources, Resources) {
    let unreserved = resources.unreserved();
    (resources - &unreserved, unreserved)
}

fn framework(framework: &Framework) -> Value {
    let info = &framework.info;
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(framework.id.as_str()));
    put("name", json!(info.name));
    put("user", json!(info.user));
    put("failover_timeout", json!(info.failover_timeout()));
    put("checkpoint", json!(info.checkpoint()));
    put("hostname", json!(info.hostname()));
    if let Some(principal) = &info.principal {
        put("principal", json!(principal));
    }
    let roles = mesos_model::role::framework_roles(info);
    if mesos_model::capability::FrameworkCapabilities::of(info).multi_role {
        put("roles", json!(info.roles));
    } else {
        put(
            "role",
            json!(roles.first().map(|role| role.as_str().to_owned())),
        );
    }
    put(
        "executors",
        framework.executors.values().map(executor).collect(),
    );
    put(
        "completed_executors",
        framework.completed.iter().map(executor).collect(),
    );
    Value::Object(out)
}

#[allow(deprecated, reason = "source is part of the answer")]
fn executor(executor: &Executor) -> Value {
    let info = &executor.info;
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(executor.id.as_str()));
    put("name", json!(info.name()));
    put("source", json!(info.source()));
    put("container", json!(executor.container.value()));
    put("directory", json!(executor.sandbox.display().to_string()));
    put("resources", model::resources(&executor.allocated()));
    let role = info
        .resources
        .iter()
        .find_map(|r| r.allocation_info.as_ref())
        .and_then(|info| info.role.clone());
    if let Some(role) = role {
        put("role", json!(role));
    }
    if let Some(found) = &info.labels {
        put("labels", model::labels(found));
    }
    if let Some(kind) = info
        .r#type
        .and_then(|kind| executor_info::Type::try_from(kind).ok())
    {
        put("type", json!(kind.as_str_name()));
    }
    put(
        "tasks",
        executor.launched.values().map(model::task).collect(),
    );
    put(
        "queued_tasks",
        executor.queued.values().map(model::queued_task).collect(),
    );
    let ended = executor
        .completed
        .iter()
        .chain(executor.terminated.values());
    put("completed_tasks", ended.map(model::task).collect());
    Value::Object(out)
}
