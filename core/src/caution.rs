//! What a daemon looks at before it serves: dangers it warns of, and a folder it must not share.
//!
//! Compat: operations S2-23, S2-24, S3-85, S3-87.

use std::fs::{File, TryLockError};
use std::net::SocketAddrV4;
use std::path::Path;

use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};

/// The name of the file in a runtime directory whose lock says that an agent uses it.
const LOCK_FILE: &str = "agent.lock";

/// Who is warned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    Master,
    Agent,
}

/// Warns of an address nobody else can reach and of a work directory that a reboot empties.
pub fn warn(daemon: Daemon, address: SocketAddrV4, work_dir: Option<&Path>) {
    if let Some(text) = loopback_box(daemon, address) {
        tracing::warn!("{text}");
    }
    if let Some(folder) = work_dir
        && is_on_tmpfs(folder)
    {
        let lost = match daemon {
            Daemon::Master => "the registry of agents",
            Daemon::Agent => "its id, its checkpoints and all sandboxes",
        };
        tracing::warn!(
            "--work_dir '{}' is on a tmpfs: {lost} will be lost when this machine reboots",
            folder.display()
        );
    }
}

fn loopback_box(daemon: Daemon, address: SocketAddrV4) -> Option<String> {
    if !address.ip().is_loopback() {
        return None;
    }
    let (name, others) = match daemon {
        Daemon::Master => ("Master", "schedulers or agents"),
        Daemon::Agent => ("Agent", "master(s)"),
    };
    let stars = "*".repeat(50);
    Some(format!(
        "\n{stars}\n{name} bound to loopback interface! Cannot communicate with remote {others}. You \
         might want to set '--ip' flag to a routable IP address.\n{stars}"
    ))
}

/// The folder need not exist yet: what exists above it tells.
fn is_on_tmpfs(folder: &Path) -> bool {
    let kind = |path: &Path| -> Option<FsType> { Some(statfs(path).ok()?.filesystem_type()) };
    folder.ancestors().find_map(kind) == Some(TMPFS_MAGIC)
}

/// Holds the runtime directory as this agent's own, as long as the file lives.
///
/// # Errors
/// Another agent on this host holds it; their containers would be taken for each other's.
pub fn own_runtime_dir(folder: &Path) -> Result<Option<File>, String> {
    // A folder that cannot be written to is told about where it is first needed.
    let opened = std::fs::create_dir_all(folder).and_then(|()| {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        options.open(folder.join(LOCK_FILE))
    });
    let Ok(file) = opened else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(format!(
            "Another agent on this host uses --runtime_dir '{}': several agents on one host need \
             a --runtime_dir, a --work_dir and a --port each",
            folder.display()
        )),
        // Not every file system has locks.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_gets_the_box() {
        let text = loopback_box(
            Daemon::Master,
            "127.0.0.1:5050".parse().expect("an address"),
        );
        let text = text.unwrap_or_default();
        assert!(
            text.contains("Master bound to loopback interface! Cannot communicate with remote"),
            "{text}"
        );
        let routable = "10.0.0.1:5050".parse().expect("an address");
        assert_eq!(loopback_box(Daemon::Agent, routable), None);
    }

    #[test]
    fn memory_is_told_from_disk() {
        assert!(is_on_tmpfs(Path::new("/dev/shm/not/there/yet")));
        assert!(!is_on_tmpfs(Path::new("/proc/self")));
    }

    #[test]
    fn a_second_agent_is_refused_until_the_first_has_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = own_runtime_dir(folder.path()).expect("it is free");
        let refusal = own_runtime_dir(folder.path()).expect_err("it is taken");
        assert!(refusal.contains("--runtime_dir"), "{refusal}");
        drop(first);
        own_runtime_dir(folder.path()).expect("it is free again");
    }
}
