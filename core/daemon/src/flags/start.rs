//! What a program does with its flags before anything else. Compat: FLG-7.

use super::{
    FlagSet,
    help::usage,
    hints::hints,
    load::{Sources, load},
};

/// The version line of every program.
const VERSION: &str = "mesos 1.11.0";

/// A reason to end right away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// How a program goes on.
#[derive(Clone, Debug)]
pub enum Start<T> {
    /// With these flags; the warnings go to the log.
    Run {
        flags: T,
        warnings: Vec<String>,
    },
    Exit(Exit),
}

/// Loads the flags and answers `--help` and `--version`; `program` is the name shown in texts.
///
/// Errors end with a hint at `--help` for the daemons and with the whole usage for the other programs.
pub fn start<T: FlagSet>(program: &str, sources: &Sources<'_>) -> Start<T> {
    let mut flags = T::default();
    let (warnings, result) = load(&mut flags, sources);
    let set = |name: &str| flags.print(name).as_deref() == Some("true");
    if set("help") {
        return Start::Exit(Exit {
            code: 0,
            stdout: usage::<T>(program),
            stderr: String::new(),
        });
    }
    if set("version") {
        return Start::Exit(Exit {
            code: 0,
            stdout: format!("{VERSION}\n"),
            stderr: String::new(),
        });
    }
    let Err(error) = result else {
        return Start::Run { flags, warnings };
    };
    let daemon = T::TABLE.iter().any(|flag| flag.name == "version");
    let hint = if daemon {
        format!("See `{program} --help` for a list of supported flags.\n")
    } else {
        usage::<T>(program)
    };
    let mut stderr = String::new();
    for warning in &warnings {
        stderr.push_str(&format!("WARNING: {warning}\n"));
    }
    stderr.push_str(&format!("{error}\n\n{hint}"));
    for line in hints::<T>(sources.args, Some(&error)) {
        stderr.push_str(&line);
        stderr.push('\n');
    }
    Start::Exit(Exit {
        code: 1,
        stdout: String::new(),
        stderr,
    })
}
