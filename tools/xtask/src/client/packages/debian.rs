//! The life of the deb on a machine: install, start, crash, restart, upgrade, remove, purge; a task runs through it.

use super::machine::Machine;
use super::{expect, reject};
use crate::shell::{Outcome, fresh_folder, output, run, step, wait_for};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// systemd waits 20 s before it starts a daemon again.
const LIMIT: Duration = Duration::from_secs(90);
const TASK: &str = "sleep 86399";

/// Everything, in the order in which an operator meets it.
pub fn operate(machine: &Machine, package: &Path, folder: &Path) -> Outcome {
    install(machine, package)?;
    start(machine)?;
    let task = start_task(machine)?;
    crash(machine, "mesos-slave", &task)?;
    step("restarting the agent by its other name");
    restart(machine, "mesos-agent", "mesos-slave", &task)?;
    crash(machine, "mesos-master", &task)?;
    upgrade(machine, package, folder, &task)?;
    remove(machine)
}

fn install(machine: &Machine, package: &Path) -> Outcome {
    step("installing the deb");
    copy_into(machine, package, "mesos.deb")?;
    let said = machine.sh("dpkg --install /opt/mesos.deb")?;
    reject("dpkg", &said, "warning")?;
    expect(
        "services",
        &machine.sh("systemctl is-enabled mesos-master || true")?,
        "disabled",
    )?;
    for unit in ["mesos-master", "mesos-slave", "mesos-agent"] {
        let state = machine.sh(&format!("systemctl is-active {unit} || true"))?;
        expect(unit, &state, "inactive")?;
    }
    expect(
        "user",
        &machine.sh("getent passwd mesos")?,
        "/var/lib/mesos",
    )?;
    let owners = machine.sh("stat -c '%U:%G %a %n' /var/lib/mesos /var/log/mesos")?;
    expect("folders", &owners, "mesos:mesos 755 /var/lib/mesos")?;
    expect("folders", &owners, "mesos:mesos 755 /var/log/mesos")?;
    expect(
        "ldconfig",
        &machine.sh("ldconfig -p")?,
        "libmesos-1.11.0.so",
    )?;
    let files = machine.sh("dpkg-query --show --showformat='${Conffiles}' mesos")?;
    for file in [
        "mesos/zk",
        "mesos-master/quorum",
        "mesos-slave/work_dir",
        "default/mesos",
    ] {
        expect("conffiles", &files, &format!("/etc/{file} "))?;
    }
    Ok(())
}

/// Without ZooKeeper: the file with its URL is emptied, and the agent is told where the master is.
fn start(machine: &Machine) -> Outcome {
    step("starting the services");
    machine.sh("echo 127.0.0.1 $(hostname) >>/etc/hosts; : >/etc/mesos/zk")?;
    machine.sh("echo 127.0.0.1:5050 >/etc/mesos-slave/master")?;
    machine.sh("echo rack1 >/tmp/a; mkdir /etc/mesos-slave/attributes")?;
    machine.sh("mv /tmp/a /etc/mesos-slave/attributes/rack")?;
    machine.sh("service mesos-master start && service mesos-slave start")?;
    wait_for_agent(machine)?;
    let state = state(machine).unwrap_or_default();
    expect(
        "attributes",
        &state["slaves"][0]["attributes"].to_string(),
        "rack1",
    )?;
    for unit in ["mesos-master", "mesos-slave"] {
        let limits = format!("cat /proc/{}/limits", main_pid(machine, unit)?);
        expect(
            "limits",
            &machine.sh(&limits)?.replace(' ', ""),
            "Maxopenfiles1638416384",
        )?;
    }
    let log = machine.sh("ls /var/log/mesos")?;
    expect("logs", &log, "mesos-master.INFO")?;
    expect("logs", &log, "mesos-agent.INFO")?;
    // The wrapper's pipes to syslog: the severity is the line's own.
    let informs = machine.sh("journalctl --no-pager -p 6..6")?;
    expect("journal", &informs, "INFO level logging started!")?;
    // S4-20, after S4-19 above.
    machine.sh("systemctl stop mesos-slave mesos-master")?;
    for daemon in ["mesos-master", "mesos-agent"] {
        reject("stopped", &machine.sh("ps -e -o comm=")?, daemon)?;
    }
    machine.sh("systemctl start mesos-master")?;
    machine.sh("systemctl start mesos-slave")?;
    wait_for_agent(machine)
}

/// The process id of the task, as the machine counts.
fn start_task(machine: &Machine) -> Outcome<String> {
    step("running a task");
    machine.sh(&format!(
        "systemd-run --quiet --unit=framework mesos-execute --master=127.0.0.1:5050 --name=long --checkpoint \
         --resources='cpus:0.1;mem:32' --command='{TASK}'"
    ))?;
    wait_for("a running task", LIMIT, || {
        Ok(is_running(machine).then_some(()))
    })?;
    Ok(machine
        .sh(&format!("pgrep -fx '{TASK}'"))?
        .trim()
        .to_owned())
}

/// A daemon that is killed comes back by itself, and the task has not noticed.
fn crash(machine: &Machine, unit: &str, task: &str) -> Outcome {
    step(&format!("killing {unit}"));
    let before = main_pid(machine, unit)?;
    machine.sh(&format!("kill -9 {before}"))?;
    wait_for(&format!("{unit} again"), LIMIT, || {
        let restarts = machine.sh(&format!("systemctl show -P NRestarts {unit}"))?;
        let now = main_pid(machine, unit)?;
        Ok((restarts.trim() == "1" && now != before && now != "0").then_some(()))
    })?;
    check_task(machine, task)
}

fn restart(machine: &Machine, name: &str, unit: &str, task: &str) -> Outcome {
    let before = main_pid(machine, unit)?;
    machine.sh(&format!("systemctl restart {name}"))?;
    if main_pid(machine, unit)? == before {
        return Err(format!("{unit} is still process {before}"));
    }
    check_task(machine, task)
}

fn check_task(machine: &Machine, task: &str) -> Outcome {
    wait_for_agent(machine)?;
    wait_for("the task after a restart", LIMIT, || {
        Ok(is_running(machine).then_some(()))
    })?;
    let now = machine.sh(&format!("pgrep -fx '{TASK}'"))?;
    if now.trim() == task {
        return Ok(());
    }
    Err(format!("the task was process {task} and is {now}"))
}

/// A newer package with another default, where the operator has edited the file.
fn upgrade(machine: &Machine, package: &Path, folder: &Path, task: &str) -> Outcome {
    step("upgrading with edited configuration");
    let newer = newer_package(package, folder)?;
    copy_into(machine, &newer, "newer.deb")?;
    machine.sh("echo /var/lib/mesos/moved >/etc/mesos-master/work_dir")?;
    machine.sh("echo MESOS_cluster=edited >>/etc/default/mesos-master")?;
    let daemons = || -> Outcome<_> {
        Ok((
            main_pid(machine, "mesos-master")?,
            main_pid(machine, "mesos-slave")?,
        ))
    };
    let before = daemons()?;
    machine.sh("dpkg --force-confold --install /opt/newer.deb")?;
    let version = machine.sh("dpkg-query --show --showformat='${Version}' mesos")?;
    expect("version", &version, "1.11.0-99")?;
    if daemons()? != before {
        return Err("the upgrade restarted a daemon".to_owned());
    }
    let file = machine.sh("cat /etc/mesos-master/work_dir")?;
    expect("the edited file", &file, "/var/lib/mesos/moved")?;
    expect(
        "files",
        &machine.sh("ls /etc/mesos-master")?,
        "work_dir.dpkg-dist",
    )?;
    // What dpkg has left beside it would be the flag --work_dir.dpkg-dist.
    restart(machine, "mesos-master", "mesos-master", task)?;
    restart(machine, "mesos-slave", "mesos-slave", task)?;
    let state = state(machine).unwrap_or_default();
    expect("cluster", &state["cluster"].to_string(), "edited")?;
    expect(
        "work_dir",
        &state["flags"]["work_dir"].to_string(),
        "/var/lib/mesos/moved",
    )?;
    let journal = machine.sh("journalctl --no-pager -p 4..4")?;
    expect(
        "journal",
        &journal,
        "skipped /etc/mesos-master/work_dir.dpkg-dist",
    )
}

/// The same package as a later version, whose default of one file has changed.
fn newer_package(package: &Path, folder: &Path) -> Outcome<PathBuf> {
    let tree = folder.join("newer");
    fresh_folder(&tree)?;
    run(Command::new("dpkg-deb").arg("-R").arg(package).arg(&tree))?;
    let control = tree.join("DEBIAN/control");
    let text = fs::read_to_string(&control).map_err(|e| e.to_string())?;
    let version = output(
        Command::new("dpkg-deb")
            .arg("-f")
            .arg(package)
            .arg("Version"),
    )?;
    let text = text.replace(version.trim(), "1.11.0-99");
    fs::write(&control, text).map_err(|e| e.to_string())?;
    let file = tree.join("etc/mesos-master/work_dir");
    fs::write(file, "/var/lib/mesos/another\n").map_err(|e| e.to_string())?;
    let newer = folder.join("newer.deb");
    run(Command::new("dpkg-deb")
        .args(["-Znone", "--root-owner-group", "-b"])
        .arg(&tree)
        .arg(&newer))?;
    Ok(newer)
}

fn remove(machine: &Machine) -> Outcome {
    step("enabling, removing, purging");
    machine.sh("systemctl enable mesos-master mesos-slave")?;
    let links = "ls /etc/systemd/system /etc/systemd/system/multi-user.target.wants";
    let before = machine.sh(links)?;
    for link in [
        "mesos-master.service",
        "mesos-slave.service",
        "mesos-agent.service",
    ] {
        expect("enabled", &before, link)?;
    }
    machine.sh("dpkg --remove mesos")?;
    for name in ["mesos-master", "mesos-agent"] {
        reject("processes", &machine.sh("ps -e -o comm=")?, name)?;
    }
    expect(
        "kept",
        &machine.sh("cat /etc/mesos-master/work_dir")?,
        "moved",
    )?;
    let said = machine.sh("dpkg --purge mesos")?;
    expect("purge", &said, "/var/lib/mesos is not empty and stays")?;
    reject("after the purge", &machine.sh(links)?, "mesos")?;
    // What the operator has made himself is not the package's.
    let left = machine.sh("find /etc/mesos* /var/log/mesos -type f 2>/dev/null || true")?;
    if left.trim() == "/etc/mesos-slave/attributes/rack\n/etc/mesos-slave/master"
        || left.trim() == "/etc/mesos-slave/master\n/etc/mesos-slave/attributes/rack"
    {
        return Ok(());
    }
    Err(format!("after the purge there is: {left}"))
}

fn copy_into(machine: &Machine, file: &Path, name: &str) -> Outcome {
    fs::copy(file, machine.path("opt").join(name))
        .map(drop)
        .map_err(|e| format!("cannot copy {}: {e}", file.display()))
}

fn main_pid(machine: &Machine, unit: &str) -> Outcome<String> {
    let said = machine.sh(&format!("systemctl show -P MainPID {unit}"))?;
    Ok(said.trim().to_owned())
}

fn state(machine: &Machine) -> Option<Value> {
    let text = machine
        .sh("curl -sf --max-time 5 http://127.0.0.1:5050/master/state")
        .ok()?;
    serde_json::from_str(&text).ok()
}

fn wait_for_agent(machine: &Machine) -> Outcome {
    wait_for("an active agent", LIMIT, || {
        let active = state(machine).and_then(|state| state["activated_slaves"].as_f64());
        Ok((active == Some(1.0)).then_some(()))
    })
}

fn is_running(machine: &Machine) -> bool {
    let text = state(machine).map(|state| state["frameworks"].to_string());
    text.is_some_and(|text| text.contains("\"TASK_RUNNING\""))
}
