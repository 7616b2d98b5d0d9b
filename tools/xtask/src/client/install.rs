//! `cargo xtask client install`: the installed tree has every name that the documents list, can be moved, and runs.
//!
//! Compat: operations §1, rows S2-13, S2-14, S2-60, S3-5, S3-11, S3-80; `configure` in a file of its own.

mod configure;
mod names;
mod tarballs;
mod texts;

use crate::cluster::Cluster;
use crate::install::Options;
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, http_get, http_get_json, need_programs, output, step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PREFIX: &str = "/usr/local";

/// Installs, moves, looks and runs.
pub fn install(_: &[String]) -> Outcome {
    need_programs(&[
        ("make", "make"),
        ("pkg-config", "pkg-config"),
        ("readelf", "binutils"),
        ("groff", "groff-base"),
        ("protoc", "protobuf-compiler"),
    ])?;
    release::build()?;
    let folder = target().join("client/install");
    fresh_folder(&folder)?;
    let tree = moved_tree(&folder)?;
    step("what the tree holds");
    names::check(&tree)?;
    texts::check(&tree)?;
    refusals(&tree)?;
    configure::check(&folder)?;
    tarballs::check(&folder)?;
    run(&folder, &tree)?;
    // Several times all programs and the library.
    fs::remove_dir_all(&folder).map_err(|e| format!("cannot remove {}: {e}", folder.display()))
}

/// Installs below a DESTDIR and moves the prefix elsewhere.
fn moved_tree(folder: &Path) -> Outcome<PathBuf> {
    let destdir = folder.join("destdir");
    let words = [
        format!("--prefix={PREFIX}"),
        format!("--destdir={}", destdir.display()),
    ];
    crate::install::tree(&Options::read(&words)?.tree())?;
    let entries = fs::read_dir(&destdir).map_err(|e| e.to_string())?;
    if entries.count() != 1 {
        return Err("something was installed beside the prefix".to_owned());
    }
    let tree = folder.join("moved");
    fs::rename(destdir.join(PREFIX.trim_start_matches('/')), &tree)
        .map_err(|e| format!("cannot move the tree: {e}"))?;
    // Whoever knew the first place would look there.
    fs::remove_dir_all(&destdir).map_err(|e| e.to_string())?;
    Ok(tree)
}

/// Programs of features that are not built name them and fail.
fn refusals(tree: &Path) -> Outcome {
    for (path, feature) in crate::install::NOT_BUILT {
        let ran = Command::new(tree.join(path))
            .output()
            .map_err(|e| format!("cannot start {path}: {e}"))?;
        let complaint = String::from_utf8_lossy(&ran.stderr);
        if ran.status.code() != Some(1) || !complaint.contains(feature) {
            return Err(format!("{path}: {}: {complaint}", ran.status));
        }
    }
    Ok(())
}

/// A cluster from the moved tree runs a framework that was built against it.
fn run(folder: &Path, tree: &Path) -> Outcome {
    let ui = web_ui(tree)?;
    step("a cluster from the moved tree");
    let mut cluster = Cluster::start_programs_of(&tree.join("sbin"), folder)?;
    let flag = |address: &str, name: &str| {
        let flags = http_get_json(&format!("http://{address}/flags")).unwrap_or_default();
        flags["flags"][name].as_str().map(PathBuf::from)
    };
    for (address, name, part) in [
        (&cluster.agent, "launcher_dir", "libexec/mesos"),
        (&cluster.master, "webui_dir", "share/mesos/webui"),
    ] {
        let found = flag(address, name);
        if found != Some(tree.join(part)) {
            return Err(format!("--{name} is {found:?} and not in the tree"));
        }
    }
    let shown = http_get(&format!("http://{}/", cluster.master));
    if shown.as_deref() != Some(&ui) {
        return Err(format!("the master shows another UI: {shown:?}"));
    }
    framework(folder, tree, &cluster)?;
    command_line(tree, &cluster)?;
    cluster.stop()?;
    println!("install: every name, moved, a task through it, the tree's own UI");
    Ok(())
}

/// A command through `mesos-execute`, and what `mesos` and its other names say of the cluster.
fn command_line(tree: &Path, cluster: &Cluster) -> Outcome {
    step("the command line of the moved tree");
    let said = output(
        Command::new(tree.join("bin/mesos-execute"))
            .arg(format!("--master={}", cluster.master))
            .args(["--name=from-the-tree", "--command=exit 0"])
            .env("LIBPROCESS_IP", "127.0.0.1"),
    )?;
    if !said.contains("Received status update TASK_FINISHED for task 'from-the-tree'") {
        return Err(format!("mesos-execute says {said}"));
    }
    let leader = output(Command::new(tree.join("bin/mesos-resolve")).arg(&cluster.master))?;
    if leader.trim() != cluster.master {
        return Err(format!("mesos-resolve says {leader}"));
    }
    let agents = output(
        Command::new(tree.join("bin/mesos"))
            .args(["agent", "list", "-o", "json"])
            .arg(format!("--master={}", cluster.master)),
    )?;
    if !agents.contains("127.0.0.1") {
        return Err(format!("mesos agent list says {agents}"));
    }
    Ok(())
}

/// The first page of the tree's web UI; a tree that was built without one gets a page.
fn web_ui(tree: &Path) -> Outcome<String> {
    let index = tree.join("share/mesos/webui/index.html");
    if !index.is_file() {
        fs::create_dir_all(tree.join("share/mesos/webui")).map_err(|e| e.to_string())?;
        fs::write(&index, "<!doctype html><title>of this tree</title>")
            .map_err(|e| e.to_string())?;
    }
    fs::read_to_string(&index).map_err(|e| e.to_string())
}

/// The example in C, built by what pkg-config says of the tree.
fn framework(folder: &Path, tree: &Path, cluster: &Cluster) -> Outcome {
    let library = tree.join("lib");
    let flags = output(
        Command::new("pkg-config")
            .args(["--cflags", "--libs", "mesos"])
            .env("PKG_CONFIG_PATH", library.join("pkgconfig")),
    )?;
    for name in ["framework", "executor"] {
        output(
            Command::new("cc")
                .arg(root().join(format!("examples/c/{name}.c")))
                .arg("-o")
                .arg(folder.join(name))
                .args(flags.split_whitespace()),
        )?;
    }
    let path = format!("LD_LIBRARY_PATH={}", library.display());
    let mut command = Command::new("env");
    command.arg(&path).arg(folder.join("framework"));
    let executor = format!("{path} {}", folder.join("executor").display());
    super::c::run_framework(cluster, "from the moved tree", command, &executor)
}
