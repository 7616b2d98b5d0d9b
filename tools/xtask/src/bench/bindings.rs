//! What each binding costs: one program per language plays a framework against
//! `mesos-load feed`, which plays the master, so that nothing but driver and binding is measured.

use super::{load, spawn_feed};
use crate::release;
use crate::repository::root;
use crate::shell::{Outcome, free_port, output, run, step};
use std::path::Path;
use std::process::Command;

const UPDATES: &str = "200000";
const LAUNCHES: &str = "50000";
/// The first round warms caches and the Java virtual machine's compiler up; the best one counts.
const ROUNDS: usize = 3;

/// One language's program; `prepare` builds it and answers how to start it.
struct Binding {
    name: &'static str,
    prepare: fn(&Path) -> Outcome<Vec<String>>,
}

const BINDINGS: &[Binding] = &[
    Binding {
        name: "C",
        prepare: c,
    },
    Binding {
        name: "C++",
        prepare: cpp,
    },
    Binding {
        name: "Java",
        prepare: java,
    },
    Binding {
        name: "Python",
        prepare: python,
    },
];

/// Prints the figures of every binding.
pub fn bindings(folder: &Path) -> Outcome {
    for binding in BINDINGS {
        step(&format!("the {} binding", binding.name));
        let words = (binding.prepare)(folder)?;
        for _ in 0..ROUNDS {
            println!("{}", round(&words)?);
        }
    }
    step("the v1 scheduler client, through C");
    let program = compile(folder, "bench_v1")?;
    for content_type in ["protobuf", "json"] {
        for _ in 0..ROUNDS {
            let mut round = Command::new(&program);
            round
                .args([UPDATES, content_type])
                .env("LIBPROCESS_IP", "127.0.0.1")
                .env("MESOS_QUIET", "1");
            println!("  {content_type}: {}", output(&mut round)?.trim());
        }
    }
    Ok(())
}

fn round(words: &[String]) -> Outcome<String> {
    let port = free_port(0)?.to_string();
    let feed = spawn_feed(load(&[
        "feed",
        &format!("--port={port}"),
        &format!("--updates={UPDATES}"),
        &format!("--launches={LAUNCHES}"),
    ]))?;
    let (program, arguments) = words.split_first().ok_or("a binding without a program")?;
    let client = output(
        Command::new(program)
            .args(arguments)
            .args([&format!("127.0.0.1:{port}"), UPDATES, LAUNCHES])
            .env("LIBPROCESS_IP", "127.0.0.1")
            .env("MESOS_QUIET", "1")
            .env("MESOS_NATIVE_JAVA_LIBRARY", release::library()),
    )?;
    let served = feed
        .wait_with_output()
        .map_err(|error| format!("mesos-load feed: {error}"))?;
    let served = String::from_utf8_lossy(&served.stdout).into_owned();
    Ok(format!(
        "  program: {}\n  feed:    {}",
        client.trim(),
        served.trim()
    ))
}

fn c(folder: &Path) -> Outcome<Vec<String>> {
    Ok(vec![compile(folder, "bench")?])
}

fn cpp(_: &Path) -> Outcome<Vec<String>> {
    Ok(vec![crate::client::cpp::bench()?.display().to_string()])
}

/// A program of `ffi-c/tests/c` over the release build.
fn compile(folder: &Path, name: &str) -> Outcome<String> {
    let program = folder.join(format!("{name}-c"));
    run(Command::new("cc")
        .args(["-std=c11", "-O2"])
        .arg("-I")
        .arg(root().join("include"))
        .arg("-o")
        .arg(&program)
        .arg(root().join(format!("ffi-c/tests/c/{name}.c")))
        .arg("-pthread")
        .arg(release::library())
        .arg(format!("-Wl,-rpath,{}", release::folder().display())))?;
    Ok(program.display().to_string())
}

fn java(folder: &Path) -> Outcome<Vec<String>> {
    let list = folder.join("class-path");
    run(Command::new("mvn")
        .args(["-q", "-B", "test-compile", "dependency:build-classpath"])
        .arg(format!("-Dmdep.outputFile={}", list.display()))
        .current_dir(root().join("bindings-java"))
        .env_remove("LD_LIBRARY_PATH"))?;
    let jars = std::fs::read_to_string(&list)
        .map_err(|e| format!("cannot read {}: {e}", list.display()))?;
    let classes = output(
        Command::new("find")
            .arg(root().join("bindings-java/target"))
            .args(["-type", "d", "-name", "test-classes"]),
    )?;
    let classes = classes.lines().next().unwrap_or_default();
    Ok(vec![
        "java".to_owned(),
        "-cp".to_owned(),
        format!("{classes}:{}", jars.trim()),
        "org.apache.mesos.libmesos.DriverBench".to_owned(),
    ])
}

fn python(_folder: &Path) -> Outcome<Vec<String>> {
    let interpreter = crate::client::python::interpreter("bench/python")?;
    let program = root().join("bindings-python/tests/bench.py");
    Ok(vec![
        interpreter.display().to_string(),
        program.display().to_string(),
    ])
}
