//! Both tarballs unpack to a folder of their name, in which the original's first commands work.
//!
//! Compat: operations §8, S3-6, S4-12.

use crate::repository::root;
use crate::shell::{Outcome, output, step};
use crate::tarball;
use std::path::Path;
use std::process::Command;

/// Packs, unpacks and looks; the source is not built again.
pub fn check(folder: &Path) -> Outcome {
    let binary = tarball::binary(folder)?;
    let unpacked = unpack(&binary, folder)?;
    let version =
        output(Command::new(folder.join(&unpacked).join("sbin/mesos-master")).arg("--version"))?;
    if version.trim() != concat!("mesos ", env!("CARGO_PKG_VERSION")) {
        return Err(format!("the tarball's master is {version}"));
    }
    if !root().join(".git").exists() {
        println!("    without the tarball of the source: this is none of git's folders");
        return Ok(());
    }
    let source = tarball::source(folder)?;
    let unpacked = unpack(&source, folder)?;
    if unpacked != concat!("mesos-", env!("CARGO_PKG_VERSION")) {
        return Err(format!("the source unpacks to {unpacked}"));
    }
    step("configure in the unpacked source");
    let build = folder.join(&unpacked).join("build");
    std::fs::create_dir(&build).map_err(|e| e.to_string())?;
    output(Command::new("../configure").current_dir(&build))?;
    if !build.join("bin/mesos-master.sh").is_file() {
        return Err("the unpacked source has configured no build tree".to_owned());
    }
    println!("install: both tarballs unpack and work");
    Ok(())
}

/// Unpacks beside it; answers the one folder that comes out, which has the tarball's name.
fn unpack(path: &Path, folder: &Path) -> Outcome<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.and_then(|name| name.strip_suffix(".tar.gz"));
    let name = name.ok_or("a tarball ends with .tar.gz")?.to_owned();
    let _ = std::fs::remove_dir_all(folder.join(&name));
    let listed = output(Command::new("tar").arg("-tzf").arg(path))?;
    if let Some(other) = listed
        .lines()
        .find(|line| !line.starts_with(&format!("{name}/")))
    {
        return Err(format!("{} unpacks to {other}", path.display()));
    }
    output(
        Command::new("tar")
            .arg("-xzf")
            .arg(path)
            .arg("-C")
            .arg(folder),
    )?;
    Ok(name)
}
