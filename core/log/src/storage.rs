//! Where a replica keeps its records.

use mesos_proto::internal::log::{Action, Metadata, metadata};

use crate::Position;
use crate::positions::Positions;

/// A record that could not be written or read; the replica that meets one must stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StorageError(pub String);

/// What a replica knows when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub metadata: Metadata,
    /// The lowest position that is not truncated.
    pub begin: Position,
    /// The highest position there is.
    pub end: Position,
    /// Positions between `begin` and `end` with no record.
    pub holes: Positions,
    /// Positions with a record that is not known to be agreed on.
    pub unlearned: Positions,
}

/// Records by position, and the metadata. What returns is durable.
pub trait Storage {
    /// # Errors
    /// Records that cannot be read, or are none.
    fn restore(&mut self) -> Result<Restored, StorageError>;

    /// # Errors
    /// What keeps it from being durable.
    fn write_metadata(&mut self, metadata: &Metadata) -> Result<(), StorageError>;

    /// Also deletes what a learned action makes superfluous, which may fail without harm (LOG-2, LOG-4).
    ///
    /// # Errors
    /// What keeps it from being durable.
    fn write_action(&mut self, action: &Action) -> Result<(), StorageError>;

    /// # Errors
    /// A record that is not there or cannot be read.
    fn read(&mut self, position: Position) -> Result<Action, StorageError>;
}

/// What is restored from records, in whatever order they come. Compat: LOG-3, LOG-5.
#[derive(Debug)]
pub(crate) struct Restoring {
    metadata: Metadata,
    begin: Position,
    end: Position,
    learned: Positions,
    unlearned: Positions,
}

impl Default for Restoring {
    fn default() -> Self {
        Self {
            metadata: Metadata {
                status: metadata::Status::Empty.into(),
                promised: 0,
            },
            begin: 0,
            end: 0,
            learned: Positions::default(),
            unlearned: Positions::default(),
        }
    }
}

impl Restoring {
    pub fn metadata(&mut self, metadata: Metadata) {
        self.metadata = metadata;
    }

    /// The old form of the metadata.
    pub fn promise(&mut self, promised: crate::Proposal) {
        self.metadata = Metadata {
            status: metadata::Status::Voting.into(),
            promised,
        };
    }

    pub fn action(&mut self, action: &Action) {
        let position = action.position;
        self.end = self.end.max(position);
        if !action.learned() {
            self.unlearned.insert(position..=position);
            return;
        }
        self.learned.insert(position..=position);
        self.begin = self.begin.max(begin_after(action));
    }

    pub fn finish(mut self) -> Restored {
        let mut holes = Positions::default();
        holes.insert(self.begin..=self.end);
        holes.remove_all(&self.learned);
        holes.remove_all(&self.unlearned);
        self.unlearned.remove_below(self.begin);
        Restored {
            metadata: self.metadata,
            begin: self.begin,
            end: self.end,
            holes,
            unlearned: self.unlearned,
        }
    }
}

/// What a learned action says of the log's begin; 0 for most. Compat: LOG-3.
pub(crate) fn begin_after(action: &Action) -> Position {
    use mesos_proto::internal::log::action::Type;
    match action.r#type.map(Type::try_from) {
        Some(Ok(Type::Truncate)) => action.truncate.map_or(0, |truncate| truncate.to),
        Some(Ok(Type::Nop)) => {
            let is_tombstone = action.nop.is_some_and(|nop| nop.tombstone());
            if is_tombstone { action.position + 1 } else { 0 }
        }
        Some(Ok(Type::Append) | Err(_)) | None => 0,
    }
}
