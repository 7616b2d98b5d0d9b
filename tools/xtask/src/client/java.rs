//! `cargo xtask client java`: every published jar, several Javas, injected panics, the example frameworks.

mod examples;
pub mod jars;
pub mod jvm;
mod panics;

use crate::cluster::Cluster;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, step};
use crate::{fetch, release};
use jars::Jar;
use jvm::Java;
use std::path::{Path, PathBuf};

/// One line of the framework binary, between the constructor's name and its end; it is what the
/// original printed for each jar, except that our callback thread is a daemon (rule J5).
const RUN: &str = "pre-start DRIVER_NOT_STARTED DRIVER_NOT_STARTED DRIVER_NOT_STARTED \
    DRIVER_NOT_STARTED | registered with ids daemon=true ctx=null; launch -> DRIVER_RUNNING; \
    TASK_STARTING TASK_RUNNING TASK_FINISHED stop -> DRIVER_STOPPED | post: run DRIVER_STOPPED \
    start DRIVER_STOPPED stop DRIVER_STOPPED abort DRIVER_STOPPED join DRIVER_STOPPED revive \
    DRIVER_STOPPED";
/// The newest and an old generation go through every Java.
const ON_EVERY_JAVA: &[&str] = &["1.11.0", "0.21.0", "0.21.1"];
const JAVAS: &[u32] = &[11, 25];
/// Compiled against this jar, the framework runs with all of them.
const COMPILED_AGAINST: &str = "0.21.1";
const LIMIT_SECONDS: u32 = 60;
pub const PACKAGE: &str = "org.apache.mesos.libmesos";

/// Where the sources of the framework binary are.
pub fn source_folder() -> PathBuf {
    root().join("bindings-java/src/client/java/org/apache/mesos/libmesos")
}

/// `cargo xtask client java`.
pub fn java(_: &[String]) -> Outcome {
    fetch::need_registry_clients()?;
    release::build()?;
    let folder = target().join("client-java");
    fresh_folder(&folder)?;
    let jars = jars::all()?;
    let classes = folder.join("classes");
    let base = jars.iter().find(|jar| jar.is(COMPILED_AGAINST, false));
    let base = base.ok_or("the table of jars lacks the one to compile against")?;
    let names = ["Mini.java", "Natives.java", "HalfBuilt.java"];
    let sources: Vec<PathBuf> = names.iter().map(|n| source_folder().join(n)).collect();
    jvm::compile(&sources, &base.class_path, &classes)?;
    println!("java: the puppet is: {}", puppet(&jars)?);

    let installed = Java::installed()?;
    let mut cluster = start_cluster(&folder)?;
    let proved = matrix(&cluster, &jars, &classes, &installed)
        .and_then(|()| examples::examples(&cluster, &jars, &folder, &installed));
    let stopped = cluster.stop();
    proved?;
    stopped?;
    panics::panics(&jars, &classes, &installed)
}

/// The Java puppet of the scenario suite, as a command line without blanks in its words.
pub fn puppet(jars: &[Jar]) -> Outcome<String> {
    let jar = jars.iter().find(|jar| jar.is("1.11.0", false));
    let jar = jar.ok_or("the table of jars lacks 1.11.0")?;
    let classes = target().join("java-puppet");
    let names = ["Puppet.java", "PuppetScheduler.java", "PuppetExecutor.java"];
    let sources: Vec<PathBuf> = names.iter().map(|n| source_folder().join(n)).collect();
    jvm::compile(&sources, &jar.class_path, &classes)?;
    Ok(format!(
        "env MESOS_NATIVE_JAVA_LIBRARY={} java -cp {} {PACKAGE}.Puppet",
        release::library().display(),
        full_path(jar, &classes)
    ))
}

/// A cluster that knows the principal which the frameworks use, and makes offers quickly.
fn start_cluster(folder: &Path) -> Outcome<Cluster> {
    let credentials = folder.join("credentials.json");
    let text = r#"{"credentials": [{"principal": "mini", "secret": "secret"}]}"#;
    std::fs::write(&credentials, text).map_err(|e| format!("cannot write: {e}"))?;
    let flags = [
        format!("--credentials={}", credentials.display()),
        "--allocation_interval=50ms".to_owned(),
    ];
    Cluster::start_with(folder, &flags, &[])
}

fn matrix(cluster: &Cluster, jars: &[Jar], classes: &Path, installed: &Java) -> Outcome {
    step(&format!("{} jars on Java {}", jars.len(), installed.major));
    let exports = exports(classes)?;
    let mut runs = 0;
    for jar in jars {
        runs += one_jar(cluster, jar, classes, installed, &exports)?;
    }
    println!(
        "java: {} jars, {runs} frameworks on Java {}",
        jars.len(),
        installed.major
    );
    for major in JAVAS {
        let java = Java::fetched(*major)?;
        for jar in jars
            .iter()
            .filter(|jar| ON_EVERY_JAVA.contains(&jar.version))
        {
            let runs = one_jar(cluster, jar, classes, &java, &exports)?;
            half_built(jar, classes, &java)?;
            println!("java: {}: {runs} frameworks on Java {major}", jar.name());
        }
    }
    for jar in jars {
        half_built(jar, classes, installed)?;
    }
    println!(
        "java: no native of {} jars minds half-built objects and nulls",
        jars.len()
    );
    Ok(())
}

/// The list that a test compares with the library.
fn exports(classes: &Path) -> Outcome<PathBuf> {
    let list = root().join("ffi-c/exports.txt");
    let text = std::fs::read_to_string(&list).map_err(|e| format!("cannot read: {e}"))?;
    let names: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let copy = classes.join("exports");
    std::fs::write(&copy, names.join("\n")).map_err(|e| format!("cannot write: {e}"))?;
    Ok(copy)
}

/// The jar behind classes of ours.
pub fn full_path(jar: &Jar, classes: &Path) -> String {
    let mut entries = vec![classes.to_path_buf()];
    entries.extend(jar.class_path.iter().cloned());
    jvm::class_path(&entries)
}

/// Runs the framework with every constructor of one jar; answers how many runs that were.
fn one_jar(
    cluster: &Cluster,
    jar: &Jar,
    classes: &Path,
    java: &Java,
    exports: &Path,
) -> Outcome<usize> {
    let what = format!("{} on Java {}", jar.name(), java.major);
    let mut command = java.command(&full_path(jar, classes));
    command
        .args(["-Xcheck:jni", &format!("{PACKAGE}.Mini"), &cluster.master])
        .arg(exports);
    let text = jvm::success(&command, LIMIT_SECONDS, &what)?;
    jvm::no_jni_complaint(&text, &what)?;
    let lines: Vec<&str> = text.lines().filter(|l| l.contains("pre-start")).collect();
    let odd = lines.iter().find(|line| {
        !line
            .split(": ")
            .skip(1)
            .collect::<Vec<_>>()
            .join(": ")
            .trim()
            .eq(RUN)
    });
    match odd {
        None if !lines.is_empty() => Ok(lines.len()),
        None => Err(format!("{what}: no constructor was tried:\n{text}")),
        Some(line) => Err(format!("{what}: not what it should be:\n{line}\n{text}")),
    }
}

/// Every native on an object whose constructor never ran.
fn half_built(jar: &Jar, classes: &Path, java: &Java) -> Outcome {
    let what = format!(
        "half-built objects of {} on Java {}",
        jar.name(),
        java.major
    );
    let mut command = java.command(&full_path(jar, classes));
    command.args(["-Xcheck:jni", &format!("{PACKAGE}.HalfBuilt")]);
    let text = jvm::success(&command, LIMIT_SECONDS, &what)?;
    jvm::no_jni_complaint(&text, &what)
}
