//! `cargo xtask client rxjava`: mesos-rxjava 0.2.0, unchanged, on the v1 scheduler API.
//!
//! The framework on top of it is ours: it runs tasks one after the other, acknowledges each of
//! their updates and ends with TEARDOWN.

use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, output, run, step};
use crate::{fetch, release};
use std::process::Command;

const COORDINATES: &str = "com.mesosphere.mesos.rx.java:mesos-rxjava-protobuf-client:0.2.0";
const SUMS: &str = include_str!("rxjava/jars.sha256");
const FRAMEWORK: &str = include_str!("rxjava/RxFramework.java");
const TASKS: usize = 3;
/// Far above what a loaded machine takes.
const RUN_LIMIT: &str = "120";

pub fn rxjava(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    fetch::need_registry_clients()?;
    release::build()?;
    let jars = fetch::maven_closure(COORDINATES, "mesos-rxjava", SUMS)?;
    let folder = target().join("client/rxjava");
    fresh_folder(&folder)?;
    let source = folder.join("RxFramework.java");
    std::fs::write(&source, FRAMEWORK)
        .map_err(|e| format!("cannot write {}: {e}", source.display()))?;
    let class_path = format!("{}/*:{}", jars.display(), folder.display());
    run(Command::new("javac")
        .args(["-nowarn", "-cp", &class_path, "-d"])
        .arg(&folder)
        .arg(&source))?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let result = run_framework(&cluster, &class_path);
    let stopped = cluster.stop();
    result?;
    stopped
}

fn run_framework(cluster: &Cluster, class_path: &str) -> Outcome {
    step(&format!("a framework on mesos-rxjava runs {TASKS} tasks"));
    let text = output(
        Command::new("timeout")
            .args([RUN_LIMIT, "java", "-cp", class_path, "RxFramework"])
            .args([&cluster.master, &TASKS.to_string()]),
    )?;
    let mut wanted = vec!["subscribed, heartbeats every 15.0 s".to_owned()];
    wanted.push("event HEARTBEAT".to_owned());
    for task in 1..=TASKS {
        for state in ["STARTING", "RUNNING", "FINISHED"] {
            wanted.push(format!("task rx-{task} TASK_{state}"));
        }
    }
    wanted.push(format!("all {TASKS} tasks finished and acknowledged"));
    let seen: Vec<&str> = text.lines().collect();
    if seen != wanted {
        return Err(format!(
            "the framework said {seen:#?} instead of {wanted:#?}"
        ));
    }
    cluster.expect_framework_completed("rx-framework")?;
    let framework = cluster.framework("rx-framework")?;
    for task in &framework.tasks {
        // Only what is acknowledged leads to the next state.
        task.expect_states(&["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])?;
    }
    println!("{}", seen.join("\n"));
    println!("and the framework ended by its own TEARDOWN");
    Ok(())
}
