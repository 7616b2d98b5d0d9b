//! `/state`, `/slaves` and `/frameworks`. Compat: HTTP-13, §10.4, HTTP-10, HTTP-11a.

use mesos_proto::json::Writer;

use super::agent::{self, Detail};
use super::endpoints::Build;
use super::framework;
use crate::snapshot::Snapshot;
use crate::state::AgentRecord;

/// Space for most of the text at once: bytes per task and per agent.
const TASK_BYTES: usize = 360;
const AGENT_BYTES: usize = 1100;

/// `/state`. `flags` are the names and values that were loaded.
pub(super) fn state(snapshot: &Snapshot, build: &Build, flags: &[(String, String)]) -> Vec<u8> {
    let tasks: usize = snapshot
        .frameworks
        .iter()
        .chain(snapshot.completed_frameworks.iter())
        .map(|framework| framework.tasks.len() + framework.completed_tasks.len() + 2)
        .sum();
    let mut out =
        Vec::with_capacity(8192 + tasks * TASK_BYTES + snapshot.agents.len() * AGENT_BYTES);
    let mut writer = Writer::new(&mut out);
    writer.begin_object();
    head(&mut writer, snapshot, build);
    flag_fields(&mut writer, snapshot, flags);
    agents(&mut writer, snapshot, Detail::Summary, None);
    frameworks(&mut writer, snapshot, None);
    writer.key("orphan_tasks").begin_array().end_array();
    writer
        .key("unregistered_frameworks")
        .begin_array()
        .end_array();
    writer.end_object();
    out
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
    agents(&mut writer, snapshot, Detail::Full, only);
    writer.end_object();
    out
}

fn agents(writer: &mut Writer<'_>, snapshot: &Snapshot, detail: Detail, only: Option<&str>) {
    let wanted = |id: &str| only.is_none_or(|only| only == id);
    writer.key("slaves").begin_array();
    for record in snapshot
        .agents
        .iter()
        .filter(|agent| wanted(agent.id.as_str()))
    {
        match detail {
            Detail::Summary => {
                writer.raw(summary_json(record));
            }
            Detail::Full => {
                agent::write_open(writer, record, detail);
                writer.end_object();
            }
        }
    }
    writer.end_array().key("recovered_slaves").begin_array();
    for record in snapshot
        .recovered_agents
        .iter()
        .filter(|agent| wanted(agent.id.as_str()))
    {
        agent::write_recovered(writer, record);
    }
    writer.end_array();
}

/// The summary object of an agent, rendered once per record.
fn summary_json(record: &AgentRecord) -> &[u8] {
    record.json.get_or_init(|| {
        let mut out = Vec::with_capacity(AGENT_BYTES);
        let mut writer = Writer::new(&mut out);
        agent::write_open(&mut writer, record, Detail::Summary);
        writer.end_object();
        out.into()
    })
}

/// `/frameworks`, all or the one asked for.
pub(super) fn framework_list(snapshot: &Snapshot, only: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.begin_object();
    frameworks(&mut writer, snapshot, only);
    writer
        .key("unregistered_frameworks")
        .begin_array()
        .end_array();
    writer.end_object();
    out
}

fn frameworks(writer: &mut Writer<'_>, snapshot: &Snapshot, only: Option<&str>) {
    let wanted = |id: &str| only.is_none_or(|only| only == id);
    writer.key("frameworks").begin_array();
    for record in snapshot
        .frameworks
        .iter()
        .filter(|record| wanted(record.id.as_str()))
    {
        framework::write(writer, record);
    }
    writer.end_array().key("completed_frameworks").begin_array();
    for record in snapshot
        .completed_frameworks
        .iter()
        .filter(|record| wanted(record.id.as_str()))
    {
        framework::write(writer, record);
    }
    writer.end_array();
}
