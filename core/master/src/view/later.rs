//! Endpoints of features that are not built yet: what there is to read is answered truthfully, everything else with a
//! 501 that names the feature.
//!
//! Compat: §10.3 (`/weights`, `/quota`, `/maintenance/*`, `/machine/*`, operations on agents), HTTP-11a.

use std::sync::Arc;

use mesos_process::http::{Method, Request, Response, Route, Router};
use mesos_proto::{internal::Registry, json::Writer, wire};

use super::endpoints::{Context, READ_ONLY, READ_WRITE, not_leading};
use crate::snapshot::Snapshot;

/// What a GET shows; `None` if there is something that only the feature itself could show.
type Show = fn(&Snapshot) -> Option<Vec<u8>>;

struct Later {
    path: &'static str,
    feature: &'static str,
    methods: &'static [&'static str],
    show: Option<Show>,
    realm: Option<&'static str>,
}

impl Later {
    const fn post(path: &'static str, feature: &'static str) -> Self {
        Self {
            path,
            feature,
            methods: &["POST"],
            show: None,
            realm: READ_WRITE,
        }
    }
}

const OPERATIONS: &str = "Changing an agent's reservations and volumes over HTTP";
const MAINTENANCE: &str = "Maintenance";

const ALL: [Later; 11] = [
    Later {
        path: "/weights",
        feature: "Changing weights",
        methods: &["GET", "PUT"],
        show: Some(|snapshot| Some(weights(snapshot))),
        realm: READ_WRITE,
    },
    Later {
        path: "/quota",
        feature: "Quota",
        methods: &["GET", "POST", "DELETE"],
        show: Some(|snapshot| empty_object(snapshot, no_quota)),
        realm: READ_WRITE,
    },
    Later {
        path: "/maintenance/schedule",
        feature: MAINTENANCE,
        methods: &["GET", "POST"],
        show: Some(unmaintained),
        realm: READ_WRITE,
    },
    Later {
        path: "/maintenance/status",
        feature: MAINTENANCE,
        methods: &["GET"],
        show: Some(unmaintained),
        realm: READ_ONLY,
    },
    Later::post("/machine/down", MAINTENANCE),
    Later::post("/machine/up", MAINTENANCE),
    Later::post("/reserve", OPERATIONS),
    Later::post("/unreserve", OPERATIONS),
    Later::post("/create-volumes", OPERATIONS),
    Later::post("/destroy-volumes", OPERATIONS),
    Later {
        path: "/allocator/offer_constraints_debug",
        feature: "Explaining offer constraints",
        methods: &[],
        show: None,
        realm: READ_ONLY,
    },
];

pub(super) fn install(router: &mut Router, context: &Arc<Context>) {
    for later in ALL {
        let (path, realm) = (later.path, later.realm);
        let context = Arc::clone(context);
        let route = Route::new(move |request: Request| {
            let answer = later.answer(&context.snapshots.load(), &request);
            std::future::ready(answer)
        });
        router.add("master", path, route.realm(realm));
    }
}

impl Later {
    fn answer(&self, snapshot: &Snapshot, request: &Request) -> Response {
        if let Some(elsewhere) = not_leading(snapshot, request) {
            return elsewhere;
        }
        let known = self.methods.is_empty() || self.methods.contains(&request.method.as_str());
        if !known {
            return Response::method_not_allowed(self.methods, &request.method);
        }
        let shown = self
            .show
            .filter(|_| request.method == Method::GET)
            .and_then(|show| show(snapshot));
        match shown {
            Some(body) => Response::json(body, request.query.get("jsonp")),
            None => Response::not_implemented(format!(
                "{} is not supported by this master yet",
                self.feature
            )),
        }
    }
}

fn weights(snapshot: &Snapshot) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.begin_array();
    for (role, weight) in &snapshot.role_settings.weights {
        writer
            .begin_object()
            .field_str("role", role.as_str())
            .field_double("weight", *weight)
            .end_object();
    }
    writer.end_array();
    out
}

/// The form of a registry that has none of these.
fn empty_object(snapshot: &Snapshot, none: fn(&Registry) -> bool) -> Option<Vec<u8>> {
    let registry: Registry = wire::decode(&snapshot.registrar.registry).ok()?;
    none(&registry).then(|| b"{}".to_vec())
}

fn no_quota(registry: &Registry) -> bool {
    #[allow(deprecated, reason = "masters before 1.9 wrote this field")]
    let old = registry.quotas.is_empty();
    old && registry.quota_configs.is_empty()
}

fn unmaintained(snapshot: &Snapshot) -> Option<Vec<u8>> {
    empty_object(snapshot, |registry| {
        registry.schedules.is_empty() && registry.machines.is_none()
    })
}
