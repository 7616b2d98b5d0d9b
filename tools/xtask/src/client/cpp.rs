//! `cargo xtask client cpp`: the C++ interface, built as its users build it, and run against the release daemons.
//!
//! Twice: with g++ as C++11 under the address sanitizer, and with clang++ as C++17, installed and found by pkg-config.

mod build;
mod headers;
mod run;

use crate::cluster::Cluster;
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, need_packages, need_programs, run as run_command, step};
use build::Build;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROTOBUF_HEADER: &str = "/usr/include/google/protobuf/message.h";

/// `cargo xtask client cpp`.
pub fn cpp(_: &[String]) -> Outcome {
    need_tools()?;
    release::build()?;
    let sanitized = Build::sanitized();
    sanitized.make(&["all"])?;
    let installed = Build::installed();
    installed.make(&["mesos_cxx", "test-framework", "test-executor", "puppet"])?;
    headers::check(&installed)?;

    step("C++: the small types, and resources against the vectors that Rust is held to");
    let vectors = root().join("tests/data/resources.tsv");
    run_command(&mut sanitized.program("pieces"))?;
    run_command(sanitized.program("vectors").arg(vectors))?;

    let folder = target().join("client-cpp/run");
    fresh_folder(&folder)?;
    let mut cluster = Cluster::start(&folder)?;
    let proved = run::examples(&cluster, &sanitized, &installed, &folder);
    let stopped = cluster.stop();
    proved?;
    stopped
}

/// The C++ puppet of the scenario suite; needs the release library.
pub fn puppet() -> Outcome<PathBuf> {
    need_tools()?;
    let installed = Build::installed();
    installed.make(&["puppet"])?;
    Ok(installed.folder.join("puppet"))
}

/// The bench of the C++ interface, optimised; needs the release library.
pub fn bench() -> Outcome<PathBuf> {
    need_tools()?;
    let optimised = Build::optimised();
    optimised.make(&["bench"])?;
    Ok(optimised.folder.join("bench"))
}

fn need_tools() -> Outcome {
    need_programs(&[
        ("g++", "g++"),
        ("clang++", "clang"),
        ("cmake", "cmake"),
        ("make", "make"),
        ("pkg-config", "pkg-config"),
        ("protoc", "protobuf-compiler"),
    ])?;
    if Path::new(PROTOBUF_HEADER).exists() {
        return Ok(());
    }
    need_packages(&["libprotobuf-dev"])
}

/// Runs the commands, two at a time; the first error counts.
fn run_all(mut commands: Vec<Command>) -> Outcome {
    let half = commands.split_off(commands.len() / 2);
    let run_list = |list: Vec<Command>| list.into_iter().try_for_each(|mut c| run_quietly(&mut c));
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run_list(half));
        let own = run_list(commands);
        let other = other
            .join()
            .unwrap_or_else(|_| Err("a thread of the client panicked".to_owned()));
        own.and(other)
    })
}

/// Says nothing unless it fails.
fn run_quietly(command: &mut Command) -> Outcome {
    let output = command
        .output()
        .map_err(|e| format!("cannot start {command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
