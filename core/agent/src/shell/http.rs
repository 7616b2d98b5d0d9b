//! The agent's endpoints.
//!
//! Compat: agent §17.1. The `.json` aliases are an extension (operations §3.1 rule 5). The v1
//! operator and resource provider APIs are not built yet and say so.

use std::path::PathBuf;
use std::sync::Arc;

use mesos_daemon::files::Files;
use mesos_daemon::logging::Logging;
use mesos_daemon::metrics::{Registry, Source};
use mesos_process::Node;
use mesos_process::http::{Method, Request, Response, Route, Router};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Settings, Shared, StartError, executor_api};
use crate::call::RECOVERING;
use crate::event::Event;
use crate::view::state::Surroundings;

const READ_ONLY: &str = "mesos-agent-readonly";
const READ_WRITE: &str = "mesos-agent-readwrite";
const EXECUTOR: &str = "mesos-agent-executor";
const RESOURCE_PROVIDER: &str = "mesos-agent-resource-provider";

pub(super) struct Parts<'a> {
    pub node: &'a Node,
    pub process: &'a str,
    pub shared: &'a Arc<Shared>,
    pub events: &'a mpsc::UnboundedSender<Event>,
    pub settings: &'a Settings,
    pub files: &'a Files,
    pub metrics: &'a Registry,
    pub logging: Option<&'a Logging>,
}

pub(super) fn serve(parts: &Parts<'_>) -> Result<(), StartError> {
    let mut router = Router::new();
    router.delegate(parts.process);
    router.disable_endpoints(parts.settings.disabled_endpoints.clone());
    mount_own(&mut router, parts);
    parts.files.mount(&mut router, Some(READ_ONLY));
    parts.metrics.source(Arc::new(AgentMetrics {
        shared: parts.shared.clone(),
    }));
    parts
        .metrics
        .mount(&mut router, Some(READ_ONLY), "")
        .map_err(StartError)?;
    if let Some(logging) = parts.logging {
        logging.mount(&mut router, Some(READ_WRITE));
    }
    let external = parts.settings.external_log_file.as_ref().map(PathBuf::from);
    let own = || parts.logging.and_then(Logging::log_file);
    if let Some(file) = external.or_else(own) {
        // Without the file the path is simply not there.
        let _ = parts.files.attach(&file, "/slave/log", None);
    }
    mesos_daemon::endpoints::mount(&mut router, parts.node, Some(READ_WRITE));
    parts.node.serve(Arc::new(router));
    Ok(())
}

fn mount_own(router: &mut Router, parts: &Parts<'_>) {
    let process = parts.process;
    let around = Arc::new(parts.settings.surroundings());
    let flags = Arc::new(json!({ "flags": around.flags }));
    let shared = parts.shared;
    let view = |show: Arc<dyn Fn(&Request) -> Response + Send + Sync>| {
        Route::new(move |request: Request| {
            let response = show(&request);
            async move { response }
        })
    };
    let state = {
        let shared = shared.clone();
        view(Arc::new(move |request| state(&shared, &around, request)))
    };
    let flags = view(Arc::new(move |request| reply(&flags, request)));
    let containers = {
        let shared = shared.clone();
        view(Arc::new(move |request| containers(&shared, request)))
    };
    let statistics = {
        let shared = shared.clone();
        view(Arc::new(move |request| statistics(&shared, request)))
    };
    let debug = view(Arc::new(|request| {
        reply(&json!({ "pending": [] }), request)
    }));
    let health = view(Arc::new(|_| Response::ok()));
    router.add_with_json_alias(process, "/state", state.realm(Some(READ_ONLY)));
    router.add_with_json_alias(process, "/flags", flags.realm(Some(READ_ONLY)));
    router.add_with_json_alias(process, "/containers", containers.realm(Some(READ_ONLY)));
    router.add_with_json_alias(
        process,
        "/monitor/statistics",
        statistics.realm(Some(READ_ONLY)),
    );
    router.add(
        process,
        "/containerizer/debug",
        debug.realm(Some(READ_ONLY)),
    );
    router.add_with_json_alias(process, "/health", health);
    mount_executor_api(router, parts);
    mount_not_built(router, process);
}

fn mount_executor_api(router: &mut Router, parts: &Parts<'_>) {
    let (shared, events) = (parts.shared.clone(), parts.events.clone());
    let route = Route::new(move |request: Request| {
        executor_api::serve(shared.clone(), events.clone(), request)
    });
    router.add(
        parts.process,
        "/api/v1/executor",
        route.realm(Some(EXECUTOR)),
    );
}

/// What answers that it does not stand yet.
fn mount_not_built(router: &mut Router, process: &str) {
    for (path, what, realm) in [
        ("/api/v1", "The v1 operator API", READ_WRITE),
        (
            "/api/v1/resource_provider",
            "The v1 resource provider API",
            RESOURCE_PROVIDER,
        ),
    ] {
        let route = Route::new(move |request: Request| {
            let response = not_built(&request, what);
            async move { response }
        });
        router.add(process, path, route.realm(Some(realm)));
    }
}

fn reply(value: &Value, request: &Request) -> Response {
    Response::json(value.to_string(), request.query.get("jsonp"))
}

fn not_built(request: &Request, what: &str) -> Response {
    if request.method != Method::POST {
        return Response::method_not_allowed(&["POST"], &request.method);
    }
    Response::with_text(501, format!("{what} is not supported by this agent yet"))
}

fn state(shared: &Shared, around: &Surroundings, request: &Request) -> Response {
    let agent = shared.agent();
    if !agent.has_recovered() {
        return Response::with_text(503, RECOVERING);
    }
    let value = agent.state_json(around);
    drop(agent);
    reply(&value, request)
}

fn containers(shared: &Shared, request: &Request) -> Response {
    let wanted = request
        .query
        .get("container_id")
        .filter(|id| !id.is_empty());
    let mut views = shared.agent().containers();
    views.retain(|view| wanted.is_none_or(|id| view.container.value() == id));
    let usage = usage_of(shared, &views);
    let list: Vec<Value> = views
        .iter()
        .map(|view| view.json(usage.get(&view.container)))
        .collect();
    reply(&Value::Array(list), request)
}

fn statistics(shared: &Shared, request: &Request) -> Response {
    let views = shared.agent().containers();
    let usage = usage_of(shared, &views);
    let list: Vec<Value> = views
        .iter()
        .filter_map(|view| Some(view.statistics_json(usage.get(&view.container)?)))
        .collect();
    reply(&Value::Array(list), request)
}

type Usages =
    std::collections::BTreeMap<mesos_model::ContainerId, mesos_proto::mesos::ResourceStatistics>;

fn usage_of(shared: &Shared, views: &[crate::view::containers::ContainerView]) -> Usages {
    let ids: Vec<_> = views.iter().map(|view| view.container.clone()).collect();
    let timestamp = shared.clock.now().wall.secs();
    shared
        .containerizer
        .usage(&ids, timestamp)
        .into_iter()
        .collect()
}

struct AgentMetrics {
    shared: Arc<Shared>,
}

impl Source for AgentMetrics {
    fn collect(&self, put: &mut dyn FnMut(&str, f64)) {
        let now = self.shared.clock.now();
        self.shared.agent().metrics(now, put);
        self.shared.containerizer.metrics(put);
    }
}
