//! `cargo xtask client pymesos`: pymesos 0.3.15, unchanged, on the v1 scheduler and executor APIs
//! in JSON.
//!
//! It is pure Python but for its HTTP parser, which still builds on Python 3.9. The framework and
//! the executor on top of it are ours.

use super::python::interpreters::{Environment, OLD};
use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, need_programs, output, step};
use crate::{fetch, release};
use std::process::Command;

const WHEELS: &str = include_str!("pymesos/build.txt");
const SOURCES: &str = include_str!("pymesos/sources.txt");
const PROGRAMS: &[(&str, &str)] = &[
    ("framework.py", include_str!("pymesos/framework.py")),
    ("executor.py", include_str!("pymesos/executor.py")),
];
const TASKS: usize = 5;
/// Far above what a loaded machine takes.
const RUN_LIMIT: &str = "120";

pub fn pymesos(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    fetch::need_registry_clients()?;
    need_programs(&[("gcc", "gcc")])?;
    release::build()?;
    let folder = target().join("client/pymesos");
    fresh_folder(&folder)?;
    for (name, text) in PROGRAMS {
        std::fs::write(folder.join(name), text).map_err(|e| format!("cannot write {name}: {e}"))?;
    }
    let environment = OLD.environment(&folder.join("environment"))?;
    environment.install(WHEELS)?;
    environment.build(SOURCES)?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let result = run_framework(&cluster, &environment);
    let stopped = cluster.stop();
    result?;
    stopped
}

fn run_framework(cluster: &Cluster, environment: &Environment) -> Outcome {
    step(&format!(
        "a framework on pymesos 0.3.15 runs {TASKS} tasks in an executor on pymesos"
    ));
    let text = output(
        Command::new("timeout")
            .arg(RUN_LIMIT)
            .arg(environment.python())
            .arg(target().join("client/pymesos/framework.py"))
            .args([&cluster.master, &TASKS.to_string()]),
    )?;
    let seen: Vec<&str> = text.lines().collect();
    let mut wanted = vec!["registered".to_owned()];
    for task in 0..TASKS {
        for state in ["RUNNING", "FINISHED"] {
            wanted.push(format!("py-{task} TASK_{state}"));
        }
    }
    let last = format!("all {TASKS} tasks finished and all messages came back");
    wanted.push(last.clone());
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    let mut expected: Vec<&str> = wanted.iter().map(String::as_str).collect();
    expected.sort_unstable();
    if sorted != expected || seen.last() != Some(&last.as_str()) {
        return Err(format!("expected these lines:\n{wanted:#?}\nsaw:\n{text}"));
    }
    cluster.expect_framework_completed("pymesos")?;
    println!("{last}");
    Ok(())
}
