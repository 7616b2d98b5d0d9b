//! From the words of the command line to a row of the table, or to a program on `PATH`.
//!
//! 1. A plug-in's word and one of its commands: `mesos task list`.
//! 2. A command of ours; where histories share the word, the options decide which is meant.
//! 3. `mesos-WORD` beside this program or on `PATH`, as the legacy program finds its commands.
//!
//! Compat: operations §3.1 rules 1 to 3; S4-29, S3-52.

use crate::context::Context;
use crate::failure::{Failure, Outcome, framed};
use crate::help;
use crate::options::{self, Parsed};
use crate::output::{Form, Out};
use crate::table::{self, Command, GROUPS, Group, History};
use crate::{VERSION, complete, suggest};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// Begins the names of all programs.
const PREFIX: &str = "mesos-";
/// Below the prefix of an installation: modules that legacy commands in Python import.
const PYTHON_MODULES: &str = "libexec/mesos/python";

/// Runs what the arguments, the program's own name first, ask for.
pub fn run(arguments: &[String]) -> Outcome {
    let (own, words) = match arguments.split_first() {
        Some((own, words)) => (own.as_str(), words),
        None => ("mesos", &[][..]),
    };
    let name = Path::new(own).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    match name
        .strip_prefix(PREFIX)
        .and_then(|name| applet(name, words))
    {
        Some(command) => run_command(command, words),
        None => run_words(words),
    }
}

/// The command that a program of that name is: the legacy tool, unless the arguments are another's.
fn applet(name: &str, words: &[String]) -> Option<&'static Command> {
    let chosen = table::chosen(None, name, words);
    if !words.is_empty() {
        return chosen;
    }
    let legacy = table::named(None, name).find(|row| row.history == History::Legacy);
    legacy.or(chosen)
}

fn run_words(words: &[String]) -> Outcome {
    let out = Out::of_this_process(Form::Table);
    let Some((word, rest)) = words.split_first() else {
        return Err(Failure::plain(help::usage(), 1));
    };
    match word.as_str() {
        "--version" => out.line(VERSION).map(|()| 0),
        "-h" | "--help" => out.text(&help::usage()).map(|()| 0),
        "help" => help_about(out, rest),
        "__commands__" => out
            .line(&crate::reference::reference().to_string())
            .map(|()| 0),
        "__autocomplete__" => complete::autocomplete(out, rest),
        option if option.starts_with('-') => Err(Failure::plain(
            format!("Not expecting '{option}' before command\n{}", help::usage()),
            1,
        )),
        word => run_word(out, word, rest),
    }
}

fn run_word(out: Out, word: &str, rest: &[String]) -> Outcome {
    if let Some(group) = GROUPS.iter().find(|group| group.name == word) {
        match rest.first().map(String::as_str) {
            Some("-h" | "--help") => return out.text(&help::group(group)).map(|()| 0),
            Some("--version") => return out.line(group.version).map(|()| 0),
            Some(name) => {
                if let Some(command) = table::chosen(Some(word), name, &rest[1..]) {
                    return run_command(command, &rest[1..]);
                }
            }
            None => {}
        }
        let alone = table::named(None, word).next().is_some();
        let flags = rest.first().is_some_and(|next| next.starts_with("--"));
        let daemon = flags && word == "agent";
        if !alone && !daemon {
            return unknown_in(group, rest.first());
        }
    }
    if let Some(command) = table::chosen(None, word, rest) {
        return run_command(command, rest);
    }
    execute(word, rest)
}

fn run_command(command: &Command, given: &[String]) -> Outcome {
    let out = Out::of_this_process(Form::Table);
    match options::parse(command, given) {
        Ok(Parsed::Help) => out.text(&help::command(command)).map(|()| 0),
        Ok(Parsed::Version) => out.line(VERSION).map(|()| 0),
        Ok(Parsed::Run(arguments)) => (command.run)(&Context::new(&arguments)?, &arguments),
        Err(error) => Err(match command.usage_error {
            Some(form) => form(&error),
            None => {
                let usage = help::usage_lines(command);
                Failure::plain(format!("{}\n\n{usage}", framed(&error.to_string())), 1)
            }
        }),
    }
}

/// `mesos help [WORD [NAME]]`.
fn help_about(out: Out, words: &[String]) -> Outcome {
    let Some((word, rest)) = words.split_first() else {
        return out.text(&help::usage()).map(|()| 0);
    };
    if let Some(group) = GROUPS.iter().find(|group| group.name == word) {
        let Some(name) = rest.first() else {
            return out.text(&help::group(group)).map(|()| 0);
        };
        return match table::named(Some(word), name).next() {
            Some(command) => out.text(&help::command(command)).map(|()| 0),
            None => unknown_in(group, Some(name)),
        };
    }
    let rows: Vec<String> = table::named(None, word).map(help::command).collect();
    if !rows.is_empty() {
        return out.text(&rows.join("\n")).map(|()| 0);
    }
    match word.as_str() {
        "help" => out.text(&help::usage()).map(|()| 0),
        word => execute(word, &["--help".to_owned()]),
    }
}

fn unknown_in(group: &Group, name: Option<&String>) -> Outcome {
    let usage = help::group(group);
    let Some(name) = name else {
        return Err(Failure::plain(usage, 1));
    };
    let commands = table::COMMANDS.iter();
    let known = commands.filter(|command| command.group == Some(group.name));
    let near = suggest::nearest(name, known.map(|command| command.name));
    let near = near.map_or(String::new(), |near| {
        format!("Did you mean 'mesos {} {near}'?\n", group.name)
    });
    let text = format!(
        "'{name}' is not a command of 'mesos {}'\n{near}\n{usage}",
        group.name
    );
    Err(Failure::plain(text, 1))
}

/// Becomes `mesos-WORD`.
fn execute(word: &str, rest: &[String]) -> Outcome {
    if let Some(plugin) = python_plugin(word) {
        return Err(Failure::error(format!(
            "'{word}' is a Python plug-in of the configuration ({}): this program lists them and \
             does not run them",
            plugin.display()
        )));
    }
    let mut program = found(word);
    if word == "slave" {
        let mut out = std::io::stderr().lock();
        let warning = "WARNING: subcommand 'slave' is deprecated in favor of 'agent'.\n";
        std::io::Write::write_all(&mut out, format!("{warning}\n").as_bytes())?;
        program = program.or_else(|| found("agent"));
    }
    let Some(program) = program else {
        return Err(unknown(word));
    };
    let error = std::process::Command::new(&program)
        .args(rest)
        .env("PATH", search_path())
        .env("PYTHONPATH", python_path(std::env::var_os("PYTHONPATH")))
        .exec();
    Err(Failure::plain(
        format!("Failed to execute '{word}': {error}"),
        1,
    ))
}

fn unknown(word: &str) -> Failure {
    let known = help::words();
    let near = suggest::nearest(word, known.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| {
        format!("Did you mean 'mesos {near}'?\n")
    });
    Failure::plain(
        format!(
            "'{word}' is not a valid command (or cannot be found)\n{near}\n\
             To see a list of commands, run `mesos help`."
        ),
        1,
    )
}

/// The folder of a plug-in of that name, when the configuration has one.
fn python_plugin(word: &str) -> Option<PathBuf> {
    let config = crate::config::Config::load(&crate::config::Places::of_this_process());
    let plugins = config.tables().ok()?.plugins().ok()?;
    plugins
        .into_iter()
        .find(|path| path.file_name().is_some_and(|name| name == word))
}

/// The folder of this program before those of `PATH`.
fn folders() -> Vec<PathBuf> {
    let own = std::env::current_exe().ok();
    let own = own.and_then(|path| path.parent().map(Path::to_path_buf));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = own.into_iter().collect();
    folders.extend(std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()));
    folders
}

fn search_path() -> OsString {
    std::env::join_paths(folders()).unwrap_or_else(|_| std::env::var_os("PATH").unwrap_or_default())
}

fn python_path(known: Option<OsString>) -> OsString {
    let prefix = std::env::current_exe().ok();
    let prefix = prefix
        .as_deref()
        .and_then(Path::parent)
        .and_then(Path::parent);
    let modules = prefix
        .unwrap_or(Path::new("/usr/local"))
        .join(PYTHON_MODULES);
    match known.filter(|known| !known.is_empty()) {
        None => modules.into_os_string(),
        Some(mut known) => {
            known.push(":");
            known.push(modules);
            known
        }
    }
}

fn is_program(path: &Path) -> bool {
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// `mesos-WORD` beside this program or on `PATH`.
pub fn program(word: &str) -> Option<PathBuf> {
    found(word)
}

fn found(word: &str) -> Option<PathBuf> {
    if word.contains('/') {
        return None;
    }
    let name = format!("{PREFIX}{word}");
    let mut places = folders().into_iter().map(|folder| folder.join(&name));
    places.find(|path| is_program(path))
}

/// The words of all programs on `PATH`, without the old name of the agent and without scripts
/// that are not commands.
pub fn programs() -> Vec<String> {
    let mut words = Vec::new();
    for folder in folders() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(word) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let ending = Path::new(word).extension();
            let hidden = word.is_empty() || word == "slave" || ending.is_some();
            if !hidden && is_program(&entry.path()) {
                words.push(word.to_owned());
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_added_behind_what_python_knows() {
        let text = python_path(Some("/a".into()))
            .to_string_lossy()
            .into_owned();
        assert!(
            text.starts_with("/a:/") && text.ends_with(PYTHON_MODULES),
            "{text}"
        );
        assert!(!python_path(None).to_string_lossy().contains(':'));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest() {
        let failure = unknown("agnet");
        let text = failure.text();
        assert!(text.starts_with("'agnet' is not a valid command (or cannot be found)\n"));
        assert!(text.contains("Did you mean 'mesos agent'?"), "{text}");
        assert_eq!(found("../sh"), None);
    }
}
