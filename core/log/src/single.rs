//! A log of one replica, which agrees with itself. Compat: LOG-22 with a quorum of one, REG-22.

use bytes::Bytes;
use mesos_proto::internal::log::metadata::Status;
use mesos_proto::internal::log::{Action, action};

use crate::Position;
use crate::coordinator::{Coordinator, Outcome, Output, Request, Response};
use crate::replica::Replica;
use crate::storage::{Storage, StorageError};
use crate::variables::{Appended, Log, LogError};

/// Elections of one replica against itself: each learns of the highest promise there is.
const ELECTIONS_MAX: usize = 3;

#[derive(Debug)]
pub struct SingleLog<S> {
    replica: Replica<S>,
    coordinator: Coordinator,
}

impl<S: Storage> SingleLog<S> {
    /// Restores the replica, or starts a new one, and takes the right to write.
    ///
    /// # Errors
    /// Those of the storage; a replica that waits for others.
    pub fn open(storage: S, initialize: bool) -> Result<Self, StorageError> {
        let mut replica = Replica::open(storage)?;
        tracing::info!("Starting replica recovery");
        match replica.status() {
            Status::Voting => {}
            Status::Empty if initialize => {
                replica.set_status(Status::Starting)?;
                replica.set_status(Status::Voting)?;
            }
            Status::Starting => replica.set_status(Status::Voting)?,
            Status::Empty => {
                let text = "The log is not initialized; `mesos-log initialize` does that";
                return Err(StorageError(text.to_owned()));
            }
            Status::Recovering => {
                let text =
                    "The log was recovering from other replicas and cannot be used without them";
                return Err(StorageError(text.to_owned()));
            }
        }
        let mut log = Self {
            replica,
            coordinator: Coordinator::new(1, 1),
        };
        log.elect()?;
        Ok(log)
    }

    fn elect(&mut self) -> Result<(), StorageError> {
        for _ in 0..ELECTIONS_MAX {
            let mut out = Vec::new();
            self.coordinator.elect(&self.replica, &mut out);
            if let Outcome::Elected(_) = self.run(out)? {
                return Ok(());
            }
        }
        let text = "The only replica of the log refuses to be written";
        Err(StorageError(text.to_owned()))
    }

    /// After a write that failed, only another election helps (REG-26); it brings up what is wrong.
    fn ensure_elected(&mut self) -> Result<(), StorageError> {
        if self.coordinator.is_elected() {
            return Ok(());
        }
        self.elect()
    }

    /// Until what was begun has ended.
    fn run(&mut self, mut outputs: Vec<Output>) -> Result<Outcome, StorageError> {
        loop {
            let mut next = Vec::new();
            let mut is_waiting = false;
            for output in outputs {
                match output {
                    Output::Broadcast { ticket, request } => {
                        is_waiting = false;
                        if let Some(response) = answer(&mut self.replica, &request)? {
                            let (coordinator, local) = (&mut self.coordinator, &self.replica);
                            coordinator.on_response(ticket, response, local, &mut next);
                        }
                    }
                    Output::Learned(action) => {
                        self.replica.learn(&action)?;
                        self.coordinator.on_learned(&self.replica, &mut next);
                    }
                    Output::Timer(_) => is_waiting = true,
                    Output::Finished(outcome) => return Ok(outcome),
                }
            }
            if next.is_empty() {
                // There is nobody else to wait for.
                debug_assert!(is_waiting, "it waits for nothing");
                self.coordinator.on_timer(&mut next);
            }
            if next.is_empty() {
                let text = "The only replica of the log does not answer";
                return Err(StorageError(text.to_owned()));
            }
            outputs = next;
        }
    }

    fn written(&mut self, outputs: Vec<Output>) -> Result<Position, LogError> {
        match self.run(outputs)? {
            Outcome::Written(position) => Ok(position),
            Outcome::Elected(_) | Outcome::NotElected | Outcome::NotWritten => Err(LogError::Lost),
        }
    }
}

/// What a replica answers to a coordinator's request, if anything.
///
/// # Errors
/// Those of the storage.
pub fn answer<S: Storage>(
    replica: &mut Replica<S>,
    request: &Request,
) -> Result<Option<Response>, StorageError> {
    match request {
        Request::Promise(request) => replica.promise(request).map(Response::Promise).map(Some),
        Request::Write(request) => Ok(replica.write(request)?.map(Response::Write)),
    }
}

impl<S: Storage> Log for SingleLog<S> {
    fn append(&mut self, bytes: Bytes) -> Result<Position, LogError> {
        self.ensure_elected()?;
        let mut out = Vec::new();
        self.coordinator.append(bytes, &mut out);
        self.written(out)
    }

    fn truncate(&mut self, to: Position) -> Result<(), LogError> {
        self.ensure_elected()?;
        let mut out = Vec::new();
        self.coordinator.truncate(to, &mut out);
        self.written(out).map(drop)
    }

    fn read_from(&mut self, first: Position) -> Result<Vec<Appended>, LogError> {
        let mut appended = Vec::new();
        for position in first.max(self.replica.begin())..=self.replica.end() {
            let action = self.replica.read(position)?;
            appended.extend(action.and_then(appended_by));
        }
        Ok(appended)
    }
}

/// The entry of an action that was agreed on and is one of a user (LOG-21).
fn appended_by(action: Action) -> Option<Appended> {
    if !action.learned() || action.r#type != Some(action::Type::Append.into()) {
        return None;
    }
    Some(Appended {
        position: action.position,
        bytes: action.append?.bytes,
    })
}
