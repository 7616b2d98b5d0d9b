//! The release build, which the demo, the clients and the end-to-end tests run.
//!
//! `MESOS_BIN_DIR` names a folder with programs and `libmesos.so` that are to be used instead.

use crate::repository::{root, target};
use crate::shell::{Outcome, run, step};
use std::path::PathBuf;
use std::process::Command;

/// The packages whose programs and libraries are installed.
pub const PACKAGES: &[&str] = &["mesos-core", "mesos-ffi-c", "mesos-cli"];

/// Builds the daemons, the command line and the library as they ship, unless others are named.
pub fn build() -> Outcome {
    build_packages(PACKAGES)
}

/// The same for packages that only some need.
pub fn build_packages(packages: &[&str]) -> Outcome {
    if let Some(folder) = named() {
        step(&format!("using the programs in {}", folder.display()));
        return Ok(());
    }
    step("building in release mode");
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--bins", "--lib"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run(command.current_dir(root()))
}

fn named() -> Option<PathBuf> {
    std::env::var_os("MESOS_BIN_DIR").map(PathBuf::from)
}

/// Where the programs are.
pub fn folder() -> PathBuf {
    named().unwrap_or_else(|| target().join("release"))
}

/// One of the programs.
pub fn program(name: &str) -> PathBuf {
    folder().join(name)
}

/// What `MESOS_NATIVE_JAVA_LIBRARY` is set to.
pub fn library() -> PathBuf {
    program("libmesos.so")
}
