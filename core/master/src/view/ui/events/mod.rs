//! `/ui/events`: what changes, as server-sent events.
//!
//! The shell hands every published snapshot in; what is told is the difference to the one before. Tables share what did
//! not change, so a difference costs what changed. The machine does not know of it.

mod changes;
mod hub;

pub use hub::Hub;

use serde::Serialize;

/// The longest text of an event; it may come from a task.
const TEXT_MAX: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    AgentAdded,
    AgentChanged,
    AgentRemoved,
    FrameworkAdded,
    FrameworkChanged,
    FrameworkRemoved,
    TaskAdded,
    TaskUpdated,
    Gap,
}

/// An event before it has a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Draft {
    time: f64,
    r#type: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    framework_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    text: String,
}

impl Draft {
    fn new(time: f64, kind: Kind, text: String) -> Self {
        let text = match text.char_indices().nth(TEXT_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        Self {
            time,
            r#type: kind,
            agent_id: None,
            framework_id: None,
            task_id: None,
            state: None,
            text,
        }
    }

    fn gap(time: f64) -> Self {
        let text = "Some events were left out".to_owned();
        Self::new(time, Kind::Gap, text)
    }
}
