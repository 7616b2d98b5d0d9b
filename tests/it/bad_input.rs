//! Wrong invocations: a clear sentence in the original's words, status 1, nothing left behind.

use mesos_tests::cluster::Cluster;
use mesos_tests::daemon::bin_dir;
use std::process::Command;

struct Ended {
    code: Option<i32>,
    text: String,
}

fn invoke(program: &str, arguments: &[&str]) -> Ended {
    let output = Command::new("timeout")
        .arg("20")
        .arg(bin_dir().join(program))
        .args(arguments)
        .env_remove("MESOS_WORK_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    Ended {
        code: output.status.code(),
        text,
    }
}

fn assert_refused(program: &str, arguments: &[&str], expected: &str) {
    let ended = invoke(program, arguments);
    assert_eq!(
        ended.code,
        Some(1),
        "{program} {arguments:?}: {}",
        ended.text
    );
    assert!(
        ended.text.contains(expected),
        "{program} {arguments:?} says:\n{}",
        ended.text
    );
}

#[test]
fn an_unknown_flag_is_refused_by_name() {
    for program in ["mesos-master", "mesos-agent"] {
        assert_refused(program, &["--no_such_flag=1"], "no_such_flag");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    assert_refused("mesos-master", &["--work_dir=/tmp/x", "--port=abc"], "port");
    assert_refused(
        "mesos-master",
        &["--work_dir=/tmp/x", "--allocation_interval=5"],
        "allocation_interval",
    );
}

#[test]
fn a_missing_work_dir_is_named() {
    assert_refused("mesos-master", &[], "work_dir");
    assert_refused("mesos-agent", &["--master=127.0.0.1:5050"], "work_dir");
}

#[test]
fn an_agent_without_a_master_says_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let work_dir = format!("--work_dir={}", folder.path().display());
    assert_refused("mesos-agent", &[&work_dir], "master");
}

#[test]
fn a_port_in_use_is_named() {
    let cluster = Cluster::start(0);
    let folder = tempfile::TempDir::new().unwrap();
    let port = cluster.master.address.rsplit(':').next().unwrap();
    let port = format!("--port={port}");
    let work_dir = format!("--work_dir={}", folder.path().display());
    let arguments = ["--ip=127.0.0.1", &port, &work_dir];
    assert_refused("mesos-master", &arguments, "Address already in use");
}

#[test]
fn an_unusable_work_dir_is_named_and_untouched() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let work_dir = format!("--work_dir={}/below", file.display());
    let ended = invoke("mesos-master", &["--ip=127.0.0.1", "--port=0", &work_dir]);
    assert_eq!(ended.code, Some(1), "{}", ended.text);
    assert!(ended.text.contains("below"), "{}", ended.text);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn what_is_not_built_yet_is_refused_by_name() {
    let arguments = [
        "--work_dir=/tmp/x",
        "--zk=zk://127.0.0.1:2181/mesos",
        "--quorum=1",
    ];
    assert_refused("mesos-master", &arguments, "zk");
    let arguments = [
        "--work_dir=/tmp/x",
        "--master=zk://127.0.0.1:2181/mesos",
        "--port=0",
    ];
    assert_refused("mesos-agent", &arguments, "ZooKeeper is not built yet");
}

#[test]
fn an_agents_unusable_work_dir_is_named_and_untouched() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let work_dir = format!("--work_dir={}/below", file.display());
    let arguments = [
        "--ip=127.0.0.1",
        "--port=0",
        "--master=127.0.0.1:1",
        &work_dir,
    ];
    assert_refused("mesos-agent", &arguments, "file/below");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_registry_that_cannot_be_read_ends_the_master_and_stays() {
    let folder = tempfile::TempDir::new().unwrap();
    let registry = folder.path().join("replicated_log/CURRENT");
    std::fs::create_dir_all(registry.parent().unwrap()).unwrap();
    std::fs::write(&registry, "\u{ff}foreign").unwrap();
    let work_dir = format!("--work_dir={}", folder.path().display());
    assert_refused(
        "mesos-master",
        &["--ip=127.0.0.1", "--port=0", &work_dir],
        "Recovery failed: Failed to open the log in",
    );
    assert_eq!(std::fs::read_to_string(&registry).unwrap(), "\u{ff}foreign");
}

#[test]
fn help_and_version_exit_with_zero() {
    for program in ["mesos-master", "mesos-agent"] {
        assert_eq!(invoke(program, &["--help"]).code, Some(0));
        let version = invoke(program, &["--version"]);
        assert_eq!(version.code, Some(0));
        assert!(version.text.contains("mesos 1.11.0"), "{}", version.text);
    }
}
