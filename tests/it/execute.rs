//! `mesos-execute` on a real cluster: what it prints, how it ends, what it leaves. Compat: operations §3.5.

use mesos_tests::cluster::Cluster;
use mesos_tests::daemon::bin_dir;
use mesos_tests::wait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn program(cluster: &Cluster, arguments: &[&str]) -> Command {
    let mut command = Command::new(bin_dir().join("mesos-execute"));
    command
        .arg(format!("--master={}", cluster.master.address))
        .args(arguments)
        .env("LIBPROCESS_IP", "127.0.0.1")
        .stdin(Stdio::null());
    command
}

fn execute(cluster: &Cluster, arguments: &[&str]) -> Output {
    program(cluster, arguments).output().unwrap()
}

/// What was printed, without the ids that differ each time.
fn told(output: &Output) -> Vec<String> {
    let without_ids = |line: &str| {
        let words = line.split(' ').map(|word| {
            let is_id = word.trim_matches('\'').len() > 36 && word.contains('-');
            if is_id { "ID" } else { word }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(without_ids)
        .collect()
}

fn active_frameworks(cluster: &Cluster) -> usize {
    let state = cluster.master.get("/master/state");
    state["frameworks"].as_array().unwrap().len()
}

fn lines(task: &str, last: &[&str]) -> Vec<String> {
    let mut lines = vec![
        "Subscribed with ID ID".to_owned(),
        format!("Submitted task '{task}' to agent ID"),
        format!("Received status update TASK_STARTING for task '{task}'"),
        "  source: SOURCE_EXECUTOR".to_owned(),
        format!("Received status update TASK_RUNNING for task '{task}'"),
        "  source: SOURCE_EXECUTOR".to_owned(),
    ];
    lines.extend(last.iter().map(|&line| line.to_owned()));
    lines
}

#[test]
fn a_command_is_run_and_its_updates_are_told() {
    let cluster = Cluster::start(1);
    let command = [
        "--name=t",
        "--command=test \"$A\" = b",
        r#"--env={"A":"b"}"#,
    ];
    let output = execute(&cluster, &command);
    assert_eq!(output.status.code(), Some(0));
    let finished = [
        "Received status update TASK_FINISHED for task 't'",
        "  message: 'Command exited with status 0'",
        "  source: SOURCE_EXECUTOR",
    ];
    assert_eq!(told(&output), lines("t", &finished));
    assert_eq!(active_frameworks(&cluster), 0);

    let failing = ["--name=f", "--command=exit 3", "--content_type=json"];
    let output = execute(&cluster, &failing);
    assert_eq!(output.status.code(), Some(0), "0 also when it failed");
    let failed = [
        "Received status update TASK_FAILED for task 'f'",
        "  message: 'Command exited with status 3'",
        "  source: SOURCE_EXECUTOR",
    ];
    assert_eq!(told(&output), lines("f", &failed));
    let output = execute(
        &cluster,
        &[&failing[..], &["--exit_with_task_status"]].concat(),
    );
    assert_eq!(output.status.code(), Some(3));

    let killed = [
        "--name=k",
        "--command=exec sleep 1000",
        "--kill_after=100ms",
        "--exit_with_task_status",
    ];
    let output = execute(&cluster, &killed);
    assert_eq!(output.status.code(), Some(128 + 15));
    let lines = told(&output);
    assert!(
        lines.contains(&"Asked to kill task 'k' on agent ID".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_task_comes_from_a_file_and_a_group_gets_the_answer_of_its_agent() {
    let cluster = Cluster::start(1);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("task.json");
    let task = r#"{"name":"n","task_id":{"value":"i"},"command":{"value":"exit 5"},"resources":[
        {"name":"cpus","type":"SCALAR","scalar":{"value":0.1}},
        {"name":"mem","type":"SCALAR","scalar":{"value":32}}]}"#;
    fs::write(&file, task).unwrap();
    let flag = format!("--task=file://{}", file.display());
    let output = execute(&cluster, &[&flag, "--exit_with_task_status", "--role=dev"]);
    assert_eq!(output.status.code(), Some(5));
    let lines = told(&output);
    assert_eq!(lines[1], "Submitted task 'n' to agent ID");
    assert_eq!(
        lines[2],
        "Received status update TASK_STARTING for task 'i'"
    );

    let group = format!(r#"--task_group={{"tasks":[{task}]}}"#);
    let output = execute(&cluster, &[&group]);
    let lines = told(&output);
    assert_eq!(
        lines[1],
        "Submitted task group with tasks [ i ] to agent ID"
    );
    // The agent has no default executor yet and says so.
    assert_eq!(lines[2], "Received status update TASK_FAILED for task 'i'");
    assert!(lines[3].contains("default executor"), "{lines:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_interrupted_run_tears_its_framework_down() {
    let cluster = Cluster::start(1);
    let mut child = program(&cluster, &["--name=s", "--command=exec sleep 1000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = "Received status update TASK_RUNNING for task 's'";
    assert!(lines.any(|line| line.unwrap() == running));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(active_frameworks(&cluster), 0);
}

#[test]
fn credentials_are_sent_and_a_refusal_ends_the_run() {
    let flags = [
        "--authenticate_http_frameworks",
        "--http_framework_authenticators=basic",
        "--credentials=${SCRATCH}/credentials.json",
    ];
    let credentials = r#"{"credentials":[{"principal":"p","secret":"s"}]}"#;
    let files = [("credentials.json", credentials)];
    let cluster = Cluster::start_with_files(1, &flags.map(str::to_owned), &[], &files);
    let with = |secret: &str| {
        let secret = format!("--secret={secret}");
        execute(
            &cluster,
            &["--name=a", "--command=true", "--principal=p", &secret],
        )
    };
    assert_eq!(with("s").status.code(), Some(0));
    let refused = with("wrong");
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        text.contains("EXIT with status 1: Received an ERROR event: "),
        "{text}"
    );
    assert!(text.contains("401 Unauthorized"), "{text}");
}

/// A `hadoop` that writes down how it is called; files are there if `there` is.
const HADOOP: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >> calls
case "$2" in
-test) test -e there || exit 1 ;;
-rm) rm there ;;
esac
"#;

#[test]
fn a_package_goes_to_hdfs_by_the_hadoop_program() {
    let cluster = Cluster::start(1);
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("hadoop"), HADOOP).unwrap();
    fs::set_permissions(place("hadoop"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(place("there"), "").unwrap();
    fs::write(place("package.tgz"), "p").unwrap();
    let package = format!("--package={}", place("package.tgz").display());
    let hadoop = format!("--hadoop={}", place("hadoop").display());
    let run = |more: &[&str]| {
        let flags = [
            "--name=p",
            "--command=true",
            &hadoop,
            &package,
            "--hdfs=h:1",
        ];
        execute(&cluster, &[&flags[..], more].concat())
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        text.contains("File already exists (see --overwrite)"),
        "{text}"
    );

    fs::remove_file(place("calls")).unwrap();
    let output = run(&["--overwrite"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let user = nix::unistd::User::from_uid(nix::unistd::getuid())
        .unwrap()
        .unwrap();
    let target = format!("/{}{}", user.name, place("package.tgz").display());
    let source = place("package.tgz").display().to_string();
    let calls = wait::until("the calls", || fs::read_to_string(place("calls")).ok());
    let expected = format!(
        "version\nfs -test -e {target}\nfs -rm {target}\nfs -copyFromLocal {source} {target}\n"
    );
    assert_eq!(calls, expected);
    // The agent is told of it: there is no NameNode of that name, so the task fails by its URI.
    let text = told(&output).join("\n");
    assert!(text.contains("TASK_FAILED"), "{text}");
    assert!(
        text.contains(&format!("hdfs://h:1{target}")) || text.contains("fetch"),
        "{text}"
    );
}
