//! What frameworks are built with: libraries, headers, messages, and the files by which pkg-config and CMake find them.
//!
//! Compat: §1.1 (`lib`, `include`), §1.2, S2-60.

use super::Tree;
use super::copy::{copy, copy_folder, link, write};
use crate::release;
use crate::repository::root;
use crate::shell::{Outcome, has_program, output};
use std::fs;
use std::path::Path;
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Templates in `ffi-c`, and where they go to in the folder of libraries.
const TEMPLATES: &[(&str, &str)] = &[
    ("pkgconfig/mesos.pc.in", "pkgconfig/mesos.pc"),
    ("pkgconfig/mesos-static.pc.in", "pkgconfig/mesos-static.pc"),
    (
        "cmake/MesosConfig.cmake.in",
        "cmake/Mesos/MesosConfig.cmake",
    ),
    (
        "cmake/MesosConfigVersion.cmake.in",
        "cmake/Mesos/MesosConfigVersion.cmake",
    ),
];

/// Headers of the original for what is compiled into its daemons: a program that needs one is told why it cannot.
const REFUSED_HEADERS: &[&str] = &["hook.hpp", "module.hpp"];

/// Installs all of it.
pub fn install(tree: &Tree) -> Outcome {
    let versioned = format!("libmesos-{VERSION}.so");
    copy(&release::library(), &tree.lib.join(&versioned))?;
    link(&versioned, &tree.lib.join("libmesos.so"))?;
    copy(
        &release::program("libmesos.a"),
        &tree.lib.join("libmesos.a"),
    )?;
    for (template, name) in TEMPLATES {
        fill(&root().join("ffi-c").join(template), &tree.lib.join(name))?;
    }
    headers(&tree.prefix.join("include"))
}

fn fill(template: &Path, path: &Path) -> Outcome {
    let text = fs::read_to_string(template)
        .map_err(|e| format!("cannot read {}: {e}", template.display()))?;
    write(path, &text.replace("@VERSION@", VERSION))
}

fn headers(include: &Path) -> Outcome {
    for folder in ["mesos", "stout", "process"] {
        let from = root().join("include").join(folder);
        copy_folder(&from, &include.join(folder), &|_| true)?;
    }
    let mesos = include.join("mesos");
    let messages = root().join("core/proto/proto/mesos");
    copy_folder(&messages, &mesos, &|_| true)?;
    for name in REFUSED_HEADERS {
        let text = format!(
            "#error \"<mesos/{name}> is for modules in C++, and loading modules is not built yet\"\n"
        );
        write(&mesos.join(name), &text)?;
    }
    generated(include)
}

/// The messages in C++, made by the protobuf compiler of this machine, as the original's are.
fn generated(include: &Path) -> Outcome {
    if !has_program("protoc") {
        println!("    without *.pb.h: there is no protoc, the protobuf compiler, on the PATH");
        return Ok(());
    }
    let sources = root().join("core/proto/proto");
    let mut command = Command::new("protoc");
    command.arg(format!("-I{}", sources.display()));
    let scratch = crate::repository::target().join("install/generated");
    crate::shell::fresh_folder(&scratch)?;
    command.arg(format!("--cpp_out={}", scratch.display()));
    messages(&sources.join("mesos"), &mut command)?;
    output(&mut command)?;
    copy_folder(&scratch, include, &|path| {
        path.extension().is_some_and(|ending| ending == "h")
    })
}

fn messages(folder: &Path, command: &mut Command) -> Outcome {
    let entries =
        fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            messages(&path, command)?;
        } else if path.extension().is_some_and(|ending| ending == "proto") {
            command.arg(path);
        }
    }
    Ok(())
}
