//! The tasks that a word on the command line means, and the files of their sandboxes.
//!
//! Compat: operations §3.6.

use crate::cluster::agent::{Agent, FileError};
use crate::cluster::{items, sandbox, text};
use crate::context::Context;
use crate::failure::Failure;
use crate::glob;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What is said when no task is meant.
pub const NO_TASK: &str = "Cannot find a task by that name.";
/// What is said when none of the tasks has the file.
pub const NO_FILE: &str = "No such task has the requested file or directory";

/// The master's state, and what was asked of the agents so far.
#[derive(Debug)]
pub struct Snapshot<'a> {
    context: &'a Context,
    state: Value,
    states: RefCell<HashMap<String, Option<Rc<Value>>>>,
    statistics: RefCell<HashMap<String, Option<Rc<Value>>>>,
}

/// A task and what the state says around it.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    pub id: &'a str,
    pub entry: &'a Value,
    pub framework: &'a Value,
    /// `None` when its agent is not registered any more.
    pub agent: Option<Agent>,
}

/// A file of a task's sandbox.
#[derive(Clone, Debug)]
pub struct File {
    pub agent: Agent,
    /// On the agent.
    pub path: String,
    /// `task:file`.
    pub label: String,
}

impl<'a> Snapshot<'a> {
    pub fn load(context: &'a Context) -> Result<Self, Failure> {
        Ok(Self {
            context,
            state: context.master()?.state()?,
            states: RefCell::default(),
            statistics: RefCell::default(),
        })
    }

    /// The tasks whose ids the word means: those that run, or also those that ran.
    pub fn tasks(&self, word: &str, active_only: bool) -> Result<Vec<Task<'_>>, Failure> {
        let (groups, keys): (&[&str], &[&str]) = if active_only {
            (&["frameworks"], &["tasks"])
        } else {
            (
                &["frameworks", "completed_frameworks"],
                &["tasks", "completed_tasks"],
            )
        };
        let mut found = Vec::new();
        for framework in groups.iter().flat_map(|key| items(&self.state, key)) {
            for entry in keys.iter().flat_map(|key| items(framework, key)) {
                let id = text(entry, "id");
                if !glob::means(word, id) {
                    continue;
                }
                found.push(Task {
                    id,
                    entry,
                    framework,
                    agent: self.agent(text(entry, "slave_id"))?,
                });
            }
        }
        Ok(found)
    }

    /// The same, or an error when there is none.
    pub fn some_tasks(&self, word: &str, active_only: bool) -> Result<Vec<Task<'_>>, Failure> {
        let found = self.tasks(word, active_only)?;
        if found.is_empty() {
            return Err(Failure::plain(NO_TASK, 1));
        }
        Ok(found)
    }

    /// The agents whose ids contain the word.
    pub fn agents(&self, word: &str) -> Result<Vec<Agent>, Failure> {
        items(&self.state, "slaves")
            .iter()
            .filter(|entry| text(entry, "id").contains(word))
            .map(|entry| self.context.agent(entry))
            .collect()
    }

    fn agent(&self, id: &str) -> Result<Option<Agent>, Failure> {
        let entry = items(&self.state, "slaves")
            .iter()
            .find(|entry| text(entry, "id") == id);
        entry.map(|entry| self.context.agent(entry)).transpose()
    }

    pub fn state(&self) -> &Value {
        &self.state
    }

    /// The agent's state; asked for once. `None` when it does not answer.
    pub fn agent_state(&self, agent: &Agent) -> Option<Rc<Value>> {
        let mut known = self.states.borrow_mut();
        known
            .entry(agent.id.clone())
            .or_insert_with(|| agent.state().ok().map(Rc::new))
            .clone()
    }

    /// The agent's usage statistics; asked for once.
    pub fn agent_statistics(&self, agent: &Agent) -> Option<Rc<Value>> {
        let mut known = self.statistics.borrow_mut();
        known
            .entry(agent.id.clone())
            .or_insert_with(|| agent.statistics().ok().map(Rc::new))
            .clone()
    }

    /// The task's sandbox on its agent; `None` when the agent knows of none.
    pub fn directory(&self, task: &Task<'_>) -> Option<String> {
        let state = self.agent_state(task.agent.as_ref()?)?;
        sandbox::of_task(&state, task.entry)
    }

    /// The executor that has or had the task.
    pub fn executor(&self, task: &Task<'_>) -> Option<Value> {
        let state = self.agent_state(task.agent.as_ref()?)?;
        let framework = text(task.entry, "framework_id");
        sandbox::executor_of_task(&state, framework, task.id).cloned()
    }

    /// A file below the task's sandbox, which may not exist.
    pub fn file(&self, task: &Task<'_>, name: &str) -> Option<File> {
        let directory = self.directory(task)?;
        Some(File {
            agent: task.agent.clone()?,
            path: joined(&directory, name),
            label: format!("{}:{name}", task.id),
        })
    }
}

impl Task<'_> {
    /// `agent:task`, above what belongs to it.
    pub fn label(&self) -> String {
        let address = self.agent.as_ref().map(|agent| agent.address.to_string());
        format!("{}:{}", address.unwrap_or_default(), self.id)
    }
}

impl File {
    /// How long it is; `None` when there is no such file.
    pub fn length(&self) -> Result<Option<u64>, Failure> {
        match self.agent.length(&self.path) {
            Ok(length) => Ok(Some(length)),
            Err(FileError::Missing) => Ok(None),
            Err(FileError::Failed(why)) => Err(self.failed(&why)),
        }
    }

    /// What stands from that byte on, not more than `length`.
    pub fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, Failure> {
        match self.agent.read(&self.path, offset, length) {
            Ok(part) => Ok(part.data),
            Err(FileError::Missing) => Err(self.failed("it is gone")),
            Err(FileError::Failed(why)) => Err(self.failed(&why)),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::error(format!("Failed to read '{}': {why}", self.label))
    }
}

/// A path below a folder, without a slash at its end.
pub fn joined(folder: &str, name: &str) -> String {
    let path = if name.starts_with('/') {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    };
    path.trim_end_matches('/').to_owned()
}

/// A path as it is seen from a folder above it.
pub fn relative<'p>(path: &'p str, folder: &str) -> &'p str {
    path.strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(path)
}

/// The line above what belongs to something.
pub fn header(context: &Context, name: &str) -> Result<(), Failure> {
    let name = context.out.paint(crate::output::Colour::Red, name);
    context.out.line(&format!("==>{name}<=="))
}
