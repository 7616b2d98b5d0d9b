//! `cargo xtask client rxjava`: mesos-rxjava 0.2.0, unchanged, on the v1 scheduler API.
//!
//! The framework on top of it is ours: it runs tasks one after the other, acknowledges each of
//! their updates and ends with TEARDOWN. It does so on a cluster that asks for credentials, too.

use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, http_get_json, output, run, step};
use crate::{fetch, release};
use std::path::Path;
use std::process::Command;

const COORDINATES: &str = "com.mesosphere.mesos.rx.java:mesos-rxjava-protobuf-client:0.2.0";
const SUMS: &str = include_str!("rxjava/jars.sha256");
const FRAMEWORK: &str = include_str!("rxjava/RxFramework.java");
const TASKS: usize = 3;
const HEARTBEAT: &str = "event HEARTBEAT";
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
    fresh_folder(&folder.join("open"))?;
    let source = folder.join("RxFramework.java");
    std::fs::write(&source, FRAMEWORK)
        .map_err(|e| format!("cannot write {}: {e}", source.display()))?;
    let class_path = format!("{}/*:{}", jars.display(), folder.display());
    run(Command::new("javac")
        .args(["-nowarn", "-cp", &class_path, "-d"])
        .arg(&folder)
        .arg(&source))?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder.join("open"))?;
    let result = runs(&cluster, &class_path, "");
    cluster.stop().and(result)?;
    step("starting a master that asks HTTP frameworks for credentials, and an agent");
    let mut cluster = guarded(&folder.join("guarded"))?;
    let result = with_credentials(&cluster, &class_path);
    cluster.stop().and(result)
}

/// A cluster whose HTTP frameworks authenticate.
fn guarded(folder: &Path) -> Outcome<Cluster> {
    fresh_folder(folder)?;
    let credentials = folder.join("credentials.json");
    let text = r#"{"credentials":[{"principal":"rx","secret":"secret"}]}"#;
    std::fs::write(&credentials, text)
        .map_err(|e| format!("cannot write {}: {e}", credentials.display()))?;
    let flags = [
        "--authenticate_http_frameworks".to_owned(),
        "--http_framework_authenticators=basic".to_owned(),
        format!("--credentials={}", credentials.display()),
    ];
    Cluster::start_with(folder, &flags, &[])
}

/// The library takes credentials out of the master's address.
fn with_credentials(cluster: &Cluster, class_path: &str) -> Outcome {
    step("wrong and missing credentials are refused");
    for wrong in ["rx:guess@", "nobody:secret@", ""] {
        match framework(cluster, class_path, wrong) {
            Err(text) if text.contains("401 Unauthorized.") => {}
            Err(text) => return Err(format!("refused, but not with 401: {text}")),
            Ok(_) => return Err(format!("credentials \"{wrong}\" were let in")),
        }
    }
    runs(cluster, class_path, "rx:secret@")?;
    let list = http_get_json(&format!("http://{}/frameworks", cluster.master));
    let principal = list.map(|list| list["completed_frameworks"][0]["principal"].clone());
    if principal != Some("rx".into()) {
        return Err(format!("the framework's principal became {principal:?}"));
    }
    println!("and it had the principal of its credentials");
    Ok(())
}

/// What the framework wrote; the error has what it complained of.
fn framework(cluster: &Cluster, class_path: &str, credentials: &str) -> Outcome<String> {
    output(
        Command::new("timeout")
            .args([RUN_LIMIT, "java", "-cp", class_path, "RxFramework"])
            .arg(format!("{credentials}{}", cluster.master))
            .arg(TASKS.to_string()),
    )
}

fn runs(cluster: &Cluster, class_path: &str, credentials: &str) -> Outcome {
    step(&format!("a framework on mesos-rxjava runs {TASKS} tasks"));
    let text = framework(cluster, class_path, credentials)?;
    let mut wanted = vec!["subscribed, heartbeats every 15.0 s".to_owned()];
    wanted.push(HEARTBEAT.to_owned());
    for task in 1..=TASKS {
        for state in ["STARTING", "RUNNING", "FINISHED"] {
            wanted.push(format!("task rx-{task} TASK_{state}"));
        }
    }
    wanted.push(format!("all {TASKS} tasks finished and acknowledged"));
    let mut seen: Vec<&str> = text.lines().collect();
    // More of them come when the machine is slow.
    let mut heartbeats = 0;
    seen.retain(|line| {
        heartbeats += usize::from(*line == HEARTBEAT);
        *line != HEARTBEAT || heartbeats == 1
    });
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
