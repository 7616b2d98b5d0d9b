//! The master's figures in `/metrics/snapshot`, computed from a snapshot. Names: `master_metrics.tsv`.
//!
//! Compat: REG-11.

use mesos_process::http::query::encode;
use mesos_proto::mesos::{self as pb, TaskState, offer::operation, scheduler::call};

use super::resources::from_milli;
use crate::counters::FrameworkCounters;
use crate::snapshot::Snapshot;
use crate::state::{FrameworkRecord, FrameworkState};

type Put<'a> = &'a mut dyn FnMut(&str, f64);

/// Per-framework figures are optional (`--publish_per_framework_metrics`).
pub fn figures(snapshot: &Snapshot, per_framework: bool, put: Put<'_>) {
    gauges(snapshot, put);
    for (name, value) in snapshot.counters.master.each() {
        put(&format!("master/{name}"), value as f64);
    }
    for ((state, source, reason), value) in snapshot.counters.task_reasons.iter() {
        let name = format!(
            "master/{}/{}/{}",
            state.as_str_name().to_lowercase(),
            source.as_str_name().to_lowercase(),
            reason.as_str_name().to_lowercase()
        );
        put(&name, *value as f64);
    }
    for (principal, counters) in snapshot.counters.principals.iter() {
        for (name, value) in counters.each() {
            put(&format!("frameworks/{principal}/{name}"), value as f64);
        }
    }
    resources(snapshot, put);
    operations(snapshot, put);
    allocator(snapshot, put);
    registrar(snapshot, put);
    if per_framework {
        for framework in snapshot.frameworks.iter() {
            framework_figures(framework, put);
        }
    }
}

fn gauges(snapshot: &Snapshot, put: Put<'_>) {
    let uptime = snapshot.taken.wall.secs() - snapshot.identity.start_time.secs();
    put("master/uptime_secs", uptime.max(0.0));
    put("master/elected", f64::from(u8::from(snapshot.is_leader())));
    let agents = |wanted: &dyn Fn(&crate::state::AgentRecord) -> bool| {
        snapshot.agents.iter().filter(|agent| wanted(agent)).count() as f64
    };
    put("master/slaves_connected", agents(&|agent| agent.connected));
    put(
        "master/slaves_disconnected",
        agents(&|agent| !agent.connected),
    );
    put("master/slaves_active", agents(&|agent| agent.active));
    put("master/slaves_inactive", agents(&|agent| !agent.active));
    put(
        "master/slaves_unreachable",
        snapshot.unreachable_agents.len() as f64,
    );
    let frameworks = |wanted: &dyn Fn(&FrameworkRecord) -> bool| {
        snapshot
            .frameworks
            .iter()
            .filter(|framework| wanted(framework))
            .count() as f64
    };
    put(
        "master/frameworks_connected",
        frameworks(&FrameworkRecord::connected),
    );
    put(
        "master/frameworks_disconnected",
        frameworks(&|framework| framework.state != FrameworkState::Connected),
    );
    put(
        "master/frameworks_active",
        frameworks(&|framework| framework.active),
    );
    put(
        "master/frameworks_inactive",
        frameworks(&|framework| !framework.active),
    );
    put(
        "master/outstanding_offers",
        snapshot.outstanding_offers as f64,
    );
    put("master/operator_event_stream_subscribers", 0.0);
    let by_state = snapshot.tasks_by_state();
    for (name, state) in [
        ("staging", TaskState::TaskStaging),
        ("starting", TaskState::TaskStarting),
        ("running", TaskState::TaskRunning),
        ("killing", TaskState::TaskKilling),
        ("unreachable", TaskState::TaskUnreachable),
    ] {
        let count = by_state.get(&state).copied().unwrap_or(0);
        put(&format!("master/tasks_{name}"), count as f64);
    }
}

fn resources(snapshot: &Snapshot, put: Put<'_>) {
    for name in ["cpus", "gpus", "mem", "disk"] {
        let (mut total, mut used) = ([0_i64; 2], [0_i64; 2]);
        for agent in snapshot.agents.iter() {
            for (bag, sum) in [(&agent.total, &mut total), (&agent.used, &mut used)] {
                for resource in bag
                    .into_iter()
                    .filter(|resource| resource.name().as_str() == name)
                {
                    sum[usize::from(resource.is_revocable())] += resource.milli();
                }
            }
        }
        for (at, suffix) in [(0, ""), (1, "_revocable")] {
            let (total, used) = (from_milli(total[at]), from_milli(used[at]));
            let percent = if total > 0.0 { used / total } else { 0.0 };
            put(&format!("master/{name}{suffix}_total"), total);
            put(&format!("master/{name}{suffix}_used"), used);
            put(&format!("master/{name}{suffix}_percent"), percent);
        }
    }
}

const OPERATION_STATES: [(&str, pb::OperationState); 8] = [
    ("pending", pb::OperationState::OperationPending),
    ("recovering", pb::OperationState::OperationRecovering),
    ("unreachable", pb::OperationState::OperationUnreachable),
    ("finished", pb::OperationState::OperationFinished),
    ("failed", pb::OperationState::OperationFailed),
    ("error", pb::OperationState::OperationError),
    ("dropped", pb::OperationState::OperationDropped),
    (
        "gone_by_operator",
        pb::OperationState::OperationGoneByOperator,
    ),
];

const AGENT_OPERATIONS: [operation::Type; 8] = [
    operation::Type::Reserve,
    operation::Type::Unreserve,
    operation::Type::Create,
    operation::Type::Destroy,
    operation::Type::GrowVolume,
    operation::Type::ShrinkVolume,
    operation::Type::CreateDisk,
    operation::Type::DestroyDisk,
];

/// Operations that agents have now, by state and by kind.
fn operations(snapshot: &Snapshot, put: Put<'_>) {
    let all: Vec<_> = snapshot
        .agents
        .iter()
        .flat_map(|agent| agent.operations.iter())
        .collect();
    let mut count = |prefix: &str, wanted: &dyn Fn(operation::Type) -> bool| {
        let mut total = 0;
        for (name, state) in OPERATION_STATES {
            let matching = all
                .iter()
                .filter(|operation| wanted(operation.info.r#type()) && operation.state() == state)
                .count();
            total += matching;
            put(&format!("{prefix}/{name}"), matching as f64);
        }
        put(&format!("{prefix}/total"), total as f64);
    };
    count("master/operations", &|_| true);
    for kind in AGENT_OPERATIONS {
        let name = kind.as_str_name().to_lowercase();
        count(&format!("master/operations/{name}"), &|other| other == kind);
    }
}

fn allocator(snapshot: &Snapshot, put: Put<'_>) {
    let figures = &snapshot.allocator;
    put(
        "allocator/mesos/allocation_runs",
        figures.allocation_runs as f64,
    );
    for (name, value) in &figures.values {
        put(name, *value);
    }
}

fn registrar(snapshot: &Snapshot, put: Put<'_>) {
    put(
        "registrar/queued_operations",
        snapshot.registrar.queued_operations as f64,
    );
    if snapshot.registrar.recovered {
        put(
            "registrar/registry_size_bytes",
            snapshot.registrar.registry.len() as f64,
        );
    }
}

const CALLS: [call::Type; 17] = [
    call::Type::Subscribe,
    call::Type::Teardown,
    call::Type::Accept,
    call::Type::Decline,
    call::Type::AcceptInverseOffers,
    call::Type::DeclineInverseOffers,
    call::Type::Revive,
    call::Type::Kill,
    call::Type::Shutdown,
    call::Type::Acknowledge,
    call::Type::AcknowledgeOperationStatus,
    call::Type::Reconcile,
    call::Type::ReconcileOperations,
    call::Type::Message,
    call::Type::Request,
    call::Type::Suppress,
    call::Type::UpdateFramework,
];

const EVENTS: [&str; 11] = [
    "subscribed",
    "offers",
    "inverse_offers",
    "rescind",
    "rescind_inverse_offer",
    "update",
    "update_operation_status",
    "message",
    "failure",
    "error",
    "heartbeat",
];

const TERMINAL: [TaskState; 8] = [
    TaskState::TaskFinished,
    TaskState::TaskFailed,
    TaskState::TaskKilled,
    TaskState::TaskError,
    TaskState::TaskLost,
    TaskState::TaskDropped,
    TaskState::TaskGone,
    TaskState::TaskGoneByOperator,
];

const ACTIVE: [TaskState; 6] = [
    TaskState::TaskStaging,
    TaskState::TaskStarting,
    TaskState::TaskRunning,
    TaskState::TaskKilling,
    TaskState::TaskUnreachable,
    TaskState::TaskUnknown,
];

fn framework_figures(framework: &FrameworkRecord, put: Put<'_>) {
    let name = encode(&framework.info.get().name);
    let prefix = format!("master/frameworks/{name}/{}", framework.id);
    let mut put = |name: &str, value: f64| put(&format!("{prefix}/{name}"), value);
    put("subscribed", f64::from(u8::from(framework.connected())));
    for role in &framework.roles {
        let suppressed = framework.suppressed.contains(role);
        put(
            &format!("roles/{role}/suppressed"),
            f64::from(u8::from(suppressed)),
        );
    }
    for state in ACTIVE {
        let tasks = framework
            .tasks
            .iter()
            .chain(framework.unreachable_tasks.iter());
        let count = tasks.filter(|task| task.state == state).count();
        put(
            &format!("tasks/active/{}", state.as_str_name().to_lowercase()),
            count as f64,
        );
    }
    framework_counters(&framework.counters, &mut put);
}

fn framework_counters(counters: &FrameworkCounters, put: Put<'_>) {
    put("offers/sent", counters.offers_sent as f64);
    put("offers/accepted", counters.offers_accepted as f64);
    put("offers/declined", counters.offers_declined as f64);
    put("offers/rescinded", counters.offers_rescinded as f64);
    put("calls", counters.calls.values().sum::<u64>() as f64);
    for kind in CALLS {
        let value = counters.calls.get(&kind).copied().unwrap_or(0);
        put(
            &format!("calls/{}", kind.as_str_name().to_lowercase()),
            value as f64,
        );
    }
    put("events", counters.events.values().sum::<u64>() as f64);
    for name in EVENTS {
        let value = counters.events.get(name).copied().unwrap_or(0);
        put(&format!("events/{name}"), value as f64);
    }
    for state in TERMINAL {
        let value = counters.terminal_tasks.get(&state).copied().unwrap_or(0);
        put(
            &format!("tasks/terminal/{}", state.as_str_name().to_lowercase()),
            value as f64,
        );
    }
    put(
        "operations",
        counters.operations.values().sum::<u64>() as f64,
    );
    for kind in [operation::Type::Launch, operation::Type::LaunchGroup]
        .iter()
        .chain(&AGENT_OPERATIONS)
    {
        let value = counters.operations.get(kind).copied().unwrap_or(0);
        put(
            &format!("operations/{}", kind.as_str_name().to_lowercase()),
            value as f64,
        );
    }
}
