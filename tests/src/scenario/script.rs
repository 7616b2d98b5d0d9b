//! Scenarios as they stand in `tests/scenarios/*.toml`.
//!
//! `values.toml` has named values for all of them. Another file has `[values]` of its own and `[[scenario]]` tables:
//!
//! | key | meaning |
//! |---|---|
//! | `name` | one sentence that is true when the scenario passes |
//! | `rules` | the rules it shows |
//! | `cluster` | `"own"` for one that kills daemons or needs flags; else one is shared |
//! | `agents`, `master_flags`, `agent_flags`, `files` | how an own cluster is started; `${SCRATCH}` is its folder |
//! | `variables` | additional environment of the scheduler puppets |
//! | `executors` | executor puppets; in values, `${NAME}` is the command that starts one |
//! | `steps` | what happens, in order |
//!
//! Besides the values of its file a scenario knows `MASTER` (an address), `SCRATCH` (a folder) and `UNIQUE` (a word).
//! A step is a table with one of these keys; `on` names the puppet, `"s"` when left out. Schedulers' names begin with
//! `s` and are started when first spoken of, as is `"stray"`, an executor without an agent:
//!
//! | key | meaning |
//! |---|---|
//! | `call` (arguments, `returns` or `raises`) | a call of the driver; it returns RUNNING if nothing else is said |
//! | `joined` | `join` has returned this status; `joining = true`: it has not |
//! | `expect` (`where`, `as`, `past`) | the next callback is this one; offers meanwhile are passed over, and callbacks of this name like `past` |
//! | `expect_all` | the next callbacks are these, in any order |
//! | `none` | none of these callbacks waits |
//! | `throw` | the next callback of this name fails |
//! | `master`, `agent` | `"kill"`, `"start"`, `"leave"` |
//! | `allocations` | so many more allocation cycles have run |
//! | `shows` (`of`, `where`) | the master, or agent, answers this path with such JSON |
//! | `end` | `"quit"`, `"kill"` |

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name without its ending.
    pub file: String,
    pub name: String,
    pub rules: Vec<String>,
    pub own_cluster: bool,
    pub agents: usize,
    pub master_flags: Vec<String>,
    pub agent_flags: Vec<String>,
    pub files: Map<String, Value>,
    pub variables: Map<String, Value>,
    pub executors: Vec<String>,
    pub values: Map<String, Value>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub struct Step {
    /// The puppet.
    pub on: String,
    pub act: Act,
    /// The step as it is written, for messages.
    pub text: String,
}

/// A callback that is awaited.
#[derive(Clone, Debug)]
pub struct Expectation {
    pub event: String,
    pub shape: Value,
    /// Callbacks of this name and shape do not count.
    pub past: Option<Value>,
    /// The name under which what came is known from then on.
    pub known_as: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Act {
    Call {
        name: String,
        arguments: Map<String, Value>,
        outcome: Outcome,
    },
    Joined(Value),
    Joining,
    Expect(Expectation),
    ExpectAll(Vec<Expectation>),
    None(Vec<String>),
    Throw(String),
    Daemon {
        /// `None` is the master.
        agent: Option<usize>,
        change: Change,
    },
    Allocations(u64),
    Shows {
        agent: Option<usize>,
        path: String,
        shape: Value,
    },
    End(Ending),
}

/// How a call is to come back.
#[derive(Clone, Debug)]
pub enum Outcome {
    Returns(Value),
    /// With an error whose text contains this.
    Raises(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Kill,
    Start,
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Quit,
    Kill,
}

/// An executor that no agent started.
pub const STRAY: &str = "stray";
/// The puppet that is meant when a step names none.
pub const FIRST: &str = "s";

/// The file of values that all scenarios share.
const COMMON: &str = "values.toml";

/// Calls that answer 0 instead of a driver's state.
const STATELESS: [&str; 2] = ["new", "free"];

/// Reads the scenarios of a folder, in the order of their files.
pub fn read_folder(folder: &Path) -> Result<Vec<Scenario>, String> {
    let at = |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let entries = std::fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    let common = folder.join(COMMON);
    let values = match std::fs::read_to_string(&common) {
        Ok(text) => read_values(&text).map_err(|why| at(&common, &why))?,
        Err(error) => return Err(at(&common, &error)),
    };
    let mut all = Vec::new();
    for path in files.into_iter().filter(|path| *path != common) {
        let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let read = read_text(&name, &text, &values).map_err(|why| at(&path, &why))?;
        all.extend(read);
    }
    Ok(all)
}

fn read_values(text: &str) -> Result<Map<String, Value>, String> {
    let mut table: Map<String, Value> = toml::from_str(text).map_err(|error| error.to_string())?;
    let values = take_table(&mut table, "values")?;
    nothing_else(&table)?;
    Ok(values)
}

/// Reads the text of one file.
pub fn read_text(
    file: &str,
    text: &str,
    common: &Map<String, Value>,
) -> Result<Vec<Scenario>, String> {
    let mut table: Map<String, Value> = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut values = common.clone();
    values.extend(take_table(&mut table, "values")?);
    let scenarios = match table.remove("scenario") {
        Some(Value::Array(items)) => items,
        Some(_) | None => return Err("there is no [[scenario]]".to_owned()),
    };
    nothing_else(&table)?;
    let read = |item: Value| {
        let Value::Object(table) = item else {
            return Err("a scenario is a table".to_owned());
        };
        let name = table.get("name").and_then(Value::as_str);
        let name = name.unwrap_or("a scenario without a name").to_owned();
        scenario(file, table, &values).map_err(|why| format!("{name}: {why}"))
    };
    scenarios.into_iter().map(read).collect()
}

fn scenario(
    file: &str,
    mut table: Map<String, Value>,
    values: &Map<String, Value>,
) -> Result<Scenario, String> {
    let mut all = values.clone();
    all.extend(take_table(&mut table, "values")?);
    let steps = match table.remove("steps") {
        Some(Value::Array(steps)) => steps,
        Some(_) | None => return Err("it has no steps".to_owned()),
    };
    let steps: Result<Vec<Step>, String> = steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| read_step(step).map_err(|why| format!("step {}: {why}", at + 1)))
        .collect();
    let agents = table.remove("agents").and_then(|count| count.as_u64());
    let read = Scenario {
        file: file.to_owned(),
        name: take_text(&mut table, "name")?.ok_or("it has no name")?,
        rules: take_texts(&mut table, "rules")?,
        own_cluster: take_text(&mut table, "cluster")?.is_some_and(|kind| kind == "own"),
        agents: usize::try_from(agents.unwrap_or(1)).unwrap_or(1),
        master_flags: take_texts(&mut table, "master_flags")?,
        agent_flags: take_texts(&mut table, "agent_flags")?,
        files: take_table(&mut table, "files")?,
        variables: take_table(&mut table, "variables")?,
        executors: take_texts(&mut table, "executors")?,
        values: all,
        steps: steps?,
    };
    nothing_else(&table)?;
    let special = !read.master_flags.is_empty() || !read.agent_flags.is_empty() || read.agents != 1;
    let kills = read
        .steps
        .iter()
        .any(|step| matches!(step.act, Act::Daemon { .. }));
    if (special || kills) && !read.own_cluster {
        return Err("it changes daemons, so it needs cluster = \"own\"".to_owned());
    }
    Ok(read)
}

fn read_step(step: Value) -> Result<Step, String> {
    let text = step.to_string();
    let Value::Object(mut table) = step else {
        return Err(format!("{text} is no table"));
    };
    let on = take_text(&mut table, "on")?.unwrap_or_else(|| FIRST.to_owned());
    let act = read_act(&mut table)?;
    nothing_else(&table)?;
    Ok(Step { on, act, text })
}

fn read_act(table: &mut Map<String, Value>) -> Result<Act, String> {
    if let Some(name) = take_text(table, "call")? {
        return read_call(table, name);
    }
    if let Some(event) = take_text(table, "expect")? {
        return Ok(Act::Expect(expectation(table, event)?));
    }
    if let Some(Value::Array(items)) = table.remove("expect_all") {
        let read = |item: Value| {
            let Value::Object(mut item) = item else {
                return Err(format!("{item} is no table"));
            };
            let event = take_text(&mut item, "expect")?.ok_or("an item has no `expect`")?;
            let read = expectation(&mut item, event)?;
            nothing_else(&item)?;
            Ok(read)
        };
        let items: Result<Vec<_>, String> = items.into_iter().map(read).collect();
        return Ok(Act::ExpectAll(items?));
    }
    if let Some(status) = table.remove("joined") {
        return Ok(Act::Joined(status));
    }
    if table.remove("joining").is_some() {
        return Ok(Act::Joining);
    }
    if table.contains_key("none") {
        return Ok(Act::None(take_texts(table, "none")?));
    }
    if let Some(callback) = take_text(table, "throw")? {
        return Ok(Act::Throw(callback));
    }
    if let Some(count) = table.remove("allocations") {
        return Ok(Act::Allocations(count.as_u64().unwrap_or(1)));
    }
    if let Some(path) = take_text(table, "shows")? {
        let agent = match take_text(table, "of")?.as_deref() {
            None | Some("master") => None,
            Some("agent") => Some(0),
            Some(other) => return Err(format!("{other:?} shows nothing")),
        };
        let shape = table.remove("where").unwrap_or(Value::Object(Map::new()));
        return Ok(Act::Shows { agent, path, shape });
    }
    if let Some(how) = take_text(table, "end")? {
        return Ok(Act::End(match how.as_str() {
            "quit" => Ending::Quit,
            "kill" => Ending::Kill,
            other => return Err(format!("a puppet cannot end by {other:?}")),
        }));
    }
    for (daemon, agent) in [("master", None), ("agent", Some(0))] {
        if let Some(change) = take_text(table, daemon)? {
            let change = match change.as_str() {
                "kill" => Change::Kill,
                "start" => Change::Start,
                "leave" => Change::Leave,
                other => return Err(format!("a daemon cannot be {other:?}")),
            };
            return Ok(Act::Daemon { agent, change });
        }
    }
    Err("it does nothing that is known".to_owned())
}

fn read_call(table: &mut Map<String, Value>, name: String) -> Result<Act, String> {
    let returns = table.remove("returns");
    let raises = take_text(table, "raises")?;
    let outcome = match (returns, raises) {
        (Some(_), Some(_)) => return Err("a call returns or raises, not both".to_owned()),
        (Some(value), None) => Outcome::Returns(value),
        (None, Some(text)) => Outcome::Raises(text),
        (None, None) if STATELESS.contains(&name.as_str()) => Outcome::Returns(Value::from(0)),
        (None, None) => Outcome::Returns(Value::from("RUNNING")),
    };
    Ok(Act::Call {
        name,
        arguments: std::mem::take(table),
        outcome,
    })
}

fn expectation(table: &mut Map<String, Value>, event: String) -> Result<Expectation, String> {
    Ok(Expectation {
        event,
        shape: table.remove("where").unwrap_or(Value::Object(Map::new())),
        past: table.remove("past"),
        known_as: take_text(table, "as")?,
    })
}

fn take_text(table: &mut Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("{key} is text, not {other}")),
    }
}

fn take_texts(table: &mut Map<String, Value>, key: &str) -> Result<Vec<String>, String> {
    let bad = |other: Value| format!("{key} is a list of texts, not {other}");
    match table.remove(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                other => Err(bad(other)),
            })
            .collect(),
        Some(other) => Err(bad(other)),
    }
}

fn take_table(table: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, String> {
    match table.remove(key) {
        None => Ok(Map::new()),
        Some(Value::Object(entries)) => Ok(entries),
        Some(other) => Err(format!("{key} is a table, not {other}")),
    }
}

fn nothing_else(table: &Map<String, Value>) -> Result<(), String> {
    match table.keys().next() {
        None => Ok(()),
        Some(key) => Err(format!("{key:?} means nothing here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_file_is_named() {
        let complaint = |steps: &str| {
            let text = format!("[[scenario]]\nname = \"n\"\nsteps = [{steps}]");
            read_text("f", &text, &Map::new()).expect_err("it is refused")
        };
        assert_eq!(
            complaint("{ expect = \"update\", whre = {} }"),
            "n: step 1: \"whre\" means nothing here"
        );
        assert_eq!(
            complaint("{ call = \"start\" }, { nonsense = 1 }"),
            "n: step 2: it does nothing that is known"
        );
        assert_eq!(
            complaint("{ master = \"kill\" }"),
            "n: it changes daemons, so it needs cluster = \"own\""
        );
        assert!(read_text("f", "[[scenario]]\nsteps = []", &Map::new()).is_err());
        assert!(read_text("f", "x = 1", &Map::new()).is_err());
    }
}
