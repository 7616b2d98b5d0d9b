//! `cargo xtask stage FOLDER [cpp] [java] [python]`: programs, the library and examples for the scripts that
//! `configure` has written into a build tree.
//!
//! Compat: operations §1.7, rule 1.7.1, S3-10, S3-12, S3-58 to S3-63. The tree has what it runs, so it may be copied.

use super::copy::{copy, copy_folder, link};
use super::programs;
use crate::release;
use crate::repository::root;
use crate::shell::{Outcome, has_program, run, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds, and puts in place.
pub fn stage(words: &[String]) -> Outcome {
    let Some((folder, examples)) = words.split_first() else {
        return Err("usage: cargo xtask stage FOLDER [cpp] [java] [python]".to_owned());
    };
    let folder = std::path::absolute(folder).map_err(|e| format!("cannot use {folder}: {e}"))?;
    release::build()?;
    step(&format!("the build tree in {}", folder.display()));
    let programs_folder = folder.join("src");
    programs::stage(&programs_folder)?;
    let libraries = programs_folder.join(".libs");
    let versioned = format!("libmesos-{VERSION}.so");
    copy(&release::library(), &libraries.join(&versioned))?;
    link(&versioned, &libraries.join("libmesos.so"))?;
    for example in examples {
        match example.as_str() {
            "cpp" => cpp(&folder, &libraries.join("libmesos.so"))?,
            "java" => java()?,
            "python" => python(&programs_folder.join("python"))?,
            other => return Err(format!("there are no examples in `{other}`")),
        }
    }
    Ok(())
}

fn cpp(folder: &Path, library: &Path) -> Outcome {
    step("examples in C++");
    let built = folder.join("cpp");
    run(Command::new("cmake")
        .arg("-S")
        .arg(root().join("bindings-cpp"))
        .arg("-B")
        .arg(&built)
        .arg(format!("-DMESOS_LIBRARY={}", library.display()))
        .args(["-DMESOS_CXX_EXAMPLES=ON", "-DCMAKE_INSTALL_LIBDIR=lib"]))?;
    run(Command::new("cmake").arg("--build").arg(&built))
}

/// Their scripts take the classes from where Maven puts them.
fn java() -> Outcome {
    step("examples in Java");
    run(Command::new("mvn")
        .args(["-q", "-B", "package"])
        .current_dir(root().join("examples/java")))
}

/// The package `mesos` as its wheel has it.
fn python(folder: &Path) -> Outcome {
    if !has_program("python3") {
        println!("    without the examples in Python: there is no python3 on the PATH");
        return Ok(());
    }
    step("the Python package of the examples");
    release::build_packages(&["mesos-bindings-python"])?;
    let package = folder.join("mesos");
    let source = root().join("bindings-python/python/mesos");
    copy_folder(&source, &package, &|path| {
        path.extension().is_none_or(|ending| ending != "pyc")
    })?;
    let library = release::program("lib_mesos.so");
    copy(&library, &package.join("_mesos.abi3.so"))?;
    copy(
        &descriptors(&release::program("build"))?,
        &package.join("interface/descriptors.bin"),
    )
}

/// What the package's build script has written last.
fn descriptors(folder: &Path) -> Outcome<PathBuf> {
    let entries =
        fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    let written = entries.flatten().filter_map(|entry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?;
        name.starts_with("mesos-bindings-python-").then_some(())?;
        let file = path.join("out/descriptors.bin");
        Some((fs::metadata(&file).ok()?.modified().ok()?, file))
    });
    let newest = written.max_by_key(|(time, _)| *time);
    newest
        .map(|(_, file)| file)
        .ok_or_else(|| format!("no descriptors of messages in {}", folder.display()))
}
