//! Where the registry is kept: a file in the work directory, or nowhere.
//!
//! The file is replaced as a whole: written beside, synced, renamed. Its format is an encoded
//! `mesos.internal.Registry`; the replicated log's own format comes with the work on several masters.
//!
//! Compat: REG-3, REG-22.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use super::settings::{RegistryKind, Settings, StartError};

const FILE: &str = "registry.pb";
const FRESH: &str = "registry.pb.new";
const LOCK: &str = "registry.lock";

/// The place of the registry; clones share it.
#[derive(Clone)]
pub(super) enum Store {
    Memory,
    File(Arc<Folder>),
}

pub(super) struct Folder {
    path: PathBuf,
    /// Held for as long as the master runs: two masters must not share a registry.
    _lock: File,
}

impl Store {
    pub fn open(settings: &Settings) -> Result<Self, StartError> {
        let work_dir = match (settings.registry, &settings.work_dir) {
            (RegistryKind::InMemory, _) => return Ok(Self::Memory),
            (RegistryKind::ReplicatedLog, Some(work_dir)) => work_dir,
            (RegistryKind::ReplicatedLog, None) => {
                return Err(StartError(
                    "--work_dir needed for replicated log based registry".to_owned(),
                ));
            }
        };
        fs::create_dir_all(work_dir).map_err(|error| {
            let text = error.to_string();
            let reason = text.split(" (os error").next().unwrap_or_default();
            StartError(format!(
                "Failed to create work directory '{}': {reason}",
                work_dir.display()
            ))
        })?;
        let path = work_dir.join("registry");
        let failed = |what: &str, error: &std::io::Error| {
            StartError(format!("Failed to {what} '{}': {error}", path.display()))
        };
        fs::create_dir_all(&path)
            .map_err(|error| failed("create the registry's directory", &error))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK));
        let lock = lock.map_err(|error| failed("open the lock in", &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError(format!(
                    "Another master uses the registry in '{}'",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", &error)),
        }
        Ok(Self::File(Arc::new(Folder { path, _lock: lock })))
    }

    /// An absent registry is an empty one.
    pub fn fetch(&self) -> Result<Bytes, String> {
        let Self::File(folder) = self else {
            return Ok(Bytes::new());
        };
        let file = folder.path.join(FILE);
        match fs::read(&file) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Bytes::new()),
            Err(error) => Err(format!(
                "Failed to read the registry '{}': {error}",
                file.display()
            )),
        }
    }

    pub fn store(&self, registry: &Bytes) -> Result<(), String> {
        let Self::File(folder) = self else {
            return Ok(());
        };
        replace(&folder.path, registry).map_err(|error| {
            format!(
                "Failed to write the registry in '{}': {error}",
                folder.path.display()
            )
        })
    }
}

fn replace(folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = folder.join(FRESH);
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&fresh, folder.join(FILE))?;
    File::open(folder)?.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(work_dir: &Path) -> Settings {
        Settings {
            work_dir: Some(work_dir.to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn what_was_stored_is_fetched_and_one_master_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&settings(folder.path())).unwrap();
        assert_eq!(store.fetch(), Ok(Bytes::new()));
        store.store(&Bytes::from_static(b"one")).unwrap();
        store.store(&Bytes::from_static(b"two")).unwrap();
        assert_eq!(store.fetch(), Ok(Bytes::from_static(b"two")));
        assert!(
            Store::open(&settings(folder.path())).is_err(),
            "a second master is refused"
        );
        drop(store);
        assert_eq!(
            Store::open(&settings(folder.path())).unwrap().fetch(),
            Ok(Bytes::from_static(b"two"))
        );
    }

    #[test]
    fn a_foreign_work_dir_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = Store::open(&settings(&file)).err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("Failed to create work directory '"),
            "{error}"
        );
        assert!(Store::open(&Settings::default()).is_err());
    }
}
