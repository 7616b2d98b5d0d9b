//! Agents that start again with other flags or with a broken checkpoint: the recorded sentences, status 1.

use mesos_tests::cluster::Cluster;
use mesos_tests::daemon::bin_dir;
use mesos_tests::wait;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The work directory of an agent that was registered and is gone; its cluster goes on.
fn left_behind() -> (Cluster, PathBuf) {
    let mut cluster = Cluster::start(1);
    let folder = cluster.agents[0].work_dir.clone();
    let info = folder.join("meta/slaves/latest/slave.info");
    wait::until("the agent's checkpoint", || info.is_file().then_some(()));
    cluster.agents[0].daemon.kill();
    (cluster, folder)
}

/// Starts an agent on that directory; its status and what it says.
fn start_again(cluster: &Cluster, folder: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let port = cluster.agents[0].address.rsplit(':').next().unwrap();
    let output = Command::new("timeout")
        .arg("20")
        .arg(bin_dir().join("mesos-agent"))
        .args([
            "--ip=127.0.0.1",
            "--hostname=127.0.0.1",
            "--no-systemd_enable_support",
        ])
        .arg(format!("--port={port}"))
        .arg(format!("--master={}", cluster.master.address))
        .arg(format!("--work_dir={}", folder.display()))
        .arg(format!("--runtime_dir={}/run", folder.display()))
        .args(flags)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

#[test]
fn what_the_policy_forbids_is_refused_by_the_changed_resource() {
    let (cluster, folder) = left_behind();
    let fewer = "--resources=cpus:1;mem:8192;disk:8192;ports:[31000-31999]";
    let flags = [fewer, "--reconfiguration_policy=additive"];
    let (code, text) = start_again(&cluster, &folder, &flags);
    assert_eq!(code, Some(1), "{text}");
    let expected = "EXIT with status 1: Failed to perform recovery: Configuration change not permitted under \
                    'additive' policy: Value of scalar resource 'cpus' decreased from 8 to 1";
    assert!(text.contains(expected), "{text}");
    let same = "--resources=cpus:8;mem:8192;disk:8192;ports:[31000-31999]";
    let (code, text) = start_again(&cluster, &folder, &[same, "--attributes=a:b"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("--reconfiguration_policy"), "{text}");
}

#[test]
fn a_broken_agent_info_is_named_and_stays() {
    let (cluster, folder) = left_behind();
    let latest = std::fs::canonicalize(folder.join("meta/slaves/latest")).unwrap();
    let info = latest.join("slave.info");
    let mut bytes = std::fs::read(&info).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&info, &bytes).unwrap();
    let (code, text) = start_again(&cluster, &folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains(
            "EXIT with status 1: Failed to perform recovery: Failed to read agent info from '"
        ),
        "{text}"
    );
    assert!(
        text.contains("hit EOF unexpectedly, possible corruption"),
        "{text}"
    );
    assert_eq!(std::fs::read(&info).unwrap(), bytes);
}
