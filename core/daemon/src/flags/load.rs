//! Loading a set from arguments, environment and files. Compat: FLG-1..FLG-4, FLG-8.

use super::{Flag, FlagSet};
use std::{collections::BTreeMap, io};
use thiserror::Error;

/// Reads a whole file.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// Where values come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The command line without the program's name.
    pub args: &'a [String],
    pub environment: &'a [(String, String)],
    pub read_file: ReadFile<'a>,
    /// Defaults that depend on the machine or the installation, by flag name.
    pub defaults: &'a [(&'a str, String)],
    /// What to do with arguments that are no flags of the set.
    pub unknown: Unknown,
}

/// What to do with unknown flags; variables of unknown flags are always ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    #[default]
    Refuse,
    /// For programs that read several sets from one command line.
    Ignore,
}

/// File access of values, and what there is to warn of.
pub struct Files<'a> {
    read_file: Option<ReadFile<'a>>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Files<'a> {
    /// No files at all, for the defaults.
    pub fn none() -> Self {
        Self {
            read_file: None,
            warnings: Vec::new(),
        }
    }

    pub fn new(read_file: ReadFile<'a>) -> Self {
        Self {
            read_file: Some(read_file),
            warnings: Vec::new(),
        }
    }

    pub fn read(&mut self, path: &str) -> Result<String, String> {
        let read = match self.read_file {
            Some(read_file) => read_file(path),
            None => Err(io::ErrorKind::Unsupported.into()),
        };
        read.map_err(|error| format!("Error reading file '{path}': {}", system_text(&error)))
    }

    pub(super) fn note_bare_path(&mut self) {
        self.warnings.push(
            "Specifying an absolute filename to read a command line option out of without using \
             'file:// is deprecated and will be removed in a future release. Simply adding \
             'file://' to the beginning of the path should eliminate this warning."
                .to_owned(),
        );
    }
}

/// The system's own text, without the number Rust adds.
fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Under which name each flag was loaded.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<&'static str, &'static str>);

impl Names {
    pub fn was_loaded(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The name to show: the deprecated one if it was used.
    pub fn shown(&self, name: &'static str) -> &'static str {
        self.0.get(name).copied().unwrap_or(name)
    }
}

/// Why flags could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlagError {
    #[error("Failed to load unknown flag '{name}'{via}")]
    Unknown { name: String, via: String },
    #[error("Flag '{name}' is already loaded via name '{earlier}'")]
    Twice { name: String, earlier: &'static str },
    #[error("Failed to load non-boolean flag '{name}' via 'no-{name}'")]
    Negated { name: String },
    #[error("Failed to load non-boolean flag '{name}': Missing value")]
    MissingValue { name: String },
    #[error("Failed to load boolean flag '{name}' via 'no-{name}' with value '{value}'")]
    NegatedWithValue { name: String, value: String },
    #[error("Failed to load flag '{name}': Failed to load value '{value}': {reason}")]
    Value {
        name: String,
        value: String,
        reason: String,
    },
    #[error("Flag '{0}' is required, but it was not provided")]
    Required(&'static str),
    #[error("{0}")]
    Check(String),
}

/// One `--name[=value]` or variable.
struct Given {
    name: String,
    value: Option<String>,
}

/// Loads a set. It keeps what was loaded before an error, so that `--help` among wrong flags still helps.
pub fn load<T: FlagSet>(
    set: &mut T,
    sources: &Sources<'_>,
) -> (Vec<String>, Result<(), FlagError>) {
    let mut files = Files::new(sources.read_file);
    let result = load_all(set, sources, &mut files);
    (files.warnings, result)
}

fn load_all<T: FlagSet>(
    set: &mut T,
    sources: &Sources<'_>,
    files: &mut Files<'_>,
) -> Result<(), FlagError> {
    for (name, text) in sources.defaults {
        set.set(name, text, files)
            .map_err(|reason| value_error(name, text, reason))?;
    }
    let mut given = from_arguments(sources.args);
    add_environment::<T>(sources.environment, &mut given);
    // In the order of names: which of several errors is told depends on it.
    given.sort_by(|a, b| a.name.cmp(&b.name));
    for one in given {
        load_one(set, one, sources.unknown, files)?;
    }
    for flag in T::TABLE {
        if flag.required && !set.names().was_loaded(flag.name) {
            return Err(FlagError::Required(flag.name));
        }
        set.check(flag.name).map_err(FlagError::Check)?;
    }
    Ok(())
}

fn from_arguments(args: &[String]) -> Vec<Given> {
    let blanks = [' ', '\t', '\n', '\r'];
    let trimmed = args.iter().map(|arg| arg.trim_matches(blanks));
    let flags = trimmed
        .take_while(|arg| *arg != "--")
        .filter_map(|arg| arg.strip_prefix("--"));
    let split = flags.map(|flag| match flag.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (flag, None),
    });
    split
        .map(|(name, value)| Given {
            name: name.to_ascii_lowercase(),
            value,
        })
        .collect()
}

/// Adds the variables of known flags that are not on the command line under that very name.
fn add_environment<T: FlagSet>(environment: &[(String, String)], given: &mut Vec<Given>) {
    let mut variables = BTreeMap::new();
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix(T::PREFIX) else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        if find::<T>(name.strip_prefix("no-").unwrap_or(&name)).is_some() {
            variables.insert(name, value.clone());
        }
    }
    variables.retain(|name, _| !given.iter().any(|one| one.name == *name));
    given.extend(variables.into_iter().map(|(name, value)| Given {
        name,
        value: Some(value),
    }));
}

/// The row of a name and the name as the table has it.
fn find<T: FlagSet>(name: &str) -> Option<(&'static Flag, &'static str)> {
    T::TABLE.iter().find_map(|flag| {
        if flag.name == name {
            return Some((flag, flag.name));
        }
        flag.deprecated
            .filter(|old| *old == name)
            .map(|old| (flag, old))
    })
}

fn load_one<T: FlagSet>(
    set: &mut T,
    given: Given,
    unknown: Unknown,
    files: &mut Files<'_>,
) -> Result<(), FlagError> {
    let (negated, name) = match given.name.strip_prefix("no-") {
        Some(rest) => (true, rest.to_owned()),
        None => (false, given.name.clone()),
    };
    let Some((flag, loaded)) = find::<T>(&name) else {
        if unknown == Unknown::Ignore {
            return Ok(());
        }
        let via = if negated {
            format!(" via '{}'", given.name)
        } else {
            String::new()
        };
        return Err(FlagError::Unknown { name, via });
    };
    if let Some(&earlier) = set.names().0.get(flag.name) {
        return Err(FlagError::Twice { name, earlier });
    }
    let text = value_text(flag, negated, given.value, &name)?;
    set.set(flag.name, &text, files)
        .map_err(|reason| value_error(&name, &text, reason))?;
    set.names_mut().0.insert(flag.name, loaded);
    if flag.deprecated == Some(loaded) {
        files
            .warnings
            .push(format!("Loaded deprecated flag '{name}'"));
    }
    Ok(())
}

fn value_text(
    flag: &Flag,
    negated: bool,
    value: Option<String>,
    name: &str,
) -> Result<String, FlagError> {
    let name = name.to_owned();
    if !flag.boolean {
        if negated {
            return Err(FlagError::Negated { name });
        }
        return value.ok_or(FlagError::MissingValue { name });
    }
    match value.filter(|value| !value.is_empty()) {
        None => Ok(if negated { "false" } else { "true" }.to_owned()),
        Some(value) if negated => Err(FlagError::NegatedWithValue { name, value }),
        Some(value) => Ok(value),
    }
}

fn value_error(name: &str, value: &str, reason: String) -> FlagError {
    FlagError::Value {
        name: name.to_owned(),
        value: value.to_owned(),
        reason,
    }
}
