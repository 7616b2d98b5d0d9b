//! `cargo xtask client monitoring`: the alert rules are right for promtool, and every metric that they or the dashboard
//! name is answered by a running master and agent.
//!
//! Compat: operations §6.2, §6.3.

use crate::cluster::Cluster;
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, http_get, need_programs, run, step, wait_for};
use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Is not there until a task has ended badly.
const LATER: &str = "mesos_master_task_state_counts_by_source_reason";
const METRICS_LIMIT: Duration = Duration::from_secs(30);
const FRAMEWORK: &str = r#"{"type":"SUBSCRIBE","subscribe":{"framework_info":
    {"user":"root","name":"watched","roles":["watched"],"capabilities":[{"type":"MULTI_ROLE"}]}}}"#;

pub fn monitoring(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    need_programs(&[("promtool", "prometheus"), ("curl", "curl")])?;
    release::build()?;
    let files = root().join("deploy/monitoring");
    step("promtool");
    run(Command::new("promtool")
        .args(["check", "config", "prometheus.yml"])
        .current_dir(&files))?;
    let mut named = BTreeSet::new();
    for name in ["alerts.yml", "dashboard.json"] {
        let text = std::fs::read_to_string(files.join(name))
            .map_err(|e| format!("cannot read {name}: {e}"))?;
        named.extend(metrics_in(&text));
    }
    named.remove(LATER);
    let folder = target().join("client/monitoring");
    fresh_folder(&folder)?;
    step("a master, an agent and a framework");
    let mut cluster = Cluster::start(&folder)?;
    let result = look(&cluster, &named);
    let stopped = cluster.stop();
    result?;
    stopped
}

/// Waits until all are there: those of a role come with its first framework.
fn look(cluster: &Cluster, named: &BTreeSet<String>) -> Outcome {
    let mut framework = subscribe(&cluster.master)?;
    let addresses = [&cluster.master, &cluster.agent].map(|one| format!("http://{one}/metrics"));
    let mut missing = Vec::new();
    let seen = wait_for("all metrics", METRICS_LIMIT, || {
        let texts = addresses
            .each_ref()
            .map(|url| http_get(url).unwrap_or_default());
        let answered: BTreeSet<String> = texts.iter().flat_map(|text| families(text)).collect();
        missing = named.difference(&answered).cloned().collect();
        Ok(missing.is_empty().then_some(answered.len()))
    });
    let _ = framework.kill();
    let _ = framework.wait();
    let answered = seen.map_err(|e| format!("{e}; missing: {}", missing.join(", ")))?;
    let used = named.len();
    println!(
        "monitoring: {used} metrics are used, all of them among the {answered} that are answered"
    );
    Ok(())
}

fn subscribe(master: &str) -> Outcome<Child> {
    Command::new("curl")
        .args([
            "-sN",
            "-H",
            "Content-Type: application/json",
            "-d",
            FRAMEWORK,
        ])
        .arg(format!("http://{master}/api/v1/scheduler"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start curl: {e}"))
}

/// Words that begin as our metrics do; patterns of names are not among them.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(|letter| !inside(letter))
        .filter(|word| word.starts_with("mesos_") && !word.ends_with('_'))
        .map(str::to_owned)
        .collect()
}

/// The families that a text has values of.
fn families(text: &str) -> BTreeSet<String> {
    let values = text.lines().filter(|line| !line.starts_with('#'));
    let names = values.filter_map(|line| line.split(['{', ' ']).next());
    names.map(str::to_owned).collect()
}
