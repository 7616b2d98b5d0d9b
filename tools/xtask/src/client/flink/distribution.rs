//! The published Flink 1.13.6, assembled from registry artefacts.

use crate::fetch::{maven_jar, python_source, python_wheel};
use crate::repository::cache;
use crate::shell::{Outcome, fresh_folder, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const VERSION: &str = "1.13.6";
const LIBRARIES_SHA256: &str = "2834e022cd64864d570021562aaf84412c69ca34f6731c17453e04bba3db3efc";
const WHEEL_SHA256: &str = "d17653577c65aeac8b087a74b7006b80289f097720d31f7d936aa92c73173e09";
const HADOOP_SHA256: &str = "492b2a559f2a1dad3808b51d9a26a575dbb1202004c9f85f5059c520e0632127";

/// Written last; its name changes with what is assembled.
const MARK: &str = "assembled-with-examples";

/// Folder, name, where it is, its sum. There are none of 1.13; these run on it unchanged.
const EXAMPLES: [(&str, &str, &str, &str); 3] = [
    (
        "batch",
        "WordCount",
        "org.apache.flink:flink-examples-batch_2.12:1.11.6:jar:WordCount",
        "234d81a832c713d1f77fee0f8d3c3db105277383195dee0a4c82bfc01ec20e4c",
    ),
    (
        "streaming",
        "WordCount",
        "org.apache.flink:flink-examples-streaming_2.12:1.9.1:jar:WordCount",
        "d07f4beba80c0413ee6bf689160899bddb05814e39e0303083befd199ccab34f",
    ),
    (
        "streaming",
        "SocketWindowWordCount",
        "org.apache.flink:flink-examples-streaming_2.12:1.9.1:jar:SocketWindowWordCount",
        "847aaed129f36a01eca6458519e78421f97528f1af03497eddfb0f5c20b934e2",
    ),
];

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
    if home.join(MARK).is_file() {
        return Ok(home);
    }
    let libraries = python_source("apache-flink-libraries", VERSION, LIBRARIES_SHA256)?;
    let tags = "cp38-cp38-manylinux1_x86_64";
    let wheel = python_wheel("apache-flink", VERSION, tags, WHEEL_SHA256)?;
    let hadoop = maven_jar(
        "org.apache.flink:flink-shaded-hadoop-2-uber:2.8.3-10.0",
        "flink-shaded-hadoop-2-uber-2.8.3-10.0.jar",
        HADOOP_SHA256,
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
    for (kind, name, coordinates, sha256) in EXAMPLES {
        let jar = maven_jar(coordinates, &jar_name(coordinates), sha256)?;
        let folder = home.join("examples").join(kind);
        std::fs::create_dir_all(&folder)
            .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        copy(&jar, &folder.join(format!("{name}.jar")))?;
    }
    run(Command::new("sh")
        .arg("-c")
        .arg("chmod +x bin/*")
        .current_dir(&home))?;
    std::fs::remove_dir_all(&unpacked).map_err(|e| format!("cannot clean up: {e}"))?;
    std::fs::write(home.join(MARK), VERSION).map_err(|e| format!("cannot write: {e}"))?;
    Ok(home)
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

/// `group:artifact:version:jar:classifier` as Maven names the file.
fn jar_name(coordinates: &str) -> String {
    let parts: Vec<&str> = coordinates.split(':').collect();
    let [_, artifact, version, _, classifier] = parts.as_slice() else {
        return coordinates.to_owned();
    };
    format!("{artifact}-{version}-{classifier}.jar")
}
