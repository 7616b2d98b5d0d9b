//! `cargo xtask webui`: packages by the lock file, licences, types, unit tests and the build of the web UI.
//!
//! What it makes, `webui/dist`, is taken into the master by the next build of it. Spec: operations §4.

use crate::repository::root;
use crate::shell::{Outcome, need_programs, output, run, step};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node that the build tool supports.
const NODE_OLDEST: (u32, u32) = (20, 19);
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
/// Holds the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.made-from-lock";

pub fn webui(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    need_node()?;
    if let Some(complaint) = too_old()? {
        return Err(complaint);
    }
    build()
}

/// As `webui`; a machine whose Node is too old goes on without, as someone who only builds the master does.
pub fn build_if_possible() -> Outcome {
    need_node()?;
    match too_old()? {
        None => build(),
        Some(complaint) => {
            println!("the master is built without its web UI: {complaint}");
            Ok(())
        }
    }
}

/// The folder of the sources.
pub fn folder() -> PathBuf {
    root().join("webui")
}

/// A program of the installed packages.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(folder().join("node_modules/.bin").join(name));
    command.current_dir(folder());
    command
}

fn need_node() -> Outcome {
    need_programs(&[("node", "nodejs"), ("npm", "npm")])
}

fn too_old() -> Outcome<Option<String>> {
    let version = output(Command::new("node").arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut next = || numbers.next().and_then(|n| n.parse::<u32>().ok());
    let found = (next().unwrap_or_default(), next().unwrap_or_default());
    let (major, minor) = NODE_OLDEST;
    Ok((found < NODE_OLDEST)
        .then(|| format!("Node {} is here, {major}.{minor} is needed", version.trim())))
}

fn build() -> Outcome {
    step("web UI: packages");
    install()?;
    licences(&folder().join("package-lock.json"))?;
    step("web UI: types, unit tests, build");
    run(tool("tsc").arg("--noEmit"))?;
    run(tool("vitest").args(["run", "--silent"]))?;
    run(tool("vite").args(["build", "--logLevel", "warn"]))
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
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .current_dir(folder()))?;
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
