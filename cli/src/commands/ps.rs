//! `mesos ps [TASK]`: tasks and what they use.
//!
//! Compat: operations §3.6. The cpus are the limit, or what the task may use at least.

use crate::cluster::tasks::{Snapshot, Task};
use crate::cluster::text;
use crate::output::{Column, Listing};
use crate::sandbox_options::INACTIVE;
use crate::table::{Command, Completes, History, Word};
use crate::{Arguments, Context, Outcome};
use serde_json::{Value, json};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "ps",
    about: "List the tasks of a cluster and what they use",
    words: &[
        Word::optional("task", "ID of tasks, a part of it or a pattern.")
            .completes(Completes::Task),
    ],
    flags: &[INACTIVE],
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("TIME", "time"),
    Column::new("STATE", "state"),
    Column::new("RSS", "rss"),
    Column::new("CPU", "cpu"),
    Column::new("%MEM", "mem_percent"),
    Column::new("COMMAND", "command"),
    Column::new("USER", "user"),
    Column::new("ID", "id"),
    Column::wide("AGENT", "agent"),
    Column::wide("FRAMEWORK", "framework"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let word = arguments.word(0).unwrap_or_default();
    let tasks = snapshot.tasks(word, !arguments.has("inactive"))?;
    let empty = "===>You have no tasks for that filter<===";
    let mut listing = Listing::new(COLUMNS, empty).centred();
    for task in &tasks {
        listing.push(row(&snapshot, task));
    }
    context.out.listing(&listing)?;
    Ok(u8::from(listing.is_empty() && !word.is_empty()))
}

fn row(snapshot: &Snapshot<'_>, task: &Task<'_>) -> Vec<Value> {
    let executor = snapshot.executor(task);
    let usage = executor.as_ref().and_then(|executor| {
        let all = snapshot.agent_statistics(task.agent.as_ref()?)?;
        let entries = all.as_array()?.iter();
        let mut mine = entries.filter(|entry| {
            entry["executor_id"] == executor["id"]
                && entry["framework_id"] == task.entry["framework_id"]
        });
        mine.next().map(|entry| entry["statistics"].clone())
    });
    let usage = usage.unwrap_or_default();
    let amount = |key: &str| usage[key].as_f64().unwrap_or_default();
    let rss = amount("mem_rss_bytes");
    let seconds = amount("cpus_user_time_secs") + amount("cpus_system_time_secs");
    let cpus = usage
        .get("cpus_limit")
        .or_else(|| usage.get("cpus_soft_limit"));
    let memory = task.entry["resources"]["mem"].as_f64().unwrap_or_default() * 1024.0 * 1024.0;
    let percent = if memory > 0.0 {
        format!("{:.2}", rss / memory * 100.0)
    } else {
        "0".to_owned()
    };
    let state = text(task.entry, "state");
    let letter = state
        .rsplit('_')
        .next()
        .and_then(|word| word.chars().next());
    vec![
        json!(time(seconds)),
        json!(letter.map(String::from).unwrap_or_default()),
        json!(size(rss)),
        cpus.cloned().unwrap_or(json!(0)),
        json!(percent),
        json!(executor.as_ref().and_then(command).unwrap_or("none")),
        json!(text(task.framework, "user")),
        json!(task.id),
        json!(task.agent.as_ref().map(|agent| agent.hostname.clone())),
        json!(text(task.framework, "name")),
    ]
}

/// What the command executor says that it runs.
fn command(executor: &Value) -> Option<&str> {
    let name = text(executor, "name");
    let (_, rest) = name.split_once("(Command: ")?;
    rest.rfind(')')
        .map(|end| &rest[..end])
        .filter(|text| !text.is_empty())
}

/// `1 day, 2:03:04`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole seconds are shown, and a time is not negative"
)]
fn time(seconds: f64) -> String {
    let all = seconds as u64;
    let (days, hours, minutes, seconds) = (all / 86_400, all / 3600 % 24, all / 60 % 60, all % 60);
    let clock = format!("{hours}:{minutes:02}:{seconds:02}");
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

fn size(bytes: f64) -> String {
    let units = [(1u32 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    for (factor, unit) in units {
        if bytes >= f64::from(factor) {
            return format!("{:.2} {unit}", bytes / f64::from(factor));
        }
    }
    format!("{bytes:.2} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_as_by_mesos_cli() {
        assert_eq!(time(0.03), "0:00:00");
        assert_eq!(time(93_784.9), "1 day, 2:03:04");
        assert_eq!(time(200_000.0), "2 days, 7:33:20");
        assert_eq!(size(0.0), "0.00 B");
        assert_eq!(size(15_351_808.0), "14.64 MB");
        assert_eq!(size(2048.0), "2.00 kB");
        let name = "Command Executor (Task: t) (Command: sh -c 'echo (hello) f...')";
        assert_eq!(
            command(&json!({"name": name})),
            Some("sh -c 'echo (hello) f...'")
        );
        assert_eq!(command(&json!({"name": "pod"})), None);
    }
}
