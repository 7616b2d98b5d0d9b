//! The master's HTTP side: its endpoints, and those that every process has.

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use mesos_auth::basic::Basic;
use mesos_daemon::{files::Files, logging::Logging, metrics::Registry, version};
use mesos_process::{
    Node,
    http::{Cors, Method, Request, Response, Route, Router},
};

use super::{
    Requests, scheduler,
    settings::{Settings, StartError},
};
use crate::{
    snapshot::Snapshot,
    view::{self, Build, Context, Live, WebUi},
};

const READ_ONLY: &str = "mesos-master-readonly";
const READ_WRITE: &str = "mesos-master-readwrite";

pub(super) struct Parts<'a> {
    pub node: &'a Node,
    pub settings: &'a Settings,
    pub snapshots: &'a Arc<ArcSwap<Snapshot>>,
    pub requests: &'a Requests,
    pub metrics: &'a Registry,
    /// Messages waiting in the master's mailbox.
    pub depth: Arc<dyn Fn() -> usize + Send + Sync>,
    pub logging: Option<&'a Logging>,
    pub live: &'a Arc<Live>,
}

pub(super) fn serve(parts: &Parts<'_>) -> Result<(), StartError> {
    let mut router = Router::new();
    let metrics = parts.metrics;
    let build = version::info();
    let files = Files::new();
    let log = parts.settings.external_log_file.clone();
    let log = log.or_else(|| parts.logging.and_then(Logging::log_file));
    // Without the file the path is simply not there (HTTP-16).
    let has_log = log.is_some_and(|file| files.attach(&file, "/master/log", None).is_ok());
    let context = Context {
        snapshots: Arc::clone(parts.snapshots),
        flags: parts.settings.shown_flags.clone(),
        build: Build {
            date: build.build_date.to_owned(),
            time: build.build_time as f64,
            user: build.build_user.to_owned(),
            git_sha: build.git_sha.map(str::to_owned),
            git_tag: build.git_tag.map(str::to_owned),
        },
        publish_per_framework_metrics: parts.settings.publish_per_framework_metrics,
        operator: Arc::new(parts.requests.clone()),
        has_log,
        agent_proxy: parts.settings.webui_agent_proxy,
        webui: WebUi {
            folder: webui_folder(parts.settings),
            base_path: parts.settings.webui_base_path.clone(),
        },
        live: Arc::clone(parts.live),
    };
    let depth = Arc::clone(&parts.depth);
    metrics.pull("master/event_queue_messages", move || depth() as f64);
    view::install(&mut router, metrics, context);
    let operator =
        Route::new(|request: Request| async move { refuse(&request, "The v1 operator API") });
    router.add("master", "/api/v1", operator.realm(Some(READ_WRITE)));
    scheduler::mount(&mut router, parts.snapshots, parts.requests);
    if parts.settings.authenticate_http_frameworks {
        let basic = Basic::new(&parts.settings.credentials);
        router.authenticator(scheduler::REALM, Arc::new(basic));
    }
    files.mount(&mut router, Some(READ_ONLY));
    metrics
        .mount(&mut router, Some(READ_ONLY), "")
        .map_err(StartError)?;
    if let Some(logging) = parts.logging {
        logging.mount(&mut router, Some(READ_WRITE));
    }
    router.disable_endpoints(parts.settings.disabled_endpoints.iter().cloned());
    mesos_daemon::endpoints::mount(&mut router, parts.node, Some(READ_WRITE));
    match &parts.settings.cors_allow_origin {
        Some(origin) => {
            let cors = Cors::new(Arc::new(router), origin.clone());
            parts.node.serve(Arc::new(cors));
        }
        None => parts.node.serve(Arc::new(router)),
    }
    Ok(())
}

/// The operator's own web UI, if there is one.
fn webui_folder(settings: &Settings) -> Option<PathBuf> {
    let folder = settings.webui_dir.as_ref()?;
    let index = folder.join("index.html");
    if index.is_file() {
        return Some(folder.clone());
    }
    tracing::warn!(
        "There is no '{}': showing the built-in web UI instead of --webui_dir",
        index.display()
    );
    None
}

fn refuse(request: &Request, what: &str) -> Response {
    if request.method != Method::POST {
        return Response::method_not_allowed(&["POST"], &request.method);
    }
    Response::with_text(501, format!("{what} is not supported by this master yet"))
}
