//! `cargo xtask client soak [--long]`: thousands of drivers in one JVM, with the JVM's own checks on.
//!
//! `bindings-java/src/client/java/.../Soak.java` says what is done and what "flat" means.

use crate::client::java::{PACKAGE, full_path, jars, jvm, source_folder};
use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, step};
use crate::{fetch, release};
use jvm::Java;
use std::path::PathBuf;

const SHORT_SECONDS: u32 = 120;
const LONG_SECONDS: u32 = 30 * 60;
/// For the rests between, and the start.
const EXTRA_SECONDS: u32 = 300;
/// One JVM after the other. Not both at once: the tracking of Java 17 keeps the stacks of threads that
/// have detached, and with the checks on it ends the JVM when a later stack overlaps such a one.
const MODES: [&[&str]; 2] = [
    &["-Xcheck:jni"],
    &["-XX:NativeMemoryTracking=summary", "-Dsoak.nmt=true"],
];
/// A heap of one size, so that what grows is native.
const HEAP: &[&str] = &["-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch"];

pub fn soak(options: &[String]) -> Outcome {
    let seconds = match options {
        [] => SHORT_SECONDS,
        [only] if only == "--long" => LONG_SECONDS,
        _ => return Err("the only option is --long".to_owned()),
    };
    fetch::need_registry_clients()?;
    release::build()?;
    let folder = target().join("client-soak");
    fresh_folder(&folder)?;
    let jars = jars::all()?;
    let jar = jars.iter().find(|jar| jar.is("1.11.0", false));
    let jar = jar.ok_or("the table of jars lacks 1.11.0")?;
    let names = [
        "Puppet.java",
        "PuppetScheduler.java",
        "PuppetExecutor.java",
        "Soak.java",
        "SoakWorker.java",
        "SoakClient.java",
        "SoakSample.java",
    ];
    let sources: Vec<PathBuf> = names.iter().map(|n| source_folder().join(n)).collect();
    let classes = folder.join("classes");
    jvm::compile(&sources, &jar.class_path, &classes)?;

    let flags = ["--allocation_interval=50ms".to_owned()];
    let mut cluster = Cluster::start_with(&folder, &flags, &[])?;
    let class_path = full_path(jar, &classes);
    let passed = MODES
        .iter()
        .try_for_each(|mode| one_jvm(&cluster, &class_path, mode, seconds / 2));
    let stopped = cluster.stop();
    passed?;
    stopped
}

fn one_jvm(cluster: &Cluster, class_path: &str, mode: &[&str], seconds: u32) -> Outcome {
    step(&format!("{seconds} s of drivers in one JVM, {}", mode[0]));
    let mut command = Java::installed()?.command(class_path);
    command
        .args(HEAP)
        .args(mode)
        .args([&format!("{PACKAGE}.Soak"), &cluster.master])
        .arg(seconds.to_string())
        .env("MESOS_CONNECTION_DELAY_MAX", "10ms")
        // Thousands of threads in arenas of their own would hide a leak in what those keep.
        .env("MALLOC_ARENA_MAX", "2");
    let said = jvm::streams(&command, seconds + EXTRA_SECONDS)?;
    println!("{}", said.stdout.trim_end());
    // The checks of the JVM print there as well.
    if let Some(other) = said.stdout.lines().find(|line| !line.starts_with("soak ")) {
        return Err(format!("the JVM complains: {other}"));
    }
    if said.code == Some(0) {
        return Ok(());
    }
    let last: Vec<&str> = said.stderr.lines().rev().take(20).collect();
    Err(format!("the soak ended with {:?}: {last:#?}", said.code))
}
