//! `mesos top --once`: as text.

use super::sample::{Amount, Picture};
use crate::output::table::Table;

/// Two decimals, or a dash for what was not measured.
pub fn used(amount: Amount) -> String {
    amount
        .used
        .map_or_else(|| "-".to_owned(), |used| format!("{used:.2}"))
}

/// Whole megabytes.
pub fn used_mb(amount: Amount) -> String {
    amount
        .used
        .map_or_else(|| "-".to_owned(), |used| format!("{used:.0}"))
}

/// The lines above the tables.
pub fn head(picture: &Picture) -> Vec<String> {
    let name = match picture.cluster.as_str() {
        "" => String::new(),
        name => format!("{name}, "),
    };
    let others = match picture.agents.1 {
        0 => String::new(),
        others => format!(" and {others} that do not take part"),
    };
    let states: Vec<String> = picture
        .states
        .iter()
        .map(|(state, count)| format!("{count} {}", state.to_lowercase()))
        .collect();
    let states = match states.is_empty() {
        true => "none".to_owned(),
        false => states.join(", "),
    };
    vec![
        format!("Mesos {name}leading master {}", picture.leader),
        format!(
            "Agents: {} active{others}   Frameworks: {}   Tasks: {states}",
            picture.agents.0, picture.frameworks
        ),
        format!(
            "CPUs: {} used, {} allocated of {}   Memory: {} MB used, {} allocated of {}",
            used(picture.cpus),
            picture.cpus.allocated,
            picture.cpus.total,
            used_mb(picture.mem),
            picture.mem.allocated,
            picture.mem.total
        ),
    ]
}

pub const AGENT_TITLES: [&str; 8] = [
    "AGENT", "STATE", "TASKS", "CPU", "ALLOC", "OF", "MEM MB", "ALLOC/OF",
];
pub const TASK_TITLES: [&str; 7] = [
    "TASK",
    "STATE",
    "FRAMEWORK",
    "AGENT",
    "CPU",
    "MEM MB",
    "OF MB",
];

pub fn agent_rows(picture: &Picture) -> Vec<[String; 8]> {
    let rows = picture.agent_lines.iter().map(|line| {
        [
            line.host.clone(),
            line.state.clone(),
            line.tasks.to_string(),
            used(line.cpus),
            line.cpus.allocated.to_string(),
            line.cpus.total.to_string(),
            used_mb(line.mem),
            format!("{}/{}", line.mem.allocated, line.mem.total),
        ]
    });
    rows.collect()
}

pub fn task_rows(picture: &Picture) -> Vec<[String; 7]> {
    let rows = picture.task_lines.iter().map(|line| {
        [
            line.id.clone(),
            line.state.clone(),
            line.framework.clone(),
            line.host.clone(),
            used(line.cpus),
            used_mb(line.mem),
            line.mem.allocated.to_string(),
        ]
    });
    rows.collect()
}

/// All of it; lines fit the width, if there is one.
pub fn text(picture: &Picture, width: Option<usize>) -> String {
    let titles = |titles: &[&str]| Table::new(titles.iter().map(|&title| title.to_owned()));
    let mut agents = titles(&AGENT_TITLES);
    for row in agent_rows(picture) {
        agents.push(row);
    }
    let mut tasks = titles(&TASK_TITLES);
    for row in task_rows(picture) {
        tasks.push(row);
    }
    let shown = picture.task_lines.len();
    let more = match usize::try_from(picture.tasks).unwrap_or(usize::MAX) {
        all if all > shown => format!("\n… and {} more tasks", all - shown),
        _ => String::new(),
    };
    format!(
        "{}\n\n{}\n\n{}{more}\n",
        head(picture).join("\n"),
        agents.fitted(width),
        tasks.fitted(width)
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::tests::example;
    use super::*;

    #[test]
    fn a_picture_is_text() {
        let text = text(&example(), None);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "Mesos c, leading master h:5050",
                "Agents: 1 active and 2 that do not take part   Frameworks: 1   Tasks: 1 running",
                "CPUs: 0.50 used, 1 allocated of 8   Memory: 64 MB used, 128 allocated of 4096",
                "",
                "AGENT  STATE   TASKS  CPU   ALLOC  OF  MEM MB  ALLOC/OF",
                "a      Active  1      0.50  1      8   64      128/4096",
                "",
                "TASK  STATE    FRAMEWORK  AGENT  CPU   MEM MB  OF MB",
                "t     RUNNING  fw         a      0.50  64      128",
            ]
        );
    }
}
