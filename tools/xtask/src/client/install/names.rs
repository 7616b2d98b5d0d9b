//! The names that the documents list.

use crate::shell::{Outcome, output};
use std::path::Path;
use std::process::Command;

/// S2-13: `ls /usr/local/sbin`.
const SBIN: &[&str] = &[
    "mesos-agent",
    "mesos-daemon.sh",
    "mesos-master",
    "mesos-slave",
    "mesos-start-agents.sh",
    "mesos-start-cluster.sh",
    "mesos-start-masters.sh",
    "mesos-start-slaves.sh",
    "mesos-stop-agents.sh",
    "mesos-stop-cluster.sh",
    "mesos-stop-masters.sh",
    "mesos-stop-slaves.sh",
];

/// S2-14: `ls /usr/local/etc/mesos`.
const TEMPLATES: &[&str] = &[
    "mesos-agent-env.sh.template",
    "mesos-deploy-env.sh.template",
    "mesos-master-env.sh.template",
    "mesos-slave-env.sh.template",
];

/// §1.1, without what only some builds have.
const LIBEXEC: &[&str] = &[
    "mesos-cni-port-mapper",
    "mesos-containerizer",
    "mesos-default-executor",
    "mesos-docker-executor",
    "mesos-executor",
    "mesos-fetcher",
    "mesos-io-switchboard",
    "mesos-logrotate-logger",
    "mesos-network-helper",
    "mesos-tcp-connect",
    "mesos-usage",
];

/// S2-60: `ls /usr/local/include/mesos`, without `containerizer`, which 1.11 has not.
const HEADERS: &[&str] = &[
    "appc",
    "attributes.hpp",
    "authentication",
    "authorizer",
    "docker",
    "executor",
    "executor.hpp",
    "fetcher",
    "hook.hpp",
    "http.hpp",
    "maintenance",
    "master",
    "mesos.hpp",
    "mesos.pb.h",
    "mesos.proto",
    "module",
    "module.hpp",
    "quota",
    "resources.hpp",
    "roles.hpp",
    "scheduler",
    "scheduler.hpp",
    "slave",
    "type_utils.hpp",
    "uri",
    "v1",
    "values.hpp",
    "version.hpp",
];

/// §1.1: those of both histories.
const BIN: &[&str] = &[
    "mesos",
    "mesos-cat",
    "mesos-ec2",
    "mesos-execute",
    "mesos-init-wrapper",
    "mesos-local",
    "mesos-log",
    "mesos-ps",
    "mesos-resolve",
    "mesos-scp",
    "mesos-tail",
];

const MANUAL: &[&str] = &[
    "man1/mesos-execute.1",
    "man1/mesos-local.1",
    "man1/mesos-ps.1",
    "man1/mesos.1",
    "man8/mesos-agent.8",
    "man8/mesos-master.8",
    "man8/mesos-slave.8",
];

const LIB: &[&str] = &[
    "cmake/Mesos/MesosConfig.cmake",
    "libmesos-1.11.0.so",
    "libmesos.a",
    "libmesos.so",
    "pkgconfig/mesos.pc",
];

/// Links, and what they lead to.
const LINKS: &[(&str, &str)] = &[
    ("lib/libmesos.so", "libmesos-1.11.0.so"),
    ("sbin/mesos-slave", "mesos-agent"),
    ("bin/mesos-ps", "mesos"),
];

/// Every name, every link, and what pkg-config says.
pub fn check(tree: &Path) -> Outcome {
    let lists = [
        ("sbin", SBIN),
        ("etc/mesos", TEMPLATES),
        ("libexec/mesos", LIBEXEC),
        ("include/mesos", HEADERS),
        ("lib", LIB),
        ("bin", BIN),
        ("share/man", MANUAL),
    ];
    let wanted = lists
        .iter()
        .flat_map(|(folder, names)| names.iter().map(move |name| format!("{folder}/{name}")));
    let missing: Vec<String> = wanted.filter(|name| !tree.join(name).exists()).collect();
    if !missing.is_empty() {
        return Err(format!("not in the tree: {}", missing.join(", ")));
    }
    for (link, target) in LINKS {
        let found = std::fs::read_link(tree.join(link)).map_err(|e| format!("{link}: {e}"))?;
        if found != Path::new(target) {
            return Err(format!("{link} leads to {}", found.display()));
        }
    }
    pkg_config_and_loader(&tree.join("lib"))
}

/// What finds the library: pkg-config while building, the loader by its name and by no path (S3-80).
fn pkg_config_and_loader(lib: &Path) -> Outcome {
    let version = output(
        Command::new("pkg-config")
            .args(["--modversion", "mesos"])
            .env("PKG_CONFIG_PATH", lib.join("pkgconfig")),
    )?;
    if version.trim() != env!("CARGO_PKG_VERSION") {
        return Err(format!("pkg-config says mesos {version}"));
    }
    let dynamic = output(
        Command::new("readelf")
            .arg("-dW")
            .arg(lib.join("libmesos.so")),
    )?;
    let own = concat!("[libmesos-", env!("CARGO_PKG_VERSION"), ".so]");
    let is_named = dynamic
        .lines()
        .any(|line| line.contains("(SONAME)") && line.contains(own));
    if !is_named || dynamic.contains("(RPATH)") || dynamic.contains("(RUNPATH)") {
        return Err(format!(
            "the loader would not find the library by its name alone: {dynamic}"
        ));
    }
    Ok(())
}
