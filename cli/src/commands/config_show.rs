//! `mesos config show`: the configuration file as it is.
//!
//! Compat: operations §3.3.

use crate::table::{Command, History};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("config"),
    name: "show",
    about: "Show the contents of the configuration file",
    details: "Print the file that MESOS_CLI_CONFIG names or ~/.mesos/config.toml.\n\
              Without a file the defaults hold, which a comment then shows.",
    run,
    ..Command::NEW
};

/// What an empty configuration means, as a file.
const DEFAULTS: &str = "# plugins = []\n\n# [master]\n# address = \"127.0.0.1:5050\"\n\n\
                        # [agent]\n# ssl = false\n# ssl_verify = false\n# timeout = 5\n";

fn run(context: &Context, _: &Arguments) -> Outcome {
    context.config.tables().map_err(Failure::Error)?;
    match &context.config.text {
        Some(text) => context.out.text(text)?,
        None => {
            let path = context.config.path.display();
            context.out.text(&format!(
                "# There is no file {path}; the defaults are:\n\n{DEFAULTS}"
            ))?;
        }
    }
    Ok(0)
}
