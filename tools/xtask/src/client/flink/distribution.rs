//! The published Flink 1.13.6, assembled from registry artefacts.

use crate::fetch::{maven_jar, python_source, python_wheel};
use crate::repository::cache;
use crate::shell::{Outcome, fresh_folder, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "1.13.6";
const LIBRARIES_SHA256: &str = "2834e022cd64864d570021562aaf84412c69ca34f6731c17453e04bba3db3efc";
const WHEEL_SHA256: &str = "d17653577c65aeac8b087a74b7006b80289f097720d31f7d936aa92c73173e09";
const HADOOP_SHA256: &str = "492b2a559f2a1dad3808b51d9a26a575dbb1202004c9f85f5059c520e0632127";
const BATCH_SHA256: &str = "234d81a832c713d1f77fee0f8d3c3db105277383195dee0a4c82bfc01ec20e4c";

/// What the entry points need on Java 17; Java 11 would need nothing.
const JAVA_OPENS: [&str; 13] = [
    "java.lang",
    "java.lang.ref",
    "java.lang.reflect",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
    "java.net",
    "java.io",
    "java.nio",
    "java.text",
    "java.time",
    "sun.nio.ch",
];

pub fn java_options() -> String {
    let mut text = String::from("--add-exports=java.base/sun.net.util=ALL-UNNAMED");
    for package in JAVA_OPENS {
        text.push_str(&format!(" --add-opens=java.base/{package}=ALL-UNNAMED"));
    }
    text
}

/// Puts the distribution together in the cache folder, once.
pub fn assemble() -> Outcome<PathBuf> {
    let home = cache().join(format!("flink-{VERSION}"));
    if home.join("assembled").is_file() {
        return Ok(home);
    }
    let libraries = python_source("apache-flink-libraries", VERSION, LIBRARIES_SHA256)?;
    let tags = ["cp38", "manylinux1_x86_64"];
    let wheel = python_wheel("apache-flink", VERSION, tags, WHEEL_SHA256)?;
    let hadoop = maven_jar(
        "org.apache.flink:flink-shaded-hadoop-2-uber:2.8.3-10.0",
        "flink-shaded-hadoop-2-uber-2.8.3-10.0.jar",
        HADOOP_SHA256,
    )?;
    let batch = maven_jar(
        "org.apache.flink:flink-examples-batch_2.12:1.11.6:jar:WordCount",
        "flink-examples-batch_2.12-1.11.6-WordCount.jar",
        BATCH_SHA256,
    )?;
    step(&format!("assembling Flink {VERSION}"));
    fresh_folder(&home)?;
    let unpacked = home.join("unpacked");
    fresh_folder(&unpacked)?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(&libraries)
        .arg("-C")
        .arg(&unpacked))?;
    run(Command::new("unzip")
        .arg("-q")
        .arg(&wheel)
        .arg("-d")
        .arg(&unpacked))?;
    let sources = unpacked.join(format!("apache-flink-libraries-{VERSION}/deps"));
    let python = unpacked.join("pyflink");
    for (from, name) in [
        (&sources, "lib"),
        (&sources, "opt"),
        (&sources, "plugins"),
        (&python, "bin"),
        (&python, "conf"),
    ] {
        rename(&from.join(name), &home.join(name))?;
    }
    copy(
        &sources.join("bin/bash-java-utils.jar"),
        &home.join("bin/bash-java-utils.jar"),
    )?;
    copy(
        &hadoop,
        &home.join("lib/flink-shaded-hadoop-2-uber-2.8.3-10.0.jar"),
    )?;
    let examples = home.join("examples/batch");
    fresh_folder(&examples)?;
    copy(&batch, &examples.join("WordCount.jar"))?;
    fresh_folder(&home.join("log"))?;
    run(Command::new("sh")
        .arg("-c")
        .arg("chmod +x bin/*")
        .current_dir(&home))?;
    std::fs::remove_dir_all(&unpacked).map_err(|e| format!("cannot clean up: {e}"))?;
    configure(&home)?;
    std::fs::write(home.join("assembled"), VERSION).map_err(|e| format!("cannot write: {e}"))?;
    Ok(home)
}

/// Java 17 needs its packages opened, in the shipped configuration as well: workers read it.
fn configure(home: &Path) -> Outcome {
    let path = home.join("conf/flink-conf.yaml");
    let mut text = std::fs::read_to_string(&path)
        .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    text.push_str(&format!("\nenv.java.opts: {}\n", java_options()));
    std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn rename(from: &Path, to: &Path) -> Outcome {
    std::fs::rename(from, to)
        .map_err(|e| format!("cannot move {} to {}: {e}", from.display(), to.display()))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::copy(from, to)
        .map(|_| ())
        .map_err(|e| format!("cannot copy {} to {}: {e}", from.display(), to.display()))
}
