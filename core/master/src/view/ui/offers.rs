//! `/ui/offers`: what is offered and not answered yet.

use mesos_process::http::Query;
use serde::Serialize;

use super::{
    Failure,
    amounts::{Amounts, Kind},
    listing::{Columns, Key, Listing, Row},
    needle::Needle,
    tasks::{Hosts, hosts},
};
use crate::{
    snapshot::Snapshot,
    state::{FrameworkRecord, OfferRecord},
    view::Context,
};

/// An offer and what the row needs besides.
#[derive(Clone, Copy)]
struct Known<'a> {
    framework: &'a FrameworkRecord,
    offer: &'a OfferRecord,
    hosts: &'a Hosts<'a>,
}

impl<'a> Known<'a> {
    fn host(self) -> Option<&'a str> {
        self.hosts.get(self.offer.agent.as_str()).copied()
    }

    fn row(self) -> OfferRow<'a> {
        OfferRow {
            id: self.offer.id.as_str(),
            framework_id: self.framework.id.as_str(),
            framework_name: &self.framework.info.get().name,
            agent_id: self.offer.agent.as_str(),
            hostname: self.host(),
            role: &self.offer.role,
            resources: Amounts::of(&self.offer.resources),
            text: self.offer.resources.to_string(),
        }
    }
}

/// `OfferRow`.
#[derive(Serialize)]
struct OfferRow<'a> {
    id: &'a str,
    framework_id: &'a str,
    framework_name: &'a str,
    agent_id: &'a str,
    hostname: Option<&'a str>,
    role: &'a str,
    resources: Amounts,
    text: String,
}

#[derive(Clone, Copy)]
enum Column {
    Id,
    FrameworkName,
    FrameworkId,
    Hostname,
    AgentId,
    Role,
    Resources(Kind),
}

const COLUMNS: Columns<Column> = &[
    ("id", Column::Id),
    ("framework_name", Column::FrameworkName),
    ("framework_id", Column::FrameworkId),
    ("hostname", Column::Hostname),
    ("agent_id", Column::AgentId),
    ("role", Column::Role),
    ("cpus", Column::Resources(Kind::Cpus)),
    ("gpus", Column::Resources(Kind::Gpus)),
    ("mem", Column::Resources(Kind::Mem)),
    ("disk", Column::Resources(Kind::Disk)),
];

impl<'a> Row<'a, Column> for Known<'a> {
    fn key(&self, column: Column) -> Key<'a> {
        match column {
            Column::Id => Key::Text(self.offer.id.as_str()),
            Column::FrameworkName => Key::Text(&self.framework.info.get().name),
            Column::FrameworkId => Key::Text(self.framework.id.as_str()),
            Column::Hostname => Key::text(self.host()),
            Column::AgentId => Key::Text(self.offer.agent.as_str()),
            Column::Role => Key::Text(&self.offer.role),
            Column::Resources(kind) => Key::Number(Amounts::of(&self.offer.resources).get(kind)),
        }
    }

    fn has(&self, needle: &Needle) -> bool {
        needle.is_in(self.offer.id.as_str())
            || needle.is_in(&self.framework.info.get().name)
            || needle.is_in(&self.offer.role)
            || self.host().is_some_and(|host| needle.is_in(host))
    }
}

pub(super) fn offers(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    let listing = Listing::of(query, COLUMNS, false, &["framework", "agent"])?;
    let (framework, agent) = (query.get("framework"), query.get("agent"));
    let hosts = hosts(snapshot);
    let frameworks = snapshot.frameworks.iter();
    let rows = frameworks
        .filter(|it| framework.is_none_or(|id| it.id.as_str() == id))
        .flat_map(|framework| {
            let offers = framework.offers.iter();
            offers.map(|offer| Known {
                framework,
                offer,
                hosts: &hosts,
            })
        })
        .filter(|it| agent.is_none_or(|id| it.offer.agent.as_str() == id));
    listing.page(rows).json(Known::row)
}
