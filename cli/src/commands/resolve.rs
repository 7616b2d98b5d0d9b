//! `mesos resolve`: where the leading master is.
//!
//! The legacy tool needs the master's address, in any form; `mesos.cli`'s takes it from the
//! configuration when there is none, which is what `mesos resolve` does, while `mesos-resolve` of
//! today's scripts refuses.
//!
//! Compat: operations §3.4, §3.6; the texts are those recorded from 1.11.

use crate::address::Address;
use crate::options::Wrong;
use crate::table::{Command, Flag, History, Word};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::Legacy,
    name: "resolve",
    about: "Print the address of the leading master",
    details: "MASTER is host:port, file:///path of a file that has it, or what the configuration says.",
    words: &[Word::optional("master", "Where the master is.")],
    flags: &[
        Flag::valued(
            "timeout",
            "VALUE",
            "How long to wait to resolve master (default: 5secs)",
        ),
        Flag::switch("verbose", "Be verbose (default: false)"),
        Flag::switch("no-verbose", "Not be verbose"),
    ],
    bare: true,
    usage_error: Some(usage_error),
    run,
    ..Command::NEW
};

const USAGE: &str = "Usage: mesos-resolve <master>\n\n\
    \x20 --[no-]help         Prints this help message (default: false)\n\
    \x20 --timeout=VALUE     How long to wait to resolve master (default: 5secs)\n\
    \x20 --[no-]verbose      Be verbose (default: false)\n";
const UNITS: [&str; 8] = ["ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"];

fn usage_error(wrong: &Wrong) -> Failure {
    let text = match wrong {
        Wrong::UnknownFlag { name, .. } => {
            format!(
                "Failed to load unknown flag '{}'",
                name.trim_start_matches('-')
            )
        }
        Wrong::Other(text) if text.starts_with("unexpected argument") => {
            "There must be only one argument: <master>".to_owned()
        }
        Wrong::Other(text) => text.clone(),
    };
    Failure::plain(format!("{text}\n\n{USAGE}"), 1)
}

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    if let Some(timeout) = arguments.value("timeout") {
        check_duration(timeout)?;
    }
    let own = std::env::args().next().unwrap_or_default();
    let address = match arguments.word(0) {
        None if own.ends_with("mesos-resolve") => {
            let text = format!("There must be only one argument: <master>\n\n{USAGE}");
            return Err(Failure::plain(text, 1));
        }
        None => context.master_address()?,
        Some(text) => Address::parse_or_read(text).map_err(|error| no_detector(&error))?,
    };
    let resolved = address.resolved().map_err(|error| no_detector(&error))?;
    context.out.line(&resolved)?;
    Ok(0)
}

fn no_detector(error: &str) -> Failure {
    Failure::plain(format!("Failed to create a master detector: {error}"), 1)
}

/// A number and a unit; nothing here takes long enough to need it.
fn check_duration(text: &str) -> Result<(), Failure> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let number = &text[..text.len() - unit.len()];
    if number.parse::<f64>().is_ok() && UNITS.contains(&unit) {
        return Ok(());
    }
    let text = format!("Failed to load value '{text}' for flag 'timeout': Invalid duration");
    Err(Failure::plain(format!("{text}\n\n{USAGE}"), 1))
}
