//! `cargo xtask install PREFIX`: what programs in C are built with.
//!
//! Headers, `libmesos.so`, `libmesos.a`, and the files by which pkg-config and CMake find them. The
//! tree can be moved: no file in it names the prefix.

use crate::release;
use crate::repository::root;
use crate::shell::{Outcome, step};
use std::fs;
use std::path::Path;

/// Templates in `ffi-c`, and where they go to in the prefix.
const TEMPLATES: &[(&str, &str)] = &[
    ("pkgconfig/mesos.pc.in", "lib/pkgconfig/mesos.pc"),
    (
        "pkgconfig/mesos-static.pc.in",
        "lib/pkgconfig/mesos-static.pc",
    ),
    (
        "cmake/MesosConfig.cmake.in",
        "lib/cmake/Mesos/MesosConfig.cmake",
    ),
    (
        "cmake/MesosConfigVersion.cmake.in",
        "lib/cmake/Mesos/MesosConfigVersion.cmake",
    ),
];

const HEADERS: &[&str] = &["mesos.h", "resources.h", "v1.h"];

/// Builds and installs.
pub fn install(options: &[String]) -> Outcome {
    let [prefix] = options else {
        return Err("usage: cargo xtask install PREFIX".to_owned());
    };
    release::build()?;
    into(Path::new(prefix))
}

/// Installs what has been built.
pub fn into(prefix: &Path) -> Outcome {
    step(&format!("installing into {}", prefix.display()));
    for name in HEADERS {
        copy(
            &root().join("include/mesos").join(name),
            &prefix.join("include/mesos").join(name),
        )?;
    }
    for name in ["libmesos.so", "libmesos.a"] {
        copy(&release::program(name), &prefix.join("lib").join(name))?;
    }
    for (template, name) in TEMPLATES {
        let template = root().join("ffi-c").join(template);
        let text = fs::read_to_string(&template)
            .map_err(|e| format!("cannot read {}: {e}", template.display()))?;
        let text = text.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
        write(&prefix.join(name), &text)?;
    }
    Ok(())
}

fn make_parent(path: &Path) -> Outcome {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    make_parent(to)?;
    // Not over an existing file: a program may be using that.
    let _ = fs::remove_file(to);
    fs::copy(from, to)
        .map(drop)
        .map_err(|e| format!("cannot copy {} to {}: {e}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    make_parent(path)?;
    fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
