//! What is made of the tables of flags and commands: `docs/flags`, man pages and completions of shells.
//!
//! Compat: operations §8 (man pages, completions), S2-20, S4-25. The tables are in `core/daemon/src/flags`; `xtask`
//! does not link them, so that it stays quick to build. They come by `docs/flags/flags.json`, which a test of
//! `mesos-daemon` compares with them, and which `cargo xtask flags` writes.

pub mod commands;
pub mod completion;
pub mod man;
mod markdown;
mod pages;
pub mod table;

use crate::repository::root;
use crate::shell::{Outcome, output, step};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const TABLES: &str = "flags.json";

fn folder() -> PathBuf {
    root().join("docs/flags")
}

/// `cargo xtask flags`: writes `docs/flags`.
pub fn write() -> Outcome {
    step("flag reference");
    for (name, text) in files()? {
        let path = folder().join(name);
        fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}

/// Whether `docs/flags` is what would be written.
pub fn check() -> Outcome {
    step("flag reference");
    let mut wrong = Vec::new();
    for (name, text) in files()? {
        let committed = fs::read_to_string(folder().join(&name)).unwrap_or_default();
        if committed != text {
            wrong.push(name);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "docs/flags is not what the tables say: {}\n  write it by `cargo xtask flags`",
        wrong.join(", ")
    ))
}

/// Name and text of each file, from the tables as they are in the sources.
fn files() -> Outcome<BTreeMap<String, String>> {
    let json = output(
        Command::new("cargo")
            .args(["run", "--quiet", "--package", "mesos-daemon"])
            .args(["--example", "flag-tables"])
            .current_dir(root()),
    )?;
    let mut files = markdown::files(&table::parse(&json)?);
    files.insert(TABLES.to_owned(), json);
    Ok(files)
}

/// The committed tables.
pub fn committed() -> Outcome<Vec<table::Program>> {
    let path = folder().join(TABLES);
    let json =
        fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    table::parse(&json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That the tables are those of the sources is a test of `mesos-daemon`.
    #[test]
    fn the_committed_pages_are_made_of_the_committed_tables() {
        let tables = committed().expect("the tables are there");
        for (name, text) in markdown::files(&tables) {
            let page = fs::read_to_string(folder().join(&name)).expect(&name);
            assert!(page == text, "{name}: write it by `cargo xtask flags`");
        }
        let pages = pages::PAGES.iter().map(|page| page.name);
        assert!(pages.eq(tables.iter().map(|table| table.name.as_str())));
    }
}
