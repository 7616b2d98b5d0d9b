//! `mesos-local`: one process that is a cluster. Compat: operations §3.4, S3-50.

use mesos_tests::cluster::free_port;
use mesos_tests::daemon::{Daemon, bin_dir};
use mesos_tests::{http, wait};
use nix::sys::signal::Signal;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Started, with all its agents registered.
fn start(folder: &TempDir, agents: usize, more: &[&str]) -> (Daemon, String) {
    let port = free_port();
    let mut arguments = vec![
        "--ip=127.0.0.1".to_owned(),
        format!("--port={port}"),
        format!("--num_agents={agents}"),
        format!("--work_dir={}", folder.path().join("work").display()),
        "--hostname=127.0.0.1".to_owned(),
        "--no-systemd_enable_support".to_owned(),
        "--resources=cpus:2;mem:512;disk:512".to_owned(),
        "--allocation_interval=200ms".to_owned(),
        "--registration_backoff_factor=10ms".to_owned(),
    ];
    arguments.extend(more.iter().map(|&flag| flag.to_owned()));
    let daemon = Daemon::start("mesos-local", &arguments, &folder.path().join("log"));
    let address = format!("127.0.0.1:{port}");
    wait::until("all agents", || {
        let state = http::get_json(&address, "/master/slaves")?;
        (state["slaves"].as_array()?.len() == agents).then_some(())
    });
    (daemon, address)
}

#[test]
fn a_cluster_in_one_process_runs_tasks_and_ends_cleanly() {
    let folder = TempDir::new().unwrap();
    let (mut daemon, address) = start(&folder, 2, &["--nosuch=1"]);
    let work = folder.path().join("work");
    assert!(work.join("master").is_dir());
    for agent in ["0", "1"] {
        for kind in ["work", "run"] {
            assert!(
                work.join("agents").join(agent).join(kind).is_dir(),
                "{agent}/{kind}"
            );
        }
    }
    let slaves = http::get_json(&address, "/master/slaves").unwrap();
    assert_eq!(slaves["slaves"][0]["resources"]["cpus"], 2.0);
    let mut execute = Command::new(bin_dir().join("mesos-execute"));
    execute
        .args([
            &format!("--master={address}"),
            "--name=t",
            "--exit_with_task_status",
        ])
        .env("LIBPROCESS_IP", "127.0.0.1")
        .stdin(Stdio::null());
    let status = execute.args(["--command=exit 4"]).output().unwrap().status;
    assert_eq!(status.code(), Some(4));

    daemon.signal(Signal::SIGINT);
    assert_eq!(daemon.wait_until_ended().code(), Some(0));
    let log = std::fs::read_to_string(&daemon.log).unwrap();
    assert!(log.contains("Ignoring flag 'nosuch'"), "{log}");

    // What it wrote down is found again.
    let (mut again, _) = start(&folder, 2, &[]);
    again.signal(Signal::SIGTERM);
    assert_eq!(again.wait_until_ended().code(), Some(0));
}
