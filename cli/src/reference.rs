//! The table of commands as JSON, which the manual page is made of: `mesos __commands__`.
//!
//! Compat: operations §8 (man pages).

use crate::table::{COMMANDS, COMMON, Command, Flag, GROUPS, Word};
use serde_json::{Value, json};

/// Plug-ins, commands in the order of the table, and the flags that most of them take.
pub fn reference() -> Value {
    let groups = GROUPS
        .iter()
        .map(|group| json!({ "name": group.name, "about": group.about }));
    json!({
        "groups": groups.collect::<Vec<_>>(),
        "commands": COMMANDS.iter().map(command).collect::<Vec<_>>(),
        "common": COMMON.iter().map(flag).collect::<Vec<_>>(),
    })
}

fn command(command: &Command) -> Value {
    json!({
        "title": command.title(),
        "about": command.about,
        "details": command.details,
        "words": command.words.iter().map(word).collect::<Vec<_>>(),
        "flags": command.flags.iter().map(flag).collect::<Vec<_>>(),
        "takes_common": !command.bare,
    })
}

fn word(word: &Word) -> Value {
    json!({ "shown": word.shown(), "help": word.help })
}

fn flag(flag: &Flag) -> Value {
    json!({
        "long": flag.long,
        "short": flag.short.map(String::from),
        "value": flag.value,
        "help": flag.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_there_with_its_flags() {
        let reference = reference();
        let commands = reference["commands"].as_array().unwrap();
        assert_eq!(commands.len(), COMMANDS.len());
        let list = commands
            .iter()
            .find(|row| row["title"] == "mesos task list");
        let list = list.unwrap();
        assert_eq!(list["takes_common"], true);
        assert!(!list["about"].as_str().unwrap().is_empty());
        let common = reference["common"].as_array().unwrap();
        assert!(
            common
                .iter()
                .any(|flag| flag["short"] == "o" && flag["value"] == "FORM")
        );
    }
}
