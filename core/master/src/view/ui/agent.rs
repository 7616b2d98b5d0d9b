//! `/ui/agent?id=`: one agent as the master knows it.

use std::collections::BTreeMap;

use mesos_model::{FrameworkId, Resources};
use mesos_process::http::Query;
use mesos_proto::mesos as pb;
use serde::Serialize;

use super::{
    Failure,
    agents::{AgentRow, Known},
    amounts::{Amounts, Milli},
};
use crate::{snapshot::Snapshot, state::AgentRecord, view::Context};

/// `Agent`.
#[derive(Serialize)]
struct Agent<'a> {
    #[serde(flatten)]
    row: AgentRow<'a>,
    pid: Option<String>,
    attributes: Vec<Attribute<'a>>,
    resources: Option<String>,
    domain: Option<Domain<'a>>,
    capabilities: Vec<&'static str>,
    reservations: Vec<Reservation>,
    frameworks: Vec<FrameworkOnAgent<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    name: &'a str,
    text: String,
}

#[derive(Serialize)]
struct Domain<'a> {
    region: &'a str,
    zone: &'a str,
}

#[derive(Serialize)]
struct Reservation {
    role: String,
    amounts: Amounts,
}

#[derive(Serialize)]
struct FrameworkOnAgent<'a> {
    id: &'a str,
    name: &'a str,
    tasks: usize,
    allocated: Amounts,
}

pub(super) fn agent(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    super::only(query, &["id"])?;
    let id = super::required(query, "id")?;
    let known = Known::all(snapshot).find(|agent| agent.agent_id().as_str() == id);
    let known = known.ok_or_else(|| Failure::Missing(format!("No agent has the id '{id}'")))?;
    let info = match known {
        Known::Registered(agent) => Some(agent.info.get()),
        Known::Recovered(agent) => Some(agent.info.get()),
        Known::Unreachable(..) => None,
    };
    let registered = match known {
        Known::Registered(agent) => Some(agent),
        Known::Recovered(_) | Known::Unreachable(..) => None,
    };
    super::json(&Agent {
        row: known.row(),
        pid: registered.map(|agent| agent.pid.to_string()),
        attributes: info.map(attributes).unwrap_or_default(),
        resources: match (registered, info) {
            (Some(agent), _) => Some(agent.total.to_string()),
            (None, Some(info)) => Some(Resources::from_proto(&info.resources).to_string()),
            (None, None) => None,
        },
        domain: info.and_then(domain),
        capabilities: registered.map(capabilities).unwrap_or_default(),
        reservations: registered.map(reservations).unwrap_or_default(),
        frameworks: registered
            .map(|agent| frameworks(snapshot, agent))
            .unwrap_or_default(),
    })
}

fn attributes(info: &pb::SlaveInfo) -> Vec<Attribute<'_>> {
    let attributes = info.attributes.iter().map(|attribute| Attribute {
        name: &attribute.name,
        text: text_of(attribute),
    });
    attributes.collect()
}

fn text_of(attribute: &pb::Attribute) -> String {
    if let Some(scalar) = &attribute.scalar {
        return scalar.value.to_string();
    }
    if let Some(ranges) = &attribute.ranges {
        let ranges = ranges.range.iter();
        let texts: Vec<String> = ranges
            .map(|range| format!("{}-{}", range.begin, range.end))
            .collect();
        return format!("[{}]", texts.join(", "));
    }
    if let Some(set) = &attribute.set {
        return format!("{{{}}}", set.item.join(", "));
    }
    let text = attribute.text.as_ref();
    text.map(|text| text.value.clone()).unwrap_or_default()
}

fn domain(info: &pb::SlaveInfo) -> Option<Domain<'_>> {
    let fault = info.domain.as_ref()?.fault_domain.as_ref()?;
    Some(Domain {
        region: &fault.region.name,
        zone: &fault.zone.name,
    })
}

fn capabilities(agent: &AgentRecord) -> Vec<&'static str> {
    let list = agent.capabilities.to_proto().into_iter();
    list.map(|capability| capability.r#type().as_str_name())
        .collect()
}

fn reservations(agent: &AgentRecord) -> Vec<Reservation> {
    let reservations = agent.total.reservations().into_iter();
    reservations
        .map(|(role, resources)| Reservation {
            role: role.as_str().to_owned(),
            amounts: Amounts::of(&resources),
        })
        .collect()
}

/// Whose tasks and executors are there, with what they hold.
fn frameworks<'a>(snapshot: &'a Snapshot, agent: &'a AgentRecord) -> Vec<FrameworkOnAgent<'a>> {
    let mut executors: BTreeMap<&FrameworkId, Milli> = BTreeMap::new();
    for executor in &agent.executors {
        let held = executors.entry(&executor.framework).or_default();
        held.add(&executor.resources);
    }
    let ids = agent.frameworks.iter();
    ids.map(|id| {
        let mut held = executors.get(id).copied().unwrap_or_default();
        let framework = snapshot.framework(id);
        let tasks = framework.into_iter().flat_map(|it| it.tasks.iter());
        let mut count = 0;
        for task in tasks.filter(|task| *task.agent() == agent.id) {
            count += 1;
            if task.holds_resources() {
                held.add(&task.fixed.resources);
            }
        }
        FrameworkOnAgent {
            id: id.as_str(),
            name: framework.map_or("", |it| &it.info.get().name),
            tasks: count,
            allocated: held.amounts(),
        }
    })
    .collect()
}
