//! A tree that systemd-nspawn boots: systemd as process 1, a network of its own, commands by nsenter.

use crate::shell::{Outcome, output, tail, wait_for};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const BOOT_LIMIT: Duration = Duration::from_secs(120);

pub struct Machine {
    nspawn: Child,
    /// The machine's process 1, as this host counts.
    leader: String,
    root: PathBuf,
}

impl Machine {
    /// Boots and waits until systemd has started everything.
    pub fn boot(root: &Path, console: &Path) -> Outcome<Self> {
        let log = std::fs::File::create(console)
            .map_err(|e| format!("cannot write {}: {e}", console.display()))?;
        let nspawn = Command::new("systemd-nspawn")
            .args(["--quiet", "--boot", "--register=no", "--keep-unit"])
            .args([
                "--private-network",
                "--console=pipe",
                "--machine=mesos-packages",
            ])
            .arg("--directory")
            .arg(root)
            // Hosts with control groups of version 1; where there are none, systemd goes on with version 2.
            .args(legacy_control_groups())
            .env(
                "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY",
                if is_unified() { "1" } else { "0" },
            )
            .stdin(Stdio::null())
            .stdout(Stdio::from(log))
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|e| format!("cannot start systemd-nspawn: {e}"))?;
        let mut machine = Self {
            nspawn,
            leader: String::new(),
            root: root.to_owned(),
        };
        machine.leader = wait_for("the machine's process 1", BOOT_LIMIT, || {
            machine.find_leader()
        })
        .map_err(|e| format!("{e}\n{}", tail(console, 30)))?;
        wait_for("a booted machine", BOOT_LIMIT, || {
            // Ends with an error while it is `starting`, and also when it is `degraded`.
            let state = machine
                .sh("systemctl is-system-running || true")
                .unwrap_or_default();
            Ok(matches!(state.trim(), "running" | "degraded").then_some(()))
        })
        .map_err(|e| format!("{e}\n{}", tail(console, 30)))?;
        Ok(machine)
    }

    fn find_leader(&mut self) -> Outcome<Option<String>> {
        if let Ok(Some(status)) = self.nspawn.try_wait() {
            return Err(format!("systemd-nspawn ended with {status}"));
        }
        let id = self.nspawn.id().to_string();
        let children = output(Command::new("pgrep").args(["-P", &id])).unwrap_or_default();
        Ok(children.lines().next().map(str::to_owned))
    }

    /// Runs a shell script inside, as root; what it writes to both outputs, or an error that quotes it.
    pub fn sh(&self, script: &str) -> Outcome<String> {
        let out = Command::new("nsenter")
            .args(["-t", &self.leader, "-a", "--", "env", "-i"])
            .args([
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL=C",
                "HOME=/root",
            ])
            .args(["DEBIAN_FRONTEND=noninteractive", "sh", "-c"])
            .arg(format!("exec 2>&1; {script}"))
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("cannot start nsenter: {e}"))?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        if out.status.success() {
            return Ok(text);
        }
        Err(format!("`{script}` ended with {}: {text}", out.status))
    }

    /// Where a path of the machine is on this host.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The end of the journal, for an error message.
    pub fn journal(&self) -> String {
        self.sh("journalctl --no-pager --lines=60")
            .unwrap_or_else(|error| error)
    }

    pub fn power_off(&mut self) -> Outcome {
        // The order may cut its own connection.
        let _ = self.sh("systemctl poweroff");
        wait_for("a machine that is off", BOOT_LIMIT, || {
            self.nspawn
                .try_wait()
                .map(|status| status.map(drop))
                .map_err(|e| e.to_string())
        })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its process 1 dies with it, and with that all others.
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

fn is_unified() -> bool {
    Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
}

fn legacy_control_groups() -> &'static [&'static str] {
    if is_unified() {
        return &[];
    }
    &[
        "systemd.unified_cgroup_hierarchy=0",
        "systemd.legacy_systemd_cgroup_controller=1",
    ]
}
