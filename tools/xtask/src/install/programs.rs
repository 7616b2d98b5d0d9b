//! `bin`, `sbin` and `libexec/mesos`.
//!
//! Compat: §1.1, S2-13. A program of the original whose feature is not built yet is there under its name, and says so.

use super::Tree;
use super::copy::{copy, copy_folder, link, write_script};
use crate::release;
use crate::repository::root;
use crate::shell::Outcome;
use std::path::Path;

const SBIN: &[&str] = &["mesos-master", "mesos-agent"];
const LIBEXEC: &[&str] = &["mesos-executor", "mesos-fetcher"];
const BIN: &[&str] = &["mesos", "mesos-execute", "mesos-local"];
/// Names of `mesos`, which does what its name says.
pub const NAMES_OF_MESOS: &[&str] = &[
    "mesos-cat",
    "mesos-completion",
    "mesos-ps",
    "mesos-resolve",
    "mesos-scp",
    "mesos-tail",
];

/// Programs of features that are not built yet: where, and what they would do.
pub const NOT_BUILT: &[(&str, &str)] = &[
    ("bin/mesos-log", "maintenance of the replicated log"),
    (
        "libexec/mesos/mesos-cni-port-mapper",
        "port mapping of CNI networks",
    ),
    (
        "libexec/mesos/mesos-containerizer",
        "preparing a container by a program of its own",
    ),
    ("libexec/mesos/mesos-default-executor", "task groups"),
    (
        "libexec/mesos/mesos-docker-executor",
        "the Docker containerizer",
    ),
    (
        "libexec/mesos/mesos-io-switchboard",
        "attaching to containers",
    ),
    (
        "libexec/mesos/mesos-logrotate-logger",
        "rotating the logs of containers",
    ),
    (
        "libexec/mesos/mesos-network-helper",
        "network isolation by port ranges",
    ),
    (
        "libexec/mesos/mesos-tcp-connect",
        "TCP checks by a program of its own",
    ),
    (
        "libexec/mesos/mesos-usage",
        "printing a process tree's usage",
    ),
];

/// Installs all of them.
pub fn install(tree: &Tree) -> Outcome {
    let (sbin, bin) = (tree.prefix.join("sbin"), tree.prefix.join("bin"));
    let libexec = tree.prefix.join("libexec/mesos");
    for (path, feature) in NOT_BUILT {
        refusing(&tree.prefix.join(path), feature)?;
    }
    for (folder, names) in [(&sbin, SBIN), (&libexec, LIBEXEC)] {
        for name in names {
            copy(&release::program(name), &folder.join(name))?;
        }
    }
    link("mesos-agent", &sbin.join("mesos-slave"))?;
    command_line(&bin)?;
    for (from, to) in [("deploy/sbin", &sbin), ("deploy/bin", &bin)] {
        copy_folder(&root().join(from), to, &|_| true)?;
    }
    cloud_launcher(tree)
}

/// `mesos-ec2`, and the package that it finds relative to itself (§2.5).
fn cloud_launcher(tree: &Tree) -> Outcome {
    let source = root().join("ec2");
    for name in ["mesos_ec2", "deploy.amazon64", "remote"] {
        let folder = tree.prefix.join("share/mesos/ec2").join(name);
        copy_folder(&source.join(name), &folder, &|path| {
            path.extension().is_none_or(|ending| ending != "pyc")
        })?;
    }
    let program = source.join("mesos-ec2");
    if program.is_file() {
        copy(&program, &tree.prefix.join("bin/mesos-ec2"))?;
    }
    Ok(())
}

/// Puts all of them into one folder, as a build tree has them.
pub fn stage(folder: &Path) -> Outcome {
    for (path, feature) in NOT_BUILT {
        let name = path.rsplit('/').next().unwrap_or(path);
        refusing(&folder.join(name), feature)?;
    }
    for name in SBIN.iter().chain(LIBEXEC) {
        copy(&release::program(name), &folder.join(name))?;
    }
    command_line(folder)
}

fn command_line(bin: &Path) -> Outcome {
    for name in BIN {
        copy(&release::program(name), &bin.join(name))?;
    }
    for name in NAMES_OF_MESOS {
        link("mesos", &bin.join(name))?;
    }
    Ok(())
}

/// A program that only says why it does nothing.
fn refusing(path: &Path, feature: &str) -> Outcome {
    let text = format!("#!/bin/sh\necho \"${{0##*/}}: {feature} is not built yet\" >&2\nexit 1\n");
    write_script(path, &text)
}
