//! `cargo xtask client python`: the package `mesos` on the oldest and the newest Python, with every
//! generation of protobuf; its tests and the example framework run against the release daemons.
//!
//! `cargo xtask client python wheel` builds the wheel that is to be published, for manylinux2014;
//! `panics` builds one that panics on demand, and shows that panics become exceptions.

pub mod interpreters;

use crate::cluster::Cluster;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, output, run, step};
use crate::{fetch, release};
use interpreters::{Environment, Interpreter, NEW, OLD};
use std::path::{Path, PathBuf};
use std::process::Command;

const MATURIN: (&str, &str) = (
    "1.16.0",
    "837db2f4d93d4899c3ac393fb3cc9eebf35b6002336e5d574f4a4fb6c49fe283",
);
const ZIG: (&str, &str) = (
    "0.17.0",
    "97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b",
);
/// These need no cluster: what depends on the protobuf runtime.
const MESSAGE_TESTS: &[&str] = &["tests/test_messages.py", "tests/test_arguments.py"];
/// Far above what a loaded machine takes.
const RUN_LIMIT: &str = "120";

pub fn python(options: &[String]) -> Outcome {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    match options.as_slice() {
        [] => everything(),
        ["wheel"] => published_wheel(),
        ["panics"] => panics(),
        other => Err(format!(
            "unknown options `{}`; there are wheel and panics",
            other.join(" ")
        )),
    }
}

fn everything() -> Outcome {
    fetch::need_registry_clients()?;
    release::build()?;
    let folder = target().join("client/python");
    fresh_folder(&folder)?;
    let wheel = build_wheel(&folder)?;
    for interpreter in [&OLD, &NEW] {
        let environment = interpreter.environment(&folder.join(interpreter.version))?;
        interpreter.install_pytest(&environment)?;
        environment.install_wheel(&wheel)?;
        for (version, sha256) in interpreter.protobufs.iter().rev() {
            environment.install_version("protobuf", version, sha256)?;
            step(&format!(
                "Python {} with protobuf {version}: messages",
                interpreter.version
            ));
            pytest(&environment, MESSAGE_TESTS)?;
        }
        step(&format!("Python {}: all tests", interpreter.version));
        pytest(&environment, &["tests"])?;
        example(interpreter, &environment, &folder)?;
    }
    Ok(())
}

/// The command of the scenario suite's puppet.
pub fn puppet() -> Outcome<String> {
    let program = root().join("bindings-python/tests/puppet.py");
    let python = interpreter("client/python-puppet")?;
    Ok(format!("{} {}", python.display(), program.display()))
}

/// An interpreter that has the package; `folder` in the target folder is made for it.
pub fn interpreter(folder: &str) -> Outcome<PathBuf> {
    fetch::need_registry_clients()?;
    let folder = target().join(folder);
    fresh_folder(&folder)?;
    let wheel = build_wheel(&folder)?;
    let environment = NEW.environment(&folder.join(NEW.version))?;
    environment.install_wheel(&wheel)?;
    let (version, sha256) = NEW.protobufs[0];
    environment.install_version("protobuf", version, sha256)?;
    Ok(environment.python())
}

fn maturin(folder: &Path, profile: &str) -> Outcome<(Environment, Command)> {
    let tools = NEW.environment(&folder.join("tools"))?;
    tools.install_version("maturin", MATURIN.0, MATURIN.1)?;
    let mut command = Command::new(tools.program("maturin"));
    command
        .args(["build", "--quiet", "--profile", profile])
        .args(["--manifest-path", "bindings-python/Cargo.toml"])
        .arg("--interpreter")
        .arg(tools.python())
        .arg("--out")
        .arg(folder.join("wheels"))
        .current_dir(root());
    Ok((tools, command))
}

/// The wheel for this machine, unless `MESOS_PYTHON_WHEEL` names one that is to be tested instead.
fn build_wheel(folder: &Path) -> Outcome<PathBuf> {
    if let Some(wheel) = std::env::var_os("MESOS_PYTHON_WHEEL") {
        return Ok(PathBuf::from(wheel));
    }
    let (_tools, mut command) = maturin(folder, "release")?;
    step("building the wheel in release mode");
    run(command.args(["--auditwheel", "skip"]))?;
    only_wheel(&folder.join("wheels"))
}

/// The wheel for every Linux with glibc 2.17: maturin refuses it if it asks for more.
fn published_wheel() -> Outcome {
    fetch::need_registry_clients()?;
    let folder = target().join("client/python-wheel");
    fresh_folder(&folder)?;
    let (tools, mut command) = maturin(&folder, "release")?;
    tools.install_version("ziglang", ZIG.0, ZIG.1)?;
    step("building the wheel for manylinux2014");
    // maturin asks the interpreter on the path for zig.
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", tools.program("").display());
    run(command
        .args(["--compatibility", "manylinux2014", "--zig"])
        .env("PATH", path))?;
    let wheel = only_wheel(&folder.join("wheels"))?;
    for interpreter in [&OLD, &NEW] {
        let environment = interpreter.environment(&folder.join(interpreter.version))?;
        environment.install_wheel(&wheel)?;
        let (version, sha256) = interpreter.protobufs[0];
        environment.install_version("protobuf", version, sha256)?;
        run(Command::new(environment.python()).args(["-c", "import mesos.native, mesos.aio"]))?;
    }
    println!("{}", wheel.display());
    Ok(())
}

/// A build of its own, which no user gets.
fn panics() -> Outcome {
    fetch::need_registry_clients()?;
    let folder = target().join("client/python-panics");
    fresh_folder(&folder)?;
    let (_tools, mut command) = maturin(&folder, "dev")?;
    step("building a wheel that panics on demand");
    run(command.args(["--auditwheel", "skip", "--features", "inject-panics"]))?;
    let environment = NEW.environment(&folder.join(NEW.version))?;
    NEW.install_pytest(&environment)?;
    environment.install_wheel(&only_wheel(&folder.join("wheels"))?)?;
    let (version, sha256) = NEW.protobufs[0];
    environment.install_version("protobuf", version, sha256)?;
    pytest(&environment, &["tests/test_panics.py"])
}

fn only_wheel(folder: &Path) -> Outcome<PathBuf> {
    let files = std::fs::read_dir(folder);
    let files = files.map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    let mut wheels = files.flatten().map(|file| file.path());
    wheels
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or_else(|| format!("no wheel in {}", folder.display()))
}

fn pytest(environment: &Environment, tests: &[&str]) -> Outcome {
    run(Command::new(environment.python())
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .args(["--timeout", RUN_LIMIT])
        .args(tests)
        .current_dir(root().join("bindings-python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LIBPROCESS_IP", "127.0.0.1")
        .env("MESOS_BIN_DIR", release::folder()))
}

/// Five tasks and a message each way for each.
fn example(interpreter: &Interpreter, environment: &Environment, folder: &Path) -> Outcome {
    step(&format!(
        "Python {}: the example test-framework",
        interpreter.version
    ));
    let folder = folder.join(format!("cluster-{}", interpreter.version));
    fresh_folder(&folder)?;
    let mut cluster = Cluster::start(&folder)?;
    let ran = output(
        Command::new("timeout")
            .arg(RUN_LIMIT)
            .arg(environment.python())
            .arg(root().join("examples/python/test-framework"))
            .arg(&cluster.master)
            .env("LIBPROCESS_IP", "127.0.0.1"),
    )
    .and_then(|text| check_example(&text))
    .and_then(|()| cluster.expect_framework_completed("Test Framework (Python)"));
    let stopped = cluster.stop();
    ran?;
    stopped
}

fn check_example(text: &str) -> Outcome {
    let has = |line: &str| text.lines().filter(|found| *found == line).count();
    for task in 0..5 {
        for state in ["TASK_RUNNING", "TASK_FINISHED"] {
            let line = format!("Task {task} is in state {state}");
            if has(&line) != 1 {
                return Err(format!("not once: {line}\n{text}"));
            }
        }
    }
    let line = "All tasks done, waiting for final framework message";
    if has(line) != 1 || has(r"Received message: b'data with a \x00 byte'") != 5 {
        return Err(format!("a line is missing\n{text}"));
    }
    let last = "All tasks done, and all messages received, exiting";
    match text.lines().last() {
        Some(line) if line == last => {
            println!("{last}");
            Ok(())
        }
        _ => Err(format!("the last line is not: {last}\n{text}")),
    }
}
