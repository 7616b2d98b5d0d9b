//! `/ui/tasks`: the tasks of all frameworks, of any state.

use hashbrown::{HashMap, HashSet};
use mesos_process::http::Query;
use mesos_proto::mesos::{TaskState, TaskStatus};
use serde::Serialize;

use super::{
    Failure,
    amounts::{Amounts, Kind},
    listing::{Columns, Key, Listing, Row, not_one_of},
    needle::Needle,
};
use crate::{
    snapshot::Snapshot,
    state::{FrameworkRecord, TaskRecord, tasks::is_terminal},
    view::Context,
};

/// Host names by agent id.
pub(super) type Hosts<'a> = HashMap<&'a str, &'a str>;

pub(super) fn hosts(snapshot: &Snapshot) -> Hosts<'_> {
    let agents = snapshot.agents.iter();
    agents
        .map(|agent| (agent.id.as_str(), agent.info.get().hostname.as_str()))
        .collect()
}

/// `state=` of the query.
#[derive(Clone, Copy)]
enum States {
    All,
    Active,
    Unreachable,
    Completed,
    One(TaskState),
}

impl States {
    fn of(query: &Query) -> Result<Self, Failure> {
        let Some(text) = query.get("state") else {
            return Ok(Self::All);
        };
        match text {
            "active" => Ok(Self::Active),
            "unreachable" => Ok(Self::Unreachable),
            "completed" => Ok(Self::Completed),
            _ => TaskState::from_str_name(text)
                .map(Self::One)
                .ok_or_else(|| {
                    let allowed = [
                        "active",
                        "unreachable",
                        "completed",
                        "TASK_RUNNING",
                        "TASK_…",
                    ];
                    not_one_of("state", text, &allowed)
                }),
        }
    }

    /// The framework's tasks that may be wanted.
    fn of_framework(self, framework: &FrameworkRecord) -> impl Iterator<Item = &TaskRecord> {
        let (active, unreachable, completed) = match self {
            Self::All | Self::One(_) => (true, true, true),
            Self::Active => (true, false, false),
            Self::Unreachable => (false, true, false),
            Self::Completed => (false, false, true),
        };
        let only = match self {
            Self::One(state) => Some(state),
            Self::All | Self::Active | Self::Unreachable | Self::Completed => None,
        };
        let active = active.then(|| framework.tasks.iter());
        let unreachable = unreachable.then(|| framework.unreachable_tasks.iter());
        let completed = completed.then(|| framework.completed_tasks.iter());
        let tasks = active.into_iter().flatten();
        let tasks = tasks.chain(unreachable.into_iter().flatten());
        let tasks = tasks.chain(completed.into_iter().flatten());
        tasks
            .map(AsRef::as_ref)
            .filter(move |task| only.is_none_or(|state| task.state == state))
    }
}

/// What the rows are filtered and found by.
struct Scope<'a> {
    hosts: Hosts<'a>,
    /// Frameworks whose name has the needle.
    named: HashSet<&'a str>,
    /// Agents whose host name has the needle.
    hosting: HashSet<&'a str>,
}

impl<'a> Scope<'a> {
    fn of(snapshot: &'a Snapshot, needle: Option<&Needle>) -> Self {
        let mut scope = Self {
            hosts: hosts(snapshot),
            named: HashSet::new(),
            hosting: HashSet::new(),
        };
        let Some(needle) = needle else {
            return scope;
        };
        let completed = snapshot.completed_frameworks.iter();
        let named = snapshot
            .frameworks
            .iter()
            .chain(completed)
            .filter(|framework| needle.is_in(&framework.info.get().name));
        scope.named = named.map(|framework| framework.id.as_str()).collect();
        let hosting = scope.hosts.iter().filter(|(_, host)| needle.is_in(host));
        scope.hosting = hosting.map(|(id, _)| *id).collect();
        scope
    }
}

/// A task that may be shown.
#[derive(Clone, Copy)]
struct Known<'a> {
    framework: &'a FrameworkRecord,
    task: &'a TaskRecord,
    scope: &'a Scope<'a>,
}

impl<'a> Known<'a> {
    fn host(self) -> Option<&'a str> {
        self.scope.hosts.get(self.task.agent().as_str()).copied()
    }
}

#[derive(Clone, Copy)]
enum Column {
    Started,
    Finished,
    Id,
    Name,
    FrameworkName,
    FrameworkId,
    Hostname,
    AgentId,
    Role,
    State,
    Resources(Kind),
}

const COLUMNS: Columns<Column> = &[
    ("started", Column::Started),
    ("finished", Column::Finished),
    ("id", Column::Id),
    ("name", Column::Name),
    ("framework_name", Column::FrameworkName),
    ("framework_id", Column::FrameworkId),
    ("hostname", Column::Hostname),
    ("agent_id", Column::AgentId),
    ("role", Column::Role),
    ("state", Column::State),
    ("cpus", Column::Resources(Kind::Cpus)),
    ("gpus", Column::Resources(Kind::Gpus)),
    ("mem", Column::Resources(Kind::Mem)),
    ("disk", Column::Resources(Kind::Disk)),
];

impl<'a> Row<'a, Column> for Known<'a> {
    fn key(&self, column: Column) -> Key<'a> {
        let (task, fixed) = (self.task, &*self.task.fixed);
        match column {
            Column::Started => Key::number(started(task)),
            Column::Finished => Key::number(finished(task)),
            Column::Id => Key::Text(fixed.id.as_str()),
            Column::Name => Key::Text(&fixed.name),
            Column::FrameworkName => Key::Text(&self.framework.info.get().name),
            Column::FrameworkId => Key::Text(self.framework.id.as_str()),
            Column::Hostname => Key::text(self.host()),
            Column::AgentId => Key::Text(fixed.agent.as_str()),
            Column::Role => Key::Text(role_of(task)),
            Column::State => Key::Text(task.state.as_str_name()),
            Column::Resources(kind) => Key::Number(Amounts::of(&fixed.resources).get(kind)),
        }
    }

    fn has(&self, needle: &Needle) -> bool {
        let fixed = &self.task.fixed;
        let scope = self.scope;
        needle.is_in(fixed.id.as_str())
            || needle.is_in(&fixed.name)
            || (!scope.named.is_empty() && scope.named.contains(self.framework.id.as_str()))
            || (!scope.hosting.is_empty() && scope.hosting.contains(fixed.agent.as_str()))
    }
}

pub(super) fn tasks(snapshot: &Snapshot, query: &Query, _: &Context) -> Result<Vec<u8>, Failure> {
    let filters = ["state", "framework", "agent", "role"];
    let listing = Listing::of(query, COLUMNS, true, &filters)?;
    let states = States::of(query)?;
    let (framework, agent, role) = (
        query.get("framework"),
        query.get("agent"),
        query.get("role"),
    );
    let scope = Scope::of(snapshot, listing.search.as_ref());
    let all = snapshot.frameworks.iter();
    let all = all.chain(snapshot.completed_frameworks.iter());
    let rows = all
        .filter(|it| framework.is_none_or(|id| it.id.as_str() == id))
        .flat_map(|framework| {
            let tasks = states.of_framework(framework);
            tasks.map(|task| Known {
                framework,
                task,
                scope: &scope,
            })
        })
        .filter(|it| agent.is_none_or(|id| it.task.agent().as_str() == id))
        .filter(|it| role.is_none_or(|role| role_of(it.task) == role));
    let page = listing.page(rows);
    page.json(|it| row(it.framework, it.task, it.host()))
}

/// `TaskRow`.
#[derive(Serialize)]
pub(super) struct TaskRow<'a> {
    id: &'a str,
    name: &'a str,
    framework_id: &'a str,
    framework_name: &'a str,
    agent_id: &'a str,
    hostname: Option<&'a str>,
    executor_id: &'a str,
    role: &'a str,
    state: &'static str,
    healthy: Option<bool>,
    message: Option<String>,
    reason: Option<&'static str>,
    exit_code: Option<i32>,
    started: Option<f64>,
    finished: Option<f64>,
    resources: Amounts,
}

pub(super) fn row<'a>(
    framework: &'a FrameworkRecord,
    task: &'a TaskRecord,
    hostname: Option<&'a str>,
) -> TaskRow<'a> {
    let fixed = &task.fixed;
    let last: Option<TaskStatus> = task.statuses.last().map(|status| status.decode());
    let message = last.as_ref().and_then(|status| status.message.clone());
    TaskRow {
        id: fixed.id.as_str(),
        name: &fixed.name,
        framework_id: framework.id.as_str(),
        framework_name: &framework.info.get().name,
        agent_id: fixed.agent.as_str(),
        hostname,
        executor_id: executor_of(task),
        role: role_of(task),
        state: task.state.as_str_name(),
        healthy: last.as_ref().and_then(|status| status.healthy),
        exit_code: message.as_deref().and_then(exit_code),
        message: message.filter(|text| !text.is_empty()),
        reason: last.as_ref().and_then(reason_of),
        started: started(task),
        finished: finished(task),
        resources: Amounts::of(&fixed.resources),
    }
}

/// Command tasks run in an executor of their own name.
pub(super) fn executor_of(task: &TaskRecord) -> &str {
    let fixed = &task.fixed;
    fixed
        .executor
        .as_ref()
        .map_or(fixed.id.as_str(), |executor| executor.as_str())
}

pub(super) fn reason_of(status: &TaskStatus) -> Option<&'static str> {
    status.reason.map(|_| status.reason().as_str_name())
}

fn role_of(task: &TaskRecord) -> &str {
    let mut resources = task.fixed.resources.iter();
    let role = resources.find_map(|resource| resource.allocation_role());
    role.map_or("*", |role| role.as_str())
}

/// When it was first known to run, else when it was first heard of.
fn started(task: &TaskRecord) -> Option<f64> {
    let running = |state| state == TaskState::TaskRunning;
    let statuses = || task.statuses.iter().filter(|it| !is_terminal(it.state));
    let first = statuses().find(|status| running(status.state));
    first.or_else(|| statuses().next())?.timestamp
}

fn finished(task: &TaskRecord) -> Option<f64> {
    let last = task.statuses.last();
    last.filter(|_| is_terminal(task.state))?.timestamp
}

/// Statuses carry no exit code: the command executor says it in its message.
fn exit_code(message: &str) -> Option<i32> {
    let code = message.strip_prefix("Command exited with status ")?;
    code.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn only_the_message_of_the_command_executor_has_an_exit_code() {
        assert_eq!(exit_code("Command exited with status 3"), Some(3));
        assert_eq!(exit_code("Command terminated with signal Killed"), None);
        assert_eq!(exit_code("exited with status 3 or so"), None);
    }
}
