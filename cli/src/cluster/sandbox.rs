//! Where a task's sandbox is on its agent.
//!
//! Compat: operations §3.4, §3.6: a task without an executor of its own runs in one with its id.

use crate::cluster::{items, text};
use serde_json::Value;

/// The sandbox of that executor, living or not, in the agent's state.
pub fn of_executor(agent: &Value, framework: &str, executor: &str) -> Option<String> {
    executors(agent, framework)
        .find(|entry| text(entry, "id") == executor)
        .map(|entry| text(entry, "directory").to_owned())
}

/// The executor that has, or had, the task.
pub fn executor_of_task<'a>(agent: &'a Value, framework: &str, task: &str) -> Option<&'a Value> {
    let has = |entry: &&Value| {
        ["tasks", "queued_tasks", "completed_tasks"]
            .iter()
            .flat_map(|key| items(entry, key))
            .any(|known| text(known, "id") == task)
    };
    executors(agent, framework).find(has)
}

/// The sandbox of a task as the master lists it.
pub fn of_task(agent: &Value, task: &Value) -> Option<String> {
    let framework = text(task, "framework_id");
    let id = text(task, "id");
    let executor = match text(task, "executor_id") {
        "" => id,
        executor => executor,
    };
    of_executor(agent, framework, executor).or_else(|| {
        executor_of_task(agent, framework, id).map(|entry| text(entry, "directory").to_owned())
    })
}

/// The framework's executors: those that run before those that ran.
fn executors<'a>(agent: &'a Value, framework: &str) -> impl Iterator<Item = &'a Value> {
    let frameworks = ["frameworks", "completed_frameworks"];
    let frameworks = frameworks.into_iter().flat_map(|key| items(agent, key));
    let framework = framework.to_owned();
    frameworks
        .filter(move |entry| text(entry, "id") == framework)
        .flat_map(|entry| {
            ["executors", "completed_executors"]
                .iter()
                .flat_map(|key| items(entry, key))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sandbox_is_found_among_all_that_ran() {
        let agent = json!({
            "frameworks": [{"id": "f", "executors": [
                {"id": "t1", "directory": "/s/t1", "tasks": []},
                {"id": "pod", "directory": "/s/pod", "tasks": [{"id": "t2"}]},
            ], "completed_executors": [{"id": "t3", "directory": "/s/t3"}]}],
            "completed_frameworks": [{"id": "g", "completed_executors": [
                {"id": "t1", "directory": "/s/g-t1"}
            ]}]
        });
        let find = |framework: &str, id: &str, executor: &str| {
            let task = json!({"framework_id": framework, "id": id, "executor_id": executor});
            of_task(&agent, &task)
        };
        assert_eq!(find("f", "t1", "").as_deref(), Some("/s/t1"));
        assert_eq!(find("f", "t2", "pod").as_deref(), Some("/s/pod"));
        assert_eq!(find("f", "t2", "").as_deref(), Some("/s/pod"));
        assert_eq!(find("f", "t3", "").as_deref(), Some("/s/t3"));
        assert_eq!(find("g", "t1", "").as_deref(), Some("/s/g-t1"));
        assert_eq!(find("g", "t2", ""), None);
    }
}
