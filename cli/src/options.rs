//! Reads a command's arguments by its row of the table.
//!
//! `--flag=value`, `--flag value`, `-n 10`, `-n10`, `-fq`, and `--` before words that begin with a dash.

use crate::failure::Failure;
use crate::table::{Command, Flag};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    UnknownFlag {
        name: String,
        near: Option<&'static str>,
    },
    Other(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag { name, near: None } => write!(f, "unknown option '{name}'"),
            Self::UnknownFlag {
                name,
                near: Some(near),
            } => write!(f, "unknown option '{name}'; did you mean '--{near}'?"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

/// What was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    words: Vec<String>,
    /// How many words came before `--`.
    before_dashes: Option<usize>,
    /// Switches have an empty value; of a flag for many values they stand one in each line.
    flags: BTreeMap<&'static str, String>,
}

/// What the arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    Run(Arguments),
    Help,
    Version,
}

impl Arguments {
    /// Whether the switch or flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag).map(String::as_str)
    }

    /// The value as a number or another type, or what stands for it when it was not given.
    pub fn number<T: FromStr>(&self, flag: &str, otherwise: T) -> Result<T, Failure> {
        let Some(text) = self.value(flag) else {
            return Ok(otherwise);
        };
        text.parse()
            .map_err(|_| Failure::error(format!("'{text}' is not a valid value of '--{flag}'")))
    }

    pub fn word(&self, number: usize) -> Option<&str> {
        self.words.get(number).map(String::as_str)
    }

    /// How many words came before the first `--`, if there was one.
    pub fn before_dashes(&self) -> Option<usize> {
        self.before_dashes
    }

    /// The words from that one on.
    pub fn rest(&self, from: usize) -> &[String] {
        self.words.get(from..).unwrap_or_default()
    }
}

/// Reads the arguments; the text of an error names the one that is wrong.
pub fn parse(command: &Command, given: &[String]) -> Result<Parsed, Wrong> {
    let mut arguments = Arguments::default();
    let mut given = given.iter();
    let mut only_words = false;
    while let Some(argument) = given.next() {
        let full = command.words_before_rest;
        only_words |= full.is_some_and(|count| arguments.words.len() >= count);
        if only_words || argument == "-" || !argument.starts_with('-') {
            arguments.words.push(argument.clone());
        } else if argument == "--" {
            only_words = true;
            arguments.before_dashes = Some(arguments.words.len());
        } else if let Some(long) = argument.strip_prefix("--") {
            if let Some(asked) = read_long(command, long, &mut given, &mut arguments)? {
                return Ok(asked);
            }
        } else if let Some(asked) = read_short(command, argument, &mut given, &mut arguments)? {
            return Ok(asked);
        }
    }
    check_words(command, &arguments)?;
    Ok(Parsed::Run(arguments))
}

fn read_long(
    command: &Command,
    text: &str,
    given: &mut std::slice::Iter<'_, String>,
    arguments: &mut Arguments,
) -> Result<Option<Parsed>, Wrong> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let Some(flag) = command.all_flags().find(|flag| flag.long == name) else {
        return match name {
            "help" => Ok(Some(Parsed::Help)),
            "version" => Ok(Some(Parsed::Version)),
            _ => Err(unknown(command, name)),
        };
    };
    store(flag, value, given, arguments)?;
    Ok(None)
}

fn unknown(command: &Command, name: &str) -> Wrong {
    let known = command.all_flags().map(|flag| flag.long);
    Wrong::UnknownFlag {
        name: format!("--{name}"),
        near: crate::suggest::nearest(name, known),
    }
}

fn read_short(
    command: &Command,
    argument: &str,
    given: &mut std::slice::Iter<'_, String>,
    arguments: &mut Arguments,
) -> Result<Option<Parsed>, Wrong> {
    let letters = &argument[1..];
    for (at, letter) in letters.char_indices() {
        let Some(flag) = command.all_flags().find(|flag| flag.short == Some(letter)) else {
            return match letter {
                'h' => Ok(Some(Parsed::Help)),
                _ => Err(Wrong::UnknownFlag {
                    name: format!("-{letter}"),
                    near: None,
                }),
            };
        };
        let rest = &letters[at + letter.len_utf8()..];
        if flag.value.is_some() && !rest.is_empty() {
            let value = rest.strip_prefix('=').unwrap_or(rest);
            store(flag, Some(value.to_owned()), given, arguments)?;
            return Ok(None);
        }
        store(flag, None, given, arguments)?;
    }
    Ok(None)
}

fn store(
    flag: &Flag,
    value: Option<String>,
    given: &mut std::slice::Iter<'_, String>,
    arguments: &mut Arguments,
) -> Result<(), String> {
    let value = match (flag.value, value) {
        (None, Some(_)) => return Err(format!("the option '--{}' takes no value", flag.long)),
        (None, None) => String::new(),
        (Some(_), Some(value)) => value,
        (Some(_), None) => given
            .next()
            .ok_or_else(|| format!("the option '--{}' needs a value", flag.long))?
            .clone(),
    };
    match arguments.flags.get_mut(flag.long) {
        Some(values) if flag.many => {
            values.push('\n');
            values.push_str(&value);
        }
        _ => drop(arguments.flags.insert(flag.long, value)),
    }
    Ok(())
}

fn check_words(command: &Command, arguments: &Arguments) -> Result<(), String> {
    let count = arguments.words.len();
    let needed = command.words.iter().filter(|word| !word.optional).count();
    if count < needed {
        let missing = command
            .words
            .iter()
            .filter(|word| !word.optional)
            .nth(count);
        let name = missing.map_or("", |word| word.name);
        return Err(format!("missing argument <{name}>"));
    }
    let open = command.words.last().is_some_and(|word| word.many);
    match arguments.words.get(command.words.len()) {
        Some(extra) if !open => Err(format!("unexpected argument '{extra}'")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Word;

    const TAIL: Command = Command {
        name: "tail",
        words: &[
            Word::required("task", ""),
            Word::optional("file", "").many(),
        ],
        flags: &[
            Flag::switch("follow", "").short('f'),
            Flag::switch("quiet", "").short('q'),
            Flag::valued("lines", "N", "").short('n'),
        ],
        ..Command::NEW
    };

    fn read(command: &Command, text: &str) -> Result<Parsed, Wrong> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(command, &words)
    }

    fn arguments(command: &Command, text: &str) -> Arguments {
        match read(command, text) {
            Ok(Parsed::Run(arguments)) => arguments,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_are_read_in_every_usual_form() {
        for text in [
            "-fqn10 t",
            "-f -q -n 10 t",
            "--follow --quiet --lines=10 t",
            "t -qf --lines 10",
        ] {
            let given = arguments(&TAIL, text);
            assert!(given.has("follow") && given.has("quiet"), "{text}");
            assert_eq!(given.number("lines", 1), Ok(10), "{text}");
            assert_eq!(given.word(0), Some("t"), "{text}");
        }
        assert_eq!(arguments(&TAIL, "-- -t a b").rest(0), ["-t", "a", "b"]);
        assert_eq!(arguments(&TAIL, "t -o json").value("output"), Some("json"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text| read(&TAIL, text).expect_err("an error").to_string();
        assert_eq!(error(""), "missing argument <task>");
        assert_eq!(
            error("t --folow"),
            "unknown option '--folow'; did you mean '--follow'?"
        );
        assert_eq!(error("t -x"), "unknown option '-x'");
        assert_eq!(error("t --lines"), "the option '--lines' needs a value");
        assert_eq!(error("t --quiet=1"), "the option '--quiet' takes no value");
        assert!(arguments(&TAIL, "t -n x").number("lines", 1).is_err());
        assert_eq!(read(&TAIL, "--help x y"), Ok(Parsed::Help));
    }

    #[test]
    fn a_command_behind_the_words_keeps_its_own_flags() {
        const EXEC: Command = Command {
            words: &[
                Word::required("task-id", ""),
                Word::required("command", "").many(),
            ],
            words_before_rest: Some(2),
            ..TAIL
        };
        let given = arguments(&EXEC, "-q id ls -f --help");
        assert_eq!(given.rest(1), ["ls", "-f", "--help"]);
        assert!(!given.has("follow"));
    }
}
