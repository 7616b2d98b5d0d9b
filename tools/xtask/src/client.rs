//! `cargo xtask client NAME`: a real client that we did not write, or a binding of ours, is run
//! against the release daemons, and prints what it proved.
//!
//! One file per client; the table below is what the command line and the test command read.

pub mod c;
pub mod cpp;
pub mod deploy;
pub mod ec2;
pub mod flink;
pub mod glibc;
pub mod install;
pub mod java;
pub mod mesos_cli;
pub mod monitoring;
pub mod packages;
mod process;
pub mod pymesos;
pub mod python;
pub mod rxjava;
pub mod scenarios;
pub mod seeds;
pub mod singularity;
pub mod soak;
pub mod spark;
pub mod webui;
mod zookeeper;

use crate::shell::{Outcome, step};

/// One client that can be run by name.
pub struct Client {
    pub name: &'static str,
    /// What a successful run has shown, for the usage text.
    pub proves: &'static str,
    /// Whether `cargo xtask test` runs it too; the others take long and are run by name.
    pub in_tests: bool,
    /// Gets the options behind the name.
    pub run: fn(&[String]) -> Outcome,
}

/// Every client, in the order in which the tests run them.
const CLIENTS: &[Client] = &[
    Client {
        name: "c",
        proves: "a framework in C: strict, valgrind, sanitizers, pkg-config, CMake, shared and static",
        in_tests: true,
        run: c::c,
    },
    Client {
        name: "cpp",
        proves: "C++ frameworks are rebuilt unchanged: g++ and clang++, C++11 to C++20, address sanitizer",
        in_tests: true,
        run: cpp::cpp,
    },
    Client {
        name: "deploy",
        proves: "the scripts that start and stop a cluster, and mesos-init-wrapper, in dash and bash",
        in_tests: true,
        run: deploy::deploy,
    },
    Client {
        name: "glibc",
        proves: "libmesos.so can be built for glibc 2.17, and a JVM loads it",
        in_tests: false,
        run: glibc::glibc,
    },
    Client {
        name: "install",
        proves: "the installed tree: its names, moved, a cluster from it; man pages, completions",
        in_tests: true,
        run: install::install,
    },
    Client {
        name: "scenarios",
        proves: "the drivers of every language see the same in every scenario",
        in_tests: true,
        run: scenarios::scenarios,
    },
    Client {
        name: "ec2",
        proves: "mesos-ec2 against moto's EC2, with its machines as namespaces: launch to destroy",
        in_tests: true,
        run: ec2::ec2,
    },
    Client {
        name: "flink",
        proves: "Apache Flink 1.13.6: session and per-job clusters, lost workers, high availability",
        in_tests: true,
        run: flink::flink,
    },
    Client {
        name: "java",
        proves: "every jar from 0.14.2 to 1.11.0, several Javas, examples; panics become exceptions",
        in_tests: true,
        run: java::java,
    },
    Client {
        name: "mesos-cli",
        proves: "mesos.cli 0.1.5 on Python 2.7 reads our daemons, and our mesos prints the same",
        in_tests: false,
        run: mesos_cli::mesos_cli,
    },
    Client {
        name: "packages",
        proves: "deb and rpm: install, services under systemd, crash, upgrade, removal; a task lives on",
        in_tests: false,
        run: packages::packages,
    },
    Client {
        name: "monitoring",
        proves: "promtool takes the alert rules; daemons answer every metric of rules and dashboard",
        in_tests: true,
        run: monitoring::monitoring,
    },
    Client {
        name: "pymesos",
        proves: "pymesos 0.3.15: scheduler and executor over the v1 APIs in JSON",
        in_tests: true,
        run: pymesos::pymesos,
    },
    Client {
        name: "python",
        proves: "the package mesos: Python 3.9 and 3.14, protobuf 3.20 to 7, asyncio, 1,000 tasks",
        in_tests: true,
        run: python::python,
    },
    Client {
        name: "soak",
        proves: "thousands of drivers in one JVM, which stays flat (2 minutes; 30 with --long)",
        in_tests: true,
        run: soak::soak,
    },
    Client {
        name: "rxjava",
        proves: "mesos-rxjava 0.2.0: tasks over the v1 scheduler API, with and without credentials",
        in_tests: true,
        run: rxjava::rxjava,
    },
    Client {
        name: "singularity",
        proves: "Singularity 1.5.0: a service, a one-off task, its own executor, a scheduler's crash",
        in_tests: false,
        run: singularity::singularity,
    },
    Client {
        name: "seeds",
        proves: "what the documents say to type, typed over ssh on three hosts (operations §2.6)",
        in_tests: true,
        run: seeds::seeds,
    },
    Client {
        name: "spark",
        proves: "Apache Spark 3.3.4: coarse- and fine-grained jobs, its shell and its dispatcher",
        in_tests: true,
        run: spark::spark,
    },
    Client {
        name: "webui",
        proves: "the web UI in Chromium: every page, logs, keys, a prefix, an outage, accessibility",
        in_tests: true,
        run: webui::webui,
    },
];

/// `cargo xtask client [NAME [options]]`.
pub fn client(options: &[String]) -> Outcome {
    let Some((name, options)) = options.split_first() else {
        println!("{}", listing());
        return Ok(());
    };
    match CLIENTS.iter().find(|client| client.name == name) {
        Some(client) => (client.run)(options),
        None => Err(format!("there is no client `{name}`\n\n{}", listing())),
    }
}

/// Those that belong to the test command; with `long` the others too.
pub fn run_all(long: bool) -> Outcome {
    for client in CLIENTS.iter().filter(|client| client.in_tests || long) {
        step(&format!("client {}: {}", client.name, client.proves));
        (client.run)(&[])?;
    }
    Ok(())
}

fn listing() -> String {
    let mut text = "clients:\n".to_string();
    for client in CLIENTS {
        text.push_str(&format!("  {:<14}{}\n", client.name, client.proves));
    }
    text
}
