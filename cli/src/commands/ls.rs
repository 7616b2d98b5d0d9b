//! `mesos ls TASK [PATH]`: what is in sandboxes, in the shape of `ls -la`.
//!
//! Compat: operations §3.6.

use crate::cluster::agent::FileError;
use crate::cluster::tasks::{Snapshot, header, joined, relative};
use crate::cluster::text;
use crate::sandbox_options::{PATH, QUIET, TASK};
use crate::table::{Command, History};
use crate::{Arguments, Context, Failure, Outcome};
use chrono::{DateTime, Local};
use serde_json::Value;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "ls",
    about: "List all the files inside a task's sandbox",
    words: &[TASK, PATH],
    flags: &[QUIET],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let tasks = snapshot.some_tasks(arguments.word(0).unwrap_or_default(), false)?;
    let path = arguments.word(1).unwrap_or_default();
    for task in &tasks {
        let Some(agent) = &task.agent else {
            continue;
        };
        if tasks.len() > 1 && !arguments.has("quiet") {
            header(context, &task.label())?;
        }
        let Some(directory) = snapshot.directory(task) else {
            continue;
        };
        let folder = joined(&directory, path);
        let entries = match agent.browse(&folder) {
            Ok(entries) => entries,
            Err(FileError::Missing) => Vec::new(),
            Err(FileError::Failed(why)) => {
                return Err(Failure::error(format!("Failed to list '{folder}': {why}")));
            }
        };
        for entry in &entries {
            context.out.line(&line(entry, &folder))?;
        }
    }
    Ok(0)
}

fn line(entry: &Value, folder: &str) -> String {
    let count = |key: &str| entry[key].as_u64().unwrap_or_default();
    let name = relative(text(entry, "path"), folder);
    let name = name.replace(char::is_control, "?");
    format!(
        "{} {:>3} {} {} {:>5} {} {name}",
        text(entry, "mode"),
        count("nlink"),
        text(entry, "uid"),
        text(entry, "gid"),
        count("size"),
        time(entry["mtime"].as_f64().unwrap_or_default()),
    )
}

/// `Nov 20 21:06`, in the zone of who asks.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are shown")]
fn time(seconds: f64) -> String {
    let time = DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    time.with_timezone(&Local).format("%b %d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn an_entry_is_a_line_of_ls() {
        let entry = json!({
            "gid": "wheel", "mode": "-rw-r--r--", "mtime": 1.0, "nlink": 1,
            "path": "/s/a/b\u{1b}c", "size": 515, "uid": "root"
        });
        let text = line(&entry, "/s/a");
        let (before, name) = text.rsplit_once(' ').expect("a name");
        assert_eq!(name, "b?c");
        assert!(
            before.starts_with("-rw-r--r--   1 root wheel   515 "),
            "{before}"
        );
        assert_eq!(before.split_whitespace().count(), 8, "{before}");
    }
}
