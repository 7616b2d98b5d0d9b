//! Compiling Java and running JVMs that load our library.

use crate::release;
use crate::shell::{Outcome, output, run, step};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Joined as the JVM wants them.
pub fn class_path(entries: &[PathBuf]) -> String {
    let texts: Vec<String> = entries.iter().map(|e| e.display().to_string()).collect();
    texts.join(":")
}

/// Compiles sources for Java 8, the oldest that is supported.
pub fn compile(sources: &[PathBuf], libraries: &[PathBuf], into: &Path) -> Outcome {
    step(&format!("javac, {} files", sources.len()));
    std::fs::create_dir_all(into).map_err(|e| format!("cannot create {}: {e}", into.display()))?;
    run(Command::new("javac")
        .args(["--release", "8", "-Xlint:-options", "-nowarn", "-d"])
        .arg(into)
        .arg("-cp")
        .arg(class_path(libraries))
        .args(sources))
}

/// The Java files of a folder, without those below it.
pub fn sources(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "java"))
        .collect();
    found.sort();
    Ok(found)
}

/// A Java to run things with.
pub struct Java {
    pub major: u32,
    pub program: PathBuf,
}

impl Java {
    /// The installed one.
    pub fn installed() -> Outcome<Self> {
        let version = output(Command::new("javac").arg("-version"))?;
        let major = version
            .split_whitespace()
            .nth(1)
            .and_then(|text| text.split('.').next())
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("javac has an odd version: {version}"))?;
        Ok(Self {
            major,
            program: PathBuf::from("java"),
        })
    }

    /// One from the package registry.
    pub fn fetched(major: u32) -> Outcome<Self> {
        let home = crate::fetch::java_runtime(major)?;
        Ok(Self {
            major,
            program: home.join("bin/java"),
        })
    }

    /// A JVM that finds our library by both of its variables.
    pub fn command(&self, class_path: &str) -> Command {
        let mut command = self.command_of(&self.program);
        command.args(["-cp", class_path]);
        command
    }

    /// A program that will start a JVM.
    pub fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("LIBPROCESS_IP", "127.0.0.1")
            .env("MESOS_QUIET", "true")
            .env("MESOS_REGISTRATION_BACKOFF_FACTOR", "50ms")
            .env("MESOS_NATIVE_JAVA_LIBRARY", release::library())
            // Jars before 0.19.0 know no other.
            .env("MESOS_NATIVE_LIBRARY", release::library())
            // Cargo's own folders must not stand in for the library named above.
            .env_remove("LD_LIBRARY_PATH");
        command
    }
}

/// What a program said, and how it ended.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

/// Runs a program; `timeout` ends it after so many seconds.
pub fn streams(command: &Command, seconds: u32) -> Outcome<Said> {
    let mut limited = Command::new("timeout");
    limited
        .arg(seconds.to_string())
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    let out = limited
        .output()
        .map_err(|e| format!("cannot start {}: {e}", command.get_program().display()))?;
    Ok(Said {
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        code: out.status.code(),
    })
}

/// What a program said on both streams, and how it ended.
pub fn said(command: &Command, seconds: u32) -> Outcome<(String, Option<i32>)> {
    let said = streams(command, seconds)?;
    Ok((said.stdout + &said.stderr, said.code))
}

/// As `said`, for a program that must end with 0.
pub fn success(command: &Command, seconds: u32, what: &str) -> Outcome<String> {
    match said(command, seconds)? {
        (text, Some(0)) => Ok(text),
        (text, code) => Err(format!("{what} ended with {code:?}:\n{text}")),
    }
}

/// What `-Xcheck:jni` says when a native breaks a rule.
pub fn no_jni_complaint(text: &str, what: &str) -> Outcome {
    let complaint = text
        .lines()
        .find(|line| line.contains("in native method") || line.contains("JNI local refs"));
    match complaint {
        None => Ok(()),
        Some(line) => Err(format!("{what}: -Xcheck:jni says: {line}\n{text}")),
    }
}
