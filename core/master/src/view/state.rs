//! `/state`, `/slaves` and `/frameworks`. Compat: HTTP-13, §10.4, HTTP-10, HTTP-11a.

use std::sync::Arc;

use mesos_proto::json::Writer;

use super::agent::{self, Detail};
use super::document::{Document, Parts};
use super::endpoints::Build;
use super::{framework, warm};
use crate::snapshot::Snapshot;
use crate::state::FrameworkRecord;

/// Space for the full object of an agent.
const AGENT_BYTES: usize = 1100;

/// `/state`. `flags` are the names and values that were loaded.
pub(super) fn state(snapshot: &Snapshot, build: &Build, flags: &[(String, String)]) -> Parts {
    warm::state(snapshot);
    let mut document = Document::default();
    let mut writer = Writer::new(document.text());
    writer.begin_object();
    head(&mut writer, snapshot, build);
    flag_fields(&mut writer, snapshot, flags);
    document.push(",\"slaves\":[");
    for (at, record) in snapshot.agents.iter().enumerate() {
        document.member(agent::json(record), at == 0);
    }
    document.push("],");
    recovered_agents(&mut Writer::new(document.text()), snapshot, None);
    document.push(",");
    frameworks(&mut document, snapshot, None);
    document.push(",\"orphan_tasks\":[],\"unregistered_frameworks\":[]}");
    document.finish()
}

fn head(writer: &mut Writer<'_>, snapshot: &Snapshot, build: &Build) {
    let identity = &snapshot.identity;
    writer.field_str("version", &identity.version);
    for (name, value) in [("git_sha", &build.git_sha), ("git_tag", &build.git_tag)] {
        if let Some(value) = value {
            writer.field_str(name, value);
        }
    }
    writer
        .field_str("build_date", &build.date)
        .field_double("build_time", build.time)
        .field_str("build_user", &build.user)
        .field_double("start_time", identity.start_time.secs());
    if let Some(time) = snapshot.elected_time {
        writer.field_double("elected_time", time.secs());
    }
    writer
        .field_str("id", &identity.id)
        .field_str("pid", &identity.pid())
        .field_str("hostname", &identity.hostname);
    writer.key("capabilities").begin_array();
    for capability in &identity.info.capabilities {
        writer.string(capability.r#type().as_str_name());
    }
    writer
        .end_array()
        .field_double("activated_slaves", snapshot.activated_agents() as f64)
        .field_double("deactivated_slaves", snapshot.deactivated_agents() as f64)
        .field_double(
            "unreachable_slaves",
            snapshot.unreachable_agents.len() as f64,
        );
    if let Some(domain) = &identity.domain {
        writer.field_message("domain", domain);
    }
    let Some(leader) = &snapshot.leader else {
        return;
    };
    writer
        .field_str("leader", leader.pid())
        .key("leader_info")
        .begin_object()
        .field_str("id", &leader.id)
        .field_str("pid", leader.pid())
        .field_uint("port", u64::from(leader.port))
        .field_str("hostname", leader.hostname());
    if let Some(domain) = &leader.domain {
        writer.field_message("domain", domain);
    }
    writer.end_object();
}

fn flag_fields(writer: &mut Writer<'_>, snapshot: &Snapshot, flags: &[(String, String)]) {
    if let Some(cluster) = &snapshot.identity.cluster {
        writer.field_str("cluster", cluster);
    }
    for shown in ["log_dir", "external_log_file"] {
        if let Some((_, value)) = flags.iter().find(|(name, _)| name == shown) {
            writer.field_str(shown, value);
        }
    }
    write_flags(writer, flags);
}

/// `"flags":{…}`, names sorted.
pub(super) fn write_flags(writer: &mut Writer<'_>, flags: &[(String, String)]) {
    writer.key("flags").begin_object();
    for (name, value) in flags {
        writer.field_str(name, value);
    }
    writer.end_object();
}

/// `/slaves`, all or the one asked for.
pub(super) fn slaves(snapshot: &Snapshot, only: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + snapshot.agents.len() * AGENT_BYTES);
    let mut writer = Writer::new(&mut out);
    writer.begin_object();
    agents(&mut writer, snapshot, only);
    writer.end_object();
    out
}

fn agents(writer: &mut Writer<'_>, snapshot: &Snapshot, only: Option<&str>) {
    writer.key("slaves").begin_array();
    for record in snapshot.agents.iter() {
        if is_wanted(only, record.id.as_str()) {
            agent::write_open(writer, record, Detail::Full);
            writer.end_object();
        }
    }
    writer.end_array();
    recovered_agents(writer, snapshot, only);
}

fn recovered_agents(writer: &mut Writer<'_>, snapshot: &Snapshot, only: Option<&str>) {
    writer.key("recovered_slaves").begin_array();
    for record in snapshot.recovered_agents.iter() {
        if is_wanted(only, record.id.as_str()) {
            agent::write_recovered(writer, record);
        }
    }
    writer.end_array();
}

fn is_wanted(only: Option<&str>, id: &str) -> bool {
    only.is_none_or(|only| only == id)
}

/// `/frameworks`, all or the one asked for.
pub(super) fn framework_list(snapshot: &Snapshot, only: Option<&str>) -> Parts {
    if only.is_none() {
        warm::frameworks(snapshot);
    }
    let mut document = Document::default();
    document.push("{");
    frameworks(&mut document, snapshot, only);
    document.push(",\"unregistered_frameworks\":[]}");
    document.finish()
}

fn frameworks(document: &mut Document, snapshot: &Snapshot, only: Option<&str>) {
    let list = |document: &mut Document,
                records: &mut dyn Iterator<Item = &Arc<FrameworkRecord>>| {
        let wanted = records.filter(|record| is_wanted(only, record.id.as_str()));
        for (at, record) in wanted.enumerate() {
            framework::append(document, record, at == 0);
        }
    };
    document.push("\"frameworks\":[");
    list(document, &mut snapshot.frameworks.iter());
    document.push("],\"completed_frameworks\":[");
    list(document, &mut snapshot.completed_frameworks.iter());
    document.push("]");
}
