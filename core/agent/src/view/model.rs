//! JSON of tasks, resources and attributes, as the `/state` family prints them.
//!
//! Compat: agent §17.2.

use mesos_model::Resources;
use mesos_proto::mesos as pb;
use mesos_proto::mesos::{Attribute, Task, TaskInfo, TaskStatus, value};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// A message's own JSON.
pub fn message<M: prost::Name>(message: &M) -> Value {
    mesos_proto::json::to_value(message)
}

/// Sums by name: scalars as numbers, ranges and sets as text; four kinds are always there.
pub fn resources(resources: &Resources) -> Value {
    let mut out = Object::new();
    for name in ["disk", "mem", "gpus", "cpus"] {
        out.insert(name.to_owned(), json!(0.0));
    }
    let list = resources.to_proto();
    let mut ranges: std::collections::BTreeMap<String, Vec<(u64, u64)>> =
        std::collections::BTreeMap::new();
    for resource in &list {
        let name = match &resource.revocable {
            Some(_) => format!("{}_revocable", resource.name),
            None => resource.name.clone(),
        };
        match resource.r#type() {
            value::Type::Scalar => {
                let amount = resource.scalar.as_ref().map_or(0.0, |scalar| scalar.value);
                let before = out.get(&name).and_then(Value::as_f64).unwrap_or(0.0);
                out.insert(name, json!(round(before + amount)));
            }
            value::Type::Ranges => {
                let own = resource
                    .ranges
                    .iter()
                    .flat_map(|r| &r.range)
                    .map(|r| (r.begin, r.end));
                ranges.entry(name).or_default().extend(own);
            }
            value::Type::Set => {
                let items = resource
                    .set
                    .as_ref()
                    .map(|set| set.item.join(", "))
                    .unwrap_or_default();
                out.insert(name, json!(format!("{{{items}}}")));
            }
            value::Type::Text => {}
        }
    }
    for (name, mut list) in ranges {
        list.sort_unstable();
        out.insert(name, json!(range_text(&list)));
    }
    Value::Object(out)
}

/// Sums keep three digits.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn range_text(list: &[(u64, u64)]) -> String {
    let items: Vec<String> = list
        .iter()
        .map(|(begin, end)| format!("{begin}-{end}"))
        .collect();
    format!("[{}]", items.join(", "))
}

/// By role of the reservation.
pub fn by_role(resources: &Resources, show: impl Fn(&Resources) -> Value) -> Value {
    let mut roles: Vec<String> = resources
        .iter()
        .filter_map(|r| r.reservation_role())
        .map(|role| role.as_str().to_owned())
        .collect();
    roles.sort();
    roles.dedup();
    Value::Object(
        roles
            .into_iter()
            .map(|role| {
                let shown = show(&resources.reserved(&role));
                (role, shown)
            })
            .collect(),
    )
}

/// Every entry in full, with the fields of the older format beside the new ones.
pub fn full(resources: &Resources) -> Value {
    Value::Array(
        resources
            .to_proto()
            .iter()
            .map(|resource| message(&both_formats(resource)))
            .collect(),
    )
}

#[allow(deprecated, reason = "endpoints show both formats")]
fn both_formats(resource: &pb::Resource) -> pb::Resource {
    let mut shown = resource.clone();
    match resource.reservations.as_slice() {
        [] => shown.role = Some("*".to_owned()),
        [one] => {
            shown.role = one.role.clone();
            if one.r#type() == pb::resource::reservation_info::Type::Dynamic {
                shown.reservation = Some(pb::resource::ReservationInfo {
                    r#type: None,
                    role: None,
                    ..one.clone()
                });
            }
        }
        _ => {}
    }
    shown
}

pub fn attributes(attributes: &[Attribute]) -> Value {
    let show = |attribute: &Attribute| match attribute.r#type() {
        value::Type::Scalar => json!(attribute.scalar.as_ref().map_or(0.0, |scalar| scalar.value)),
        value::Type::Ranges => {
            let ranges: Vec<_> = attribute
                .ranges
                .iter()
                .flat_map(|r| &r.range)
                .map(|r| (r.begin, r.end))
                .collect();
            json!(range_text(&ranges))
        }
        value::Type::Set => json!(
            attribute
                .set
                .as_ref()
                .map(|set| format!("{{{}}}", set.item.join(", ")))
        ),
        value::Type::Text => json!(
            attribute
                .text
                .as_ref()
                .map(|text| text.value.clone())
                .unwrap_or_default()
        ),
    };
    Value::Object(
        attributes
            .iter()
            .map(|attribute| (attribute.name.clone(), show(attribute)))
            .collect(),
    )
}

pub fn labels(labels: &pb::Labels) -> Value {
    message(labels)
        .get_mut("labels")
        .map(Value::take)
        .unwrap_or_else(|| json!([]))
}

fn role_of(resources: &[pb::Resource]) -> Option<String> {
    resources
        .iter()
        .find_map(|r| r.allocation_info.as_ref())
        .and_then(|info| info.role.clone())
}

fn limits(limits: &std::collections::BTreeMap<String, value::Scalar>) -> Value {
    let show = |amount: f64| {
        if amount.is_infinite() {
            json!("Infinity")
        } else {
            json!(amount)
        }
    };
    Value::Object(
        limits
            .iter()
            .map(|(name, limit)| (name.clone(), show(limit.value)))
            .collect(),
    )
}

pub fn task(task: &Task) -> Value {
    let mut out = Object::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(task.task_id.value));
    put("name", json!(task.name));
    put("framework_id", json!(task.framework_id.value));
    put(
        "executor_id",
        json!(
            task.executor_id
                .as_ref()
                .map(|id| id.value.clone())
                .unwrap_or_default()
        ),
    );
    put("slave_id", json!(task.slave_id.value));
    put("state", json!(task.state().as_str_name()));
    put(
        "resources",
        resources(&Resources::from_proto(&task.resources)),
    );
    if !task.limits.is_empty() {
        put("limits", limits(&task.limits));
    }
    if let Some(role) = role_of(&task.resources) {
        put("role", json!(role));
    }
    put("statuses", task.statuses.iter().map(status).collect());
    if let Some(user) = &task.user {
        put("user", json!(user));
    }
    if let Some(found) = &task.labels {
        put("labels", labels(found));
    }
    if let Some(discovery) = &task.discovery {
        put("discovery", message(discovery));
    }
    if let Some(container) = &task.container {
        put("container", message(container));
    }
    if let Some(check) = &task.health_check {
        put("health_check", message(check));
    }
    Value::Object(out)
}

fn status(status: &TaskStatus) -> Value {
    let mut out = Object::new();
    out.insert("state".to_owned(), json!(status.state().as_str_name()));
    out.insert("timestamp".to_owned(), json!(status.timestamp()));
    if let Some(found) = &status.labels {
        out.insert("labels".to_owned(), labels(found));
    }
    if let Some(container) = &status.container_status {
        let mut shown = container.clone();
        shown.executor_pid = None;
        out.insert("container_status".to_owned(), message(&shown));
    }
    if let Some(healthy) = status.healthy {
        out.insert("healthy".to_owned(), json!(healthy));
    }
    Value::Object(out)
}

pub fn queued_task(task: &TaskInfo) -> Value {
    let mut out = Object::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(task.task_id.value));
    put("name", json!(task.name));
    put("slave_id", json!(task.slave_id.value));
    put(
        "resources",
        resources(&Resources::from_proto(&task.resources)),
    );
    if let Some(role) = role_of(&task.resources) {
        put("role", json!(role));
    }
    if let Some(command) = &task.command {
        put("command", message(command));
    }
    if let Some(executor) = &task.executor {
        put("executor_id", json!(executor.executor_id.value));
    }
    if let Some(discovery) = &task.discovery {
        put("discovery", message(discovery));
    }
    Value::Object(out)
}
