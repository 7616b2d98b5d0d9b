//! Named values in a log, each with the version it was read at. Compat: REG-21, REG-23..REG-26.

use std::collections::BTreeMap;

use bytes::Bytes;
use mesos_proto::internal::state::{Entry, Operation, operation};
use prost::Message;

use crate::Position;
use crate::storage::StorageError;
use crate::svndiff;

/// Why a log cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Somebody else writes now.
    #[error("another writer has taken over the log")]
    Lost,
    #[error("the entry at position {position} of the log is not one of a variable: {reason}")]
    Entry { position: Position, reason: String },
}

/// An entry of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub position: Position,
    pub bytes: Bytes,
}

/// A log that this process may write.
pub trait Log {
    /// # Errors
    /// Whatever keeps the entry from being agreed on.
    fn append(&mut self, bytes: Bytes) -> Result<Position, LogError>;

    /// # Errors
    /// Whatever keeps it from being agreed on.
    fn truncate(&mut self, to: Position) -> Result<(), LogError>;

    /// All entries from a position on.
    ///
    /// # Errors
    /// Those of the storage.
    fn read_from(&mut self, first: Position) -> Result<Vec<Appended>, LogError>;
}

#[derive(Debug)]
struct Snapshot {
    /// Of the oldest entry that the value is made of.
    position: Position,
    entry: Entry,
}

/// The variables of one log.
#[derive(Debug)]
pub struct Variables<L> {
    log: L,
    snapshots: BTreeMap<String, Snapshot>,
    /// Up to where the log was truncated.
    truncated: Position,
}

impl<L: Log> Variables<L> {
    /// Reads what there is.
    ///
    /// # Errors
    /// A log that cannot be read, or has entries of another kind.
    pub fn open(mut log: L) -> Result<Self, LogError> {
        let mut snapshots = BTreeMap::new();
        for Appended { position, bytes } in log.read_from(0)? {
            let failed = |reason: String| LogError::Entry { position, reason };
            let operation = Operation::decode(bytes).map_err(|error| failed(error.to_string()))?;
            apply(&mut snapshots, position, operation).map_err(failed)?;
        }
        let positions = snapshots
            .values()
            .map(|snapshot: &Snapshot| snapshot.position);
        let truncated = positions.min().unwrap_or(0);
        Ok(Self {
            log,
            snapshots,
            truncated,
        })
    }

    /// A variable that is not there is empty, and as new as one can be.
    #[must_use]
    pub fn fetch(&self, name: &str) -> Entry {
        match self.snapshots.get(name) {
            Some(snapshot) => snapshot.entry.clone(),
            None => Entry {
                name: name.to_owned(),
                uuid: random_uuid(),
                value: Bytes::new(),
            },
        }
    }

    /// Stores a new value if nobody else has stored one since `fetched`; the entry is what `fetch` would return then.
    ///
    /// # Errors
    /// Whatever keeps it from being agreed on.
    pub fn store(&mut self, fetched: &Entry, value: Bytes) -> Result<Option<Entry>, LogError> {
        let current = self.snapshots.get(&fetched.name);
        if current.is_some_and(|snapshot| snapshot.entry.uuid != fetched.uuid) {
            return Ok(None);
        }
        let entry = Entry {
            name: fetched.name.clone(),
            uuid: random_uuid(),
            value,
        };
        let operation = Operation {
            r#type: operation::Type::Snapshot.into(),
            snapshot: Some(operation::Snapshot {
                entry: entry.clone(),
            }),
            ..Operation::default()
        };
        let position = self.log.append(operation.encode_to_vec().into())?;
        let snapshot = Snapshot {
            position,
            entry: entry.clone(),
        };
        self.snapshots.insert(entry.name.clone(), snapshot);
        Ok(Some(entry))
    }

    /// Lets go of what no value is made of any more; after a store, which does not wait for it (REG-26).
    ///
    /// # Errors
    /// Whatever keeps it from being agreed on.
    pub fn truncate(&mut self) -> Result<(), LogError> {
        let positions = self.snapshots.values().map(|snapshot| snapshot.position);
        let Some(oldest) = positions.min() else {
            return Ok(());
        };
        if oldest > self.truncated {
            self.log.truncate(oldest)?;
            self.truncated = oldest;
        }
        Ok(())
    }
}

fn random_uuid() -> Bytes {
    Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes())
}

fn apply(
    snapshots: &mut BTreeMap<String, Snapshot>,
    position: Position,
    operation: Operation,
) -> Result<(), String> {
    match operation.r#type() {
        operation::Type::Snapshot => {
            let snapshot = operation.snapshot.ok_or("a snapshot without an entry")?;
            let entry = snapshot.entry;
            snapshots.insert(entry.name.clone(), Snapshot { position, entry });
        }
        operation::Type::Diff => {
            let Entry { name, uuid, value } =
                operation.diff.ok_or("a difference of nothing")?.entry;
            let before = snapshots.get_mut(&name);
            let before = before.ok_or("a difference to what is not there")?;
            let value = svndiff::apply(&before.entry.value, &value)
                .map_err(|error| format!("the difference cannot be applied: {error}"))?;
            before.entry = Entry {
                name,
                uuid,
                value: value.into(),
            };
        }
        operation::Type::Expunge => {
            let expunge = operation.expunge.ok_or("an expunge of nothing")?;
            snapshots.remove(&expunge.name);
        }
    }
    Ok(())
}
