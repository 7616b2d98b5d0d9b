//! What can be asked of a puppet and what it tells: the names and types of the words.
//!
//! A scenario writes messages as JSON-like values; here they become bytes, and what comes back becomes values again.

use mesos_proto::json;
use serde_json::{Map, Value, json};

use super::words::{hex, list, unhex, unlist};

/// What a word stands for.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A protobuf message.
    Message(&'static str),
    Messages(&'static str),
    Text,
    Texts,
    /// Any bytes, which a scenario writes in hexadecimal.
    Data,
    Number,
    Flag,
}

/// A word's name in scenarios, and its type.
pub type Word = (&'static str, Kind);

/// A line's name, and the words behind it.
pub type Form = (&'static str, &'static [Word]);

/// Which kind of driver a puppet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Scheduler,
    Executor,
}

impl Role {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Executor => "executor",
        }
    }

    fn calls(self) -> &'static [Form] {
        match self {
            Self::Scheduler => SCHEDULER_CALLS,
            Self::Executor => EXECUTOR_CALLS,
        }
    }

    fn events(self) -> &'static [Form] {
        match self {
            Self::Scheduler => SCHEDULER_EVENTS,
            Self::Executor => EXECUTOR_EVENTS,
        }
    }

    /// Whether a puppet of this kind tells events of that name.
    #[must_use]
    pub fn tells(self, event: &str) -> bool {
        self.events().iter().any(|form| form.0 == event)
    }
}

use Kind::{Data, Flag, Message, Messages, Number, Text, Texts};

const OFFER_IDS: Word = ("offer_ids", Messages("mesos.OfferID"));
const FILTERS: Word = ("filters", Message("mesos.Filters"));
const FRAMEWORK: Word = ("framework", Message("mesos.FrameworkInfo"));
const EXECUTOR_ID: Word = ("executor_id", Message("mesos.ExecutorID"));
const AGENT_ID: Word = ("agent_id", Message("mesos.SlaveID"));
const AGENT: Word = ("agent", Message("mesos.SlaveInfo"));
const MASTER: Word = ("master", Message("mesos.MasterInfo"));
const STATUS: Word = ("status", Message("mesos.TaskStatus"));
const TASK_ID: Word = ("task_id", Message("mesos.TaskID"));
const DATA: Word = ("data", Data);
const ERROR: Word = ("message", Text);

const SCHEDULER_CALLS: &[Form] = &[
    (
        "new",
        &[
            FRAMEWORK,
            ("master", Text),
            ("credential", Message("mesos.Credential")),
            ("implicit", Flag),
            ("roles", Texts),
        ],
    ),
    ("start", &[]),
    ("stop", &[("failover", Flag)]),
    ("abort", &[]),
    ("join", &[]),
    ("request", &[("requests", Messages("mesos.Request"))]),
    (
        "launch",
        &[OFFER_IDS, ("tasks", Messages("mesos.TaskInfo")), FILTERS],
    ),
    (
        "accept",
        &[
            OFFER_IDS,
            ("operations", Messages("mesos.Offer.Operation")),
            FILTERS,
        ],
    ),
    (
        "decline",
        &[("offer_id", Message("mesos.OfferID")), FILTERS],
    ),
    ("revive", &[]),
    ("revive_roles", &[("roles", Texts)]),
    ("suppress", &[]),
    ("suppress_roles", &[("roles", Texts)]),
    ("acknowledge", &[STATUS]),
    ("message", &[EXECUTOR_ID, AGENT_ID, DATA]),
    ("kill", &[TASK_ID]),
    ("reconcile", &[("statuses", Messages("mesos.TaskStatus"))]),
    (
        "update_framework",
        &[
            FRAMEWORK,
            ("roles", Texts),
            ("constraints", Message("mesos.scheduler.OfferConstraints")),
        ],
    ),
    ("free", &[]),
];

const EXECUTOR_CALLS: &[Form] = &[
    ("new", &[]),
    ("start", &[]),
    ("stop", &[]),
    ("abort", &[]),
    ("join", &[]),
    ("update", &[STATUS]),
    ("message", &[DATA]),
    ("free", &[]),
];

const SCHEDULER_EVENTS: &[Form] = &[
    (
        "registered",
        &[("framework_id", Message("mesos.FrameworkID")), MASTER],
    ),
    ("reregistered", &[MASTER]),
    ("disconnected", &[]),
    ("offers", &[("offers", Messages("mesos.Offer"))]),
    ("rescinded", &[("offer_id", Message("mesos.OfferID"))]),
    ("update", &[STATUS]),
    ("message", &[EXECUTOR_ID, AGENT_ID, DATA]),
    ("slave_lost", &[AGENT_ID]),
    (
        "executor_lost",
        &[EXECUTOR_ID, AGENT_ID, ("status", Number)],
    ),
    ("error", &[ERROR]),
];

const EXECUTOR_EVENTS: &[Form] = &[
    (
        "registered",
        &[
            ("executor", Message("mesos.ExecutorInfo")),
            FRAMEWORK,
            AGENT,
        ],
    ),
    ("reregistered", &[AGENT]),
    ("disconnected", &[]),
    ("launch", &[("task", Message("mesos.TaskInfo"))]),
    ("kill", &[TASK_ID]),
    ("message", &[DATA]),
    ("shutdown", &[]),
    ("error", &[ERROR]),
];

/// The line that makes a call; what a scenario leaves out is absent, a flag then stands for yes.
pub fn call_line(role: Role, name: &str, arguments: &Map<String, Value>) -> Result<String, String> {
    let form = role
        .calls()
        .iter()
        .find(|form| form.0 == name)
        .ok_or_else(|| format!("a {} has no call {name:?}", role.name()))?;
    if let Some(unknown) = arguments
        .keys()
        .find(|key| form.1.iter().all(|word| word.0 != key.as_str()))
    {
        return Err(format!("{name} has no argument {unknown:?}"));
    }
    let mut line = name.to_owned();
    for &(word, kind) in form.1 {
        line.push(' ');
        let text = match arguments.get(word) {
            None if matches!(kind, Flag) => "1".to_owned(),
            None => "-".to_owned(),
            Some(value) => {
                encode(kind, value).map_err(|why| format!("argument {word:?} of {name}: {why}"))?
            }
        };
        line.push_str(&text);
    }
    Ok(line)
}

fn encode(kind: Kind, value: &Value) -> Result<String, String> {
    let message = |name: &str, value: &Value| {
        // Nothing asks for required fields here: bad input is a scenario as well.
        json::read(name, value).map_err(|error| error.0)
    };
    let items = |value: &Value| match value {
        Value::Array(items) => Ok(items.clone()),
        other => Err(format!("a list is expected, not {other}")),
    };
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("text is expected, not {other}")),
    };
    Ok(match kind {
        Message(name) => hex(&message(name, value)?),
        Messages(name) => {
            let encoded: Result<Vec<_>, _> = items(value)?
                .iter()
                .map(|item| message(name, item))
                .collect();
            list(&encoded?)
        }
        Text => hex(text(value)?.as_bytes()),
        Texts => {
            let texts: Result<Vec<_>, _> = items(value)?.iter().map(text).collect();
            list(&texts?)
        }
        Data => hex(&unhex(&text(value)?)?),
        Number => value.to_string(),
        Flag => match value {
            Value::Bool(yes) => u8::from(*yes).to_string(),
            other => return Err(format!("true or false is expected, not {other}")),
        },
    })
}

/// A callback as a puppet told it: its words by name.
pub fn event(role: Role, name: &str, words: &[&str]) -> Result<Value, String> {
    let form = role
        .events()
        .iter()
        .find(|form| form.0 == name)
        .ok_or_else(|| format!("a {} tells no {name:?}", role.name()))?;
    if words.len() != form.1.len() {
        let (expected, came) = (form.1.len(), words.len());
        return Err(format!("{name} came with {came} words, not {expected}"));
    }
    let mut event = Map::new();
    for (&(name, kind), word) in form.1.iter().zip(words) {
        event.insert(name.to_owned(), decode(kind, word)?);
    }
    Ok(Value::Object(event))
}

fn decode(kind: Kind, word: &str) -> Result<Value, String> {
    let message = |name: &str, bytes: &[u8]| -> Result<Value, String> {
        mesos_proto::wire::check(name, bytes).map_err(|error| error.to_string())?;
        let mut text = Vec::new();
        json::write(name, bytes, &mut text);
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|error| error.to_string());
    Ok(match kind {
        Message(name) => message(name, &unhex(word)?)?,
        Messages(name) => {
            let items = unlist(word)?;
            let items: Result<Vec<_>, _> = items.iter().map(|item| message(name, item)).collect();
            Value::Array(items?)
        }
        Text => Value::String(text(unhex(word)?)?),
        Texts => {
            let items: Result<Vec<_>, _> = unlist(word)?.into_iter().map(text).collect();
            json!(items?)
        }
        Data => {
            unhex(word)?;
            Value::String(word.to_owned())
        }
        Number => word
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("not a number: {word:?}"))?,
        Flag => Value::Bool(word == "1"),
    })
}

/// The names of driver states in scenarios, and their numbers.
pub const STATES: [(&str, i64); 4] = [
    ("NOT_STARTED", 1),
    ("RUNNING", 2),
    ("ABORTED", 3),
    ("STOPPED", 4),
];

/// A number as a scenario would write it.
#[must_use]
pub fn state_name(number: i64) -> String {
    STATES
        .iter()
        .find(|state| state.1 == number)
        .map_or_else(|| number.to_string(), |state| state.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_events_are_typed() {
        let arguments = json!({ "task_id": {"value": "t"} });
        let line = call_line(Role::Scheduler, "kill", arguments.as_object().unwrap());
        assert_eq!(line.as_deref(), Ok("kill 0a0174"));
        let heard = event(Role::Executor, "kill", &["0a0174"]);
        assert_eq!(heard, Ok(json!({ "task_id": {"value": "t"} })));
        let stop = call_line(Role::Scheduler, "stop", &Map::new());
        assert_eq!(stop.as_deref(), Ok("stop 1"));
        assert!(call_line(Role::Executor, "decline", &Map::new()).is_err());
        let nonsense = json!({ "nonsense": 1 });
        assert!(call_line(Role::Executor, "stop", nonsense.as_object().unwrap()).is_err());
        assert!(event(Role::Scheduler, "kill", &["0a0174"]).is_err());
        assert!(event(Role::Executor, "kill", &[]).is_err());
    }
}
