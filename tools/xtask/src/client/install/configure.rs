//! `configure`, `make` and `make install` in a folder of their own, and the scripts that they leave there.
//!
//! Compat: operations §1.7, S3-8 to S3-14, S3-52, S3-53, S3-76, S4-12, S4-26.

use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, output, step};
use std::path::Path;
use std::process::{Command, Output};

/// Builds nothing anew: the release programs are there.
pub fn check(folder: &Path) -> Outcome {
    step("configure and make");
    output(&mut Command::new(root().join("bootstrap")))?;
    let build = folder.join("build");
    fresh_folder(&build)?;
    refusals(&build)?;
    let said = configure(
        &build,
        &["--prefix=/opt/m", "--disable-python", "--with-frob"],
    )?;
    let (printed, warned) = texts(&said);
    if !said.status.success() || printed.to_lowercase().contains("checking for python") {
        return Err(format!("configure: {}: {printed}{warned}", said.status));
    }
    if !warned.contains("WARNING: unrecognized options: --with-frob\n") {
        return Err(format!("configure does not warn of --with-frob: {warned}"));
    }
    if !printed.contains("without effect here: --disable-python") {
        return Err(format!(
            "configure is silent on --disable-python: {printed}"
        ));
    }
    make(&build, &["-j2", "V=0"])?;
    let destdir = folder.join("made");
    make(
        &build,
        &["V=0", "install", &format!("DESTDIR={}", destdir.display())],
    )?;
    if !destdir.join("opt/m/sbin/mesos-master").is_file() {
        return Err("make install has installed no master".to_owned());
    }
    check_target(&build)?;
    let copied = folder.join("copied");
    let _ = std::fs::remove_dir_all(&copied);
    std::fs::rename(&build, &copied).map_err(|e| format!("cannot move the build tree: {e}"))?;
    wrappers(&copied)
}

/// What `make check` would build and run; it takes too long to be run here (S3-10, S3-64).
fn check_target(build: &Path) -> Outcome {
    let said = output(
        Command::new("make")
            .args(["--no-print-directory", "check", "CARGO=echo"])
            .current_dir(build),
    )?;
    let tree = format!("xtask stage {}", build.display());
    let lines: Vec<&str> = said.lines().collect();
    // What they are besides depends on the compilers that are here; those in Python need none.
    let examples = |line: &&str| line.starts_with(&tree) && line.ends_with(" python");
    let runs = lines.contains(&tree.as_str())
        && lines.iter().any(examples)
        && lines.last() == Some(&"xtask test --quick");
    match runs {
        true => Ok(()),
        false => Err(format!("make check runs something else: {said}")),
    }
}

fn refusals(build: &Path) -> Outcome {
    for (word, complaint) in [
        ("--frob", "configure: error: unrecognized option: `--frob'"),
        (
            "--prefix=here",
            "configure: error: expected an absolute directory name for --prefix: here",
        ),
        (
            "CARGO=/nowhere/cargo",
            "configure: error: cannot find cargo\n-----",
        ),
    ] {
        let mut command = configure_command(build, &[word]);
        // The home folder may have a cargo, which is looked for there as well.
        let said = command
            .env("HOME", build)
            .env("CARGO_HOME", build)
            .output()
            .map_err(|e| e.to_string())?;
        let (_, warned) = texts(&said);
        if said.status.code() != Some(1) || !warned.contains(complaint) {
            return Err(format!("configure {word}: {}: {warned}", said.status));
        }
    }
    Ok(())
}

/// Every kind of script, in a tree that is no longer where it was made.
fn wrappers(build: &Path) -> Outcome {
    let commands = Command::new(build.join("bin/mesos.sh"))
        .output()
        .map_err(|e| e.to_string())?;
    let (_, usage) = texts(&commands);
    if commands.status.code() != Some(1) || !usage.contains("Available commands:") {
        return Err(format!("bin/mesos.sh: {}: {usage}", commands.status));
    }
    for name in ["master", "agent", "slave"] {
        let version =
            output(Command::new(build.join(format!("bin/mesos-{name}.sh"))).arg("--version"))?;
        if version.trim() != concat!("mesos ", env!("CARGO_PKG_VERSION")) {
            return Err(format!("bin/mesos-{name}.sh is {version}"));
        }
    }
    let slave = Command::new(build.join("bin/mesos-slave.sh"))
        .arg("--master=localhost:1")
        .output()
        .map_err(|e| e.to_string())?;
    let (_, complaint) = texts(&slave);
    if slave.status.code() != Some(1) || !complaint.contains("Flag 'work_dir' is required") {
        return Err(format!(
            "bin/mesos-slave.sh without a work_dir: {complaint}"
        ));
    }
    let debugged = Command::new(build.join("bin/valgrind-mesos-master.sh"))
        .env("PATH", no_debuggers(build)?)
        .output()
        .map_err(|e| e.to_string())?;
    let (_, complaint) = texts(&debugged);
    if debugged.status.code() != Some(1) || !complaint.contains("there is no valgrind on the PATH")
    {
        return Err(format!(
            "bin/valgrind-mesos-master.sh without valgrind: {complaint}"
        ));
    }
    println!("install: configure, make, make install, and the scripts of the build tree");
    Ok(())
}

/// A PATH with what a script of ours needs at least.
fn no_debuggers(build: &Path) -> Outcome<String> {
    let folder = build.join("path");
    fresh_folder(&folder)?;
    for program in ["dirname", "sh"] {
        let found = output(Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]))?;
        std::os::unix::fs::symlink(found.trim(), folder.join(program))
            .map_err(|e| e.to_string())?;
    }
    Ok(folder.display().to_string())
}

fn make(build: &Path, words: &[&str]) -> Outcome {
    output(
        Command::new("make")
            .args(words)
            .current_dir(build)
            .env("MESOS_BIN_DIR", release::folder()),
    )
    .map(drop)
}

fn configure(build: &Path, words: &[&str]) -> Outcome<Output> {
    configure_command(build, words)
        .output()
        .map_err(|e| format!("cannot start configure: {e}"))
}

fn configure_command(build: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(root().join("configure"));
    command
        .args(words)
        .current_dir(build)
        .env("CARGO_TARGET_DIR", target());
    command
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
