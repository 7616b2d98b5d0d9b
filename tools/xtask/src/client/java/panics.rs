//! A library that panics at every native: each becomes a Java exception, and the JVM lives.

use super::jars::Jar;
use super::jvm::{self, Java};
use super::{LIMIT_SECONDS, PACKAGE, full_path};
use crate::repository::{root, target};
use crate::shell::{Outcome, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the entries that panic, by a part of their path.
const VARIABLE: &str = "LIBMESOS_INJECT_PANIC";

/// The library that the tests of ffi-c are built with: it has the feature `inject-panics`.
fn library() -> Outcome<PathBuf> {
    run(Command::new("cargo")
        .args(["test", "-q", "--package", "mesos-ffi-c", "--no-run"])
        .current_dir(root()))?;
    let library = target().join("debug/deps/libmesos.so");
    let content =
        std::fs::read(&library).map_err(|e| format!("cannot read {}: {e}", library.display()))?;
    // A plain debug build puts its own library there, and Cargo does not see that.
    let has_hook = content
        .windows(VARIABLE.len())
        .any(|window| window == VARIABLE.as_bytes());
    if has_hook {
        return Ok(library);
    }
    Err(format!(
        "{} was built without the feature inject-panics; delete it and try again",
        library.display()
    ))
}

pub fn panics(jars: &[Jar], classes: &Path, java: &Java) -> Outcome {
    step("panics injected at every native");
    let library = library()?;
    let chosen = |jar: &&Jar| jar.is("1.11.0", false) || jar.is("0.21.1", false);
    for jar in jars.iter().filter(chosen) {
        let what = format!("panics in natives of {}", jar.name());
        let run = |entries: &str| {
            let mut command = java.command(&full_path(jar, classes));
            command
                .args(["-Xcheck:jni", &format!("{PACKAGE}.HalfBuilt"), "panics"])
                .env("MESOS_NATIVE_JAVA_LIBRARY", &library)
                .env(VARIABLE, entries);
            command
        };
        let text = jvm::success(&run("Java_"), LIMIT_SECONDS, &what)?;
        jvm::no_jni_complaint(&text, &what)?;
        let (text, code) = jvm::said(&run("JNI_OnLoad"), LIMIT_SECONDS)?;
        if code != Some(1) || !text.contains("UnsatisfiedLinkError") {
            return Err(format!("a panic while loading: {code:?}\n{text}"));
        }
        println!(
            "java: every native of {} answers a panic with an exception",
            jar.name()
        );
    }
    Ok(())
}
