//! The program `mesos` against a live cluster with a task that runs, one that finished and one that
//! failed.
//!
//! Compat: operations §3.1, §3.3, §3.4, §3.6; S4-28, S4-29, S4-30, S3-52.

use mesos_proto::mesos::TaskState;
use mesos_tests::cluster::Cluster;
use mesos_tests::daemon::bin_dir;
use mesos_tests::framework::{Framework, info, scalar, shell_task};
use mesos_tests::wait;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

/// What a run of the program has shown.
#[derive(Debug)]
struct Shown {
    code: Option<i32>,
    out: String,
    err: String,
}

struct Cli<'a> {
    cluster: &'a Cluster,
}

impl Cli<'_> {
    /// The program with nothing but the configuration of the cluster.
    fn command(&self, words: &[&str]) -> Command {
        let home = self.cluster.scratch().join("home");
        std::fs::create_dir_all(home.join(".mesos")).unwrap();
        let text = format!("[master]\naddress = \"{}\"\n", self.cluster.master.address);
        std::fs::write(home.join(".mesos/config.toml"), text).unwrap();
        let mut command = Command::new(bin_dir().join("mesos"));
        command
            .args(words)
            .env_remove("MESOS_CLI_CONFIG")
            .env("HOME", &home)
            .env("TZ", "UTC")
            .current_dir(&home);
        command
    }

    fn run(&self, words: &[&str]) -> Shown {
        let output = self.command(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Shown {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// The output of a run that must succeed.
    fn good(&self, words: &[&str]) -> String {
        let shown = self.run(words);
        assert_eq!(shown.code, Some(0), "{words:?}: {shown:?}");
        shown.out
    }

    /// The error of a run that must fail.
    fn bad(&self, words: &[&str], code: i32) -> String {
        let shown = self.run(words);
        assert_eq!(shown.code, Some(code), "{words:?}: {shown:?}");
        shown.err
    }

    fn json(&self, words: &[&str]) -> Value {
        let mut words = words.to_vec();
        words.extend(["-o", "json"]);
        serde_json::from_str(&self.good(&words)).unwrap()
    }
}

/// A cluster on which the tasks `runs`, `ends` and `fails` are what they are called.
fn cluster() -> (Cluster, Framework) {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("cli", 0.0));
    let offer = framework.offer();
    let commands = [
        (
            "runs",
            "mkdir sub; echo deep > sub/file; seq 1 5; printf 'end\\377'; echo; exec sleep 1000",
        ),
        ("ends", "seq 1 20000"),
        ("fails", "echo bad; exit 3"),
    ];
    let tasks: Vec<_> = commands
        .iter()
        .map(|(id, command)| {
            let mut task = shell_task(id, command, &offer);
            task.resources = vec![scalar("cpus", 0.5), scalar("mem", 64.0)];
            task
        })
        .collect();
    framework.launch(&offer, &tasks);
    framework.until_state("runs", TaskState::TaskRunning);
    framework.until_state("ends", TaskState::TaskFinished);
    framework.until_state("fails", TaskState::TaskFailed);
    let cli = Cli { cluster: &cluster };
    wait::until("the running task to have written all it writes", || {
        let written = cli.command(&["cat", "runs"]).output().ok()?.stdout;
        written.ends_with(b"\xff\n").then_some(())
    });
    (cluster, framework)
}

#[test]
fn the_three_histories_show_one_cluster() {
    let (cluster, framework) = cluster();
    let cli = Cli { cluster: &cluster };
    let id = framework.heard().framework_id.unwrap();
    wait::until("the master to have moved the ended tasks", || {
        let tasks = cli.json(&["task", "list", "--all"]);
        (tasks.as_array()?.len() == 3).then_some(())
    });
    the_new_cli_shows_it(&cli, &id);
    the_legacy_tools_show_it(&cli, &id);
    mesos_cli_shows_it(&cli, &id);
}

fn the_new_cli_shows_it(cli: &Cli<'_>, framework: &str) {
    let agents = cli.good(&["agent", "list"]);
    let header = agents.lines().next().unwrap();
    let columns = header.split_whitespace().collect::<Vec<_>>();
    assert_eq!(columns, ["Agent", "ID", "Hostname", "Active"]);
    assert!(
        agents
            .lines()
            .nth(1)
            .unwrap()
            .ends_with("127.0.0.1  True    "),
        "{agents}"
    );

    let tasks = cli.good(&["task", "list"]);
    assert_eq!(tasks.lines().count(), 2, "{tasks}");
    assert!(
        tasks.contains(&format!("\nruns  TASK_RUNNING  {framework}  ")),
        "{tasks}"
    );
    let all = cli.json(&["task", "list", "-a"]);
    let state_of = |name: &str| {
        let tasks = all.as_array().unwrap().iter();
        let mut named = tasks.filter(|task| task["id"] == name);
        named.next().unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state_of("ends"), "TASK_FINISHED");
    assert_eq!(state_of("fails"), "TASK_FAILED");
    let yaml = cli.good(&["task", "list", "-o", "yaml"]);
    assert!(
        yaml.starts_with("- id: runs\n  state: TASK_RUNNING\n"),
        "{yaml}"
    );

    let task: Value = serde_json::from_str(&cli.good(&["task", "inspect", "fails"])).unwrap();
    assert_eq!(task["framework_id"], framework);
    assert!(
        cli.bad(&["task", "inspect", "none"], 1)
            .starts_with("Error: Unable to find task")
    );
    let listed = cli.good(&["framework", "list"]);
    assert!(
        listed.contains(&format!("\n{framework}  True    ")),
        "{listed}"
    );
    let shown = cli.good(&["framework", "inspect", framework]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["name"], "cli");
    assert_eq!(shown.get("tasks"), None);
    assert!(
        cli.good(&["config", "show"])
            .starts_with("[master]\naddress = ")
    );

    let error = cli.bad(&["task", "exec", "runs", "ls", "-l"], 1);
    assert!(
        error.contains("answers LAUNCH_NESTED_CONTAINER_SESSION with: 501 "),
        "{error}"
    );
    let error = cli.bad(&["task", "attach", "runs"], 1);
    assert!(
        error.contains("answers ATTACH_CONTAINER_OUTPUT with: 501 "),
        "{error}"
    );
    let error = cli.bad(&["task", "attach", "ends"], 1);
    assert!(
        error.starts_with("Error: Unable to find running task 'ends'"),
        "{error}"
    );
    let words = cli.good(&["__autocomplete__", "", "task", "inspect"]);
    assert!(
        words.starts_with("default\n") && words.contains("runs"),
        "{words}"
    );
}

fn the_legacy_tools_show_it(cli: &Cli<'_>, framework: &str) {
    let master = format!("--master={}", cli.cluster.master.address);
    let lines = cli.good(&["ps", &master]);
    let mut lines = lines.lines();
    let titles = "USER    FRAMEWORK    TASK      SLAVE              MEM                \
                  TIME              CPU (allocated)";
    assert_eq!(lines.next(), Some(titles));
    let line = lines.next().unwrap();
    let columns: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(columns[1..4], ["cli", "runs", "127.0.0.1"], "{line}");
    assert!(
        line.contains("MB/96.0 MB ") && line.contains(" 00:00:0"),
        "{line}"
    );
    assert_eq!(lines.next(), None);

    let framework = format!("--framework={framework}");
    let file = [&*master, &framework, "--task=ends", "--file=stdout"];
    let mut words = vec!["cat"];
    words.extend(file);
    let whole: String = (1..=20000).map(|n| format!("{n}\n")).collect();
    assert_eq!(cli.good(&words), whole);
    words[3] = "--task=none";
    assert_eq!(cli.bad(&words, 1), "No task found!\n");
    assert!(
        cli.bad(&["cat", &master], 1)
            .starts_with("Missing --framework\n")
    );
    assert_eq!(
        cli.good(&["resolve", &cli.cluster.master.address]).trim(),
        cli.cluster.master.address
    );

    let mut tail = cli.command(&["tail", &master, &framework, "--task=fails", "--file=stdout"]);
    let mut tail = tail.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(tail.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "bad\n");
    assert_eq!(tail.try_wait().unwrap(), None, "it follows for ever");
    tail.kill().unwrap();
    tail.wait().unwrap();
}

fn mesos_cli_shows_it(cli: &Cli<'_>, framework: &str) {
    let table = cli.good(&["ps", "run"]);
    assert!(table.starts_with("   TIME   STATE "), "{table}");
    assert!(table.lines().nth(1).unwrap().ends_with(" runs "), "{table}");
    assert_eq!(cli.good(&["ps", "-i"]).lines().count(), 4);
    assert_eq!(cli.run(&["ps", "none"]).code, Some(1));
    assert!(
        cli.good(&["frameworks"])
            .contains(&format!("\n {framework}  "))
    );
    let listed = cli.good(&["ls", "runs"]);
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(8))
        .collect();
    assert_eq!(names, ["stderr", "stdout", "sub"], "{listed}");
    assert_eq!(
        cli.good(&["find", "r?ns"]),
        "stderr\nstdout\nsub\nsub/file\n"
    );
    assert_eq!(cli.good(&["find", "-q", "runs", "sub/"]), "file\n");
    assert!(
        cli.bad(&["ls", "none"], 1)
            .starts_with("Cannot find a task")
    );

    let head = cli.good(&["head", "-n2", "runs", "stdout", "sub/file"]);
    assert_eq!(head, "==>runs:stdout<==\n1\n2\n==>runs:sub/file<==\ndeep\n");
    assert_eq!(
        cli.good(&["tail", "-q", "-i", "-n", "2", "ends"]),
        "19999\n20000\n"
    );
    let bytes = cli.command(&["cat", "runs"]).output().unwrap().stdout;
    assert_eq!(bytes, b"1\n2\n3\n4\n5\nend\xff\n", "bytes are not changed");
    let error = cli.bad(&["cat", "runs", "none"], 1);
    assert_eq!(error, "No such task has the requested file or directory\n");
    let state: Value = serde_json::from_str(&cli.good(&["state"])).unwrap();
    assert_eq!(state["activated_slaves"], 1.0);
    assert_eq!(cli.good(&["resolve"]).trim(), cli.cluster.master.address);
}

#[test]
fn a_followed_file_and_one_that_appears_later_are_shown() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("cli", 0.0));
    framework.launch_command("t", "echo one; exec sleep 1000");
    framework.until_state("t", TaskState::TaskRunning);
    let cli = Cli { cluster: &cluster };
    wait::until("the first line", || {
        cli.run(&["cat", "t"])
            .out
            .starts_with("one\n")
            .then_some(())
    });
    let mut tail = cli.command(&["tail", "-f", "t", "stdout", "extra"]);
    let mut tail = tail.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!(next(), "==>t:stdout<==");
    assert_eq!(next(), "one");
    let state = cluster.agents[0].get("/state");
    let sandbox = state["frameworks"][0]["executors"][0]["directory"]
        .as_str()
        .unwrap();
    let append = |name: &str, text: &str| {
        let path = std::path::Path::new(sandbox).join(name);
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("stdout", "two\n");
    assert_eq!(next(), "two");
    append("extra", "three\n");
    assert_eq!(next(), "==>t:extra<==");
    assert_eq!(next(), "three");
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn words_that_mean_nothing_are_answered_with_the_nearest_that_does() {
    let cluster = Cluster::start(0);
    let cli = Cli { cluster: &cluster };
    let help = cli.good(&["help"]);
    assert!(
        help.starts_with("Mesos CLI\n\nUsage:\n  mesos (-h | --help)\n"),
        "{help}"
    );
    assert!(
        help.contains("\nAvailable commands:\n    help\n    agent\n"),
        "{help}"
    );
    assert_eq!(cli.bad(&[], 1), help);
    assert_eq!(cli.good(&["--version"]), "Mesos 1.11.0 CLI\n");
    let error = cli.bad(&["framworks"], 1);
    assert!(error.starts_with("'framworks' is not a valid command (or cannot be found)\n"));
    assert!(
        error.contains("Did you mean 'mesos frameworks'?"),
        "{error}"
    );
    let error = cli.bad(&["task", "lits"], 1);
    assert!(error.contains("Did you mean 'mesos task list'?"), "{error}");
    assert!(
        cli.bad(&["--nosuch"], 1)
            .starts_with("Not expecting '--nosuch' before command\n")
    );
    assert_eq!(
        cli.good(&["agent", "list"]),
        "The cluster does not have any agents.\n"
    );
    assert_eq!(
        cli.good(&["task", "list"]),
        "There are no tasks running in the cluster.\n"
    );
    let error = cli.bad(&["resolve", "zk://127.0.0.1:2181/mesos"], 1);
    assert!(
        error.starts_with("Failed to create a master detector: "),
        "{error}"
    );
    assert!(
        cli.good(&["master", "--version"])
            .starts_with("mesos 1.11.0")
    );
    assert!(
        cli.good(&["agent", "--version"])
            .starts_with("Mesos CLI Agent Plugin")
    );
    assert!(cli.good(&["help", "master"]).contains("--work_dir"));
    let program = cluster.scratch().join("home/mesos-own");
    std::fs::write(&program, "#!/bin/sh\necho \"$@\"; exit 7\n").unwrap();
    let mut mode = std::fs::metadata(&program).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = cli
        .command(&["own", "a", "--b"])
        .env("PATH", &path)
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(7), &b"a --b\n"[..])
    );
    let output = cli.command(&["help"]).env("PATH", path).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\n    own\n"));
}

#[test]
fn a_program_called_by_a_legacy_name_is_that_tool() {
    let cluster = Cluster::start(0);
    let cli = Cli { cluster: &cluster };
    let folder = cluster.scratch();
    for name in ["mesos-ps", "mesos-resolve", "mesos-tail"] {
        std::os::unix::fs::symlink(bin_dir().join("mesos"), folder.join(name)).unwrap();
    }
    let run = |name: &str, words: &[&str]| {
        let mut command = Command::new(folder.join(name));
        let output = command.args(words).env("HOME", &folder).output().unwrap();
        let text = if output.status.success() {
            output.stdout
        } else {
            output.stderr
        };
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let master = format!("--master={}", cli.cluster.master.address);
    let (code, text) = run("mesos-ps", &[&master]);
    assert_eq!((code, text.lines().count()), (Some(0), 1), "{text}");
    assert!(run("mesos-ps", &[]).1.starts_with("Missing --master\n"));
    let (code, text) = run("mesos-resolve", &[]);
    let recorded = "There must be only one argument: <master>\n\nUsage: mesos-resolve <master>\n\n";
    assert!(code == Some(1) && text.starts_with(recorded), "{text}");
    assert!(
        run("mesos-resolve", &["--nosuch"])
            .1
            .starts_with("Failed to load unknown flag 'nosuch'\n")
    );
    let (code, text) = run("mesos-resolve", &[&cli.cluster.master.address]);
    assert_eq!((code, text.trim()), (Some(0), &*cli.cluster.master.address));
    assert!(run("mesos-tail", &[]).1.starts_with("Missing --master\n"));
}

/// A script in a folder of its own.
fn script(cluster: &Cluster, name: &str, text: &str) -> std::path::PathBuf {
    let folder = cluster.scratch().join("scripts");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    let mut mode = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    folder
}

#[test]
fn files_are_copied_and_shells_opened_by_the_programs_of_ssh() {
    let (cluster, _framework) = cluster();
    let cli = Cli { cluster: &cluster };
    let copy = "#!/bin/sh\necho scp \"$@\" >&2\nfor last; do :; done\ncase $last in *:/bad) exit 1;; esac\n";
    let folder = script(&cluster, "scp", copy);
    script(&cluster, "ssh", "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 5\n");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let run = |words: &[&str]| {
        let output = cli.command(words).env("PATH", &path).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let master = format!("--master={}", cluster.master.address);
    let (code, out, err) = run(&["scp", &master, "a b", "c", "/tmp/x"]);
    assert_eq!(code, Some(0));
    assert_eq!(err, "scp -pr -- a b c 127.0.0.1:/tmp/x\n");
    let summary = "----- 1 uploaded, 0 failed of total 1 slaves";
    assert_eq!(out, format!("\n127.0.0.1\tuploaded\n\n\n{summary}\n\n"));
    let (_, out, _) = run(&["scp", &master, "a", "/bad"]);
    assert!(
        out.contains("\n127.0.0.1\tfailed\n\n----- 0 uploaded, 1 failed of total 1 slaves\n"),
        "{out}"
    );
    let (code, out, _) = run(&["scp", "a", "c", "/tmp/x"]);
    let both = "127.0.0.1:/tmp/x/a\tuploaded\n127.0.0.1:/tmp/x/c\tuploaded\n";
    assert_eq!((code, out.as_str()), (Some(0), both));
    let (code, out, _) = run(&["scp", "a", "/bad"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(1), "127.0.0.1:/bad/a\tfailed\n")
    );

    let (code, out, _) = run(&["ssh", "runs"]);
    assert_eq!(code, Some(5));
    assert!(
        out.starts_with("<-t><127.0.0.1><cd ") && out.ends_with(" && bash>"),
        "{out}"
    );
    let (code, _, err) = run(&["ssh", "n"]);
    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("There are multiple tasks with that id. Please choose one:\n\t"),
        "{err}"
    );
}

#[test]
fn the_logs_of_the_daemons_are_followed() {
    let cluster = Cluster::start_with(1, &["--log_dir=${SCRATCH}/logs"], &[]);
    let cli = Cli { cluster: &cluster };
    let mut events = cli.command(&["events", "--logs", "-s", "0.05"]);
    let mut events = events.stdout(Stdio::piped()).spawn().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (header, line) = std::thread::scope(|scope| {
        // Something is logged until it is seen: when following begins cannot be known.
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                drop(Framework::start(
                    &cluster.master.address,
                    &info("noise", 0.0),
                ));
            }
        });
        let mut lines = BufReader::new(events.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let second = lines.next().unwrap().unwrap();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        (first, second)
    });
    events.kill().unwrap();
    events.wait().unwrap();
    assert_eq!(
        header,
        format!("==>{}:/master/log<==", cluster.master.address)
    );
    assert!(line.starts_with(['I', 'W']), "{line}");
}

/// Answers like a master and an agent whose one task `t` has a container that can be attached to.
fn container_agent() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let pid = format!("slave(1)@{address}");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(stream.read_line(&mut head).unwrap(), 0);
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "));
            let mut call = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            std::io::Read::read_exact(&mut stream, &mut call).unwrap();
            let call = String::from_utf8(call).unwrap();
            let body = if head.starts_with("GET /tasks") {
                r#"{"tasks":[{"id":"t","slave_id":"S","state":"TASK_RUNNING","statuses":[
                    {"container_status":{"container_id":{"value":"c"}}}]}]}"#
                    .to_owned()
            } else if head.starts_with("GET /slaves") {
                format!(r#"{{"slaves":[{{"id":"S","hostname":"h","pid":"{pid}"}}]}}"#)
            } else if call.contains("WAIT_CONTAINER") {
                // Killed by signal 9.
                r#"{"type":"WAIT_CONTAINER","wait_container":{"exit_status":9}}"#.to_owned()
            } else {
                let data = |kind: &str, text: &str| {
                    let record =
                        format!(r#"{{"type":"DATA","data":{{"type":"{kind}","data":"{text}"}}}}"#);
                    format!("{}\n{record}", record.len())
                };
                assert!(call.contains(r#""arguments":["ls","-l"]"#), "{call}");
                // "out\n" and "err\n".
                data("STDOUT", "b3V0Cg==") + &data("STDERR", "ZXJyCg==")
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn a_command_in_a_container_shows_its_output_and_ends_as_it_does() {
    let cluster = Cluster::start(0);
    let cli = Cli { cluster: &cluster };
    let master = format!("--master={}", container_agent());
    let shown = cli.run(&["task", "exec", &master, "t", "ls", "-l"]);
    assert_eq!(shown.code, Some(128 + 9), "{shown:?}");
    assert_eq!((shown.out.as_str(), shown.err.as_str()), ("out\n", "err\n"));
    let error = cli.bad(&["task", "exec", "-i", &master, "t", "ls", "-l"], 1);
    assert!(
        error.contains("ATTACH_CONTAINER_INPUT, which is not built"),
        "{error}"
    );
}
