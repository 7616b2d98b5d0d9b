//! `/ui/overview`: who this master is and what the cluster has; also of a master that does not lead.

use std::collections::BTreeMap;

use mesos_process::http::Query;
use mesos_proto::mesos::TaskState;
use serde::Serialize;

use super::{Failure, amounts::Usage};
use crate::{snapshot::Snapshot, view::Context};

/// `Overview`.
#[derive(Serialize)]
struct Overview<'a> {
    cluster: Option<&'a str>,
    version: &'a str,
    build: Build<'a>,
    id: &'a str,
    leader: Option<Leader<'a>>,
    start_time: f64,
    elected_time: Option<f64>,
    now: f64,
    log: bool,
    agents: Agents,
    frameworks: Frameworks,
    tasks: BTreeMap<&'static str, u64>,
    resources: Usage,
    can: Can,
}

#[derive(Serialize)]
struct Build<'a> {
    date: &'a str,
    user: &'a str,
    git_sha: Option<&'a str>,
}

#[derive(Serialize)]
struct Leader<'a> {
    id: &'a str,
    hostname: &'a str,
    port: u32,
}

#[derive(Serialize)]
struct Agents {
    active: usize,
    deactivated: usize,
    unreachable: usize,
}

#[derive(Serialize)]
struct Frameworks {
    active: usize,
    inactive: usize,
    completed: usize,
}

#[derive(Serialize)]
struct Can {
    teardown: bool,
    agent_proxy: bool,
}

/// States that are counted by the tasks there are; the others are counted since this master was elected.
const PRESENT: [TaskState; 5] = [
    TaskState::TaskStaging,
    TaskState::TaskStarting,
    TaskState::TaskRunning,
    TaskState::TaskKilling,
    TaskState::TaskUnreachable,
];

/// A state's name without the `TASK_` in front.
pub(super) fn short(state: TaskState) -> &'static str {
    let name = state.as_str_name();
    name.strip_prefix("TASK_").unwrap_or(name)
}

pub(super) fn overview(
    snapshot: &Snapshot,
    query: &Query,
    context: &Context,
) -> Result<Vec<u8>, Failure> {
    super::only(query, &[])?;
    let identity = &snapshot.identity;
    let active = snapshot.frameworks.iter().filter(|it| it.active).count();
    super::json(&Overview {
        cluster: identity.cluster.as_deref(),
        version: &identity.version,
        build: Build {
            date: &context.build.date,
            user: &context.build.user,
            git_sha: context.build.git_sha.as_deref(),
        },
        id: &identity.id,
        leader: snapshot.leader.as_deref().map(|leader| Leader {
            id: &leader.id,
            hostname: leader.hostname(),
            port: leader.port,
        }),
        start_time: identity.start_time.secs(),
        elected_time: snapshot.elected_time.map(|time| time.secs()),
        now: snapshot.taken.wall.secs(),
        log: context.has_log,
        agents: Agents {
            active: snapshot.activated_agents(),
            deactivated: snapshot.deactivated_agents(),
            unreachable: snapshot.unreachable_agents.len(),
        },
        frameworks: Frameworks {
            active,
            inactive: snapshot.frameworks.len() - active,
            completed: snapshot.completed_frameworks.len(),
        },
        tasks: tasks(snapshot),
        resources: Usage::of_cluster(snapshot),
        can: Can {
            teardown: true,
            agent_proxy: context.agent_proxy,
        },
    })
}

/// As the metrics `master/tasks_*` count them.
fn tasks(snapshot: &Snapshot) -> BTreeMap<&'static str, u64> {
    let counted = &snapshot.counters.master;
    let mut counts = BTreeMap::from([
        ("FINISHED", counted.tasks_finished),
        ("FAILED", counted.tasks_failed),
        ("KILLED", counted.tasks_killed),
        ("LOST", counted.tasks_lost),
        ("ERROR", counted.tasks_error),
        ("DROPPED", counted.tasks_dropped),
        ("GONE", counted.tasks_gone),
        ("GONE_BY_OPERATOR", counted.tasks_gone_by_operator),
    ]);
    let by_state = snapshot.tasks_by_state();
    for state in PRESENT {
        let count = by_state.get(&state).copied().unwrap_or(0);
        counts.insert(short(state), count);
    }
    counts
}
