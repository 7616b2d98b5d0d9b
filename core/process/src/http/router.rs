//! Routing: the first path segment names a process, the longest installed prefix wins, and unknown
//! processes are retried below the delegate.
//!
//! Compat: HTTP-1, HTTP-2, HTTP-9, libprocess §5.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::message::{Principal, Request, Response};
use super::{BoxFuture, Handler};

/// Establishes who sent a request for the realms it is installed for.
pub trait Authenticator: Send + Sync {
    /// `Ok(None)`: no principal, go on unauthenticated. `Err`: the answer to send (401, 403, 500).
    fn authenticate(
        &self,
        realm: &str,
        headers: &super::HeaderMap,
    ) -> BoxFuture<Result<Option<Principal>, Response>>;
}

/// Decides whether a principal may use an endpoint; the error is the text of a 500.
pub type Authorization =
    Arc<dyn Fn(Option<Principal>) -> BoxFuture<Result<bool, String>> + Send + Sync>;

/// One endpoint.
#[derive(Clone)]
pub struct Route {
    handler: Arc<dyn Handler>,
    realm: Option<String>,
    help: Option<String>,
}

impl Route {
    pub fn new(handler: impl Handler + 'static) -> Self {
        Self {
            handler: Arc::new(handler),
            realm: None,
            help: None,
        }
    }

    #[must_use]
    pub fn realm(mut self, realm: Option<&str>) -> Self {
        self.realm = realm.map(str::to_owned);
        self
    }

    /// The markdown text shown by `/help/<process>/<name>`.
    #[must_use]
    pub fn help(mut self, markdown: impl Into<String>) -> Self {
        self.help = Some(markdown.into());
        self
    }
}

/// Key of a fallback route; no path looks like it.
const FALLBACK: &str = "*";

/// A table of endpoints; itself a [`Handler`].
#[derive(Clone, Default)]
pub struct Router {
    processes: BTreeMap<String, BTreeMap<String, Route>>,
    delegate: Option<String>,
    disabled: BTreeSet<String>,
    authenticators: HashMap<String, Arc<dyn Authenticator>>,
    authorizations: HashMap<String, Authorization>,
}

/// What serves a path.
struct Found<'a> {
    /// The path with its process, below the delegate when that serves it.
    full: String,
    route: &'a Route,
    authorization: Option<Authorization>,
}

/// Name and help text of each endpoint of one process.
pub type HelpEntry = (String, Vec<(String, Option<String>)>);

impl Router {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint: `add("master", "/state", route)` serves `/master/state`.
    /// A path of `/` or the empty path serves the bare process name.
    pub fn add(&mut self, process: &str, path: &str, route: Route) -> &mut Self {
        let path = path.trim_end_matches('/').to_owned();
        self.processes
            .entry(process.to_owned())
            .or_default()
            .insert(path, route);
        self
    }

    /// As [`Router::add`], and the same endpoint under `<path>.json`.
    pub fn add_with_json_alias(&mut self, process: &str, path: &str, route: Route) -> &mut Self {
        self.add(process, &format!("{path}.json"), route.clone());
        self.add(process, path, route)
    }

    /// The endpoint of everything below `/process/` that no other route of it serves.
    pub fn add_fallback(&mut self, process: &str, route: Route) -> &mut Self {
        self.processes
            .entry(process.to_owned())
            .or_default()
            .insert(FALLBACK.to_owned(), route);
        self
    }

    /// The process below which unknown first segments are retried.
    pub fn delegate(&mut self, process: &str) -> &mut Self {
        self.delegate = Some(process.to_owned());
        self
    }

    /// Endpoints that answer 403 (`--firewall_rules` disabled_endpoints).
    pub fn disable_endpoints<I: IntoIterator<Item = String>>(&mut self, paths: I) -> &mut Self {
        self.disabled.extend(paths);
        self
    }

    /// Installs the authenticator of a realm; a realm without one lets every request through.
    pub fn authenticator(
        &mut self,
        realm: &str,
        authenticator: Arc<dyn Authenticator>,
    ) -> &mut Self {
        self.authenticators.insert(realm.to_owned(), authenticator);
        self
    }

    /// Asks before the handler of one endpoint (`/logging/toggle`) runs; refused principals get 403.
    pub fn authorization(&mut self, path: &str, authorization: Authorization) -> &mut Self {
        self.authorizations.insert(path.to_owned(), authorization);
        self
    }

    /// Ids of all processes with endpoints, sorted.
    pub fn process_ids(&self) -> Vec<String> {
        self.processes.keys().cloned().collect()
    }

    /// What `/help` shows.
    pub fn help_entries(&self) -> Vec<HelpEntry> {
        self.processes
            .iter()
            .map(|(id, routes)| {
                let names = routes
                    .iter()
                    .map(|(name, route)| (name.clone(), route.help.clone()));
                (id.clone(), names.collect())
            })
            .collect()
    }
}

impl Router {
    /// The full path (below the delegate when that serves it) and the route for `path`.
    fn find(&self, path: &str) -> Option<Found<'_>> {
        if path.contains("/..") {
            return None;
        }
        let trimmed = path
            .strip_suffix('/')
            .unwrap_or(path)
            .trim_start_matches('/');
        let first = trimmed.split('/').next().unwrap_or_default();
        let full = match &self.delegate {
            _ if self.processes.contains_key(first) => format!("/{trimmed}"),
            Some(delegate) if trimmed.is_empty() => format!("/{delegate}"),
            Some(delegate) => format!("/{delegate}/{trimmed}"),
            None => return None,
        };
        let inner = full.trim_start_matches('/');
        let (process, mut rest) = inner.find('/').map_or((inner, ""), |at| inner.split_at(at));
        let routes = self.processes.get(process)?;
        loop {
            if let Some(route) = routes.get(rest) {
                let authorization = self.authorization_of(process, rest);
                return Some(Found {
                    full,
                    route,
                    authorization,
                });
            }
            rest = &rest[..rest.rfind('/')?];
            if rest.is_empty() {
                // The route of the bare process name serves exactly that name.
                let route = routes.get(FALLBACK)?;
                return Some(Found {
                    full,
                    route,
                    authorization: None,
                });
            }
        }
    }

    /// By the endpoint that serves the request, not by the path that was asked for: what is below
    /// an endpoint and its `.json` alias are guarded with it.
    fn authorization_of(&self, process: &str, endpoint: &str) -> Option<Authorization> {
        let key = format!("/{process}{endpoint}");
        let alias = || self.authorizations.get(key.strip_suffix(".json")?);
        self.authorizations.get(&key).or_else(alias).cloned()
    }

    /// `/x` and `/delegate/x` in the list mean the same endpoint, and so does the `.json` alias.
    fn is_disabled(&self, full: &str) -> bool {
        let below = self.delegate.as_ref().and_then(|delegate| {
            let rest = full.strip_prefix('/')?.strip_prefix(delegate.as_str())?;
            (!rest.is_empty()).then_some(rest)
        });
        [Some(full), below].into_iter().flatten().any(|path| {
            let alias = path.strip_suffix(".json");
            self.disabled.contains(path) || alias.is_some_and(|path| self.disabled.contains(path))
        })
    }
}

impl Handler for Router {
    fn call(&self, mut request: Request) -> BoxFuture<Response> {
        let Some(Found {
            full,
            route,
            authorization,
        }) = self.find(&request.path)
        else {
            return ready(Response::not_found());
        };
        if self.is_disabled(&full) {
            return ready(Response::forbidden(format!(
                "Endpoint '{full}' is disabled"
            )));
        }
        request.path = full;
        let handler = route.handler.clone();
        let authenticator = route
            .realm
            .as_ref()
            .and_then(|realm| Some((realm, self.authenticators.get(realm)?)));
        if authenticator.is_none() && authorization.is_none() {
            return handler.call(request);
        }
        let principal = authenticator
            .map(|(realm, authenticator)| authenticator.authenticate(realm, &request.headers));
        Box::pin(async move {
            if let Some(principal) = principal {
                match principal.await {
                    Ok(principal) => request.principal = principal,
                    Err(response) => return response,
                }
            }
            if let Some(authorization) = authorization {
                match authorization(request.principal.clone()).await {
                    Ok(true) => {}
                    Ok(false) => return Response::of(403),
                    Err(text) => return Response::internal_error(text),
                }
            }
            handler.call(request).await
        })
    }
}

fn ready(response: Response) -> BoxFuture<Response> {
    Box::pin(std::future::ready(response))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn echo() -> Route {
        Route::new(|request: Request| async move { Response::text(request.path) })
    }

    fn router() -> Router {
        let mut router = Router::new();
        router.add("master", "/state", echo());
        router.add("master", "/api/v1", echo().realm(Some("rw")));
        router.add("master", "/api/v1/scheduler", echo());
        router.add("master", "", echo());
        router.add_with_json_alias("files", "/browse", echo());
        router.delegate("master");
        router
    }

    fn get(router: &Router, path: &str) -> Response {
        router
            .call(Request::get(path))
            .now_or_never()
            .expect("immediate")
    }

    #[test]
    fn unknown_first_segments_go_to_the_delegate() {
        let router = router();
        assert_eq!(get(&router, "/state").bytes(), b"/master/state");
        assert_eq!(get(&router, "/master/state/").bytes(), b"/master/state");
        assert_eq!(get(&router, "/").bytes(), b"/master");
        assert_eq!(get(&router, "/nonsense").status, 404);
        assert_eq!(get(&router, "/files/browse.json").status, 200);
        assert_eq!(get(&router, "/files").status, 404);
    }

    #[test]
    fn the_longest_prefix_serves_what_is_below_it() {
        let router = router();
        assert_eq!(
            get(&router, "/api/v1/other/deep").bytes(),
            b"/master/api/v1/other/deep"
        );
        assert_eq!(get(&router, "/api/v2").status, 404);
        assert_eq!(get(&router, "/master/state/../x").status, 404);
    }

    #[test]
    fn disabled_endpoints_are_forbidden_by_name() {
        let mut router = router();
        router.disable_endpoints(["/master/state".to_owned()]);
        let response = get(&router, "/state");
        assert_eq!(response.status, 403);
        assert_eq!(response.bytes(), b"Endpoint '/master/state' is disabled");
        router.disable_endpoints(["/api/v1".to_owned(), "/files/browse".to_owned()]);
        assert_eq!(get(&router, "//master//state").status, 404);
        assert_eq!(get(&router, "//state/").status, 403);
        assert_eq!(get(&router, "/files/browse.json").status, 403);
        assert_eq!(get(&router, "/master/api/v1").status, 403);
        assert_eq!(
            get(&router, "/api/v1/below").status,
            200,
            "the list is exact"
        );
    }

    #[test]
    fn an_authorization_is_asked_with_the_principal() {
        let mut router = router();
        let only_named: Authorization = Arc::new(|principal| {
            Box::pin(std::future::ready(Ok(
                principal.is_some_and(|who| who.value.is_some())
            )))
        });
        router.authorization("/master/state", only_named.clone());
        router.authorization("/files/debug", only_named);
        router.add_with_json_alias("files", "/debug", echo());
        assert_eq!(get(&router, "/files/debug.json").status, 403);
        assert_eq!(get(&router, "/state").bytes(), b"403 Forbidden.");
        assert_eq!(get(&router, "//master/state/below/").status, 403);
        assert_eq!(get(&router, "/files/browse").status, 200);
    }

    struct Refuse;

    impl Authenticator for Refuse {
        fn authenticate(
            &self,
            realm: &str,
            _headers: &crate::http::HeaderMap,
        ) -> BoxFuture<Result<Option<Principal>, Response>> {
            let challenge = format!("Basic realm=\"{realm}\"");
            Box::pin(std::future::ready(Err(Response::unauthorized(&[
                challenge,
            ]))))
        }
    }

    #[test]
    fn only_realms_with_an_authenticator_are_guarded() {
        let mut router = router();
        assert_eq!(get(&router, "/api/v1").status, 200);
        router.authenticator("rw", Arc::new(Refuse));
        assert_eq!(get(&router, "/api/v1").status, 401);
        assert_eq!(get(&router, "/state").status, 200);
    }
}
