//! `mesos ps --master=…`, `mesos-ps`: one line for each task that runs.
//!
//! Compat: operations §3.4; S4-30. The last column is what the task was given: the limit, or what
//! it may use at least when there is no limit.

use crate::cluster::{Agent, items, text};
use crate::legacy;
use crate::parallel;
use crate::table::{Command, Flag, History};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::Value;
use std::time::{Duration, Instant};

pub const COMMAND: Command = Command {
    history: History::Legacy,
    name: "ps",
    about: "List the tasks of a cluster and what they use",
    details: "With --master the columns of the legacy tool; without it those of mesos.cli.",
    flags: &[
        legacy::MASTER,
        Flag::valued(
            "timeout",
            "SECONDS",
            "How long to wait for the agents (default: 5.0)",
        ),
        Flag::valued(
            "verbose",
            "VALUE",
            "Say which agents did not answer (default: False)",
        ),
    ],
    bare: true,
    claims: Some(|given| legacy::has_flag(given, &["master", "timeout", "verbose"])),
    usage_error: Some(legacy::usage_error),
    run,
    ..Command::NEW
};

/// Titles, and how much wider than them the columns are.
const COLUMNS: [(&str, usize); 7] = [
    ("USER", 4),
    ("FRAMEWORK", 4),
    ("TASK", 6),
    ("SLAVE", 14),
    ("MEM", 16),
    ("TIME", 14),
    ("CPU (allocated)", 0),
];
const DEFAULT_TIMEOUT_SECONDS: f64 = 5.0;
/// How many agents are asked at a time.
const WORKERS: usize = 16;
/// Stands behind a text that was cut.
const CUT: &str = "... ";

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let Ok(timeout) = arguments.number("timeout", DEFAULT_TIMEOUT_SECONDS) else {
        let text = "Expecting --timeout to be a floating point number";
        return Err(Failure::plain(text, 1));
    };
    let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::ZERO);
    let state = legacy::state(context, arguments)?;
    let mut tasks: Vec<(&Value, &Value)> = Vec::new();
    for framework in items(&state, "frameworks") {
        tasks.extend(
            items(framework, "tasks")
                .iter()
                .map(|task| (framework, task)),
        );
    }
    let busy = |agent: &&Value| {
        let id = text(agent, "id");
        tasks.iter().any(|(_, task)| text(task, "slave_id") == id)
    };
    let agents: Vec<&Value> = items(&state, "slaves").iter().filter(busy).collect();
    let usage = usages(context, &agents, timeout)?;
    let verbose = arguments
        .value("verbose")
        .is_some_and(|value| value != "False");

    let mut lines = vec![header()];
    for (agent, usage) in agents.iter().zip(usage) {
        let usage = match usage {
            Some(Ok(usage)) => Some(usage),
            Some(Err(why)) if verbose => {
                let note = format!("{}: {why}", text(agent, "hostname"));
                std::io::Write::write_all(&mut std::io::stderr(), format!("{note}\n").as_bytes())?;
                None
            }
            Some(Err(_)) => None,
            None => return Err(Failure::plain("Timed out while waiting for slaves", 1)),
        };
        let id = text(agent, "id");
        for (framework, task) in tasks
            .iter()
            .filter(|(_, task)| text(task, "slave_id") == id)
        {
            lines.push(line(framework, task, agent, usage.as_ref()));
        }
    }
    context.out.line(&lines.join("\n"))?;
    Ok(0)
}

/// What each agent says, asked at once; `None` for those that were not in time.
fn usages(
    context: &Context,
    agents: &[&Value],
    timeout: Duration,
) -> Result<Vec<Option<Result<Value, String>>>, Failure> {
    let deadline = Instant::now() + timeout;
    let mut asked = Vec::new();
    for agent in agents {
        asked.push(context.agent(agent)?);
    }
    let ask = |agent: &Agent| {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let mut agent = agent.clone();
        agent.http.timeout = agent.http.timeout.min(left);
        Some(agent.statistics().map_err(|error| error.to_string()))
    };
    let answers = parallel::map(&asked, WORKERS, ask);
    Ok(answers.into_iter().map(Option::flatten).collect())
}

fn header() -> String {
    let padded = |(title, more): &(&str, usize)| format!("{title}{}", " ".repeat(*more));
    COLUMNS.iter().map(padded).collect()
}

fn line(framework: &Value, task: &Value, agent: &Value, usage: Option<&Value>) -> String {
    let executor = match text(task, "executor_id") {
        "" => text(task, "id"),
        executor => executor,
    };
    let of_task = |entry: &&Value| {
        text(entry, "framework_id") == text(task, "framework_id")
            && text(entry, "executor_id") == executor
    };
    let entries = usage
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let usage = entries
        .iter()
        .find(of_task)
        .map(|entry| &entry["statistics"]);
    let cells = [
        Some(text(framework, "user").to_owned()),
        Some(text(framework, "name").to_owned()),
        Some(text(task, "name").to_owned()),
        Some(text(agent, "hostname").to_owned()),
        usage.and_then(memory),
        usage.and_then(time),
        usage.and_then(cpus),
    ];
    COLUMNS
        .iter()
        .zip(cells)
        .map(|((title, more), cell)| truncated(cell.as_deref(), title.len() + more))
        .collect()
}

/// The text, or as much of it as fits before the dots.
fn truncated(text: Option<&str>, width: usize) -> String {
    let text = text.unwrap_or_default();
    if text.chars().count() < width {
        return format!("{text:<width$}");
    }
    let short: String = text.chars().take(width - CUT.len()).collect();
    format!("{short}{CUT}")
}

fn memory(usage: &Value) -> Option<String> {
    let used = usage["mem_rss_bytes"].as_f64()?;
    let limit = usage["mem_limit_bytes"].as_f64()?;
    Some(format!("{}/{}", size(used), size(limit)))
}

fn size(mut amount: f64) -> String {
    for unit in ["B", "KB", "MB"] {
        if amount < 1024.0 {
            return format!("{amount:.1} {unit}");
        }
        amount /= 1024.0;
    }
    format!("{amount:.1} GB")
}

/// The time of day that long after midnight: whole days are not shown.
fn time(usage: &Value) -> Option<String> {
    let seconds =
        usage["cpus_system_time_secs"].as_f64()? + usage["cpus_user_time_secs"].as_f64()?;
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    let all = time.as_secs();
    let (hours, minutes, seconds) = (all / 3600 % 24, all / 60 % 60, all % 60);
    let micros = time.subsec_micros();
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}.{micros:06}"))
}

fn cpus(usage: &Value) -> Option<String> {
    let limit = usage.get("cpus_limit").filter(|limit| limit.is_number());
    let limit = limit.or_else(|| usage.get("cpus_soft_limit"))?;
    Some(limit.as_f64()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_header_and_lines_are_those_of_the_legacy_tool() {
        assert_eq!(
            header(),
            "USER    FRAMEWORK    TASK      SLAVE              MEM                TIME              \
             CPU (allocated)"
        );
        let framework = json!({"user": "root", "name": "a-rather-long-name"});
        let task = json!({"id": "t", "name": "t", "executor_id": "", "framework_id": "f"});
        let agent = json!({"hostname": "localhost"});
        let usage = json!([{"framework_id": "f", "executor_id": "t", "statistics": {
            "mem_rss_bytes": 1536, "mem_limit_bytes": 100_663_296u64, "cpus_limit": 0.6,
            "cpus_user_time_secs": 3661.25, "cpus_system_time_secs": 86400.5
        }}]);
        assert_eq!(
            line(&framework, &task, &agent, Some(&usage)),
            "root    a-rather-... t         localhost          1.5 KB/96.0 MB     01:01:01.750000   \
             0.6            "
        );
        let nothing = line(&framework, &task, &agent, None);
        assert!(nothing.trim_end().ends_with("localhost"), "{nothing}");
        assert_eq!(nothing.len(), header().len());
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(0.0), "0.0 B");
        assert_eq!(size(1024.0 * 1024.0), "1.0 MB");
        assert_eq!(size(5.5 * 1024.0 * 1024.0 * 1024.0), "5.5 GB");
        assert_eq!(size(3e12), "2794.0 GB");
    }
}
