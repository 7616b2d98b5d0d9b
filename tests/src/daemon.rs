//! A daemon in a process of its own, ended when dropped.

use crate::wait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Where the programs under test are.
#[must_use]
pub fn bin_dir() -> PathBuf {
    if let Some(folder) = std::env::var_os("MESOS_BIN_DIR") {
        return PathBuf::from(folder);
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    profile.to_path_buf()
}

/// A running program with its log.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    ended: bool,
    pub log: PathBuf,
}

impl Daemon {
    /// Starts `program` of [`bin_dir`]; output goes to `log`.
    #[must_use]
    pub fn start(program: &str, arguments: &[String], log: &Path) -> Self {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log can be written");
        let errors = file.try_clone().expect("a descriptor can be shared");
        let path = bin_dir().join(program);
        let child = Command::new(&path)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{} starts: {error}", path.display()));
        Self {
            child,
            ended: false,
            log: log.to_path_buf(),
        }
    }

    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid fits"))
    }

    /// Does nothing when the program was seen to have ended: its pid may be another's by now.
    pub fn signal(&self, signal: Signal) {
        if !self.ended {
            let _ = kill(self.pid(), signal);
        }
    }

    /// Whether the program has ended, by itself or not.
    pub fn has_ended(&mut self) -> bool {
        self.ended |= !matches!(self.child.try_wait(), Ok(None));
        self.ended
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.ended = true;
    }

    /// Waits until the program has ended by itself.
    pub fn wait_until_ended(&mut self) -> ExitStatus {
        let status = wait::until("the program's end", || self.child.try_wait().ok().flatten());
        self.ended = true;
        status
    }

    /// The last lines of the log, for a message.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}
