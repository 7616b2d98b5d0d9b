//! Help texts, made from the table.
//!
//! Compat: operations §3.1 rule 2: the new CLI's usage, followed by the legacy list.

use crate::dispatch;
use crate::table::{COMMANDS, Command, Flag, GROUPS, Group};

/// Between a name and what is said of it.
const GAP: usize = 2;

/// `mesos help`.
pub fn usage() -> String {
    let mut rows: Vec<(String, String)> = GROUPS
        .iter()
        .map(|group| (group.name.to_owned(), group.about.to_owned()))
        .collect();
    for command in COMMANDS.iter().filter(|command| command.group.is_none()) {
        let known = rows.iter().any(|(name, _)| name == command.name);
        if !known {
            rows.push((command.name.to_owned(), command.about.to_owned()));
        }
    }
    rows.sort();
    let commands = listed(&rows);
    let mut text = format!(
        "Mesos CLI\n\n\
         Usage:\n  mesos (-h | --help)\n  mesos --version\n  mesos <command> [<args>...]\n\n\
         Options:\n  -h --help  Show this screen.\n  --version  Show version info.\n\n\
         Commands:\n{commands}\n\
         See 'mesos help <command>' for more information on a specific command.\n\n\
         Usage: mesos <command> [OPTIONS]\n\n\
         Available commands:\n"
    );
    for word in words() {
        text.push_str(&format!("    {word}\n"));
    }
    text
}

/// Every word that can follow `mesos`: `help`, ours, and the programs on `PATH`.
pub fn words() -> Vec<String> {
    let mut words: Vec<String> = dispatch::programs();
    words.extend(GROUPS.iter().map(|group| group.name.to_owned()));
    let single = COMMANDS.iter().filter(|command| command.group.is_none());
    words.extend(single.map(|command| command.name.to_owned()));
    words.retain(|word| word != "help");
    words.sort_unstable();
    words.dedup();
    words.insert(0, "help".to_owned());
    words
}

/// `mesos task --help`.
pub fn group(group: &Group) -> String {
    let name = group.name;
    let mut rows: Vec<(String, String)> = COMMANDS
        .iter()
        .filter(|command| command.group == Some(name))
        .map(|command| (command.name.to_owned(), command.about.to_owned()))
        .collect();
    rows.sort();
    let commands = listed(&rows);
    format!(
        "{}\n\n\
         Usage:\n  mesos {name} (-h | --help)\n  mesos {name} --version\n  \
         mesos {name} <command> (-h | --help)\n  mesos {name} <command> [<args>...] [options]\n\n\
         Options:\n  -h --help  Show this screen.\n  --version  Show version info.\n\n\
         Commands:\n{commands}",
        group.about
    )
}

/// `mesos task list --help`.
pub fn command(command: &Command) -> String {
    let mut rows = vec![("-h --help".to_owned(), "Show this screen.".to_owned())];
    rows.extend(
        command
            .all_flags()
            .map(|flag| (shown(flag), flag.help.to_owned())),
    );
    rows.sort_by_key(|(name, _)| name.trim_start_matches('-').to_lowercase());
    let flags = listed(&rows);
    let usage = usage_lines(command);
    let mut text = format!("{}\n\n{usage}\nOptions:\n{flags}", command.about);
    let words: Vec<(String, String)> = command
        .words
        .iter()
        .filter(|word| !word.help.is_empty())
        .map(|word| (word.shown(), word.help.to_owned()))
        .collect();
    if !words.is_empty() {
        text.push_str(&format!("\nArguments:\n{}", listed(&words)));
    }
    let details = if command.details.is_empty() {
        command.about
    } else {
        command.details
    };
    text.push_str("\nDescription:\n");
    for line in details.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// The ways to call a command.
pub fn usage_lines(command: &Command) -> String {
    let title = command.title();
    let mut line = format!("  {title}");
    for word in command.words {
        line.push(' ');
        line.push_str(&word.shown());
    }
    format!("Usage:\n  {title} (-h | --help)\n  {title} --version\n{line} [options]\n")
}

/// `-n --lines=<N>`.
pub fn shown(flag: &Flag) -> String {
    let mut text = String::new();
    if let Some(letter) = flag.short {
        text.push_str(&format!("-{letter} "));
    }
    text.push_str(&format!("--{}", flag.long));
    if let Some(value) = flag.value {
        text.push_str(&format!("=<{value}>"));
    }
    text
}

fn listed(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + GAP;
    rows.iter()
        .map(|(name, about)| format!("  {name:<width$}{about}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    #[test]
    fn the_help_names_every_command_once() {
        let text = usage();
        assert!(text.starts_with("Mesos CLI\n\nUsage:\n  mesos (-h | --help)\n"));
        let (commands, list) = text
            .split_once("Available commands:\n    help\n")
            .expect("both");
        for row in COMMANDS.iter().filter(|row| row.group.is_none()) {
            let line = format!("\n  {} ", row.name);
            assert_eq!(commands.matches(&line).count(), 1, "{}", row.name);
            assert!(format!("\n{list}").contains(&format!("\n    {}\n", row.name)));
        }
    }

    #[test]
    fn a_commands_help_has_its_flags_and_words() {
        let row = table::named(Some("agent"), "list").next().expect("a row");
        let text = command(row);
        assert!(text.contains("\n  mesos agent list [options]\n"), "{text}");
        assert!(text.contains("\n  -o --output=<FORM>"), "{text}");
        assert!(text.contains("\n  -h --help "), "{text}");
    }
}
