//! A replica's records in a LevelDB folder, as the original keeps them. Compat: LOG-1..LOG-5.
//!
//! The key of a position is its number plus one in ten digits; `0000000000` is the metadata. Either side opens what the
//! other has written.

mod environment;

use std::path::Path;
use std::rc::Rc;

use mesos_proto::internal::log::{Action, Metadata, Record, record};
use prost::Message;
use rusty_leveldb::{DB, LdbIterator, Options, StatusCode, WriteBatch};

use self::environment::SyncedEnv;
use crate::Position;
use crate::storage::{Restored, Restoring, Storage, StorageError, begin_after};

const METADATA_KEY: &[u8] = b"0000000000";
/// Ten digits, one of which is for the metadata.
const POSITION_MAX: Position = 9_999_999_998;

/// An open folder; no other process may have it open.
pub struct LevelDb {
    db: DB,
    /// The lowest position that has a record.
    first: Option<Position>,
    /// There were tables before it was opened.
    had_tables: bool,
    /// A write that failed: the library's own books may not fit the file any more.
    broken: Option<StorageError>,
}

impl std::fmt::Debug for LevelDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LevelDb")
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl LevelDb {
    /// Opens a folder, or makes one.
    ///
    /// # Errors
    /// A folder that is in use, cannot be written, or holds something else; nothing in it is changed then.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let options = Options {
            env: Rc::new(Box::new(SyncedEnv::default())),
            create_if_missing: true,
            // The library appends to a log file whose last record is torn, and does not read what comes after it.
            reuse_logs: false,
            ..Options::default()
        };
        let failed = |error: rusty_leveldb::Status| {
            let reason = match error.code {
                StatusCode::LockError => "another process uses it".to_owned(),
                _ => error.err,
            };
            StorageError(format!(
                "Failed to open the log in '{}': {reason}",
                path.display()
            ))
        };
        refuse_foreign(path)?;
        let had_tables = has_tables(path);
        let db = DB::open(path, options).map_err(failed)?;
        Ok(Self {
            db,
            first: None,
            had_tables,
            broken: None,
        })
    }

    fn put(&mut self, key: &[u8], record: &Record) -> Result<(), StorageError> {
        let mut batch = WriteBatch::default();
        batch.put(key, &record.encode_to_vec());
        self.write(batch, true)
    }

    /// Nothing is written after a write that failed.
    fn write(&mut self, batch: WriteBatch, sync: bool) -> Result<(), StorageError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let written = self.db.write(batch, sync);
        written.map_err(|error| {
            let error = StorageError(format!("Failed to write to the log: {}", error.err));
            self.broken = Some(error.clone());
            error
        })
    }

    /// One batch, not synced: what stays is deleted by the next one, or skipped at the start (LOG-2, LOG-4).
    fn delete_below(&mut self, begin: Position) {
        let Some(first) = self.first else { return };
        if first >= begin {
            return;
        }
        let mut batch = WriteBatch::default();
        for position in first..begin {
            batch.delete(&key(position));
        }
        if let Err(error) = self.write(batch, false) {
            tracing::warn!("Failed to delete truncated entries: {error}");
            return;
        }
        self.first = Some(begin);
    }
}

/// LevelDB would start afresh beside files that it does not know.
fn refuse_foreign(path: &Path) -> Result<(), StorageError> {
    let Ok(mut entries) = std::fs::read_dir(path) else {
        return Ok(());
    };
    if path.join("CURRENT").exists() {
        return Ok(());
    }
    let is_empty = entries.all(|entry| {
        let name = entry.map(|entry| entry.file_name()).unwrap_or_default();
        name == "LOCK" || name == "LOG"
    });
    if is_empty {
        return Ok(());
    }
    Err(StorageError(format!(
        "Failed to open the log in '{}': the folder is not empty, and is no log (there is no file 'CURRENT')",
        path.display()
    )))
}

/// Files that the library moves older records to.
fn has_tables(path: &Path) -> bool {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.path());
    names.any(|name| {
        name.extension()
            .is_some_and(|end| end == "ldb" || end == "sst")
    })
}

fn key(position: Position) -> Vec<u8> {
    format!("{:010}", position + 1).into_bytes()
}

fn decode(key: &[u8], value: &[u8]) -> Result<Record, StorageError> {
    Record::decode(value).map_err(|error| {
        let key = String::from_utf8_lossy(key);
        StorageError(format!(
            "Failed to read the log: the record at '{key}' is none: {error}"
        ))
    })
}

impl Storage for LevelDb {
    fn restore(&mut self) -> Result<Restored, StorageError> {
        let failed = |error: rusty_leveldb::Status| {
            StorageError(format!("Failed to read the log: {}", error.err))
        };
        let mut restoring = Restoring::default();
        let mut first = None;
        let mut has_records = false;
        let mut iterator = self.db.new_iter().map_err(failed)?;
        iterator.seek_to_first();
        while let Some((key, value)) = iterator.current() {
            let record = decode(&key, &value)?;
            has_records = true;
            match (
                record.r#type(),
                &record.promise,
                &record.action,
                record.metadata,
            ) {
                (record::Type::Metadata, _, _, Some(metadata)) => restoring.metadata(metadata),
                (record::Type::Promise, Some(promise), _, _) => {
                    restoring.promise(promise.proposal);
                }
                (record::Type::Action, _, Some(action), _) => {
                    first =
                        Some(first.map_or(action.position, |at: Position| at.min(action.position)));
                    restoring.action(action);
                }
                (record::Type::Metadata | record::Type::Promise | record::Type::Action, ..) => {
                    return Err(StorageError(format!(
                        "Failed to read the log: the record at '{}' is empty",
                        String::from_utf8_lossy(&key)
                    )));
                }
            }
            iterator.advance();
        }
        if self.had_tables && !has_records {
            // The library passes over what it cannot read; a log has its metadata from the first write on.
            let text = "Failed to read the log: its tables hold no record that can be read";
            return Err(StorageError(text.to_owned()));
        }
        self.first = first;
        Ok(restoring.finish())
    }

    fn write_metadata(&mut self, metadata: &Metadata) -> Result<(), StorageError> {
        let record = Record {
            r#type: record::Type::Metadata.into(),
            metadata: Some(*metadata),
            ..Record::default()
        };
        self.put(METADATA_KEY, &record)
    }

    fn write_action(&mut self, action: &Action) -> Result<(), StorageError> {
        if action.position > POSITION_MAX {
            let text = format!("Failed to write to the log: no key for {}", action.position);
            return Err(StorageError(text));
        }
        let record = Record {
            r#type: record::Type::Action.into(),
            action: Some(action.clone()),
            ..Record::default()
        };
        self.put(&key(action.position), &record)?;
        let first = self.first.unwrap_or(action.position);
        self.first = Some(first.min(action.position));
        if action.learned() {
            self.delete_below(begin_after(action).min(action.position));
        }
        Ok(())
    }

    fn read(&mut self, position: Position) -> Result<Action, StorageError> {
        let key = key(position);
        let snapshot = self.db.get_snapshot();
        let found = self.db.get_at(&snapshot, &key);
        let found = found
            .map_err(|error| StorageError(format!("Failed to read the log: {}", error.err)))?;
        let value = found.ok_or_else(|| {
            StorageError(format!(
                "Failed to read the log: position {position} is gone"
            ))
        })?;
        let record = decode(&key, &value)?;
        record
            .action
            .ok_or_else(|| StorageError(format!("Failed to read the log: no action at {position}")))
    }
}
