//! The commands as data: what each is called, takes and says of itself.
//!
//! Dispatch, help, completions and man pages all read [`COMMANDS`].

use crate::commands::*;
use crate::{Arguments, Context, Outcome};

/// Which history a command comes from; where two share a word, their options decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// `mesos GROUP NAME` of the new CLI (operations §3.3).
    Plugin,
    /// `mesos NAME`, also the program `mesos-NAME` (§3.4).
    Legacy,
    /// `mesos NAME` of `mesos.cli` (§3.6).
    MesosCli,
    /// What no history has (§3.7).
    Own,
}

/// A flag; a value of `None` makes it a switch.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub long: &'static str,
    pub short: Option<char>,
    /// What the value is called.
    pub value: Option<&'static str>,
    /// Given several times it has several values.
    pub many: bool,
    pub help: &'static str,
}

/// A word that is no flag.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    pub name: &'static str,
    pub optional: bool,
    /// Only the last word may stand for many.
    pub many: bool,
    pub help: &'static str,
    /// Where completions come from.
    pub completes: Completes,
}

/// What a word or value may be, for completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completes {
    Nothing,
    Task,
    Framework,
    Agent,
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    pub history: History,
    /// The plug-in, for `mesos GROUP NAME`.
    pub group: Option<&'static str>,
    pub name: &'static str,
    /// One line without a full stop.
    pub about: &'static str,
    /// More than the line; may be empty.
    pub details: &'static str,
    pub words: &'static [Word],
    pub flags: &'static [Flag],
    /// Takes only its own flags, not [`COMMON`]: tools whose command line is somebody's contract.
    pub bare: bool,
    /// After that many words everything else is a word: commands that are given a command.
    pub words_before_rest: Option<usize>,
    /// Whether these arguments are meant for it, where several rows have the name; `None`: all are.
    pub claims: Option<fn(&[String]) -> bool>,
    /// Answers arguments that cannot be read in the tool's own form; `None`: in the new CLI's.
    pub usage_error: Option<fn(&crate::options::Wrong) -> crate::Failure>,
    pub run: fn(&Context, &Arguments) -> Outcome,
}

impl Flag {
    pub const fn switch(long: &'static str, help: &'static str) -> Self {
        Self {
            long,
            short: None,
            value: None,
            many: false,
            help,
        }
    }

    pub const fn valued(long: &'static str, value: &'static str, help: &'static str) -> Self {
        Self {
            long,
            short: None,
            value: Some(value),
            many: false,
            help,
        }
    }

    #[must_use]
    pub const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    #[must_use]
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }
}

impl Word {
    pub const fn required(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            optional: false,
            many: false,
            help,
            completes: Completes::Nothing,
        }
    }

    pub const fn optional(name: &'static str, help: &'static str) -> Self {
        let mut word = Self::required(name, help);
        word.optional = true;
        word
    }

    #[must_use]
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    #[must_use]
    pub const fn completes(mut self, what: Completes) -> Self {
        self.completes = what;
        self
    }

    /// `<name>`, `[<name>]`, `<name>...`, as usage lines show it.
    pub fn shown(&self) -> String {
        let many = if self.many { "..." } else { "" };
        if self.optional {
            format!("[<{}>{many}]", self.name)
        } else {
            format!("<{}>{many}", self.name)
        }
    }
}

impl Command {
    /// What a row starts from: `Command { name: "x", about: "…", run, ..Command::NEW }`.
    pub const NEW: Self = Self {
        history: History::Own,
        group: None,
        name: "",
        about: "",
        details: "",
        words: &[],
        flags: &[],
        bare: false,
        words_before_rest: None,
        claims: None,
        usage_error: None,
        run: |_, _| Ok(0),
    };

    /// `mesos task list`, `mesos ps`.
    pub fn title(&self) -> String {
        match self.group {
            Some(group) => format!("mesos {group} {}", self.name),
            None => format!("mesos {}", self.name),
        }
    }

    /// All flags it takes.
    pub fn all_flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        let own = self.flags;
        let common = if self.bare { &[] } else { COMMON };
        let shadowed = move |flag: &&Flag| !own.iter().any(|known| known.long == flag.long);
        own.iter().chain(common.iter().filter(shadowed))
    }
}

/// What every command takes that is not bare.
pub const COMMON: &[Flag] = &[
    Flag::valued(
        "master",
        "ADDRESS",
        "Where the master is: host:port, instead of the configuration's.",
    ),
    Flag::valued("output", "FORM", "table, wide, json or yaml.").short('o'),
];

/// A plug-in of the new CLI.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub name: &'static str,
    pub about: &'static str,
    pub version: &'static str,
}

pub const GROUPS: &[Group] = &[
    Group {
        name: "agent",
        about: "Interacts with the Mesos agents",
        version: "Mesos CLI Agent Plugin",
    },
    Group {
        name: "config",
        about: "Interacts with the Mesos CLI configuration file",
        version: "Mesos CLI Config Plugin",
    },
    Group {
        name: "framework",
        about: "Interacts with the Mesos Frameworks",
        version: "v0.1.0",
    },
    Group {
        name: "quota",
        about: "Interacts with the quota of roles",
        version: "v0.1.0",
    },
    Group {
        name: "task",
        about: "Interacts with the tasks running in a Mesos cluster",
        version: "Mesos CLI Task Plugin",
    },
];

/// Every command. Of rows with one name the first that claims the arguments is run.
pub const COMMANDS: &[Command] = &[
    agent_list::COMMAND,
    config_plugins::COMMAND,
    config_show::COMMAND,
    framework_inspect::COMMAND,
    framework_list::COMMAND,
    quota_get::COMMAND,
    quota_set::COMMAND,
    task_attach::COMMAND,
    task_exec::COMMAND,
    task_inspect::COMMAND,
    task_list::COMMAND,
    legacy_cat::COMMAND,
    legacy_ps::COMMAND,
    legacy_scp::COMMAND,
    legacy_tail::COMMAND,
    resolve::COMMAND,
    cat::COMMAND,
    completion::COMMAND,
    config::COMMAND,
    deactivate::COMMAND,
    drain::COMMAND,
    find::COMMAND,
    frameworks::COMMAND,
    head::COMMAND,
    // Of the two meanings of the word: the older one has options of its own.
    log_events::COMMAND,
    events::COMMAND,
    logs::COMMAND,
    ls::COMMAND,
    offers::COMMAND,
    ps::COMMAND,
    reactivate::COMMAND,
    run::COMMAND,
    scp::COMMAND,
    ssh::COMMAND,
    state::COMMAND,
    tail::COMMAND,
    teardown::COMMAND,
    top::COMMAND,
    why::COMMAND,
];

/// The rows of that group and name.
pub fn named(group: Option<&str>, name: &str) -> impl Iterator<Item = &'static Command> {
    COMMANDS
        .iter()
        .filter(move |command| command.group == group && command.name == name)
}

/// The row these arguments are meant for.
pub fn chosen(group: Option<&str>, name: &str, rest: &[String]) -> Option<&'static Command> {
    named(group, name).find(|command| command.claims.is_none_or(|claims| claims(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_can_be_reached_and_shown() {
        for command in COMMANDS {
            let title = command.title();
            assert!(
                !command.about.is_empty() && !command.about.ends_with('.'),
                "{title}"
            );
            let group = command.group;
            assert_eq!(
                group.is_some(),
                command.history == History::Plugin,
                "{title}"
            );
            assert!(group.is_none_or(|name| GROUPS.iter().any(|group| group.name == name)));
            let rows: Vec<&Command> = named(group, command.name).collect();
            let open = rows.iter().filter(|row| row.claims.is_none()).count();
            assert!(open <= 1, "{title} has two rows that claim everything");
            assert!(
                rows.last().is_some_and(|row| row.claims.is_none()),
                "{title}"
            );
        }
    }

    #[test]
    fn no_row_has_two_flags_of_one_letter_or_name() {
        for command in COMMANDS {
            let mut seen = HashSet::new();
            for flag in command.all_flags() {
                assert!(
                    seen.insert(flag.long.to_owned()),
                    "{}: {}",
                    command.title(),
                    flag.long
                );
                if let Some(letter) = flag.short {
                    assert!(
                        seen.insert(letter.to_string()),
                        "{}: {letter}",
                        command.title()
                    );
                }
            }
            let many = command.words.iter().rev().skip(1).any(|word| word.many);
            assert!(!many, "{}: only the last word may be many", command.title());
        }
    }
}
