//! What the agent shows, against answers recorded from the original. Compat: agent §17.2.

use std::collections::BTreeSet;

use mesos_agent::view::state::Surroundings;
use mesos_proto::mesos::{ResourceStatistics, TaskState};
use serde_json::{Map, Value, json};

use crate::harness::*;

const RECORDED: &str = include_str!("../golden/http/running.json");

/// Paths of all fields with the kind of their values; elements of a list count as one.
fn shape(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                shape(field, &format!("{path}.{name}"), out);
            }
            "object"
        }
        Value::Array(elements) => {
            for element in elements {
                shape(element, &format!("{path}[]"), out);
            }
            "list"
        }
        Value::String(_) => "text",
        Value::Number(_) => "number",
        Value::Bool(_) => "truth",
        Value::Null => "null",
    };
    out.insert(format!("{path}: {kind}"));
}

fn shape_of(value: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    shape(value, "", &mut out);
    out
}

fn running() -> Rig {
    let mut config = config(std::path::Path::new("/w"));
    config.info.attributes =
        mesos_model::attribute::parse("rack:r1;zone:2.5;ids:[1-3,5-7]").unwrap();
    let mut rig = Rig::register(config);
    let mut message = run_task(command_task("t"));
    message.framework.principal = Some("p".to_owned());
    message.framework.hostname = Some("h".to_owned());
    message.framework.capabilities = vec![mesos_proto::mesos::framework_info::Capability {
        r#type: Some(mesos_proto::mesos::framework_info::capability::Type::MultiRole.into()),
    }];
    message.framework.roles = vec!["dev".to_owned()];
    message.task.resources.extend(
        mesos_model::Resources::parse("ports:[31005-31006]", "*")
            .unwrap()
            .to_proto(),
    );
    for resource in &mut message.task.resources {
        resource.allocation_info = Some(mesos_proto::mesos::resource::AllocationInfo {
            role: Some("dev".to_owned()),
        });
    }
    let launch = launches(&rig.by_master(mesos_agent::event::Message::RunTask(message))).remove(0);
    rig.feed(mesos_agent::event::Event::ContainerLaunched {
        container: launch.container,
        outcome: Ok(7),
    });
    rig.register_executor("t");
    rig.update("t", TaskState::TaskStarting, 1);
    rig.update("t", TaskState::TaskRunning, 2);
    rig
}

#[test]
fn state_has_the_shape_of_the_original() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let rig = running();
    let build: Map<String, Value> = [
        ("git_sha", json!("")),
        ("git_tag", json!("")),
        ("build_date", json!("")),
        ("build_time", json!(0.0)),
        ("build_user", json!("")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    let around = Surroundings {
        flags: json!({}),
        master_hostname: Some("m".to_owned()),
        build,
        ..Default::default()
    };
    let mut ours = shape_of(&rig.agent.state_json(&around));
    // Ports in the task are there to compare the allocated totals, which the recording has.
    ours.retain(|line| !(line.contains("executors[]") && line.contains("ports")));
    let wanted = shape_of(&recorded["state"]);
    let missing: Vec<_> = wanted.difference(&ours).collect();
    let extra: Vec<_> = ours.difference(&wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:#?}, extra {extra:#?}"
    );
}

#[test]
fn containers_have_the_shape_of_the_original() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let rig = running();
    let statistics = ResourceStatistics {
        timestamp: 1.0,
        cpus_soft_limit: Some(0.2),
        cpus_system_time_secs: Some(0.0),
        cpus_user_time_secs: Some(0.0),
        mem_limit_bytes: Some(1),
        mem_rss_bytes: Some(1),
        mem_soft_limit_bytes: Some(1),
        ..Default::default()
    };
    let views = rig.agent.containers();
    let ours = Value::Array(
        views
            .iter()
            .map(|view| view.json(Some(&statistics)))
            .collect(),
    );
    assert_eq!(shape_of(&ours), shape_of(&recorded["containers"]));
}

#[test]
fn every_metric_of_the_original_agent_is_there() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let rig = running();
    let mut ours = BTreeSet::new();
    rig.agent.metrics(now(9.0), &mut |name, _| {
        ours.insert(name.to_owned());
    });
    let names = recorded["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str);
    let missing: Vec<&str> = names
        .filter(|name| !name.starts_with("containerizer/fetcher/") && !ours.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
