//! The headers: each by itself, and all of them in every standard from C++11 to C++20 with both compilers.

use super::build::Build;
use super::run_all;
use crate::repository::root;
use crate::shell::{Outcome, step};
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPILERS: &[&str] = &["g++", "clang++"];
const STANDARDS: &[&str] = &["c++11", "c++14", "c++17", "c++20"];
const STRICT: &[&str] = &["-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"];
/// Bodies that are included with macros set.
const BODIES: &str = "detail";

pub fn check(build: &Build) -> Outcome {
    let mut headers = Vec::new();
    collect(&root().join("include"), &mut headers)?;
    step(&format!("C++: {} headers, each by itself", headers.len()));
    let alone = headers
        .iter()
        .map(|header| compile(build, "g++", "c++11", header));
    run_all(alone.collect())?;
    let all = root().join("bindings-cpp/tests/pieces.cpp");
    step("C++: all headers with g++ and clang++, C++11 to C++20");
    let every = COMPILERS
        .iter()
        .flat_map(|compiler| STANDARDS.iter().map(move |standard| (compiler, standard)));
    run_all(
        every
            .map(|(compiler, standard)| compile(build, compiler, standard, &all))
            .collect(),
    )
}

fn compile(build: &Build, compiler: &str, standard: &str, source: &Path) -> Command {
    let mut command = Command::new(compiler);
    command
        .arg(format!("-std={standard}"))
        .args(STRICT)
        .arg("-I")
        .arg(root().join("include"))
        .arg("-isystem")
        .arg(build.generated())
        .arg(source);
    command
}

fn collect(folder: &Path, headers: &mut Vec<PathBuf>) -> Outcome {
    let unreadable = |e: std::io::Error| format!("cannot read {}: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != BODIES) {
                collect(&path, headers)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "hpp") {
            headers.push(path);
        }
    }
    Ok(())
}
