//! `cargo xtask client packages`: the packages are made, installed on a machine with systemd, and operated.
//!
//! Compat: operations §1.3 to §1.5, §8, rows S0-2, S0-3, S4-18 to S4-24. The machine is a Debian tree that systemd-nspawn
//! boots with a network of its own; the rpm goes into a second tree.

mod debian;
mod machine;
mod red_hat;

use crate::package;
use crate::repository::{cache, target};
use crate::shell::{Outcome, fresh_folder, need_programs, output, run, step};
use machine::Machine;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUITE: &str = "bookworm";
/// What the smallest Debian lacks and the daemons or this test use.
const INCLUDED: &str = "systemd,systemd-sysv,dbus,procps,curl,init-system-helpers,libssl3";

/// Makes the packages unless a folder with some is named, then uses both kinds.
pub fn packages(options: &[String]) -> Outcome {
    need_programs(&[
        ("debootstrap", "debootstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("nsenter", "util-linux"),
        ("rpm", "rpm"),
    ])?;
    let made = match options {
        [] => package::build(true, true, package::REVISION)?,
        [folder] => files_of(Path::new(folder))?,
        _ => return Err("give at most one folder with packages".to_owned()),
    };
    let folder = target().join("client/packages");
    fresh_folder(&folder)?;
    inspect(&made)?;
    let base = base()?;
    let root = folder.join("debian");
    copy_tree(&base, &root)?;
    let package = named(&made, "mesos_", ".deb")?;
    step("booting a Debian with systemd");
    let mut machine = Machine::boot(&root, &folder.join("console.log"))?;
    let result = debian::operate(&machine, package, &folder);
    if result.is_err() {
        eprintln!("{}", machine.journal());
    }
    machine.power_off()?;
    result?;
    let root = folder.join("rpm");
    copy_tree(&base, &root)?;
    red_hat::install(&root, named(&made, "mesos-1", ".rpm")?)
}

fn files_of(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).map_err(|e| format!("cannot list {}: {e}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

fn named<'a>(files: &'a [PathBuf], start: &str, end: &str) -> Outcome<&'a Path> {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
    files
        .iter()
        .find(|path| name(path).is_some_and(|n| n.starts_with(start) && n.ends_with(end)))
        .map(PathBuf::as_path)
        .ok_or_else(|| format!("no package {start}*{end}"))
}

/// What is in which package, without installing any.
fn inspect(files: &[PathBuf]) -> Outcome {
    step("what is inside");
    let deb = |start| -> Outcome<String> {
        output(
            Command::new("dpkg-deb")
                .arg("-c")
                .arg(named(files, start, ".deb")?),
        )
    };
    let rpm = |start| -> Outcome<String> {
        output(
            Command::new("rpm")
                .arg("-qlp")
                .arg(named(files, start, ".rpm")?),
        )
    };
    let (all, library, development) = (deb("mesos_")?, deb("libmesos_")?, deb("mesos-dev_")?);
    for path in [
        "/usr/sbin/mesos-slave -> mesos-agent",
        "/usr/lib/libmesos.so -> libmesos-1.11.0.so",
        "/usr/libexec/mesos/mesos-executor",
        "/usr/bin/mesos-init-wrapper",
        "/usr/sbin/mesos-start-cluster.sh",
        "/usr/etc/mesos/mesos-master-env.sh.template",
        "/usr/lib/systemd/system/mesos-agent.service -> mesos-slave.service",
        "/etc/mesos/zk",
    ] {
        expect("the deb", &all, path)?;
    }
    expect("libmesos", &library, "/usr/lib/libmesos-1.11.0.so")?;
    reject("libmesos", &library, "mesos-master")?;
    expect("mesos-dev", &development, "/usr/include/mesos/mesos.h")?;
    reject("mesos-dev", &development, "libmesos.so")?;
    expect("the rpm", &rpm("mesos-1")?, "/etc/mesos-slave/work_dir\n")?;
    expect("the rpm", &rpm("mesos-1")?, "/usr/sbin/mesos-slave\n")?;
    expect("libmesos", &rpm("libmesos-")?, "/usr/lib/libmesos.so\n")?;
    expect(
        "mesos-devel",
        &rpm("mesos-devel-")?,
        "/usr/lib/pkgconfig/mesos.pc\n",
    )
}

/// A bare Debian, fetched once.
fn base() -> Outcome<PathBuf> {
    let folder = cache().join("debian").join(SUITE);
    if folder.is_dir() {
        return Ok(folder);
    }
    step(&format!("fetching a bare Debian {SUITE}"));
    let part = folder.with_extension("part");
    fresh_folder(&part)?;
    run(Command::new("debootstrap")
        .args(["--variant=minbase", &format!("--include={INCLUDED}"), SUITE])
        .arg(&part))?;
    std::fs::rename(&part, &folder)
        .map_err(|e| format!("cannot keep {}: {e}", folder.display()))?;
    Ok(folder)
}

fn copy_tree(from: &Path, to: &Path) -> Outcome {
    run(Command::new("cp").arg("-a").arg(from).arg(to))
}

/// An error that quotes the text, unless it has the part.
fn expect(what: &str, text: &str, part: &str) -> Outcome {
    if text.contains(part) {
        return Ok(());
    }
    Err(format!("{what}: `{part}` is missing in:\n{text}"))
}

/// An error that quotes the text if it has the part.
fn reject(what: &str, text: &str, part: &str) -> Outcome {
    if text.contains(part) {
        return Err(format!("{what}: `{part}` should not be in:\n{text}"));
    }
    Ok(())
}
