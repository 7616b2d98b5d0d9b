//! `mesos config plugins`: the built-in plug-ins, and the Python ones that the configuration names.
//!
//! Compat: operations §3.3. Python plug-ins are listed by what their source says; they are not run.

use crate::output::{Column, Listing};
use crate::table::{Command, GROUPS, History};
use crate::{Arguments, Context, Failure, Outcome};
use serde_json::json;
use std::path::Path;

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("config"),
    name: "plugins",
    about: "Show the loaded plugins",
    details: "List the plug-ins of this program and those that the configuration file names.\n\
              The latter are Python modules of the original's CLI: they are listed, not run.",
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("NAME", "name"),
    Column::new("DESCRIPTION", "description"),
    Column::wide("PATH", "path"),
];
/// Where the module of a plug-in has its constants.
const SOURCES: [&str; 2] = ["main.py", "__init__.py"];

fn run(context: &Context, _: &Arguments) -> Outcome {
    let plugins = context.config.tables().and_then(|tables| tables.plugins());
    let mut listing = Listing::new(COLUMNS, "");
    for group in GROUPS {
        listing.push([json!(group.name), json!(group.about)]);
    }
    for path in plugins.map_err(Failure::Error)? {
        let folder = path.file_name().unwrap_or_default().to_string_lossy();
        let name = constant(&path, "PLUGIN_NAME").unwrap_or_else(|| folder.into_owned());
        let about = constant(&path, "SHORT_HELP").unwrap_or_default();
        let about = format!("{about} (Python, not run)");
        listing.push([
            json!(name),
            json!(about.trim()),
            json!(path.display().to_string()),
        ]);
    }
    context.out.listing(&listing)?;
    Ok(0)
}

/// The text that `NAME = "…"` of the module gives.
fn constant(plugin: &Path, name: &str) -> Option<String> {
    SOURCES.iter().find_map(|source| {
        let text = std::fs::read_to_string(plugin.join(source)).ok()?;
        text.lines().find_map(|line| {
            let value = line
                .strip_prefix(name)?
                .trim_start()
                .strip_prefix('=')?
                .trim();
            let quote = value
                .chars()
                .next()
                .filter(|letter| "'\"".contains(*letter))?;
            let value = value.strip_prefix(quote)?.strip_suffix(quote)?;
            Some(value.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::constant;

    #[test]
    fn a_python_plugin_says_what_it_is_called() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "import os\nPLUGIN_NAME = \"test\"\nSHORT_HELP='Does \"it\"'\nVERSION = v\n";
        std::fs::write(folder.path().join("main.py"), text).expect("written");
        let read = |name: &str| constant(folder.path(), name);
        assert_eq!(read("PLUGIN_NAME").as_deref(), Some("test"));
        assert_eq!(read("SHORT_HELP").as_deref(), Some("Does \"it\""));
        assert_eq!(read("VERSION"), None);
    }
}
