//! The difference of two snapshots, as events.

use mesos_proto::mesos::TaskState;

use super::{Draft, Kind};
use crate::{
    snapshot::Snapshot,
    state::{AgentRecord, FrameworkRecord, StatusRecord, TaskRecord},
};

/// More changes at once are one `gap`: whoever shows them reads the lists again.
const CHANGES_MAX: usize = 2000;

/// What changed from `old` to `new`.
pub(super) fn between(old: &Snapshot, new: &Snapshot) -> Vec<Draft> {
    let mut found = Found {
        time: new.taken.wall.secs(),
        drafts: Vec::new(),
    };
    for (old, agent) in old.agents.changes(&new.agents) {
        match (old, agent) {
            (Some(old), Some(agent)) if old.id == agent.id => found.agent(old, agent),
            (old, agent) => {
                if let Some(old) = old {
                    found.agent_gone(old, new);
                }
                if let Some(agent) = agent {
                    found.agent_added(agent);
                }
            }
        }
    }
    for (old, framework) in old.frameworks.changes(&new.frameworks) {
        match (old, framework) {
            (Some(old), Some(framework)) if old.id == framework.id => {
                found.framework(old, framework);
            }
            (old, framework) => {
                if let Some(old) = old {
                    found.framework_gone(old);
                }
                if let Some(framework) = framework {
                    found.framework_added(framework);
                }
            }
        }
        if found.drafts.len() > CHANGES_MAX {
            break;
        }
    }
    if found.drafts.len() > CHANGES_MAX {
        return vec![Draft::gap(found.time)];
    }
    found.drafts
}

struct Found {
    time: f64,
    drafts: Vec<Draft>,
}

fn host(agent: &AgentRecord) -> &str {
    &agent.info.get().hostname
}

fn state_of(agent: &AgentRecord) -> &'static str {
    super::super::agents::State::of(agent).text()
}

impl Found {
    fn about_agent(&mut self, kind: Kind, agent: &AgentRecord, state: &'static str, text: String) {
        self.drafts.push(Draft {
            agent_id: Some(agent.id.to_string()),
            state: Some(state),
            ..Draft::new(self.time, kind, text)
        });
    }

    fn agent_added(&mut self, agent: &AgentRecord) {
        let text = format!("Agent {} registered", host(agent));
        self.about_agent(Kind::AgentAdded, agent, state_of(agent), text);
    }

    fn agent_gone(&mut self, agent: &AgentRecord, new: &Snapshot) {
        let (state, what) = if new.unreachable_agents.contains_key(&agent.id) {
            ("Unreachable", "is unreachable")
        } else {
            ("Removed", "was removed")
        };
        let text = format!("Agent {} {what}", host(agent));
        self.about_agent(Kind::AgentRemoved, agent, state, text);
    }

    /// What it runs is told by its tasks.
    fn agent(&mut self, old: &AgentRecord, agent: &AgentRecord) {
        let state = state_of(agent);
        let text = if state_of(old) != state {
            format!("Agent {} is {}", host(agent), state.to_lowercase())
        } else if old.reregistered_time != agent.reregistered_time {
            format!("Agent {} registered again", host(agent))
        } else if old.total != agent.total {
            format!("Agent {} has other resources", host(agent))
        } else {
            return;
        };
        self.about_agent(Kind::AgentChanged, agent, state, text);
    }

    fn about_framework(
        &mut self,
        kind: Kind,
        framework: &FrameworkRecord,
        state: &'static str,
        what: &str,
    ) {
        let text = format!("Framework {} {what}", framework.info.get().name);
        self.drafts.push(Draft {
            framework_id: Some(framework.id.to_string()),
            state: Some(state),
            ..Draft::new(self.time, kind, text)
        });
    }

    fn framework_added(&mut self, framework: &FrameworkRecord) {
        let state = activity(framework);
        self.about_framework(Kind::FrameworkAdded, framework, state, "subscribed");
        for task in framework.tasks.iter() {
            self.task(None, framework, task);
        }
    }

    fn framework_gone(&mut self, framework: &FrameworkRecord) {
        self.about_framework(Kind::FrameworkRemoved, framework, "completed", "has ended");
    }

    fn framework(&mut self, old: &FrameworkRecord, new: &FrameworkRecord) {
        let state = activity(new);
        let what = if activity(old) != state {
            Some(if new.active {
                "is active"
            } else {
                "is inactive"
            })
        } else if old.reregistered_time != new.reregistered_time {
            Some("subscribed again")
        } else if old.roles != new.roles || old.suppressed != new.suppressed {
            Some("changed its roles")
        } else {
            None
        };
        if let Some(what) = what {
            self.about_framework(Kind::FrameworkChanged, new, state, what);
        }
        for (old, task) in old.tasks.changes(&new.tasks) {
            let Some(task) = task else {
                continue;
            };
            let old = old.filter(|old| old.id() == task.id());
            self.task(old.map(AsRef::as_ref), new, task);
        }
        // Those that were in the list before are told by their last status.
        let unreachable = old.unreachable_tasks.changes(&new.unreachable_tasks);
        let completed = old.completed_tasks.rows();
        let completed = completed.changes(new.completed_tasks.rows());
        for (_, task) in unreachable.into_iter().chain(completed) {
            if let Some(task) = task {
                self.last_status(new, task);
            }
        }
    }

    fn task(&mut self, old: Option<&TaskRecord>, framework: &FrameworkRecord, task: &TaskRecord) {
        let Some(old) = old else {
            let text = format!("Task {} was launched", task.fixed.name);
            self.about_task(
                Kind::TaskAdded,
                framework,
                task,
                TaskState::TaskStaging,
                text,
            );
            for status in &task.statuses {
                self.status(framework, task, status);
            }
            return;
        };
        // A status takes the place of one of the same state.
        let known = |status: &StatusRecord| {
            let mut before = old.statuses.iter();
            before.any(|old| std::ptr::eq(&**old, status))
        };
        for status in &task.statuses {
            if !known(status) {
                self.status(framework, task, status);
            }
        }
        if old.state != task.state && task.statuses.len() == old.statuses.len() {
            let text = format!("Task {}", task.fixed.name);
            self.about_task(Kind::TaskUpdated, framework, task, task.state, text);
        }
    }

    fn last_status(&mut self, framework: &FrameworkRecord, task: &TaskRecord) {
        match task.statuses.last() {
            Some(status) => self.status(framework, task, status),
            None => {
                let text = format!("Task {}", task.fixed.name);
                self.about_task(Kind::TaskUpdated, framework, task, task.state, text);
            }
        }
    }

    fn status(&mut self, framework: &FrameworkRecord, task: &TaskRecord, status: &StatusRecord) {
        let message = status.decode().message.filter(|text| !text.is_empty());
        let text = match message {
            Some(message) => format!("Task {}: {message}", task.fixed.name),
            None => format!("Task {}", task.fixed.name),
        };
        self.about_task(Kind::TaskUpdated, framework, task, status.state, text);
    }

    fn about_task(
        &mut self,
        kind: Kind,
        framework: &FrameworkRecord,
        task: &TaskRecord,
        state: TaskState,
        text: String,
    ) {
        self.drafts.push(Draft {
            agent_id: Some(task.agent().to_string()),
            framework_id: Some(framework.id.to_string()),
            task_id: Some(task.id().to_string()),
            state: Some(state.as_str_name()),
            ..Draft::new(self.time, kind, text)
        });
    }
}

fn activity(framework: &FrameworkRecord) -> &'static str {
    if framework.active {
        "active"
    } else {
        "inactive"
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesos_model::WallTime;
    use mesos_proto::mesos as pb;

    use super::*;
    use crate::{
        state::{Ring, Table},
        view::tests::{agent, framework, snapshot, task},
    };

    fn told(old: &Snapshot, new: &Snapshot) -> Vec<String> {
        let drafts = between(old, new).into_iter();
        drafts
            .map(|draft| {
                let state = draft.state.unwrap_or_default();
                format!("{:?} {state}: {}", draft.r#type, draft.text)
            })
            .collect()
    }

    fn with_agent(record: Option<AgentRecord>) -> Snapshot {
        let mut agents = Table::default();
        if let Some(record) = record {
            agents.insert(1, Arc::new(record));
        }
        Snapshot {
            agents: agents.rows().clone(),
            ..snapshot()
        }
    }

    fn with_framework(record: Option<FrameworkRecord>) -> Snapshot {
        let mut frameworks = Table::default();
        if let Some(record) = record {
            frameworks.insert(1, Arc::new(record));
        }
        Snapshot {
            agents: with_agent(None).agents,
            frameworks: frameworks.rows().clone(),
            ..snapshot()
        }
    }

    #[test]
    fn agents_come_change_and_go() {
        let none = Snapshot {
            frameworks: crate::state::Rows::default(),
            ..with_agent(None)
        };
        let here = |change: fn(&mut AgentRecord)| {
            let mut record = agent();
            change(&mut record);
            Snapshot {
                frameworks: none.frameworks.clone(),
                ..with_agent(Some(record))
            }
        };
        let plain = here(|_| {});
        assert_eq!(
            told(&none, &plain),
            ["AgentAdded Active: Agent localhost registered"]
        );
        let lost = here(|it| it.connected = false);
        assert_eq!(
            told(&plain, &lost),
            ["AgentChanged Disconnected: Agent localhost is disconnected"]
        );
        let busy = here(|it| it.tasks = 7);
        assert_eq!(told(&plain, &busy), [""; 0], "tasks tell of themselves");
        let mut unreachable = none.clone();
        unreachable.unreachable_agents = Arc::new([("S".into(), WallTime(1.0))].into());
        assert_eq!(
            told(&plain, &unreachable),
            ["AgentRemoved Unreachable: Agent localhost is unreachable"]
        );
        assert_eq!(
            told(&plain, &none),
            ["AgentRemoved Removed: Agent localhost was removed"]
        );
    }

    #[test]
    fn every_status_of_a_task_is_told_once() {
        let empty = || {
            let mut record = framework();
            record.tasks = Table::<u8, Arc<TaskRecord>>::default().rows().clone();
            record
        };
        let with = |task: TaskRecord| {
            let mut tasks = Table::default();
            tasks.insert(1, Arc::new(task));
            let mut record = empty();
            record.tasks = tasks.rows().clone();
            with_framework(Some(record))
        };
        let before = with_framework(Some(empty()));
        let running = task("t");
        let launched = with(running.clone());
        assert_eq!(
            told(&before, &launched),
            [
                "TaskAdded TASK_STAGING: Task t was launched",
                "TaskUpdated TASK_RUNNING: Task t: all is well"
            ]
        );
        let mut failed = running.clone();
        let mut status = running.statuses[0].decode();
        status.state = pb::TaskState::TaskFailed.into();
        status.message = Some("x".repeat(400));
        failed.push_status(&status);
        failed.state = pb::TaskState::TaskFailed;
        let update = format!("TaskUpdated TASK_FAILED: Task t: {}…", "x".repeat(292));
        assert_eq!(told(&launched, &with(failed.clone())), [update.as_str()]);
        let mut ended = empty();
        ended.completed_tasks = Ring::new(3);
        ended.completed_tasks.push(Arc::new(failed));
        let ended = with_framework(Some(ended));
        assert_eq!(told(&launched, &ended), [update.as_str()]);
    }

    #[test]
    fn what_happens_while_the_registry_is_read_is_told() {
        let before = Snapshot {
            recovered: false,
            ..with_framework(None)
        };
        let drafts = between(&before, &with_framework(Some(framework())));
        assert!(drafts.len() > 1, "{drafts:?}");
        assert!(!drafts.contains(&Draft::gap(0.0)), "{drafts:?}");
    }

    #[test]
    fn many_changes_are_a_gap() {
        let mut record = framework();
        let mut tasks = Table::default();
        for number in 0..=CHANGES_MAX {
            tasks.insert(number, Arc::new(task("t")));
        }
        record.tasks = tasks.rows().clone();
        let drafts = between(&with_framework(None), &with_framework(Some(record)));
        assert_eq!(drafts, [Draft::gap(0.0)]);
    }
}
