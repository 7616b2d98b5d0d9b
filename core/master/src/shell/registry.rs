//! Where the registry is kept: in a replicated log of one replica, or nowhere.
//!
//! The log is the folder `replicated_log` of the work directory, in the original's format. It is opened when the
//! registry is fetched, because that may take its time.
//!
//! Compat: REG-3, REG-21, REG-22, REG-26.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use mesos_log::{leveldb::LevelDb, single::SingleLog, variables::Variables};
use mesos_proto::internal::state::Entry;

use super::settings::{RegistryKind, Settings, StartError};

const FOLDER: &str = "replicated_log";
/// The name of the variable.
const NAME: &str = "registry";
/// Where masters of before the log kept it.
const FORMER: &str = "registry/registry.pb";

/// The place of the registry; clones share it.
#[derive(Clone)]
pub(super) enum Store {
    Memory,
    Log(Arc<Place>),
}

pub(super) struct Place {
    work_dir: PathBuf,
    opened: Mutex<Option<Opened>>,
}

struct Opened {
    variables: Variables<SingleLog<LevelDb>>,
    current: Entry,
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
        Ok(Self::Log(Arc::new(Place {
            work_dir: work_dir.clone(),
            opened: Mutex::default(),
        })))
    }

    /// An absent registry is an empty one.
    pub fn fetch(&self) -> Result<Bytes, String> {
        let Self::Log(place) = self else {
            return Ok(Bytes::new());
        };
        let mut opened = place.opened();
        // A folder is open once.
        *opened = None;
        let fresh = Opened::new(place)?;
        let value = fresh.current.value.clone();
        *opened = Some(fresh);
        Ok(value)
    }

    pub fn store(&self, registry: &Bytes) -> Result<(), String> {
        let Self::Log(place) = self else {
            return Ok(());
        };
        let mut opened = place.opened();
        let opened = opened.as_mut();
        let opened = opened.ok_or("the replicated log was not read yet")?;
        opened.store(registry.clone())
    }

    /// Lets go of the registries of before; nobody waits for it.
    pub fn truncate(&self) {
        let Self::Log(place) = self else { return };
        let Some(opened) = &mut *place.opened() else {
            return;
        };
        if let Err(error) = opened.variables.truncate() {
            tracing::warn!("Failed to truncate the replicated log: {error}");
        }
    }

    /// Lets the next master have it.
    pub fn close(&self) {
        if let Self::Log(place) = self {
            *place.opened() = None;
        }
    }
}

impl Place {
    fn opened(&self) -> MutexGuard<'_, Option<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Opened {
    fn new(place: &Place) -> Result<Self, String> {
        let storage = LevelDb::open(&place.work_dir.join(FOLDER)).map_err(text)?;
        // `--no-log_auto_initialize` is refused as not built.
        let log = SingleLog::open(storage, true).map_err(text)?;
        let variables = Variables::open(log).map_err(text)?;
        let current = variables.fetch(NAME);
        let mut opened = Self { variables, current };
        if opened.current.value.is_empty() {
            opened.take_over(&place.work_dir.join(FORMER))?;
        }
        Ok(opened)
    }

    /// What a master of before the log has kept becomes the log's first entry, once.
    fn take_over(&mut self, former: &Path) -> Result<(), String> {
        let failed = |what: &str, error: std::io::Error| {
            format!(
                "Failed to {what} the registry '{}': {error}",
                former.display()
            )
        };
        let registry = match fs::read(former) {
            Ok(registry) => registry,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed("read", error)),
        };
        self.store(registry.into())?;
        fs::remove_file(former).map_err(|error| failed("remove", error))
    }

    fn store(&mut self, registry: Bytes) -> Result<(), String> {
        let stored = self.variables.store(&self.current, registry);
        self.current = stored
            .map_err(|error| format!("Failed to write the registry: {error}"))?
            .ok_or("another master has stored a registry")?;
        Ok(())
    }
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
        let second = Store::open(&settings(folder.path())).unwrap();
        let refused = second.fetch().unwrap_err();
        assert!(refused.ends_with("another process uses it"), "{refused}");
        store.truncate();
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

    #[test]
    fn the_registry_of_a_master_of_before_is_taken_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let former = folder.path().join(FORMER);
        fs::create_dir(former.parent().unwrap()).unwrap();
        fs::write(&former, "kept").unwrap();
        for _ in 0..2 {
            let store = Store::open(&settings(folder.path())).unwrap();
            assert_eq!(store.fetch(), Ok(Bytes::from_static(b"kept")));
        }
        assert!(!former.exists());
    }

    #[test]
    fn nothing_is_stored_before_it_was_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&settings(folder.path())).unwrap();
        assert!(store.store(&Bytes::new()).is_err());
    }
}
