//! Renders the fragments that are missing, on several threads when there are many of them: after
//! an election, or when an allocation run changed every agent.

use super::{agent, framework, task};
use crate::snapshot::Snapshot;
use crate::state::{AgentRecord, FrameworkRecord, TaskRecord};

/// Fewer records than this are rendered by whoever needs them.
const SHARED_FROM: usize = 512;
/// Rendering must leave processors to the rest of the master.
const THREADS_MAX: usize = 4;

/// A record without its fragment.
#[derive(Clone, Copy)]
enum Cold<'a> {
    Agent(&'a AgentRecord),
    Framework(&'a FrameworkRecord),
    Task(&'a TaskRecord),
}

impl Cold<'_> {
    fn render(self) {
        match self {
            Self::Agent(record) => drop(agent::json(record).len()),
            Self::Framework(record) => drop(framework::json(record).len()),
            Self::Task(record) => drop(task::json(record).len()),
        }
    }
}

/// Fills in what is missing of agents and frameworks.
pub(super) fn state(snapshot: &Snapshot) {
    let agents = snapshot.agents.iter().map(AsRef::as_ref);
    let mut cold: Vec<Cold<'_>> = agents
        .filter(|record| record.json.get().is_none())
        .map(Cold::Agent)
        .collect();
    collect_frameworks(snapshot, &mut cold);
    render(&cold);
}

/// Fills in what is missing of frameworks.
pub(super) fn frameworks(snapshot: &Snapshot) {
    let mut cold = Vec::new();
    collect_frameworks(snapshot, &mut cold);
    render(&cold);
}

fn collect_frameworks<'a>(snapshot: &'a Snapshot, cold: &mut Vec<Cold<'a>>) {
    let completed = snapshot.completed_frameworks.iter();
    for record in snapshot.frameworks.iter().chain(completed) {
        if !framework::is_long(record) {
            if record.json.get().is_none() {
                cold.push(Cold::Framework(record));
            }
            continue;
        }
        let tasks = framework::all_tasks(record);
        cold.extend(
            tasks
                .filter(|task| task.json.get().is_none())
                .map(Cold::Task),
        );
    }
}

fn render(cold: &[Cold<'_>]) {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    if cold.len() < SHARED_FROM || threads == 1 {
        // The document renders them as it comes to them.
        return;
    }
    let share = cold.len().div_ceil(threads.min(THREADS_MAX));
    std::thread::scope(|scope| {
        let mut shares = cold.chunks(share);
        let own = shares.next().unwrap_or_default();
        for other in shares {
            scope.spawn(move || other.iter().for_each(|record| record.render()));
        }
        own.iter().for_each(|record| record.render());
    });
}
