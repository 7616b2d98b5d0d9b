//! The commands of `mesos` that no history has, against a live cluster. Compat: operations §3.7.

use mesos_tests::cluster::Cluster;
use mesos_tests::daemon::bin_dir;
use mesos_tests::wait;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// What the master says of the operator API.
const NOT_YET: &str = "Error: The v1 operator API is not supported by this master yet.\n";

/// `mesos`, with nobody's configuration.
fn mesos(cluster: &Cluster, words: &[&str]) -> Command {
    let mut command = Command::new(bin_dir().join("mesos"));
    command
        .args(words)
        .env("MESOS_CLI_CONFIG", cluster.scratch().join("config.toml"))
        .env("LIBPROCESS_IP", "127.0.0.1")
        .stdin(Stdio::null());
    let text = format!("[master]\naddress = \"{}\"\n", cluster.master.address);
    std::fs::write(cluster.scratch().join("config.toml"), text).unwrap();
    command
}

fn output(cluster: &Cluster, words: &[&str]) -> Output {
    mesos(cluster, words).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn good(cluster: &Cluster, words: &[&str]) -> String {
    let output = output(cluster, words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    out(&output)
}

/// A task that goes on until its gate is opened.
struct Gated {
    folder: TempDir,
    child: Child,
}

impl Gated {
    fn start(cluster: &Cluster, name: &str, before: &str, after: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let gate = folder.path().join("gate");
        let gate = gate.display();
        let command = format!("{before}; while [ ! -e {gate} ]; do sleep 0.05; done; {after}");
        let child = Command::new(bin_dir().join("mesos-execute"))
            .arg(format!("--master={}", cluster.master.address))
            .arg(format!("--name={name}"))
            .arg(format!("--command={command}"))
            .env("LIBPROCESS_IP", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, child }
    }

    fn open(&self) {
        std::fs::write(self.folder.path().join("gate"), "").unwrap();
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn logs_follow_a_file_until_its_task_is_over() {
    let cluster = Cluster::start(1);
    let task = Gated::start(
        &cluster,
        "writer",
        "echo one; echo bad >&2",
        "echo two; exit 4",
    );
    wait::until("the first line", || {
        let shown = output(&cluster, &["logs", "writer"]);
        (out(&shown) == "one\n").then_some(())
    });
    let errors = good(&cluster, &["logs", "--stderr", "write"]);
    assert!(errors.lines().any(|line| line == "bad"), "{errors}");

    let mut follower = mesos(&cluster, &["logs", "-f", "writer"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "one");
    task.open();
    assert_eq!(lines.next().unwrap().unwrap(), "two");
    assert!(lines.next().is_none(), "the end of the task ends it");
    assert_eq!(follower.wait().unwrap().code(), Some(0));
    assert_eq!(good(&cluster, &["logs", "-n", "1", "writer"]), "two\n");

    let why = good(&cluster, &["why", "writer"]);
    assert!(why.contains("TASK_FAILED"), "{why}");
    assert!(why.contains("Its command exited with status 4\n"), "{why}");
    let why: Value =
        serde_json::from_str(&good(&cluster, &["why", "writer", "-o", "json"])).unwrap();
    assert_eq!(why["exit_code"], 4);

    let missing = output(&cluster, &["logs", "nosuch"]);
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(err(&missing), "Error: There is no task 'nosuch'.\n");
}

#[test]
fn run_shows_what_a_command_writes_and_ends_with_its_status() {
    let cluster = Cluster::start(1);
    let words = [
        "run",
        "-e",
        "A=b",
        "-e",
        "C=d e",
        "--rm",
        "--",
        "echo $A $C; echo oops >&2; exit 5",
    ];
    let run = output(&cluster, &words);
    assert_eq!(run.status.code(), Some(5), "{run:?}");
    assert_eq!(out(&run), "b d e\n");
    assert!(err(&run).lines().any(|line| line == "oops"), "{run:?}");
    assert!(
        err(&run).contains("Command exited with status 5"),
        "{run:?}"
    );
    assert_eq!(
        good(&cluster, &["run", "-q", "--", "printf", "%s|", "a b", "c"]),
        "a b|c|"
    );

    // Images come with a later agent: the request is made, the agent's answer is shown.
    let image = output(&cluster, &["run", "busybox", "--", "true"]);
    assert_eq!(image.status.code(), Some(1));
    assert!(
        err(&image).contains("Container images are not supported by this agent yet"),
        "{image:?}"
    );
    let without = output(&cluster, &["run", "true"]);
    assert_eq!(without.status.code(), Some(1));
    assert!(
        err(&without).contains("mesos run -- echo hello"),
        "{without:?}"
    );
}

#[test]
fn a_cluster_is_looked_at_from_the_command_line() {
    let cluster = Cluster::start(1);
    let mut events = mesos(&cluster, &["events", "--last", "0", "-o", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _task = Gated::start(&cluster, "runner", "true", "true");
    let lines = BufReader::new(events.stdout.take().unwrap()).lines();
    let (sender, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    wait::until("the event of the task", || {
        let line = told.recv_timeout(wait::LIMIT).unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        (event["task_id"] == "runner" && event["state"] == "TASK_RUNNING").then_some(())
    });
    events.kill().unwrap();
    events.wait().unwrap();

    let top = good(&cluster, &["top", "--once", "-d", "0.3"]);
    assert!(
        top.contains("Agents: 1 active   Frameworks: 1   Tasks: 1 running"),
        "{top}"
    );
    assert!(
        top.lines().any(|line| line.starts_with("runner  RUNNING")),
        "{top}"
    );
    let top = good(&cluster, &["top", "--once", "-o", "json", "-d", "0.3"]);
    let top: Value = serde_json::from_str(&top).unwrap();
    assert_eq!(top["tasks"][0]["id"], "runner");
    assert!(
        top["tasks"][0]["mem"]["used"].as_f64().unwrap() > 0.0,
        "{top}"
    );
    let screen = output(&cluster, &["top"]);
    assert_eq!(screen.status.code(), Some(1));
    assert!(err(&screen).contains("needs a terminal"), "{screen:?}");

    let why = good(&cluster, &["why", "mesos-execute instance"]);
    assert!(
        why.contains("(mesos-execute instance) holds no offer\n"),
        "{why}"
    );
    assert_eq!(
        good(&cluster, &["offers"]),
        "There are no offers at the moment.\n"
    );
}

#[test]
fn what_changes_the_cluster_is_done_or_refused_in_the_masters_words() {
    let cluster = Cluster::start(1);
    let mut task = Gated::start(&cluster, "long", "true", "true");
    wait::until("the task", || {
        let tasks = cluster.master.get("/master/tasks");
        tasks["tasks"].as_array()?.first().cloned()
    });
    let agent = cluster.master.get("/master/slaves")["slaves"][0]["id"].clone();
    let agent = agent.as_str().unwrap();
    for words in [
        &["drain", agent, "--grace-period=5"][..],
        &["deactivate", "S0"],
        &["reactivate", "127.0.0.1"],
        &["quota", "set", "dev", "--limits=cpus:1"],
    ] {
        let refused = output(&cluster, words);
        assert_eq!(refused.status.code(), Some(1), "{words:?}: {refused:?}");
        assert_eq!(err(&refused), NOT_YET, "{words:?}");
    }
    assert_eq!(good(&cluster, &["quota", "get"]), "No role has a quota.\n");
    let wrong = output(&cluster, &["quota", "set", "dev", "--limits=cpus"]);
    assert_eq!(
        err(&wrong),
        "Error: 'cpus' is not an amount such as cpus:4.\n"
    );

    let told = good(&cluster, &["teardown", "mesos-execute instance"]);
    assert!(
        told.ends_with("(mesos-execute instance) is torn down\n"),
        "{told}"
    );
    assert_eq!(
        task.child.wait().unwrap().code(),
        Some(1),
        "its framework is gone"
    );
}
