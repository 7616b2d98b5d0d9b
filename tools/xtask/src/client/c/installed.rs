//! What `cargo xtask install` installs: found by pkg-config and by CMake, shared and static.

use super::run_framework;
use crate::cluster::Cluster;
use crate::repository::root;
use crate::shell::{Outcome, output, step};
use std::path::Path;
use std::process::Command;

/// What a program that was linked with the library needs (operations §1.1).
const SONAME: &str = concat!("[libmesos-", env!("CARGO_PKG_VERSION"), ".so]");

/// Installs into a prefix, moves the prefix, and builds and runs the framework in all four ways.
pub fn installed(folder: &Path, cluster: &Cluster) -> Outcome {
    let (first, prefix) = (folder.join("first-prefix"), folder.join("prefix"));
    crate::install::into(&first)?;
    std::fs::rename(&first, &prefix).map_err(|e| format!("cannot move the prefix: {e}"))?;
    for (module, is_static) in [("mesos", false), ("mesos-static", true)] {
        let kind = kind(is_static);
        step(&format!("pkg-config {module}"));
        let built = folder.join(format!("pkg-config-{kind}"));
        std::fs::create_dir_all(&built).map_err(|e| e.to_string())?;
        with_pkg_config(&prefix, module, &built)?;
        use_it(cluster, &prefix, &built, is_static, "pkg-config")?;

        step(&format!("CMake, {kind}"));
        let built = folder.join(format!("cmake-{kind}"));
        with_cmake(&prefix, is_static, &built)?;
        use_it(cluster, &prefix, &built, is_static, "CMake")?;
    }
    Ok(())
}

fn kind(is_static: bool) -> &'static str {
    if is_static { "static" } else { "shared" }
}

fn with_pkg_config(prefix: &Path, module: &str, built: &Path) -> Outcome {
    let flags = output(
        Command::new("pkg-config")
            .args(["--cflags", "--libs", module])
            .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")),
    )?;
    for name in ["framework", "executor"] {
        output(
            Command::new("cc")
                .arg(root().join(format!("examples/c/{name}.c")))
                .arg("-o")
                .arg(built.join(name))
                .args(flags.split_whitespace()),
        )?;
    }
    Ok(())
}

fn with_cmake(prefix: &Path, is_static: bool, built: &Path) -> Outcome {
    output(
        Command::new("cmake")
            .arg("-S")
            .arg(root().join("examples/c"))
            .arg("-B")
            .arg(built)
            .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
            .arg(format!("-DMESOS_STATIC={}", u8::from(is_static))),
    )?;
    output(Command::new("cmake").arg("--build").arg(built))?;
    Ok(())
}

/// The shared programs need the library by its name, the static ones not at all.
fn use_it(cluster: &Cluster, prefix: &Path, built: &Path, is_static: bool, by: &str) -> Outcome {
    let framework = built.join("framework");
    let needed = output(Command::new("readelf").arg("-dW").arg(&framework))?;
    let needs_library = needed
        .lines()
        .any(|line| line.contains("(NEEDED)") && line.contains(SONAME));
    if needs_library == is_static {
        return Err(format!(
            "{}: that {SONAME} is needed is {needs_library}\n{needed}",
            framework.display()
        ));
    }
    let path = format!("LD_LIBRARY_PATH={}", prefix.join("lib").display());
    let executor = built.join("executor").display().to_string();
    let mut command = Command::new("env");
    let executor = if is_static {
        executor
    } else {
        command.arg(&path);
        format!("{path} {executor}")
    };
    command.arg(&framework);
    let how = format!("{} through {by}", kind(is_static));
    run_framework(cluster, &how, command, &executor)
}
