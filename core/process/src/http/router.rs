//! Routing: the first path segment names a process, the longest installed prefix wins, and unknown
//! processes are retried below the delegate.
//!
//! Compat: libprocess §5.

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

/// One endpoint.
#[derive(Clone)]
pub struct Route {
    handler: Arc<dyn Handler>,
    realm: Option<String>,
    help: Option<String>,
}

impl Route {
    pub fn new(handler: impl Handler + 'static) -> Self {
        Self { handler: Arc::new(handler), realm: None, help: None }
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

/// A table of endpoints; itself a [`Handler`].
#[derive(Clone, Default)]
pub struct Router {
    processes: BTreeMap<String, BTreeMap<String, Route>>,
    delegate: Option<String>,
    disabled: BTreeSet<String>,
    authenticators: HashMap<String, Arc<dyn Authenticator>>,
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
        self.processes.entry(process.to_owned()).or_default().insert(path, route);
        self
    }

    /// As [`Router::add`], and the same endpoint under `<path>.json`.
    pub fn add_with_json_alias(&mut self, process: &str, path: &str, route: Route) -> &mut Self {
        self.add(process, &format!("{path}.json"), route.clone());
        self.add(process, path, route)
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
    pub fn authenticator(&mut self, realm: &str, authenticator: Arc<dyn Authenticator>) -> &mut Self {
        self.authenticators.insert(realm.to_owned(), authenticator);
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
                let names = routes.iter().map(|(name, route)| (name.clone(), route.help.clone()));
                (id.clone(), names.collect())
            })
            .collect()
    }
}

impl Handler for Router {
    fn call(&self, _request: Request) -> BoxFuture<Response> {
        Box::pin(async { Response::not_found() })
    }
}
