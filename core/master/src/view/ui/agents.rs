//! `/ui/agents`: registered agents, those that have not come back, and unreachable ones.

use mesos_model::{AgentId, WallTime};
use mesos_process::http::Query;
use serde::Serialize;

use super::{
    Failure,
    amounts::{Amounts, Kind, Usage},
    listing::{Columns, Key, Listing, Row, not_one_of},
    needle::Needle,
};
use crate::{
    snapshot::Snapshot,
    state::{AgentRecord, RecoveredAgent},
    view::Context,
};

/// `AgentState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum State {
    Active,
    Deactivated,
    Disconnected,
    Recovered,
    Unreachable,
}

impl State {
    const ALL: [(&'static str, Self); 5] = [
        ("Active", Self::Active),
        ("Deactivated", Self::Deactivated),
        ("Disconnected", Self::Disconnected),
        ("Recovered", Self::Recovered),
        ("Unreachable", Self::Unreachable),
    ];

    pub(super) fn text(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    pub(super) fn of(agent: &AgentRecord) -> Self {
        match (agent.connected, agent.active) {
            (false, _) => Self::Disconnected,
            (true, true) => Self::Active,
            (true, false) => Self::Deactivated,
        }
    }
}

/// An agent of any state.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    Registered(&'a AgentRecord),
    Recovered(&'a RecoveredAgent),
    Unreachable(&'a AgentId, WallTime),
}

impl<'a> Known<'a> {
    pub(super) fn all(snapshot: &'a Snapshot) -> impl Iterator<Item = Self> {
        let registered = snapshot.agents.iter();
        let recovered = snapshot.recovered_agents.iter();
        let unreachable = snapshot.unreachable_agents.iter();
        registered
            .map(|agent| Self::Registered(agent))
            .chain(recovered.map(|agent| Self::Recovered(agent)))
            .chain(unreachable.map(|(id, since)| Self::Unreachable(id, *since)))
    }

    pub(super) fn agent_id(self) -> &'a AgentId {
        match self {
            Self::Registered(agent) => &agent.id,
            Self::Recovered(agent) => &agent.id,
            Self::Unreachable(id, _) => id,
        }
    }

    fn state(self) -> State {
        match self {
            Self::Registered(agent) => State::of(agent),
            Self::Recovered(_) => State::Recovered,
            Self::Unreachable(..) => State::Unreachable,
        }
    }

    /// The registry keeps no more than the id of unreachable agents.
    fn hostname(self) -> Option<&'a str> {
        match self {
            Self::Registered(agent) => Some(&agent.info.get().hostname),
            Self::Recovered(agent) => Some(&agent.info.get().hostname),
            Self::Unreachable(..) => None,
        }
    }

    fn registered(self) -> Option<&'a AgentRecord> {
        match self {
            Self::Registered(agent) => Some(agent),
            Self::Recovered(_) | Self::Unreachable(..) => None,
        }
    }

    pub(super) fn row(self) -> AgentRow<'a> {
        let agent = self.registered();
        let port = match self {
            Self::Registered(agent) => Some(agent.info.get().port()),
            Self::Recovered(agent) => Some(agent.info.get().port()),
            Self::Unreachable(..) => None,
        };
        let since = match self {
            Self::Unreachable(_, since) => Some(since.secs()),
            Self::Registered(_) | Self::Recovered(_) => None,
        };
        AgentRow {
            id: self.agent_id().as_str(),
            hostname: self.hostname(),
            port,
            state: self.state(),
            version: agent.map(|agent| &*agent.version),
            usage: agent.map(Usage::of).unwrap_or_default(),
            tasks: agent.map_or(0, |agent| agent.tasks),
            registered_time: agent.map(|agent| agent.registered_time.secs()),
            reregistered_time: agent.and_then(|agent| Some(agent.reregistered_time?.secs())),
            unreachable_time: since,
        }
    }
}

/// `AgentRow`.
#[derive(Serialize)]
pub(super) struct AgentRow<'a> {
    id: &'a str,
    hostname: Option<&'a str>,
    port: Option<i32>,
    state: State,
    version: Option<&'a str>,
    usage: Usage,
    tasks: usize,
    registered_time: Option<f64>,
    reregistered_time: Option<f64>,
    unreachable_time: Option<f64>,
}

#[derive(Clone, Copy)]
enum Column {
    Hostname,
    Id,
    State,
    Version,
    Tasks,
    Total(Kind),
    Allocated(Kind),
    Registered,
    Reregistered,
}

const COLUMNS: Columns<Column> = &[
    ("hostname", Column::Hostname),
    ("id", Column::Id),
    ("state", Column::State),
    ("version", Column::Version),
    ("tasks", Column::Tasks),
    ("cpus", Column::Allocated(Kind::Cpus)),
    ("gpus", Column::Allocated(Kind::Gpus)),
    ("mem", Column::Allocated(Kind::Mem)),
    ("disk", Column::Allocated(Kind::Disk)),
    ("cpus_total", Column::Total(Kind::Cpus)),
    ("gpus_total", Column::Total(Kind::Gpus)),
    ("mem_total", Column::Total(Kind::Mem)),
    ("disk_total", Column::Total(Kind::Disk)),
    ("registered_time", Column::Registered),
    ("reregistered_time", Column::Reregistered),
];

impl<'a> Row<'a, Column> for Known<'a> {
    fn key(&self, column: Column) -> Key<'a> {
        let agent = self.registered();
        let number = |of: &dyn Fn(&AgentRecord) -> f64| Key::number(agent.map(of));
        match column {
            Column::Hostname => Key::text(self.hostname()),
            Column::Id => Key::Text(self.agent_id().as_str()),
            Column::State => Key::Text(self.state().text()),
            Column::Version => Key::text(agent.map(|agent| &*agent.version)),
            Column::Tasks => number(&|agent| agent.tasks as f64),
            Column::Total(kind) => number(&|agent| Amounts::of(&agent.total).get(kind)),
            Column::Allocated(kind) => number(&|agent| Amounts::of(&agent.used).get(kind)),
            Column::Registered => number(&|agent| agent.registered_time.secs()),
            Column::Reregistered => {
                Key::number(agent.and_then(|agent| Some(agent.reregistered_time?.secs())))
            }
        }
    }

    fn has(&self, needle: &Needle) -> bool {
        needle.is_in(self.agent_id().as_str())
            || self.hostname().is_some_and(|name| needle.is_in(name))
    }
}

pub(super) fn agents(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    let listing = Listing::of(query, COLUMNS, false, &["state"])?;
    let state = match query.get("state") {
        None => None,
        Some(name) => {
            let found = State::ALL.iter().find(|(state, _)| *state == name);
            let names = State::ALL.map(|(state, _)| state);
            let (_, state) = found.ok_or_else(|| not_one_of("state", name, &names))?;
            Some(*state)
        }
    };
    let rows = Known::all(snapshot).filter(|agent| state.is_none_or(|only| agent.state() == only));
    listing.page(rows).json(Known::row)
}
