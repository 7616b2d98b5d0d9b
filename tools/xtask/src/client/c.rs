//! The C interface: programs of ours built with strict warnings against the header and the release library.

use crate::repository::{root, target};
use crate::shell::{Outcome, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Warnings are errors: a program of ours is an example of how to use the header.
const STRICT: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// `cargo xtask client c`.
pub fn c(_: &[String]) -> Outcome {
    let puppet = puppet()?;
    println!("c: {} was built", puppet.display());
    Ok(())
}

/// The C puppet of the scenario suite; needs the release library.
pub fn puppet() -> Outcome<PathBuf> {
    program(&root().join("ffi-c/tests/c/puppet.c"), "c-puppet")
}

/// Compiles a program against the release library, which it finds by itself when it runs.
fn program(source: &Path, name: &str) -> Outcome<PathBuf> {
    let library = target().join("release");
    let built = library.join(name);
    step(&format!("cc {}", source.display()));
    run(Command::new("cc")
        .args(STRICT)
        .arg("-I")
        .arg(root().join("include"))
        .arg(source)
        .arg("-o")
        .arg(&built)
        .arg("-L")
        .arg(&library)
        .args(["-lmesos", "-pthread"])
        .arg(format!("-Wl,-rpath,{}", library.display())))?;
    Ok(built)
}
