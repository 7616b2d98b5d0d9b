//! Words that may come next, for shells.
//!
//! `mesos __autocomplete__ WORD ARGS…` answers two lines for the bash script: the mode of completion
//! and the words.
//!
//! Compat: operations §3.3 (`__autocomplete__`), §3.6 (`completion`).

use crate::cluster::text;
use crate::context::Context;
use crate::failure::Outcome;
use crate::options::Arguments;
use crate::output::Out;
use crate::table::{self, COMMANDS, Command, Completes, GROUPS};

/// How the shell is to treat the words.
const MODE: &str = "default";

/// `mesos __autocomplete__ CURRENT WORDS…`: the words behind `mesos`, the last may be the current.
pub fn autocomplete(out: Out, given: &[String]) -> Outcome {
    let words = match given.split_first() {
        None => Vec::new(),
        Some((current, words)) => {
            let finished = match words.split_last() {
                Some((last, before)) if last == current => before,
                _ => words,
            };
            let finished: Vec<&str> = finished.iter().map(String::as_str).collect();
            candidates(&finished, current)
        }
    };
    out.line(MODE)?;
    out.line(&words.join(" "))?;
    Ok(0)
}

/// What may stand where `current` is, behind the finished words.
pub fn candidates(finished: &[&str], current: &str) -> Vec<String> {
    let finished = match finished {
        ["help", rest @ ..] => rest,
        all => all,
    };
    let Some((word, rest)) = finished.split_first() else {
        let mut words = crate::help::words();
        words.extend(["-h", "--help", "--version"].map(str::to_owned));
        return words;
    };
    if GROUPS.iter().any(|group| group.name == *word) {
        let Some((name, rest)) = rest.split_first() else {
            let commands = COMMANDS.iter().filter(|row| row.group == Some(*word));
            let mut names: Vec<String> = commands.map(|row| row.name.to_owned()).collect();
            names.extend(["-h", "--help", "--version"].map(str::to_owned));
            return names;
        };
        let row = table::named(Some(*word), name).next();
        return row.map_or_else(Vec::new, |row| of_command(row, rest.len(), current));
    }
    let mut words = Vec::new();
    for row in table::named(None, word) {
        words.extend(of_command(row, rest.len(), current));
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// Flags behind a dash, otherwise what the word stands for; a cluster that does not answer has
/// nothing to offer.
fn of_command(command: &Command, position: usize, current: &str) -> Vec<String> {
    if current.starts_with('-') {
        let mut flags: Vec<String> = command
            .all_flags()
            .map(|flag| format!("--{}", flag.long))
            .collect();
        flags.push("--help".to_owned());
        return flags;
    }
    let word = command.words.get(position);
    word.and_then(|word| known(word.completes))
        .unwrap_or_default()
}

fn known(what: Completes) -> Option<Vec<String>> {
    if what == Completes::Nothing {
        return None;
    }
    let context = Context::new(&Arguments::default()).ok()?;
    let master = context.master().ok()?;
    let path = match what {
        Completes::Task => "/tasks?limit=-1",
        Completes::Framework => "/master/frameworks",
        Completes::Agent => "/slaves",
        Completes::Nothing => return None,
    };
    // One attempt: a shell is waiting.
    let answer = master.http.get(&master.address, path).ok()?;
    let answer = answer.successful().ok()?.json().ok()?;
    let (_, list) = answer.as_object()?.iter().next()?;
    let ids = list
        .as_array()?
        .iter()
        .map(|entry| text(entry, "id").to_owned());
    Some(ids.filter(|id| !id.contains(char::is_whitespace)).collect())
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn words_flags_and_plugins_are_offered() {
        let first = candidates(&[], "");
        for word in ["agent", "task", "help", "--version"] {
            assert!(first.iter().any(|known| known == word), "{word}");
        }
        let agent = candidates(&["agent"], "l");
        assert_eq!(agent, ["list", "-h", "--help", "--version"]);
        assert_eq!(candidates(&["help", "agent"], ""), agent);
        let flags = candidates(&["agent", "list"], "-");
        assert!(flags.contains(&"--output".to_owned()));
        assert!(candidates(&["nosuch"], "").is_empty());
    }
}
