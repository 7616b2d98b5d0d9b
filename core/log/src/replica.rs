//! A replica: what it promises and accepts, and answers. Compat: LOG-6..LOG-12.
//!
//! A machine whose storage is part of it: an answer is returned after what it says is durable. An error of the storage
//! means no answer (LOG-10), and the end of this replica: what it holds in memory may be ahead of its disk.

use mesos_proto::internal::log::action::{self, Nop};
use mesos_proto::internal::log::metadata::Status;
use mesos_proto::internal::log::{
    Action, Metadata, PromiseRequest, PromiseResponse, RecoverResponse, WriteRequest,
    WriteResponse, promise_response, write_response,
};

use crate::positions::Positions;
use crate::storage::{Storage, StorageError, begin_after};
use crate::{Position, Proposal};

#[derive(Debug)]
pub struct Replica<S> {
    storage: S,
    metadata: Metadata,
    begin: Position,
    end: Position,
    holes: Positions,
    unlearned: Positions,
}

impl<S: Storage> Replica<S> {
    /// # Errors
    /// Records that cannot be read.
    pub fn open(mut storage: S) -> Result<Self, StorageError> {
        let restored = storage.restore()?;
        tracing::info!(
            "Replica recovered with log positions {} -> {} with {} holes and {} unlearned",
            restored.begin,
            restored.end,
            restored.holes.count(),
            restored.unlearned.count()
        );
        Ok(Self {
            storage,
            metadata: restored.metadata,
            begin: restored.begin,
            end: restored.end,
            holes: restored.holes,
            unlearned: restored.unlearned,
        })
    }

    /// Ends the replica; its storage can be opened again.
    pub fn into_storage(self) -> S {
        self.storage
    }

    pub fn status(&self) -> Status {
        Status::try_from(self.metadata.status).unwrap_or(Status::Empty)
    }

    /// # Errors
    /// Those of the storage.
    pub fn set_status(&mut self, status: Status) -> Result<(), StorageError> {
        self.set_metadata(Metadata {
            status: status.into(),
            ..self.metadata
        })
    }

    fn set_metadata(&mut self, metadata: Metadata) -> Result<(), StorageError> {
        self.storage.write_metadata(&metadata)?;
        self.metadata = metadata;
        Ok(())
    }

    /// The highest proposal that this replica promised for all positions.
    pub fn promised(&self) -> Proposal {
        self.metadata.promised
    }

    pub fn begin(&self) -> Position {
        self.begin
    }

    pub fn end(&self) -> Position {
        self.end
    }

    /// The lowest position up to `last` of which it cannot tell what was agreed on (LOG-12).
    pub fn first_missing(&self, last: Position) -> Option<Position> {
        let known = self.holes.iter().next().into_iter();
        let known = known.chain(self.unlearned.iter().next());
        let beyond = self.begin.max(self.end + 1);
        let first = known.chain(Some(beyond)).min()?;
        (first <= last).then_some(first)
    }

    /// The answer to a promise request.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn promise(&mut self, request: &PromiseRequest) -> Result<PromiseResponse, StorageError> {
        use promise_response::Type;
        if self.status() != Status::Voting {
            return Ok(promised(Type::Ignored, request.proposal, None, None));
        }
        match request.position {
            None => self.promise_all(request.proposal),
            Some(position) => self.promise_one(request.proposal, position),
        }
    }

    /// LOG-7.
    fn promise_all(&mut self, proposal: Proposal) -> Result<PromiseResponse, StorageError> {
        use promise_response::Type;
        if proposal <= self.metadata.promised {
            return Ok(promised(Type::Reject, self.metadata.promised, None, None));
        }
        self.set_metadata(Metadata {
            promised: proposal,
            ..self.metadata
        })?;
        Ok(promised(Type::Accept, proposal, Some(self.end), None))
    }

    /// LOG-8.
    fn promise_one(
        &mut self,
        proposal: Proposal,
        position: Position,
    ) -> Result<PromiseResponse, StorageError> {
        use promise_response::Type;
        if position < self.begin {
            let action = self.truncated(position);
            return Ok(promised(Type::Accept, proposal, None, Some(action)));
        }
        let Some(found) = self.read(position)? else {
            if proposal <= self.metadata.promised {
                return Ok(promised(Type::Reject, self.metadata.promised, None, None));
            }
            self.persist(Action {
                position,
                promised: proposal,
                ..Action::default()
            })?;
            return Ok(promised(Type::Accept, proposal, Some(position), None));
        };
        if proposal <= found.promised {
            return Ok(promised(Type::Reject, found.promised, None, None));
        }
        self.persist(Action {
            promised: proposal,
            ..found.clone()
        })?;
        Ok(promised(Type::Accept, proposal, None, Some(found)))
    }

    /// What stands for a position that was truncated.
    fn truncated(&self, position: Position) -> Action {
        Action {
            position,
            promised: self.metadata.promised,
            performed: Some(self.metadata.promised),
            learned: Some(true),
            r#type: Some(action::Type::Nop.into()),
            nop: Some(Nop {
                tombstone: Some(true),
            }),
            ..Action::default()
        }
    }

    /// The answer to a write request, if there is one (LOG-9).
    ///
    /// # Errors
    /// Those of the storage.
    pub fn write(&mut self, request: &WriteRequest) -> Result<Option<WriteResponse>, StorageError> {
        use write_response::Type;
        if self.status() != Status::Voting {
            return Ok(Some(written(Type::Ignored, request.proposal, request)));
        }
        if request.position < self.begin {
            return Ok(None);
        }
        let found = self.read(request.position)?;
        let bound = found.as_ref().map(|action| action.promised);
        let bound = bound.unwrap_or(self.metadata.promised);
        if request.proposal < bound {
            return Ok(Some(written(Type::Reject, bound, request)));
        }
        if found.is_some_and(|action| action.learned()) {
            return Ok(None);
        }
        self.persist(Action {
            position: request.position,
            promised: bound,
            performed: Some(request.proposal),
            learned: request.learned,
            r#type: Some(request.r#type),
            // A NOP says nothing but that it is one.
            nop: request.nop.map(|_| Nop::default()),
            append: request.append.clone(),
            truncate: request.truncate,
        })?;
        Ok(Some(written(Type::Accept, request.proposal, request)))
    }

    /// An action that was agreed on.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn learn(&mut self, action: &Action) -> Result<(), StorageError> {
        if action.position < self.begin {
            return Ok(());
        }
        self.persist(Action {
            learned: Some(true),
            ..action.clone()
        })
    }

    /// The answer to a recover request.
    pub fn recover(&self) -> RecoverResponse {
        let is_voting = self.status() == Status::Voting;
        RecoverResponse {
            status: self.metadata.status,
            begin: is_voting.then_some(self.begin),
            end: is_voting.then_some(self.end),
        }
    }

    /// What is there; nothing beyond the end and in holes.
    ///
    /// # Errors
    /// A truncated position, and those of the storage.
    pub fn read(&mut self, position: Position) -> Result<Option<Action>, StorageError> {
        if position < self.begin {
            let text = format!("Attempted to read truncated position {position}");
            return Err(StorageError(text));
        }
        if position > self.end || self.holes.contains(position) {
            return Ok(None);
        }
        self.storage.read(position).map(Some)
    }

    fn persist(&mut self, action: Action) -> Result<(), StorageError> {
        self.storage.write_action(&action)?;
        let position = action.position;
        if position > self.end {
            // LOG-11.
            self.holes.insert(self.end + 1..=position - 1);
            self.end = position;
        }
        self.holes.remove(position);
        if !action.learned() {
            self.unlearned.insert(position..=position);
            return Ok(());
        }
        self.unlearned.remove(position);
        let begin = begin_after(&action);
        if begin > self.begin {
            self.begin = begin;
            self.holes.remove_below(begin);
            self.unlearned.remove_below(begin);
        }
        Ok(())
    }
}

fn promised(
    r#type: promise_response::Type,
    proposal: Proposal,
    position: Option<Position>,
    action: Option<Action>,
) -> PromiseResponse {
    PromiseResponse {
        okay: r#type == promise_response::Type::Accept,
        r#type: Some(r#type.into()),
        proposal,
        position,
        action,
    }
}

fn written(
    r#type: write_response::Type,
    proposal: Proposal,
    request: &WriteRequest,
) -> WriteResponse {
    WriteResponse {
        okay: r#type == write_response::Type::Accept,
        r#type: Some(r#type.into()),
        proposal,
        position: request.position,
    }
}
