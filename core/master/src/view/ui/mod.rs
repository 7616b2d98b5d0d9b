//! `/ui/*`: what the web UI asks for, a page at a time.
//!
//! Not endpoints of the original's: its UI reads the whole `/state` on every poll, which operations §4.5 (defect 8) and
//! §4.6 forbid. `webui/src/api/types.ts` is the contract; every struct here is one of its interfaces. Answers are made
//! from a snapshot on a blocking thread, never in the machine, and are shared by equal requests on one snapshot.
//!
//! A page of a list costs one pass over the rows with a key each, and an order of the page alone.

mod agent;
mod agents;
mod allocator;
mod amounts;
mod events;
mod framework;
mod frameworks;
mod listing;
mod needle;
mod offers;
mod overview;
mod roles;
mod series;
mod task;
mod tasks;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use mesos_process::http::{Method, Query, Request, Response, Route, Router};
use serde::Serialize;

use super::cache::Cache;
use super::endpoints::{Context, READ_ONLY, not_leading};
use crate::snapshot::Snapshot;

pub use events::Hub;
pub use series::{INTERVAL, Series};

/// What goes on between snapshots; the shell feeds it.
pub struct Live {
    pub series: Series,
    pub events: Hub,
    recent: allocator::Recent,
}

impl Live {
    /// `start` is the time in seconds since 1970.
    pub fn new(start: f64) -> Self {
        Self {
            series: Series::default(),
            events: Hub::new(start),
            recent: allocator::Recent::default(),
        }
    }
}

/// Why a request of the UI has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Failure {
    /// 400; the text says what is allowed.
    Bad(String),
    /// 404.
    Missing(String),
    /// 503.
    Unavailable(String),
}

/// An answer as it is kept for equal requests.
#[derive(Clone, Debug, Default)]
enum Answer {
    Json(Bytes),
    Failed(Failure),
    /// The rendering ended without one.
    #[default]
    None,
}

impl Answer {
    fn of(body: Result<Vec<u8>, Failure>) -> Self {
        match body {
            Ok(body) => Self::Json(body.into()),
            Err(failure) => Self::Failed(failure),
        }
    }

    fn response(self) -> Response {
        let response = match self {
            Self::Json(body) => Response::content("application/json", body),
            Self::Failed(Failure::Bad(text)) => Response::bad_request(text),
            Self::Failed(Failure::Missing(text)) => Response::with_text(404, text),
            Self::Failed(Failure::Unavailable(text)) => Response::unavailable(text),
            Self::None => Response::internal_error("The answer could not be made"),
        };
        response
            .header("Cache-Control", "no-cache")
            .header("X-Content-Type-Options", "nosniff")
    }
}

type Render = fn(&Snapshot, &Query, &Context) -> Result<Vec<u8>, Failure>;

/// One endpoint below `/ui`.
struct Endpoint {
    path: &'static str,
    render: Render,
    /// What is told of this master itself is also told by one that does not lead.
    of_standby: bool,
}

const fn leading(path: &'static str, render: Render) -> Endpoint {
    Endpoint {
        path,
        render,
        of_standby: false,
    }
}

const ENDPOINTS: [Endpoint; 9] = [
    Endpoint {
        path: "/overview",
        render: overview::overview,
        of_standby: true,
    },
    leading("/agents", agents::agents),
    leading("/agent", agent::agent),
    leading("/frameworks", frameworks::frameworks),
    leading("/framework", framework::framework),
    leading("/tasks", tasks::tasks),
    leading("/task", task::task),
    leading("/offers", offers::offers),
    leading("/roles", roles::roles),
];

/// Mounts every endpoint below `/ui`.
pub(super) fn install(router: &mut Router, context: &Arc<Context>) {
    let cache = Arc::new(Cache::default());
    for endpoint in &ENDPOINTS {
        let (context, cache) = (Arc::clone(context), Arc::clone(&cache));
        let route = Route::new(move |request: Request| {
            let (context, cache) = (Arc::clone(&context), Arc::clone(&cache));
            async move { answer(request, endpoint, context, &cache).await }
        });
        router.add("ui", endpoint.path, route.realm(READ_ONLY));
    }
    for path in LIVE {
        let context = Arc::clone(context);
        let route = Route::new(move |request: Request| {
            let context = Arc::clone(&context);
            async move { live(path, &request, &context).await }
        });
        router.add("ui", path, route.realm(READ_ONLY));
    }
}

/// What is not made of a snapshot alone.
const LIVE: [&str; 4] = ["/series", "/events", "/allocator", "/why"];

async fn live(path: &str, request: &Request, context: &Context) -> Response {
    if request.method != Method::GET {
        return Response::method_not_allowed(&["GET"], &request.method);
    }
    if request.path.strip_prefix("/ui") != Some(path) {
        return Response::not_found();
    }
    if let Some(elsewhere) = not_leading(&context.snapshots.load(), request) {
        return elsewhere;
    }
    match path {
        "/series" => context.live.series.serve(request),
        "/events" => context.live.events.serve(request),
        "/allocator" => allocator::allocator(request, context).await.response(),
        _ => allocator::why(request, context).await.response(),
    }
}

async fn answer(
    request: Request,
    endpoint: &'static Endpoint,
    context: Arc<Context>,
    cache: &Cache<Answer>,
) -> Response {
    if request.method != Method::GET {
        return Response::method_not_allowed(&["GET"], &request.method);
    }
    // A path below an endpoint is none.
    if request.path.strip_prefix("/ui") != Some(endpoint.path) {
        return Response::not_found();
    }
    if !endpoint.of_standby
        && let Some(elsewhere) = not_leading(&context.snapshots.load(), &request)
    {
        return elsewhere;
    }
    let (query, inside) = (request.query, Arc::clone(&context));
    let answer = cache
        .body(
            request.target,
            &context.snapshots,
            move |snapshot| match (endpoint.render)(snapshot, &query, &inside) {
                Ok(body) => Answer::Json(body.into()),
                Err(failure) => Answer::Failed(failure),
            },
        )
        .await;
    answer.response()
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(|error| Failure::Missing(error.to_string()))
}

/// Refuses parameters that an endpoint does not have.
fn only(query: &Query, allowed: &[&str]) -> Result<(), Failure> {
    for (name, _) in query.pairs() {
        if !allowed.contains(&name.as_str()) {
            let known = if allowed.is_empty() {
                "none is allowed".to_owned()
            } else {
                format!("allowed are: {}", allowed.join(", "))
            };
            return Err(Failure::Bad(format!("Unknown parameter '{name}': {known}")));
        }
    }
    Ok(())
}

/// A parameter that must be there.
fn required<'a>(query: &'a Query, name: &str) -> Result<&'a str, Failure> {
    query
        .get(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Failure::Bad(format!("Missing parameter '{name}'")))
}
