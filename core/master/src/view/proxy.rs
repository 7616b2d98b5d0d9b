//! `/agent/<agent id>/…`: an agent's read-only endpoints through the master.
//!
//! Not an endpoint of the original's; operations §4.7 says why. Only the listed endpoints pass.
//!
//! A browser sees these answers in the master's origin, and a task decides what its files hold and
//! are called: no answer may run there as a page or a script.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use mesos_model::AgentId;
use mesos_process::Upid;
use mesos_process::http::{Body, Request, Response, Route, Router, client};
use tokio::sync::mpsc;

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
const DOWNLOAD: &str = "files/download";
/// How long an answer, or the next piece of a download, may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is collected; downloads are passed on piece by piece.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Pieces of a download that may wait for a slow client.
const DOWNLOAD_PIECES: usize = 4;

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
    let Some(url) = url(&agent.pid, endpoint, &query.unwrap_or_default()) else {
        return Response::with_text(404, format!("Agent {id} has no address to ask"));
    };
    let download = endpoint == DOWNLOAD;
    match tokio::time::timeout(TIMEOUT, fetch(&url, download)).await {
        Ok(Ok(response)) => response,
        Ok(Err(Failure::TooLarge)) => Response::with_text(
            502,
            format!("Agent {id} answered more than {MAX_ANSWER_BYTES} bytes"),
        ),
        Ok(Err(Failure::Client(error))) => {
            Response::with_text(502, format!("Agent {id} did not answer: {error}"))
        }
        Err(_) => Response::with_text(504, format!("Agent {id} did not answer in time")),
    }
}

/// Where the agent answers; nothing when its id is none that a process has.
///
/// An agent says itself what its id is. With slashes or a question mark in it, it would choose what the master reads,
/// and where: the listed endpoints would be no limit any more.
fn url(pid: &Upid, endpoint: &str, query: &str) -> Option<String> {
    let letter = |c: u8| c.is_ascii_alphanumeric() || b"_.()-".contains(&c);
    let only_dots = pid.id.bytes().all(|c| c == b'.');
    if pid.is_null() || only_dots || !pid.id.bytes().all(letter) {
        return None;
    }
    // Daemon-wide endpoints have no process in front.
    let is_wide = endpoint.starts_with("files/") || endpoint.starts_with("metrics/");
    Some(match is_wide {
        true => format!("http://{}/{endpoint}{query}", pid.address),
        false => format!("http://{}/{}/{endpoint}{query}", pid.address, pid.id),
    })
}

enum Failure {
    Client(client::ClientError),
    TooLarge,
}

impl From<client::ClientError> for Failure {
    fn from(error: client::ClientError) -> Self {
        Self::Client(error)
    }
}

async fn fetch(url: &str, download: bool) -> Result<Response, Failure> {
    let answer = client::send(client::ClientRequest::get(url)).await?;
    let mut response = Response::new(answer.status);
    let content_type = answer
        .header("content-type")
        .unwrap_or("text/plain; charset=utf-8");
    response = response
        .header("Content-Type", content_type)
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Security-Policy", "sandbox");
    if download {
        let disposition = answer
            .header("content-disposition")
            .filter(|value| is_attachment(value))
            .unwrap_or("attachment");
        response = response.header("Content-Disposition", disposition);
    }
    let length = answer.header("content-length").and_then(|n| n.parse().ok());
    let body = match length {
        Some(length) if download => Body::Sized(length, pieces(answer)),
        _ => Body::Bytes(collect(answer).await?),
    };
    Ok(response.body(body))
}

fn is_attachment(disposition: &str) -> bool {
    let kind = disposition.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("attachment")
}

/// A body as it arrives. It ends early when the agent fails or stops sending.
fn pieces(mut answer: client::ClientResponse) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(DOWNLOAD_PIECES);
    tokio::spawn(async move {
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(TIMEOUT, answer.chunk()).await {
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    receiver
}

async fn collect(mut answer: client::ClientResponse) -> Result<Bytes, Failure> {
    let mut all = BytesMut::new();
    while let Some(piece) = answer.chunk().await? {
        if all.len() + piece.len() > MAX_ANSWER_BYTES {
            return Err(Failure::TooLarge);
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Table;
    use crate::view::tests::{agent, snapshot};

    #[test]
    fn the_address_is_the_one_that_was_parsed() {
        let pid = Upid::parse_literal("slave(1)@10.0.0.7:5051");
        assert_eq!(
            url(&pid, "state", "?a=b").as_deref(),
            Some("http://10.0.0.7:5051/slave(1)/state?a=b")
        );
        assert_eq!(
            url(&pid, "files/read", "").as_deref(),
            Some("http://10.0.0.7:5051/files/read")
        );
    }

    #[tokio::test]
    async fn an_agent_does_not_choose_what_the_master_reads() {
        for id in [
            "latest/meta-data/x?a=",
            "x#",
            "a%2fb",
            "a b",
            "..",
            "é",
            "",
            "u:p",
        ] {
            let mut fake = agent();
            // Were it asked, nobody would answer: 502.
            fake.pid = Upid::new(id, "127.0.0.1:1".parse().expect("an address"));
            let path = format!("/agent/{}/state", fake.id);
            let mut snapshot = snapshot();
            let mut agents = Table::default();
            agents.insert(1, Arc::new(fake));
            snapshot.agents = agents.rows().clone();
            let response = forward(&Request::get(&path), &ArcSwap::from_pointee(snapshot)).await;
            assert_eq!(response.status, 404, "{id}");
            let text = String::from_utf8_lossy(response.bytes()).into_owned();
            assert!(text.ends_with("has no address to ask"), "{id}: {text}");
        }
    }
}
