//! Names and labels of families by the metric's path.

use super::Kind::{self, Counter, Gauge, Untyped};
use super::Place;
use super::rows::ROWS;

/// Ends of tasks; the label is the exporter's word.
const ENDS: [(&str, &str); 8] = [
    ("tasks_dropped", "dropped"),
    ("tasks_error", "errored"),
    ("tasks_failed", "failed"),
    ("tasks_finished", "finished"),
    ("tasks_gone", "gone"),
    ("tasks_gone_by_operator", "gone_by_operator"),
    ("tasks_killed", "killed"),
    ("tasks_lost", "lost"),
];
const CURRENT: [&str; 5] = [
    "tasks_killing",
    "tasks_running",
    "tasks_staging",
    "tasks_starting",
    "tasks_unreachable",
];
/// `[in]valid_…` and what they are labelled with: source, destination and type on the master, type on the agent.
const OUTCOMES_OF_MASTER: [(&str, [&str; 3]); 4] = [
    (
        "framework_to_executor_messages",
        ["framework", "executor", ""],
    ),
    (
        "executor_to_framework_messages",
        ["executor", "framework", ""],
    ),
    ("status_updates", ["framework", "slave", "status_update"]),
    (
        "status_update_acknowledgements",
        ["slave", "framework", "status_update"],
    ),
];
const OUTCOMES_OF_AGENT: [(&str, &str); 2] = [
    ("framework_messages", "framework"),
    ("status_updates", "status"),
];

fn place(family: impl Into<String>, kind: Kind, labels: Vec<(&'static str, String)>) -> Place {
    Place {
        family: format!("mesos_{}", family.into()),
        kind,
        labels,
    }
}

/// Where a metric is shown; by its path if nowhere else.
pub(super) fn place_of(name: &str) -> Place {
    let named = of_rows(name)
        .or_else(|| of_daemon(name))
        .or_else(|| of_allocator(name))
        .or_else(|| of_others(name));
    named.unwrap_or_else(|| place(plain(name), Untyped, Vec::new()))
}

/// The path as a name.
fn plain(path: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    path.chars().map(letter).collect()
}

/// `master` or `slave` and the rest of the path.
fn daemon(name: &str) -> Option<(&str, &str)> {
    let (daemon, rest) = name.split_once('/')?;
    matches!(daemon, "master" | "slave").then_some((daemon, rest))
}

fn of_rows(name: &str) -> Option<Place> {
    let row = ROWS
        .iter()
        .find(|(path, ..)| match path.strip_prefix("*/") {
            Some(path) => daemon(name).is_some_and(|(_, rest)| rest == path),
            None => *path == name,
        });
    let (path, family, kind, labels) = row?;
    // The master has states of frameworks, the agent a number.
    if name == "master/frameworks_active" {
        return None;
    }
    let family = match (path.starts_with('*'), daemon(name)) {
        (true, Some((daemon, _))) => format!("{daemon}_{family}"),
        _ => (*family).to_owned(),
    };
    let labels = labels
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Some(place(family, *kind, labels.collect()))
}

/// `cpus_total` as `cpus` and `total`.
fn resource(rest: &str) -> Option<(&str, &str)> {
    let (kind, what) = rest.rsplit_once('_')?;
    let base = kind.strip_suffix("_revocable").unwrap_or(kind);
    let known = matches!(base, "cpus" | "gpus" | "mem" | "disk");
    (known && matches!(what, "percent" | "total" | "used")).then_some((kind, what))
}

/// What is left of a resource, for the metric of its total: its place, and the metric of what is used.
pub(super) fn free_of(name: &str) -> Option<(Place, String)> {
    const CACHE: &str = "containerizer/fetcher/cache_size_total_bytes";
    let free = || vec![("type", "free".to_owned())];
    if name == CACHE {
        let used = CACHE.replace("total", "used");
        return Some((
            place("slave_containerizer_fetcher_cache_size", Gauge, free()),
            used,
        ));
    }
    let (daemon, rest) = daemon(name)?;
    let (kind, what) = resource(rest)?;
    let used = format!("{daemon}/{kind}_used");
    (what == "total").then(|| (place(format!("{daemon}_{kind}"), Gauge, free()), used))
}

fn of_daemon(name: &str) -> Option<Place> {
    let (daemon, rest) = daemon(name)?;
    let of = |family: &str, kind, labels| Some(place(format!("{daemon}_{family}"), kind, labels));
    if let Some((kind, what)) = resource(rest) {
        return of(kind, Gauge, vec![("type", what.to_owned())]);
    }
    if let Some((_, state)) = ENDS.iter().find(|(metric, _)| *metric == rest) {
        return of(
            "task_states_exit_total",
            Counter,
            vec![("state", (*state).to_owned())],
        );
    }
    if CURRENT.contains(&rest) {
        let state = rest.trim_start_matches("tasks_").to_owned();
        return of("task_states_current", Gauge, vec![("state", state)]);
    }
    if let Some(reason) = rest.strip_prefix("slave_removals/reason_") {
        return of(
            "slave_removal_events_reasons",
            Counter,
            vec![("reason", reason.to_owned())],
        );
    }
    if let Some(labels) = outcome(daemon, rest) {
        return of("messages_outcomes_total", Counter, labels);
    }
    if let Some(state) = rest.strip_prefix("task_") {
        let (state, rest) = state.split_once("/source_")?;
        let (source, reason) = rest.split_once("/reason_")?;
        let labels = [("state", state), ("source", source), ("reason", reason)];
        let labels = labels.map(|(name, value)| (name, value.to_owned()));
        return of(
            "task_state_counts_by_source_reason",
            Counter,
            labels.to_vec(),
        );
    }
    if daemon == "master" {
        return of_master(rest);
    }
    None
}

fn of_master(rest: &str) -> Option<Place> {
    if let Some(message) = rest.strip_prefix("messages_") {
        return Some(place(
            "master_messages",
            Counter,
            vec![("type", message.to_owned())],
        ));
    }
    if let Some(state) = rest.strip_prefix("frameworks_") {
        let state = match state {
            "active" => "connected_active",
            "inactive" => "connected_inactive",
            "disconnected" => "disconnected_inactive",
            _ => return None,
        };
        return Some(place(
            "master_frameworks_state",
            Gauge,
            vec![("state", state.to_owned())],
        ));
    }
    // `frameworks/<name>/<id>/<metric>`, the name percent-encoded; of completed ones there is nothing.
    let mut parts = rest.strip_prefix("frameworks/")?.splitn(3, '/');
    let (name, id, metric) = (parts.next()?, parts.next()?, parts.next()?);
    let labels = vec![("name", name.to_owned()), ("framework", id.to_owned())];
    Some(place(
        format!("master_framework_{}", plain(metric)),
        Untyped,
        labels,
    ))
}

fn outcome(daemon: &str, rest: &str) -> Option<Vec<(&'static str, String)>> {
    let (outcome, what) = match rest.strip_prefix("invalid_") {
        Some(what) => ("invalid", what),
        None => ("valid", rest.strip_prefix("valid_")?),
    };
    let labels: Vec<(&'static str, &str)> = if daemon == "master" {
        let (_, labels) = OUTCOMES_OF_MASTER.iter().find(|(it, _)| *it == what)?;
        let [source, destination, kind] = *labels;
        vec![
            ("source", source),
            ("destination", destination),
            ("type", kind),
            ("outcome", outcome),
        ]
    } else {
        let (_, kind) = OUTCOMES_OF_AGENT.iter().find(|(it, _)| *it == what)?;
        vec![("type", kind), ("outcome", outcome)]
    };
    let labels = labels
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()));
    Some(labels.collect())
}

fn of_allocator(name: &str) -> Option<Place> {
    let rest = name.strip_prefix("allocator/mesos/")?;
    for timer in ["allocation_run_ms", "allocation_run_latency_ms"] {
        if let Some(place) = of_timer(rest, timer, &format!("master_{timer}")) {
            return Some(place);
        }
    }
    if let Some(rest) = rest.strip_prefix("resources/") {
        let (resource, what) = rest.split_once('/')?;
        let family = format!("master_allocator_resources_{}", plain(resource));
        return Some(place(family, Gauge, vec![("type", what.to_owned())]));
    }
    if let Some(role) = rest.strip_prefix("offer_filters/roles/") {
        let role = role.strip_suffix("/active")?;
        let labels = vec![("role", role.to_owned())];
        return Some(place(
            "master_allocator_offer_filters_active",
            Gauge,
            labels,
        ));
    }
    if let Some(role) = rest.strip_prefix("roles/") {
        let role = role.strip_suffix("/shares/dominant")?;
        let labels = vec![("role", role.to_owned())];
        return Some(place(
            "master_allocator_role_shares_dominant",
            Gauge,
            labels,
        ));
    }
    let rest = rest.strip_prefix("quota/roles/")?;
    let (role, rest) = rest.split_once("/resources/")?;
    let (resource, what) = rest.split_once('/')?;
    let labels = vec![("role", role.to_owned()), ("resource", resource.to_owned())];
    Some(place(
        format!("master_allocator_role_quota_{}", plain(what)),
        Gauge,
        labels,
    ))
}

/// `timer` and its statistics; the last value is what the exporter calls the mean.
fn of_timer(rest: &str, timer: &str, family: &str) -> Option<Place> {
    let statistic = match rest.strip_prefix(timer)? {
        "" => "mean",
        rest => rest.strip_prefix('/')?,
    };
    (statistic != "count").then(|| place(family, Gauge, vec![("type", statistic.to_owned())]))
}

fn of_others(name: &str) -> Option<Place> {
    if let Some(rest) = name.strip_prefix("registrar/") {
        return of_timer(rest, "state_store_ms", "registrar_state_store_ms");
    }
    let rest = name.strip_prefix("frameworks/")?;
    let (framework, kind) = rest.rsplit_once("/messages_")?;
    let labels = vec![
        ("framework", framework.to_owned()),
        ("type", kind.to_owned()),
    ];
    Some(place("master_frameworks_messages", Counter, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> String {
        let place = place_of(name);
        format!("{}{}", place.family, super::super::labels(&place.labels))
    }

    const EXPECTED: &[(&str, &str)] = &[
        (
            "slave/cpus_revocable_used",
            "mesos_slave_cpus_revocable{type=\"used\"}",
        ),
        ("slave/uptime_secs", "mesos_slave_uptime_seconds"),
        ("slave/frameworks_active", "mesos_slave_frameworks_active"),
        (
            "master/frameworks_active",
            "mesos_master_frameworks_state{state=\"connected_active\"}",
        ),
        (
            "master/slaves_active",
            "mesos_master_slaves_state{state=\"connected_active\"}",
        ),
        (
            "master/tasks_error",
            "mesos_master_task_states_exit_total{state=\"errored\"}",
        ),
        (
            "slave/tasks_running",
            "mesos_slave_task_states_current{state=\"running\"}",
        ),
        (
            "master/messages_kill_task",
            "mesos_master_messages{type=\"kill_task\"}",
        ),
        (
            "master/invalid_status_updates",
            "mesos_master_messages_outcomes_total{source=\"framework\",destination=\"slave\",\
                 type=\"status_update\",outcome=\"invalid\"}",
        ),
        (
            "slave/valid_status_updates",
            "mesos_slave_messages_outcomes_total{type=\"status\",outcome=\"valid\"}",
        ),
        (
            "master/task_failed/source_slave/reason_command_executor_failed",
            "mesos_master_task_state_counts_by_source_reason{state=\"failed\",source=\"slave\",\
                 reason=\"command_executor_failed\"}",
        ),
        (
            "allocator/mesos/allocation_run_ms/p99",
            "mesos_master_allocation_run_ms{type=\"p99\"}",
        ),
        (
            "allocator/mesos/allocation_run_ms",
            "mesos_master_allocation_run_ms{type=\"mean\"}",
        ),
        (
            "allocator/mesos/roles/a/b/shares/dominant",
            "mesos_master_allocator_role_shares_dominant{role=\"a/b\"}",
        ),
        (
            "allocator/mesos/quota/roles/a/resources/cpus/guarantee",
            "mesos_master_allocator_role_quota_guarantee{role=\"a\",resource=\"cpus\"}",
        ),
        (
            "registrar/state_store_ms/max",
            "mesos_registrar_state_store_ms{type=\"max\"}",
        ),
        (
            "frameworks/p/messages_received",
            "mesos_master_frameworks_messages{framework=\"p\",type=\"received\"}",
        ),
        (
            "master/frameworks/n/F-1/offers/sent",
            "mesos_master_framework_offers_sent{name=\"n\",framework=\"F-1\"}",
        ),
        ("system/load_1min", "mesos_system_load_1min"),
    ];

    #[test]
    fn names_are_those_of_the_exporter() {
        for (name, expected) in EXPECTED {
            assert_eq!(shown(name), *expected, "{name}");
        }
    }
}
