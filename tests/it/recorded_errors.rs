//! Wrong invocations that were recorded: the same exit code and the same sentence. Compat: FLG-7, FLG-10.
//!
//! Where the original ended by SIGABRT (`-6`) ours ends with status 1 and the same words. Kept of each recording is the
//! sentence that tells the fault: without the log's prefix, a failed check's expression and lines of other libraries.

use mesos_tests::daemon::bin_dir;
use mesos_tests::{http, wait};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const RECORDED: &str = include_str!("../golden/errors/operator_errors.tsv");

/// What is refused here because its feature is not built yet: by a sentence of ours, with status 1.
const NOT_BUILT: &[(&str, &str)] = &[
    (
        "agent_cgroups_perf",
        "isolator 'cgroups/perf_event': it is not built yet",
    ),
    (
        "agent_cni_baddir",
        "isolator 'network/cni': it is not built yet",
    ),
    (
        "agent_docker_missing",
        "the docker containerizer is not built yet",
    ),
    (
        "agent_docker_volume_nodvd",
        "isolator 'docker/volume': it is not built yet",
    ),
    (
        "agent_gpu_iso",
        "isolator 'cgroups/devices': it is not built yet",
    ),
    (
        "agent_net_cls_missing",
        "isolator 'cgroups/net_cls': it is not built yet",
    ),
    (
        "agent_nonroot_cgroups",
        "isolator 'cgroups/cpu': it is not built yet",
    ),
    (
        "agent_nonroot_fslinux",
        "isolator 'filesystem/linux': it is not built yet",
    ),
    (
        "agent_nonroot_linux_launcher",
        "the launcher 'linux' is not built yet",
    ),
    (
        "agent_seccomp_noflag",
        "isolator 'linux/seccomp': it is not built yet",
    ),
    (
        "master_bad_modules",
        "Flag 'modules': loading modules is not built yet",
    ),
    (
        "master_bad_whitelist",
        "Flag 'whitelist': the agent whitelist is not built yet",
    ),
    (
        "master_zk_unreachable",
        "Flag 'zk': leader election through ZooKeeper is not built yet",
    ),
];

/// What depends on the state of an earlier agent or on the recorded machine, not on the invocation.
const ELSEWHERE: &[&str] = &[
    "agent_gpu_noflag",
    "agent_recover_additive_less",
    "agent_recover_additive_ok",
    "agent_recover_attr_change",
    "agent_recover_corrupt_nonstrict",
    "agent_recover_corrupt_slaveinfo",
    "agent_recover_hostname_change",
    "agent_recover_incompatible_resources",
    "agent_recover_port_change",
    "agent_relative_work_dir",
    "agent_systemd_support",
];

struct Row {
    label: &'static str,
    program: &'static str,
    exit: &'static str,
    variables: BTreeMap<String, String>,
    arguments: Vec<String>,
    sentence: String,
}

/// The places and ports of one invocation.
struct Place {
    folder: TempDir,
    busy: TcpListener,
    port: u16,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let faulty = [
            ("bad.json", "{"),
            (
                "bad2.json",
                r#"{"register_frameworks":[{"principals":{"type":"NONE"}}]}"#,
            ),
        ];
        for (name, text) in faulty {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let busy = TcpListener::bind("127.0.0.1:0").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        Self { folder, busy, port }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{folder}", &self.folder.path().display().to_string())
            .replace("{port}", &self.port.to_string())
            .replace(
                "{busy}",
                &self.busy.local_addr().unwrap().port().to_string(),
            )
    }

    fn command(&self, row: &Row) -> Command {
        let mut command = Command::new(bin_dir().join(row.program));
        command
            .args(row.arguments.iter().map(|text| self.fill(text)))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(
                row.variables
                    .iter()
                    .map(|(name, value)| (name, self.fill(value))),
            )
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap();
        Row {
            label: cell(),
            program: cell(),
            exit: cell(),
            variables: serde_json::from_str(cell()).unwrap(),
            arguments: serde_json::from_str(cell()).unwrap(),
            sentence: cell().to_owned(),
        }
    };
    RECORDED.lines().skip(1).map(row).collect()
}

fn not_built(label: &str) -> Option<&'static str> {
    let mut rows = NOT_BUILT.iter();
    rows.find(|(name, _)| *name == label).map(|(_, text)| *text)
}

/// What stands after the log's prefix.
fn sentence(line: &str) -> &str {
    let logged = line
        .split_once("] ")
        .filter(|(prefix, _)| prefix.starts_with(['I', 'W', 'E', 'F']) && prefix.contains(':'));
    let text = logged.map_or(line, |(_, text)| text);
    text.strip_prefix("EXIT with status 1: ").unwrap_or(text)
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// Ends the program when the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program's end, or nothing if it goes on.
fn ended(mut command: Command) -> Option<Output> {
    let mut timed = Command::new("timeout");
    timed
        .arg("20")
        .arg(command.get_program())
        .args(command.get_args());
    timed.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            timed.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    command.stdin(Stdio::null());
    let output = timed.stdin(Stdio::null()).output().unwrap();
    (output.status.code() != Some(124)).then_some(output)
}

fn complaint(row: &Row) -> Option<String> {
    let place = Place::new();
    let Some(output) = ended(place.command(row)) else {
        return Some(format!("{}: goes on", row.label));
    };
    let text = text_of(&output);
    let refusal = not_built(row.label);
    let code = match row.exit {
        _ if refusal.is_some() => 1,
        "-6" => 1,
        code => code.parse().unwrap(),
    };
    let expected = place.fill(&row.sentence);
    let has_words = match refusal {
        Some(words) => text.contains(words),
        None => text
            .lines()
            .any(|line| sentence(line).trim_end() == expected.trim_end()),
    };
    let is_clean = !["a", "m", "nr1"]
        .iter()
        .any(|name| place.folder.path().join(name).exists());
    if output.status.code() == Some(code) && has_words && (code == 0 || is_clean) {
        return None;
    }
    let expected = refusal.unwrap_or(&expected);
    Some(format!(
        "{}: wanted {code} {expected:?}, clean {is_clean}, got {:?}\n{}",
        row.label,
        output.status.code(),
        text.lines().take(6).collect::<Vec<_>>().join("\n"),
    ))
}

#[test]
fn recorded_invocations_end_as_recorded() {
    let rows = rows();
    let ending = rows.iter().filter(|row| {
        let later = not_built(row.label).is_some();
        !ELSEWHERE.contains(&row.label) && (later || row.exit != "still running")
    });
    let complaints: Vec<String> = ending.filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn recorded_invocations_that_run_do_run() {
    let rows = rows();
    let running = rows.iter().filter(|row| {
        let excepted = ELSEWHERE.contains(&row.label) || not_built(row.label).is_some();
        row.exit == "still running" && !excepted
    });
    let mut count = 0;
    for row in running {
        let place = Place::new();
        let mut command = place.command(row);
        command.env("MESOS_PORT", place.port.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = Running(command.spawn().unwrap());
        let address = format!("127.0.0.1:{}", place.port);
        wait::until(row.label, || {
            assert!(
                program.0.try_wait().unwrap().is_none(),
                "{} ended",
                row.label
            );
            http::request(&address, "GET", "/health", "")
                .ok()
                .filter(|answer| answer.status == 200)
        });
        count += 1;
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn lists_name_recorded_rows() {
    let rows = rows();
    let known = |label: &str| rows.iter().any(|row| row.label == label);
    let listed = NOT_BUILT
        .iter()
        .map(|(label, _)| *label)
        .chain(ELSEWHERE.iter().copied());
    for label in listed {
        assert!(known(label), "{label}");
    }
    assert!(Path::new(&bin_dir()).is_dir());
}
