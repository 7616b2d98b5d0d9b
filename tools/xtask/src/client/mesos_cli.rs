//! `cargo xtask client mesos-cli`: the real mesos.cli 0.1.5 from the Python package index, unchanged, and
//! our `mesos` beside it: both must print the same of one cluster.
//!
//! It is written for Python 2, needs the `.json` endpoints that the original lost in 1.8 (operations
//! §3.1 rule 5), and so never ran against 1.11. A Python 2.7 must be on the machine: as `python2.7`, or
//! below pyenv.

use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, need_programs, run, step, wait_for};
use crate::{fetch, release};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Package, version, tags and sum of what mesos.cli imports.
const WHEELS: &[(&str, &str, &str, &str)] = &[
    (
        "argcomplete",
        "1.12.3",
        "py2.py3-none-any",
        "291f0beca7fd49ce285d2f10e4c1c77e9460cf823eef2de54df0c0fec88b0d81",
    ),
    (
        "certifi",
        "2021.10.8",
        "py2.py3-none-any",
        "d62a0163eb4c2344ac042ab2bdf75399a71a2d8c7d47eac2e2ee91b9d6339569",
    ),
    (
        "chardet",
        "4.0.0",
        "py2.py3-none-any",
        "f864054d66fd9118f2e67044ac8981a54775ec5b67aed0441892edb553d21da5",
    ),
    (
        "idna",
        "2.10",
        "py2.py3-none-any",
        "b97d804b1e9b523befed77c48dacec60e6dcb0b5391d57af6a65a312a90648c0",
    ),
    (
        "kazoo",
        "2.8.0",
        "py2.py3-none-any",
        "2dc46de17efc02e0ef42a9d92f3bbabce6204bbcc0792a1d9211344d0b8a03b8",
    ),
    (
        "protobuf",
        "3.17.3",
        "py2.py3-none-any",
        "2bfb815216a9cd9faec52b16fd2bfa68437a44b67c56bee59bc3926522ecb04e",
    ),
    (
        "requests",
        "2.27.1",
        "py2.py3-none-any",
        "f22fa1e554c9ddfd16e6e41ac79759e17be9e492b3587efa038054674760e72d",
    ),
    (
        "six",
        "1.17.0",
        "py2.py3-none-any",
        "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274",
    ),
    (
        "urllib3",
        "1.26.20",
        "py2.py3-none-any",
        "0ed14ccfbf1c30a9072c7ca157e4319b70d65f623e91e7b32fadb2853431016e",
    ),
];
/// Package, version, sum, and what of the archive is a module.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    (
        "blessings",
        "1.7",
        "98e5854d805f50a5b58ac2333411b0482516a8210f23f43308baeb58d77c157d",
        "blessings",
    ),
    (
        "futures",
        "3.3.0",
        "7e033af76a5e35f58e56da7a91e687706faf4e7bdfb2cbc3f2cca6b9bcda9794",
        "concurrent",
    ),
    (
        "mesos.cli",
        "0.1.5",
        "1891da7d266af65a7fba069ef3c91a2a45c1af86536d332fffc36a3d7168e7fe",
        "mesos",
    ),
    (
        "mesos.interface",
        "0.20.0",
        "e5aae69b502e801549fdb9e5804f19909049ba19662f1f5604b8766ea45ad23d",
        "src/mesos",
    ),
    (
        "prettytable",
        "0.7.2",
        "2d5460dc9db74a32bcc8f9f67de68b2c4f4d2f01fa3bd518764c69156d9cacd9",
        "prettytable.py",
    ),
];
/// Packages that share their folder with others have it declared by their installers only.
const SHARED: &[&str] = &["mesos", "google"];
const RUN: &str = include_str!("mesos_cli/run.py");
const PYTHONS: &[&str] = &["python2.7", "python2"];
/// The version that pyenv is asked for.
const PYENV: &str = "2.7.18";
const LIMIT: Duration = Duration::from_secs(30);

/// Tasks and what they run.
const TASKS: &[(&str, &str)] = &[
    (
        "runs",
        "mkdir sub; echo deep > sub/file; seq 1 40; exec sleep 1000",
    ),
    ("ends", "seq 1 2000"),
    ("fails", "echo bad; exit 3"),
];
/// Commands whose output and exit status must be the same.
const SAME: &[&[&str]] = &[
    &["ls", "runs"],
    &["ls", "runs", "sub"],
    &["ls", "ends"],
    &["find", "runs"],
    &["find", "runs", "sub"],
    &["find", "*n?"],
    &["cat", "runs"],
    &["cat", "-i", "ends"],
    &["cat", "ends"],
    &["head", "runs"],
    &["head", "-n", "3", "-q", "runs"],
    &["tail", "runs"],
    &["tail", "-i", "-n", "2", "fails"],
    &["tail", "runs", "nothing"],
    &["frameworks", "-i"],
    &["config"],
    &["config", "master"],
    &["config", "response_timeout"],
    &["resolve"],
    &["ps", "nothing"],
];
/// Ours fails where the original shows nothing, or has no cpus to show.
const OWN_STATUS: &[&str] = &["ps"];

pub fn mesos_cli(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    fetch::need_registry_clients()?;
    need_programs(&[("tar", "tar")])?;
    let python = python()?;
    release::build()?;
    let folder = target().join("client/mesos-cli");
    fresh_folder(&folder)?;
    let modules = modules(&folder)?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let both = Both {
        folder: &folder,
        modules,
        python,
        config: folder.join("mesos.json"),
    };
    let result = both
        .prepare(&cluster)
        .and_then(|()| compare(&cluster, &both));
    let stopped = cluster.stop();
    result?;
    stopped
}

/// A command that runs Python 2.7, and what pyenv needs in the environment.
fn python() -> Outcome<(&'static str, Option<&'static str>)> {
    for version in [None, Some(PYENV)] {
        for name in PYTHONS {
            let mut command = Command::new(name);
            command
                .arg("-c")
                .arg("import sys; sys.exit(sys.version_info[:2] != (2, 7))");
            command.stderr(Stdio::null());
            if let Some(version) = version {
                command.env("PYENV_VERSION", version);
            }
            if command.status().is_ok_and(|status| status.success()) {
                return Ok((name, version));
            }
        }
    }
    Err("mesos.cli needs a Python 2.7, which this machine lacks: install one as python2.7".into())
}

/// All modules in one folder.
fn modules(folder: &Path) -> Outcome<PathBuf> {
    let modules = folder.join("modules");
    fresh_folder(&modules)?;
    for (package, version, tags, sha256) in WHEELS {
        let wheel = fetch::python_wheel(package, version, tags, sha256)?;
        run(Command::new("unzip")
            .args(["-q", "-o"])
            .arg(wheel)
            .arg("-d")
            .arg(&modules))?;
    }
    for (package, version, sha256, module) in SOURCES {
        let archive = fetch::python_source(package, version, sha256)?;
        // Leads from the archive's folder to what is importable.
        let depth = 1 + module.matches('/').count();
        run(Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(&modules)
            .arg(format!("--strip-components={depth}"))
            .arg("--no-same-owner")
            .arg(format!("{package}-{version}/{module}")))?;
    }
    for package in SHARED {
        write(&modules.join(package).join("__init__.py"), "")?;
    }
    write(&folder.join("run.py"), RUN)?;
    Ok(modules)
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// The real program and ours, with one configuration.
struct Both<'a> {
    folder: &'a Path,
    modules: PathBuf,
    python: (&'static str, Option<&'static str>),
    config: PathBuf,
}

impl Both<'_> {
    fn prepare(&self, cluster: &Cluster) -> Outcome {
        let text = format!("{{\"default\": {{\"master\": \"{}\"}}}}", cluster.master);
        write(&self.config, &text)
    }

    fn real(&self, words: &[&str]) -> Outcome<Output> {
        let mut command = Command::new(self.python.0);
        if let Some(version) = self.python.1 {
            command.env("PYENV_VERSION", version);
        }
        command
            .arg(self.folder.join("run.py"))
            .args(words)
            .env("PYTHONPATH", &self.modules);
        self.run(command)
    }

    fn ours(&self, words: &[&str]) -> Outcome<Output> {
        let mut command = Command::new(release::program("mesos"));
        command.args(words);
        self.run(command)
    }

    fn run(&self, mut command: Command) -> Outcome<Output> {
        command
            .env("MESOS_CLI_CONFIG", &self.config)
            .env("TERM", "dumb");
        let output = command.output();
        output.map_err(|e| format!("cannot start {command:?}: {e}"))
    }
}

/// A framework that runs one command; ended when dropped.
struct Execute(Child);

impl Drop for Execute {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn execute(cluster: &Cluster, folder: &Path, name: &str, command: &str) -> Outcome<Execute> {
    let failed = |e: std::io::Error| format!("cannot start mesos-execute: {e}");
    let log = std::fs::File::create(folder.join(format!("{name}.log"))).map_err(failed)?;
    let errors = log.try_clone().map_err(failed)?;
    let child = Command::new(release::program("mesos-execute"))
        .args([
            format!("--master={}", cluster.master),
            format!("--name={name}"),
            format!("--command={command}"),
            "--resources=cpus:0.5;mem:64".to_owned(),
        ])
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(failed)?;
    Ok(Execute(child))
}

fn compare(cluster: &Cluster, both: &Both<'_>) -> Outcome {
    step("mesos-execute starts a task that runs, one that finishes and one that fails");
    let mut frameworks = Vec::new();
    for (name, command) in TASKS {
        frameworks.push(execute(cluster, both.folder, name, command)?);
    }
    wait_for("the tasks to be where they end", LIMIT, || {
        let state = crate::shell::http_get_json(&format!("http://{}/state", cluster.master));
        let completed = state
            .as_ref()
            .and_then(|state| state["completed_frameworks"].as_array());
        let ended = completed.is_some_and(|list| list.len() == 2);
        let written = both.ours(&["cat", "runs"])?.stdout.ends_with(b"40\n");
        Ok((ended && written).then_some(()))
    })?;
    step(&format!(
        "{} commands of both programs print the same",
        SAME.len()
    ));
    let mut differences = String::new();
    for words in SAME {
        let (real, ours) = (both.real(words)?, both.ours(words)?);
        let status = OWN_STATUS.contains(&words[0]) || real.status.code() == ours.status.code();
        if !status || plain(&real.stdout) != shown(&ours) {
            differences.push_str(&format!("{words:?}\nreal: {real:#?}\nours: {ours:#?}\n"));
        }
    }
    if !differences.is_empty() {
        return Err(format!("these differ:\n{differences}"));
    }
    for (program, text) in [("real", both.real(&["ps"])?), ("ours", both.ours(&["ps"])?)] {
        let text = plain(&text.stdout);
        let header = text.lines().next().unwrap_or_default();
        let titles: Vec<&str> = header.split_whitespace().collect();
        let rows = text.lines().count();
        if titles
            != [
                "TIME", "STATE", "RSS", "CPU", "%MEM", "COMMAND", "USER", "ID",
            ]
            || rows != 2
        {
            return Err(format!("the {program} `mesos ps` shows\n{text}"));
        }
    }
    println!("mesos.cli 0.1.5 works, and our mesos prints what it prints");
    Ok(())
}

/// What ours says: the real one has its messages on stdout, too.
fn shown(output: &Output) -> String {
    let mut all = output.stdout.clone();
    all.extend_from_slice(&output.stderr);
    plain(&all)
}

/// The text without spaces at the ends of lines: old Pythons write some behind the commas of JSON.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}
