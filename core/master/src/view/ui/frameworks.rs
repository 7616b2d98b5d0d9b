//! `/ui/frameworks`: active, inactive and completed frameworks.

use mesos_model::WallTime;
use mesos_process::http::Query;
use serde::Serialize;

use super::{
    Failure,
    amounts::{Amounts, Kind, cluster_total},
    listing::{Columns, Key, Listing, Row, not_one_of},
    needle::Needle,
};
use crate::{snapshot::Snapshot, state::FrameworkRecord, view::Context};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Active,
    Inactive,
    Completed,
}

impl State {
    const ALL: [(&'static str, Self); 3] = [
        ("active", Self::Active),
        ("inactive", Self::Inactive),
        ("completed", Self::Completed),
    ];

    fn text(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// A framework and what the row needs besides.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) record: &'a FrameworkRecord,
    pub(super) state: State,
    /// Of all agents.
    total: Amounts,
}

impl<'a> Known<'a> {
    pub(super) fn all(snapshot: &'a Snapshot) -> impl Iterator<Item = Self> {
        let total = cluster_total(snapshot);
        let registered = snapshot.frameworks.iter().map(move |record| Self {
            record,
            state: if record.active {
                State::Active
            } else {
                State::Inactive
            },
            total,
        });
        let completed = snapshot.completed_frameworks.iter().rev();
        registered.chain(completed.map(move |record| Self {
            record,
            state: State::Completed,
            total,
        }))
    }

    fn reregistered(self) -> Option<f64> {
        let record = self.record;
        let again = record.reregistered_time != record.registered_time;
        known_time(record.reregistered_time).filter(|_| again)
    }

    fn max_share(self) -> f64 {
        Amounts::of(&self.record.used).share_of(&self.total)
    }

    pub(super) fn row(self) -> FrameworkRow<'a> {
        let record = self.record;
        let info = record.info.get();
        FrameworkRow {
            id: record.id.as_str(),
            name: &info.name,
            user: &info.user,
            hostname: info.hostname(),
            webui_url: info.webui_url.as_deref().filter(|url| !url.is_empty()),
            principal: info.principal.as_deref(),
            roles: record.roles.iter().map(|role| role.as_str()).collect(),
            state: self.state,
            tasks: record.tasks.len(),
            allocated: Amounts::of(&record.used),
            offered: Amounts::of(&record.offered),
            max_share: self.max_share(),
            registered_time: known_time(record.registered_time),
            reregistered_time: self.reregistered(),
            unregistered_time: known_time(record.unregistered_time),
        }
    }
}

/// Zero stands for a time that is not known.
fn known_time(time: WallTime) -> Option<f64> {
    Some(time.secs()).filter(|secs| *secs > 0.0)
}

/// `FrameworkRow`.
#[derive(Serialize)]
pub(super) struct FrameworkRow<'a> {
    id: &'a str,
    name: &'a str,
    user: &'a str,
    hostname: &'a str,
    webui_url: Option<&'a str>,
    principal: Option<&'a str>,
    roles: Vec<&'a str>,
    state: State,
    tasks: usize,
    allocated: Amounts,
    offered: Amounts,
    max_share: f64,
    registered_time: Option<f64>,
    reregistered_time: Option<f64>,
    unregistered_time: Option<f64>,
}

#[derive(Clone, Copy)]
enum Column {
    Registered,
    Reregistered,
    Unregistered,
    Id,
    Name,
    User,
    Hostname,
    Principal,
    State,
    Tasks,
    Allocated(Kind),
    MaxShare,
}

const COLUMNS: Columns<Column> = &[
    ("registered_time", Column::Registered),
    ("reregistered_time", Column::Reregistered),
    ("unregistered_time", Column::Unregistered),
    ("id", Column::Id),
    ("name", Column::Name),
    ("user", Column::User),
    ("hostname", Column::Hostname),
    ("principal", Column::Principal),
    ("state", Column::State),
    ("tasks", Column::Tasks),
    ("cpus", Column::Allocated(Kind::Cpus)),
    ("gpus", Column::Allocated(Kind::Gpus)),
    ("mem", Column::Allocated(Kind::Mem)),
    ("disk", Column::Allocated(Kind::Disk)),
    ("max_share", Column::MaxShare),
];

impl<'a> Row<'a, Column> for Known<'a> {
    fn key(&self, column: Column) -> Key<'a> {
        let record = self.record;
        let info = record.info.get();
        match column {
            Column::Registered => Key::number(known_time(record.registered_time)),
            Column::Reregistered => Key::number(self.reregistered()),
            Column::Unregistered => Key::number(known_time(record.unregistered_time)),
            Column::Id => Key::Text(record.id.as_str()),
            Column::Name => Key::Text(&info.name),
            Column::User => Key::Text(&info.user),
            Column::Hostname => Key::Text(info.hostname()),
            Column::Principal => Key::text(info.principal.as_deref()),
            Column::State => Key::Text(self.state.text()),
            Column::Tasks => Key::Number(record.tasks.len() as f64),
            Column::Allocated(kind) => Key::Number(Amounts::of(&record.used).get(kind)),
            Column::MaxShare => Key::Number(self.max_share()),
        }
    }

    fn has(&self, needle: &Needle) -> bool {
        let info = self.record.info.get();
        let texts = [
            self.record.id.as_str(),
            &info.name,
            &info.user,
            info.hostname(),
            info.principal(),
        ];
        let mut roles = self.record.roles.iter();
        texts.into_iter().any(|text| needle.is_in(text))
            || roles.any(|role| needle.is_in(role.as_str()))
    }
}

pub(super) fn frameworks(
    snapshot: &Snapshot,
    query: &Query,
    _: &Context,
) -> Result<Vec<u8>, Failure> {
    let listing = Listing::of(query, COLUMNS, true, &["state"])?;
    let state = match query.get("state") {
        None => None,
        Some(name) => {
            let found = State::ALL.iter().find(|(state, _)| *state == name);
            let names = State::ALL.map(|(state, _)| state);
            let (_, state) = found.ok_or_else(|| not_one_of("state", name, &names))?;
            Some(*state)
        }
    };
    let rows = Known::all(snapshot).filter(|it| state.is_none_or(|only| it.state == only));
    listing.page(rows).json(Known::row)
}
