//! The rpm in a root: install, run a program of it, remove; edited configuration is kept.

use super::{expect, reject};
use crate::shell::{Outcome, output, step};
use std::fs;
use std::path::Path;
use std::process::Command;

/// `rpm -ivh --nodeps --root`: the root is a Debian whose rpm database knows no other package, so what ours requires
/// is looked at and not resolved.
pub fn install(root: &Path, package: &Path) -> Outcome {
    step("installing the rpm");
    let requires = output(Command::new("rpm").arg("-qpR").arg(package))?;
    for unwanted in ["devel", "libevent", "sasl", "svn", "apr", "python"] {
        reject("what the rpm requires", &requires, unwanted)?;
    }
    rpm(root, &["-ivh", "--nodeps"], &package.display().to_string())?;
    let said = chroot(
        root,
        "getent passwd mesos; stat -c '%U %n' /var/lib/mesos; ldconfig -p",
    )?;
    for part in ["mesos:x:", "mesos /var/lib/mesos", "libmesos-1.11.0.so"] {
        expect("the installed root", &said, part)?;
    }
    let said = chroot(
        root,
        "/usr/sbin/mesos-master --version; readlink /usr/sbin/mesos-slave",
    )?;
    expect("the program", &said, "1.11.0")?;
    expect("the link", &said, "mesos-agent")?;
    // The wrapper without ZooKeeper or a network name: the program gets the flags of the files.
    chroot(
        root,
        ": >/etc/mesos/zk; touch '/etc/mesos-master/?help' '/etc/mesos-master/?no-logger'",
    )?;
    expect(
        "the wrapper",
        &chroot(root, "mesos-init-wrapper master")?,
        "--work_dir=VALUE",
    )?;
    let edited = root.join("etc/mesos-master/quorum");
    fs::write(&edited, "2\n").map_err(|e| e.to_string())?;
    step("removing the rpm");
    rpm(root, &["-e"], "mesos")?;
    let kept = fs::read_to_string(edited.with_extension("rpmsave")).map_err(|e| e.to_string())?;
    expect("the edited file", &kept, "2")?;
    reject("sbin", &chroot(root, "ls /usr/sbin")?, "mesos")
}

fn rpm(root: &Path, options: &[&str], package: &str) -> Outcome<String> {
    output(
        Command::new("rpm")
            .arg("--root")
            .arg(root)
            .args(options)
            .arg(package),
    )
}

fn chroot(root: &Path, script: &str) -> Outcome<String> {
    output(
        Command::new("chroot")
            .arg(root)
            .args([
                "/usr/bin/env",
                "-i",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "sh",
                "-c",
            ])
            .arg(script),
    )
}
