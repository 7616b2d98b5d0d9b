//! `/agent/<agent id>/…`: an agent's read-only endpoints through the master.
//!
//! Not an endpoint of the original's; operations §4.7 says why. Only the listed endpoints pass.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use mesos_model::AgentId;
use mesos_process::http::{Request, Response, Route, Router, client};

use crate::snapshot::Snapshot;

/// What may be read through the master, below the agent's own path.
const READABLE: [&str; 9] = [
    "state",
    "monitor/statistics",
    "metrics/snapshot",
    "files/browse",
    "files/read",
    "files/download",
    "containers",
    "flags",
    "health",
];
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn install(router: &mut Router, snapshots: &Arc<ArcSwap<Snapshot>>) {
    let snapshots = Arc::clone(snapshots);
    let route = Route::new(move |request: Request| {
        let snapshots = Arc::clone(&snapshots);
        async move { forward(&request, &snapshots).await }
    });
    router.add_fallback("agent", route);
}

async fn forward(request: &Request, snapshots: &ArcSwap<Snapshot>) -> Response {
    if request.method != "GET" {
        return Response::method_not_allowed(&["GET"], &request.method);
    }
    let inner = request
        .path
        .trim_start_matches("/agent")
        .trim_start_matches('/');
    let Some((id, endpoint)) = inner.split_once('/') else {
        return Response::not_found();
    };
    if !READABLE.contains(&endpoint) {
        return Response::not_found();
    }
    let Some(agent) = snapshots.load().agent(&AgentId::new(id)).cloned() else {
        return Response::with_text(404, format!("Agent {id} is not registered"));
    };
    let query = request
        .target
        .split_once('?')
        .map(|(_, query)| format!("?{query}"));
    let url = format!(
        "http://{}/{}/{endpoint}{}",
        agent.pid.address,
        agent.pid.id,
        query.unwrap_or_default()
    );
    // Daemon-wide endpoints have no process in front.
    let url = if endpoint.starts_with("files/") || endpoint.starts_with("metrics/") {
        url.replacen(&format!("/{}/", agent.pid.id), "/", 1)
    } else {
        url
    };
    match tokio::time::timeout(TIMEOUT, fetch(&url)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => Response::with_text(502, format!("Agent {id} did not answer: {error}")),
        Err(_) => Response::with_text(504, format!("Agent {id} did not answer in time")),
    }
}

async fn fetch(url: &str) -> Result<Response, client::ClientError> {
    let answer = client::send(client::ClientRequest::get(url)).await?;
    let status = answer.status;
    let content_type = answer
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("text/plain; charset=utf-8")
        .to_owned();
    let body = answer.bytes().await?;
    Ok(Response::new(status)
        .header("Content-Type", content_type)
        .header("X-Content-Type-Options", "nosniff")
        .body(body))
}
