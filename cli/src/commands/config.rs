//! `mesos config [KEY [VALUE]]`: the settings of `mesos.cli`'s file.
//!
//! Compat: operations §3.6. `mesos config show` and `plugins` are the new CLI's.

use crate::config::profiles::SETTINGS;
use crate::table::{Command, History, Word};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "config",
    about: "Interacts with the Mesos CLI configuration file",
    details: "Without KEY all settings of .mesos.json, with it one; VALUE sets it.\n\
              The keys are debug, log_file, log_level, master, max_workers, response_timeout, scheme\n\
              and profile.",
    words: &[
        Word::optional("key", "The name of a setting."),
        Word::optional("value", "What it is set to."),
    ],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let profiles = context.config.profiles().map_err(Failure::Error)?;
    let Some(key) = arguments.word(0) else {
        context.out.object(&profiles.all())?;
        return Ok(0);
    };
    if let Some(value) = arguments.word(1) {
        let mut changed = profiles.clone();
        if !changed.set(key, value) {
            return Err(unknown(key));
        }
        changed.save().map_err(Failure::Error)?;
        return Ok(0);
    }
    let value = profiles.get(key).ok_or_else(|| unknown(key))?;
    context.out.line(&value)?;
    Ok(0)
}

fn unknown(key: &str) -> Failure {
    let mut keys: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
    keys.push("profile");
    let near = crate::suggest::nearest(key, keys.iter().copied());
    let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    let keys = keys.join(", ");
    Failure::error(format!("There is no setting '{key}' among {keys}{near}"))
}
