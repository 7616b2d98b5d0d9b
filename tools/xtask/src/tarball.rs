//! `cargo xtask tarball`: the installed tree to be unpacked anywhere, and the source.
//!
//! Compat: operations §8, S3-6, S4-12: `NAME-VERSION.tar.gz` unpacks to `NAME-VERSION/`. `MESOS_BIN_DIR` names other
//! programs to pack, such as those that were built for an older glibc.

use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, output, step};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds, and makes both.
pub fn tarball(options: &[String]) -> Outcome {
    if !options.is_empty() {
        return Err("usage: cargo xtask tarball".to_owned());
    }
    crate::release::build()?;
    let folder = target().join("tarball");
    fresh_folder(&folder)?;
    println!("{}", binary(&folder)?.display());
    println!("{}", source(&folder)?.display());
    Ok(())
}

/// What has been built, as it is installed.
pub fn binary(folder: &Path) -> Outcome<PathBuf> {
    let name = format!("mesos-{VERSION}-{}-linux", std::env::consts::ARCH);
    crate::install::into(&folder.join(&name))?;
    step(&format!("packing {name}"));
    let path = folder.join(format!("{name}.tar.gz"));
    output(
        Command::new("tar")
            .args(["--owner=0", "--group=0", "--numeric-owner", "--sort=name"])
            .arg("-czf")
            .arg(&path)
            .arg("-C")
            .arg(folder)
            .arg(&name),
    )?;
    Ok(path)
}

/// What is committed.
pub fn source(folder: &Path) -> Outcome<PathBuf> {
    let name = format!("mesos-{VERSION}");
    step(&format!("packing the source of {name}"));
    let path = folder.join(format!("{name}.tar.gz"));
    output(
        Command::new("git")
            .args(["-c", "safe.directory=*", "archive", "--format=tar.gz"])
            .arg(format!("--prefix={name}/"))
            .arg("-o")
            .arg(&path)
            .arg("HEAD")
            .current_dir(root()),
    )?;
    Ok(path)
}
