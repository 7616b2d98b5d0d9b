//! The routes of process `master`. Compat: HTTP-8, ZK-16, ZK-17, ZK-18, HTTP-1, HTTP-4..HTTP-7, ZK-15 (leadership), §10.3.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use mesos_allocator::{Outlook, RoleShares};
use mesos_daemon::metrics::{Registry, Source};
use mesos_model::FrameworkId;
use mesos_process::http::{BoxFuture, Query, Request, Response, Route, Router};
use mesos_proto::json::{Writer, to_vec};

use super::cache::Cache;
use super::document::{Parts, whole};
use super::ui::Live;
use super::webui::{self, WebUi};
use super::{later, metrics, overview, proxy, roles, state, summary, tasks, ui};
use crate::snapshot::Snapshot;

/// What `/state` says of the build.
#[derive(Debug, Clone)]
pub struct Build {
    pub date: String,
    pub time: f64,
    pub user: String,
    pub git_sha: Option<String>,
    pub git_tag: Option<String>,
}

/// How an operator's request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorAnswer {
    Done,
    Refused(String),
}

/// The requests that reach the machine.
pub trait Operator: Send + Sync {
    /// Removes a framework as TEARDOWN does (FWK-24).
    fn teardown(
        &self,
        framework: FrameworkId,
    ) -> Pin<Box<dyn Future<Output = OperatorAnswer> + Send>>;

    /// How roles and frameworks share; the error says why that is not known.
    fn shares(&self) -> BoxFuture<Result<Vec<RoleShares>, String>>;

    /// Why a framework gets no offers; None for an unknown one.
    fn explain(&self, framework: FrameworkId) -> BoxFuture<Result<Option<Outlook>, String>>;
}

/// What the endpoints are made of.
pub struct Context {
    pub snapshots: Arc<ArcSwap<Snapshot>>,
    /// Names and values that were loaded, sorted by name.
    pub flags: Vec<(String, String)>,
    pub build: Build,
    pub publish_per_framework_metrics: bool,
    pub operator: Arc<dyn Operator>,
    /// `/files` shows `/master/log`.
    pub has_log: bool,
    /// `/agent/<agent id>/…` is served.
    pub agent_proxy: bool,
    pub webui: WebUi,
    /// What the shell feeds beside the snapshots.
    pub live: Arc<Live>,
}

pub(super) const READ_ONLY: Option<&str> = Some("mesos-master-readonly");
pub(super) const READ_WRITE: Option<&str> = Some("mesos-master-readwrite");

/// Mounts every endpoint of the master and its figures.
pub fn install(router: &mut Router, registry: &Registry, context: Context) {
    let context = Arc::new(context);
    let cache = Arc::new(Cache::default());
    registry.source(Arc::new(Figures {
        context: Arc::clone(&context),
        cache: Arc::clone(&cache),
    }));
    router.delegate("master");
    install_reads(router, &context, &cache);
    install_small(router, &context);
    later::install(router, &context);
    ui::install(router, &context);
    if context.agent_proxy {
        proxy::install(router, &context.snapshots);
    }
    webui::install(router, &context.webui);
}

struct Figures {
    context: Arc<Context>,
    cache: Arc<Cache<Parts>>,
}

impl Source for Figures {
    fn collect(&self, put: &mut dyn FnMut(&str, f64)) {
        let snapshot = self.context.snapshots.load();
        metrics::figures(&snapshot, self.context.publish_per_framework_metrics, put);
        put("master/http_cache_hits", self.cache.hits() as f64);
    }
}

type Render = fn(&Snapshot, &Query, &Context) -> Parts;

/// The endpoints that render a snapshot; the query parameters that distinguish answers.
const READS: [(&str, &[&str], Render); 7] = [
    ("/state", &[], |snapshot, _, context| {
        state::state(snapshot, &context.build, &context.flags)
    }),
    ("/state-summary", &[], |snapshot, _, _| {
        whole(summary::state_summary(snapshot))
    }),
    ("/slaves", &["slave_id"], |snapshot, query, _| {
        whole(state::slaves(snapshot, query.get("slave_id")))
    }),
    ("/frameworks", &["framework_id"], |snapshot, query, _| {
        state::framework_list(snapshot, query.get("framework_id"))
    }),
    (
        "/tasks",
        &["framework_id", "task_id", "limit", "offset", "order"],
        |snapshot, query, _| whole(tasks::tasks(snapshot, &tasks::Page::of(query))),
    ),
    ("/roles", &[], |snapshot, _, _| {
        whole(roles::roles(snapshot))
    }),
    ("/overview", &["limit"], |snapshot, query, _| {
        whole(overview::overview(snapshot, overview::limit_of(query)))
    }),
];

fn install_reads(router: &mut Router, context: &Arc<Context>, cache: &Arc<Cache<Parts>>) {
    for (path, parameters, render) in READS {
        let (context, cache) = (Arc::clone(context), Arc::clone(cache));
        let route = Route::new(move |request: Request| {
            let (context, cache) = (Arc::clone(&context), Arc::clone(&cache));
            async move { read(request, path, parameters, render, context, &cache).await }
        });
        router.add_with_json_alias("master", path, route.realm(READ_ONLY));
    }
}

async fn read(
    request: Request,
    path: &'static str,
    parameters: &'static [&'static str],
    render: Render,
    context: Arc<Context>,
    cache: &Cache<Parts>,
) -> Response {
    if let Some(elsewhere) = not_leading(&context.snapshots.load(), &request) {
        return elsewhere;
    }
    let mut key = path.to_owned();
    for name in parameters {
        if let Some(value) = request.query.get(name) {
            key.push_str(&format!("\n{name}={value}"));
        }
    }
    let jsonp = request.query.get("jsonp").map(str::to_owned);
    let query = request.query;
    let inside = Arc::clone(&context);
    let body = cache
        .body(key, &context.snapshots, move |snapshot| {
            render(snapshot, &query, &inside)
        })
        .await;
    Response::json_parts(body, jsonp.as_deref())
}

/// A standby points to the leader, or says that there is none (ZK-15, ZK-16).
pub(crate) fn not_leading(snapshot: &Snapshot, request: &Request) -> Option<Response> {
    if snapshot.is_leader() {
        return None;
    }
    let Some(leader) = &snapshot.leader else {
        return Some(Response::with_text(503, "No leader elected"));
    };
    // As recorded: the path with its process, also where the request leaves that out.
    let target = &request.target;
    let below = target.strip_prefix("/master");
    let is_full = below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let process = if is_full { "" } else { "/master" };
    let location = format!("//{}:{}{process}{target}", leader.hostname(), leader.port);
    Some(Response::temporary_redirect(location))
}

fn install_small(router: &mut Router, context: &Arc<Context>) {
    let health = Route::new(|_| async { Response::ok() });
    router.add("master", "/health", health);

    let here = Arc::clone(context);
    let flags = Route::new(move |request: Request| {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.begin_object();
        state::write_flags(&mut writer, &here.flags);
        writer.end_object();
        async move { Response::json(out, request.query.get("jsonp")) }
    });
    router.add_with_json_alias("master", "/flags", flags.realm(READ_ONLY));

    let here = Arc::clone(context);
    let redirect = Route::new(move |request: Request| {
        let leader = here.snapshots.load().leader.clone();
        async move {
            if request.path != "/master/redirect" {
                return Response::not_found();
            }
            match leader {
                Some(leader) => {
                    let location = format!("//{}:{}", leader.hostname(), leader.port);
                    Response::temporary_redirect(location)
                }
                None => Response::with_text(503, "No leader elected"),
            }
        }
    });
    router.add("master", "/redirect", redirect);

    let here = Arc::clone(context);
    let teardown = Route::new(move |request: Request| {
        let context = Arc::clone(&here);
        async move { teardown(request, &context).await }
    });
    router.add("master", "/teardown", teardown.realm(READ_WRITE));

    let here = Arc::clone(context);
    let registry = Route::new(move |request: Request| {
        let registry = here.snapshots.load().registrar.registry.clone();
        async move {
            let message: Result<mesos_proto::internal::Registry, _> =
                mesos_proto::wire::decode(&registry);
            match message {
                Ok(message) => {
                    Response::json(sorted(&to_vec(&message)), request.query.get("jsonp"))
                }
                Err(_) => Response::json("{}".as_bytes().to_vec(), request.query.get("jsonp")),
            }
        }
    });
    router.add("registrar(1)", "/registry", registry.realm(READ_ONLY));
}

/// Objects with their keys sorted at every level (HTTP-11a).
fn sorted(json: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(json) else {
        return json.to_vec();
    };
    value.sort_all_objects();
    value.to_string().into_bytes()
}

/// `/teardown`, form field `frameworkId`.
async fn teardown(request: Request, context: &Context) -> Response {
    if let Some(elsewhere) = not_leading(&context.snapshots.load(), &request) {
        return elsewhere;
    }
    if request.method != "POST" {
        return Response::method_not_allowed(&["POST"], &request.method);
    }
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let form = match Query::parse(&form) {
        Ok(form) => form,
        Err(error) => {
            return Response::bad_request(format!("Unable to decode query string: {error}"));
        }
    };
    let Some(id) = form.get("frameworkId") else {
        return Response::bad_request("Missing 'frameworkId' query parameter in the request body");
    };
    match context.operator.teardown(FrameworkId::new(id)).await {
        OperatorAnswer::Done => Response::ok(),
        OperatorAnswer::Refused(why) => Response::bad_request(why),
    }
}
