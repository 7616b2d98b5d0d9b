//! The manual page and the completions of `mesos`, which tells what it can.
//!
//! The page is made of `mesos __commands__`; the completions ask `mesos __autocomplete__` while the shell waits, for
//! they also know the names of tasks and agents.

use super::man::{self, escape, prose};
use crate::shell::{Outcome, output};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The table of an installed `mesos`.
pub fn of(program: &Path) -> Outcome<Value> {
    let json = output(Command::new(program).arg("__commands__"))?;
    serde_json::from_str(&json).map_err(|e| format!("{} __commands__: {e}", program.display()))
}

/// `mesos.1`.
pub fn page(table: &Value) -> String {
    let mut text = man::header("mesos", 1, "looks at and drives a Mesos cluster");
    text.push_str(
        ".SH SYNOPSIS\n.B mesos\n\\fIcommand\\fP [\\fIargument\\fP ...]\n.br\n.B mesos help\n[\\fIcommand\\fP]\n\
         .SH DESCRIPTION\nOne program for the commands of three histories: the plug\\-in commands of the new command \
         line (mesos task list), the tools that were programs of their own (mesos ps, also called mesos\\-ps), and the \
         commands of mesos.cli (mesos ls). Where a word has two of these meanings, its options decide. Any other word \
         runs the program mesos\\-WORD.\n.SH COMMANDS\n",
    );
    for command in rows(&table["commands"]) {
        text.push_str(&one(command));
    }
    text.push_str(".SH COMMON OPTIONS\nMost commands take these as well.\n");
    for flag in rows(&table["common"]) {
        text.push_str(&option(flag));
    }
    text.push_str(
        ".SH FILES\n.TP\n~/.mesos/config.toml\nWhere the master is, and other settings.\n.SH EXIT STATUS\n0 if the \
         command did what it was told, 1 if not; what went wrong is on stderr.\n.SH SEE ALSO\nmesos\\-execute(1), \
         mesos\\-local(1), mesos\\-master(8), mesos\\-agent(8)\n",
    );
    text
}

fn one(command: &Value) -> String {
    let words = rows(&command["words"]).map(|word| string(&word["shown"]));
    let words: Vec<String> = words.map(|word| escape(&word)).collect();
    let mut text = format!(
        ".SS \"{} {}\"\n{}.\n",
        escape(&string(&command["title"])),
        words.join(" ").replace('"', "\\(dq"),
        prose(&string(&command["about"]))
    );
    let details = string(&command["details"]);
    if !details.is_empty() {
        text.push_str(&format!(".PP\n{}\n", prose(&details)));
    }
    for word in rows(&command["words"]) {
        text.push_str(&format!(
            ".TP\n\\fI{}\\fP\n{}\n",
            escape(&string(&word["shown"])),
            prose(&string(&word["help"]))
        ));
    }
    for flag in rows(&command["flags"]) {
        text.push_str(&option(flag));
    }
    text
}

fn option(flag: &Value) -> String {
    let short = flag["short"]
        .as_str()
        .map(|letter| format!("\\fB\\-{letter}\\fP, "));
    let value = flag["value"]
        .as_str()
        .map(|value| format!("=\\fI{}\\fP", escape(value)));
    format!(
        ".TP\n{}\\fB\\-\\-{}\\fP{}\n{}\n",
        short.unwrap_or_default(),
        escape(&string(&flag["long"])),
        value.unwrap_or_default(),
        prose(&string(&flag["help"]))
    )
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

const BASH: &str = r#"# Completion of mesos and of its other names for bash: the program itself knows what may come next.
_mesos() {
  local current=${COMP_WORDS[COMP_CWORD]} name=${COMP_WORDS[0]##*/}
  local -a given=("${COMP_WORDS[@]:1:COMP_CWORD}")
  [[ $name == mesos-* ]] && given=("${name#mesos-}" "${given[@]}")
  local answer
  answer=$(mesos __autocomplete__ "$current" "${given[@]}" 2> /dev/null) || return
  COMPREPLY=($(compgen -W "${answer#*$'\n'}" -- "$current"))
}
complete -o bashdefault -o default -F _mesos NAMES
"#;

const ZSH: &str = r#"#compdef NAMES
# The program itself knows what may come next.
local -a given answer
given=("${(@)words[2,CURRENT]}")
[[ $service == mesos-* ]] && given=("${service#mesos-}" "${(@)given}")
answer=("${(@f)$(mesos __autocomplete__ "${words[CURRENT]}" "${(@)given}" 2> /dev/null)}")
compadd -- ${=answer[2]} || _files
"#;

const FISH: &str = r#"# Completion of NAME for fish: the program itself knows what may come next.
function __NAME_words
    set -l given (commandline -opc)
    set -l current (commandline -ct)
    set -l command (string replace -rf '^mesos-' '' -- (basename $given[1]))
    set -e given[1]
    mesos __autocomplete__ "$current" $command $given "$current" 2>/dev/null | tail -n +2 | string split ' '
end
complete -c NAME -a '(__NAME_words)'
"#;

/// Path below `share`, and text, for `mesos` and its other names.
pub fn completions(others: &[&str]) -> Vec<(String, String)> {
    let names: Vec<&str> = ["mesos"].iter().chain(others).copied().collect();
    let all = names.join(" ");
    let mut files = vec![(
        "zsh/site-functions/_mesos".to_owned(),
        ZSH.replace("NAMES", &all),
    )];
    for name in names {
        files.push((
            format!("bash-completion/completions/{name}"),
            BASH.replace("NAMES", &all),
        ));
        files.push((
            format!("fish/vendor_completions.d/{name}.fish"),
            FISH.replace("__NAME", &format!("__{}", name.replace('-', "_")))
                .replace("NAME", name),
        ));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_command_shows_its_words_and_flags() {
        let table = json!({
            "commands": [{
                "title": "mesos do", "about": "Do a thing", "details": "",
                "words": [{ "shown": "<it>...", "help": "What." }],
                "flags": [{ "long": "fast", "short": "f", "value": null, "help": "Soon." }],
            }],
            "common": [{ "long": "master", "short": null, "value": "ADDRESS", "help": "Where." }],
        });
        let page = page(&table);
        assert!(
            page.contains(".SS \"mesos do <it>...\"\nDo a thing.\n"),
            "{page}"
        );
        assert!(
            page.contains("\\fB\\-f\\fP, \\fB\\-\\-fast\\fP\nSoon.\n"),
            "{page}"
        );
        assert!(
            page.contains("\\fB\\-\\-master\\fP=\\fIADDRESS\\fP\nWhere.\n"),
            "{page}"
        );
    }

    #[test]
    fn every_name_has_its_files() {
        let files = completions(&["mesos-ps"]);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        for name in [
            "bash-completion/completions/mesos-ps",
            "fish/vendor_completions.d/mesos.fish",
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(files.iter().all(|(_, text)| !text.contains("NAME")));
    }
}
