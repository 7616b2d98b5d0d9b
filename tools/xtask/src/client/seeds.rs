//! `cargo xtask client seeds`: what the documents tell an operator to type is typed over ssh on
//! hosts that are namespaces, and compared with what must come out.
//!
//! The cases are data: `tests/seeds/*.toml`. The table of all rows is `docs/conformance/seeds.tsv`.
//! Compat: operations §2.6.

mod play;
pub mod script;

use crate::hosts::{Hosts, Plan, home};
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, output, step};
use crate::{install, release};
use play::Stage;
use script::{Case, Script, Tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Where the build tree is in root's home folder.
const BUILD: &str = "mesos/build";
/// Where the sources of the examples are there.
const EXAMPLES: &str = "mesos/examples";

/// Without options every file; with names only those.
pub fn seeds(options: &[String]) -> Outcome {
    let mut scripts = script::load_all()?;
    for name in options {
        if !scripts.iter().any(|script| script.name == *name) {
            return Err(format!("there is no {}/{name}.toml", script::FOLDER));
        }
    }
    scripts.retain(|script| options.is_empty() || options.contains(&script.name));
    release::build()?;
    let folder = target().join("client/seeds");
    fresh_folder(&folder)?;
    let mut results = Results::default();
    for script in &scripts {
        step(&format!("{}: {}", script.name, script.about));
        play(script, &folder, &mut results)?;
    }
    results.told()
}

fn play(script: &Script, folder: &Path, results: &mut Results) -> Outcome {
    let mut plan = Plan::of(script.hosts);
    match script.tree {
        Tree::Local => {
            let examples = root().join("examples");
            plan.shares
                .push((examples, format!("{}/{EXAMPLES}", home()?)));
            plan.layer = Some(tree(folder, "/usr/local")?);
        }
        Tree::Usr => plan.layer = Some(tree(folder, "/usr")?),
        Tree::Build => {
            let build = build_tree(folder)?;
            plan.shares.push((build, format!("{}/{BUILD}", home()?)));
        }
    }
    let hosts = Hosts::start(&folder.join("hosts"), plan)?;
    let mut stage = Stage::new(&hosts, folder);
    for case in &script.cases {
        let started = Instant::now();
        let outcome = stage.play(case);
        results.note(script, case, outcome, started.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The installation for a prefix, as a layer; made once.
fn tree(folder: &Path, prefix: &str) -> Outcome<PathBuf> {
    let layer = folder.join(prefix.replace('/', "-").trim_start_matches('-'));
    if !layer.exists() {
        install::into(&layer.join(prefix.trim_start_matches('/')))?;
    }
    Ok(layer)
}

/// What `configure` and `make` leave in a folder of their own.
fn build_tree(folder: &Path) -> Outcome<PathBuf> {
    let build = folder.join("build");
    if !build.exists() {
        fresh_folder(&build)?;
        output(
            Command::new(root().join("configure"))
                .current_dir(&build)
                .env("CARGO_TARGET_DIR", target()),
        )?;
        install::stage(&[build.display().to_string()])?;
    }
    Ok(build)
}

/// Which row has been shown.
#[derive(Default)]
struct Results {
    /// Whether all cases of a row were as expected.
    rows: BTreeMap<String, bool>,
    failures: usize,
}

impl Results {
    fn note(&mut self, script: &Script, case: &Case, outcome: Outcome, seconds: f64) {
        let ids = case.ids.join(" ");
        let shown = case.typed.command.as_deref().unwrap_or_default();
        let shown = shown.lines().next().unwrap_or_default();
        for id in &case.ids {
            let good = self.rows.entry(id.clone()).or_insert(true);
            *good &= outcome.is_ok();
        }
        match outcome {
            Ok(()) => println!("  ok      {ids:<14} {seconds:4.1} s  {shown}"),
            Err(error) => {
                self.failures += 1;
                println!("  FAILED  {ids:<14} {seconds:4.1} s  {shown}");
                let indented = error.replace('\n', "\n          ");
                println!("          {}: {indented}", script.name);
            }
        }
    }

    fn told(&self) -> Outcome {
        let bad: Vec<&str> = self
            .rows
            .iter()
            .filter_map(|(id, good)| (!good).then_some(id.as_str()))
            .collect();
        let good = self.rows.len() - bad.len();
        println!("{good} of {} rows are as the table says", self.rows.len());
        if self.failures == 0 {
            return Ok(());
        }
        Err(format!(
            "{} cases failed; rows: {}",
            self.failures,
            bad.join(" ")
        ))
    }
}
