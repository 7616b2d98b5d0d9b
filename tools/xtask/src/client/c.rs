//! `cargo xtask client c`: programs in C, built with strict warnings against the headers, use the
//! release library.
//!
//! A framework and its executor do their work on a real cluster, also under valgrind and with the
//! address and undefined-behaviour sanitizers; what `cargo xtask install` installs is found by
//! pkg-config and by CMake, shared and static.

mod installed;

use crate::cluster::Cluster;
use crate::cluster::state::Framework;
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, need_programs, output, step, tail, wait_for};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Warnings are errors: a program of ours is an example of how to use the header.
const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const SANITIZERS: &[&str] = &[
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];
/// What is only possibly lost is not counted: hash tables point into the middle of their memory.
const VALGRIND: &[&str] = &[
    "--quiet",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--error-exitcode=99",
];
const FRAMEWORK: &str = "framework in C";
const V1_FRAMEWORK: &str = "v1 framework in C";
const EXECUTOR: &str = "talker";
/// Seconds, far above what a loaded machine takes.
const RUN_LIMIT: &str = "60";
const END_LIMIT: Duration = Duration::from_secs(30);

/// `cargo xtask client c`.
pub fn c(_: &[String]) -> Outcome {
    need_programs(&[
        ("valgrind", "valgrind"),
        ("cmake", "cmake"),
        ("pkg-config", "pkg-config"),
    ])?;
    release::build()?;
    let folder = target().join("client/c");
    fresh_folder(&folder)?;
    puppet()?;
    memory(&folder)?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    frameworks(&folder, &cluster)?;
    v1_frameworks(&folder, &cluster)?;
    installed::installed(&folder, &cluster)?;
    cluster.stop()
}

/// The C puppet of the scenario suite; needs the release library.
pub fn puppet() -> Outcome<PathBuf> {
    let built = release::folder().join("c-puppet");
    compile(&root().join("ffi-c/tests/c/puppet.c"), &built, &[])?;
    Ok(built)
}

/// Compiles a program against the release library, which it finds by itself when it runs.
fn compile(source: &Path, built: &Path, options: &[&str]) -> Outcome {
    let library = release::folder();
    output(
        Command::new("cc")
            .args(STRICT)
            .args(options)
            .arg("-I")
            .arg(root().join("include"))
            .arg(source)
            .arg("-o")
            .arg(built)
            .arg("-L")
            .arg(&library)
            .args(["-lmesos", "-pthread"])
            .arg(format!("-Wl,-rpath,{}", library.display())),
    )?;
    Ok(())
}

/// The programs of `cargo test`, with an eye on memory.
fn memory(folder: &Path) -> Outcome {
    for (name, arguments) in [
        ("resources", [].as_slice()),
        ("garbage", &[]),
        ("walk", &["nothing"]),
    ] {
        step(&format!("{name}.c under valgrind and with sanitizers"));
        let source = root().join(format!("ffi-c/tests/c/{name}.c"));
        let (plain, sane) = (folder.join(name), folder.join(format!("{name}-sanitizers")));
        compile(&source, &plain, &["-g"])?;
        compile(&source, &sane, SANITIZERS)?;
        output(
            on_loopback("valgrind")
                .args(VALGRIND)
                .arg(&plain)
                .args(arguments),
        )?;
        output(on_loopback(&sane).args(arguments))?;
    }
    println!("c: no leak and no error in resources, refused arguments and garbage");
    Ok(())
}

fn on_loopback(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("LIBPROCESS_IP", "127.0.0.1");
    command
}

/// A framework with its executor, in each way to look at their memory.
fn frameworks(folder: &Path, cluster: &Cluster) -> Outcome {
    let programs = ["framework", "executor"];
    for name in programs {
        let source = root().join(format!("examples/c/{name}.c"));
        compile(&source, &folder.join(name), &["-g"])?;
        let sane = folder.join(format!("{name}-sanitizers"));
        compile(&source, &sane, SANITIZERS)?;
    }
    let [framework, executor] = programs.map(|name| folder.join(name));
    let sane = programs.map(|name| folder.join(format!("{name}-sanitizers")));
    run_framework(
        cluster,
        "as they are",
        Command::new(&framework),
        &executor.display().to_string(),
    )?;
    run_framework(
        cluster,
        "with sanitizers",
        Command::new(&sane[0]),
        &sane[1].display().to_string(),
    )?;
    let mut checked = Command::new("valgrind");
    checked.args(VALGRIND).arg(&framework);
    let executor = format!("valgrind {} {}", VALGRIND.join(" "), executor.display());
    run_framework(cluster, "under valgrind", checked, &executor)
}

/// A framework over HTTP, in each way to look at its memory and in both content types.
fn v1_frameworks(folder: &Path, cluster: &Cluster) -> Outcome {
    let source = root().join("examples/c/v1_framework.c");
    let (plain, sane) = (folder.join("v1"), folder.join("v1-sanitizers"));
    compile(&source, &plain, &["-g"])?;
    compile(&source, &sane, SANITIZERS)?;
    let mut checked = Command::new("valgrind");
    checked.args(VALGRIND).arg(&plain);
    let ways = [
        ("as it is, in JSON", Command::new(&plain), Some("json")),
        ("with sanitizers", Command::new(&sane), None),
        ("under valgrind", checked, None),
    ];
    for (how, command, content) in ways {
        step(&format!("a v1 framework in C, {how}"));
        let mut limited = within_limit(&command);
        let said = output(limited.arg(&cluster.master).args(content))?;
        // The teardown may be faster than its own answer.
        for line in ["subscribed as ", "command: state 2", "teardown: "] {
            expect(&said, line)?;
        }
        let framework = ended_framework(cluster, V1_FRAMEWORK)?;
        expect_finished(&framework, 1)?;
        println!("c: v1, {how}: a task finished");
    }
    Ok(())
}

/// The same command on loopback, with a limit.
fn within_limit(command: &Command) -> Command {
    let mut limited = on_loopback("timeout");
    limited
        .arg(RUN_LIMIT)
        .arg(command.get_program())
        .args(command.get_args());
    limited
}

fn expect(said: &str, line: &str) -> Outcome {
    if said.contains(line) {
        return Ok(());
    }
    Err(format!("the framework did not say `{line}`:\n{said}"))
}

/// The newest framework of a name, when it is over for the master.
fn ended_framework(cluster: &Cluster, name: &str) -> Outcome<Framework> {
    wait_for("the framework's end", END_LIMIT, || {
        Ok(Some(cluster.framework(name)?).filter(|framework| framework.completed))
    })
}

fn expect_finished(framework: &Framework, count: usize) -> Outcome {
    for task in &framework.tasks {
        if task.state != "TASK_FINISHED" {
            return Err(format!("task {} ended as {}", task.id, task.state));
        }
    }
    if framework.tasks.len() != count {
        let tasks = framework.tasks.len();
        return Err(format!("{tasks} tasks instead of {count}"));
    }
    Ok(())
}

/// Runs a framework to its end; both of its tasks must have finished, and both executors ended well.
pub fn run_framework(cluster: &Cluster, how: &str, command: Command, executor: &str) -> Outcome {
    step(&format!("a framework and its executor in C, {how}"));
    let mut limited = within_limit(&command);
    let said = output(
        limited
            .arg(&cluster.master)
            .arg(format!("{executor}; echo $? > ended")),
    )?;
    for line in [
        "registered as ",
        "the executor says pong",
        "command: state 2",
        "talk: state 2",
    ] {
        expect(&said, line)?;
    }
    let framework = ended_framework(cluster, FRAMEWORK)?;
    expect_finished(&framework, 2)?;
    let talk = framework.tasks.iter().find(|task| task.id == "talk");
    let talk = talk.ok_or("there is no task `talk`")?;
    let sandbox = cluster.sandbox(&framework.id, &talk.agent, EXECUTOR);
    let ended = wait_for("the executor's end", END_LIMIT, || {
        Ok(std::fs::read_to_string(sandbox.join("ended"))
            .ok()
            .filter(|text| text.ends_with('\n')))
    })?;
    if ended.trim() != "0" {
        let errors = tail(&sandbox.join("stderr"), 30);
        return Err(format!("the executor ended with {ended}{errors}"));
    }
    println!("c: {how}: 2 tasks finished, a message went there and back");
    Ok(())
}
