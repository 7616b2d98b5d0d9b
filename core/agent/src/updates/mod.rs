//! The status update streams: every update of a task is stored, sent one at a time, and repeated
//! until the framework acknowledges it.
//!
//! Pure: the caller writes the records and sends the updates that the returned steps name.
//! Compat: agent §11.2, rules A.2, A.3.

mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Instant;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_proto::internal::{StatusUpdate, StatusUpdateRecord};

pub use stream::{STREAM_PENDING_MAX, Stream};

pub const RETRY_MIN: Duration = Duration::from_secs(10);
pub const RETRY_MAX: Duration = Duration::from_secs(600);

type Key = (FrameworkId, TaskId);

/// What the owner has to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Append {
        path: PathBuf,
        record: Box<StatusUpdateRecord>,
    },
    Forward(Box<StatusUpdate>),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    #[error("Mismatched checkpoint value for task status update")]
    CheckpointMismatch,
    #[error("Cannot find the task status update stream for task {0}")]
    Unknown(String),
    #[error("Unexpected task status update acknowledgement (UUID: {received}) for task {task}")]
    Unexpected { received: String, task: String },
    #[error("Task status update without a uuid")]
    NoUuid,
    #[error("{STREAM_PENDING_MAX} status updates of task {0} wait for acknowledgement already")]
    Full(String),
}

/// The result of a valid acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledged {
    /// The acknowledged update was terminal: the stream is gone.
    pub terminal: bool,
    pub steps: Vec<Step>,
}

/// All streams of an agent.
#[derive(Default)]
pub struct Streams {
    paused: bool,
    streams: BTreeMap<Key, Stream>,
    deadlines: BTreeSet<(Instant, Key)>,
}

impl Streams {
    /// Takes an update from an executor or from the agent itself. `path` is the stream's file when
    /// the framework checkpoints.
    pub fn update(
        &mut self,
        now: Instant,
        update: StatusUpdate,
        path: Option<PathBuf>,
    ) -> Result<Vec<Step>, StreamError> {
        let uuid = update.uuid.clone().ok_or(StreamError::NoUuid)?;
        let key = key_of(&update);
        let stream = self
            .streams
            .entry(key.clone())
            .or_insert_with(|| Stream::new(path.clone()));
        if stream.path().is_some() && path.is_none() {
            return Err(StreamError::CheckpointMismatch);
        }
        if stream.knows(&uuid) {
            return Ok(Vec::new());
        }
        if stream.is_full(is_terminal(&update)) {
            return Err(StreamError::Full(key.1.as_str().to_owned()));
        }
        let mut steps = Vec::new();
        if let (None, Some(path)) = (stream.path(), &path) {
            // The first updates came before the task was known here.
            let earlier = stream.adopt_path(path.clone());
            steps.extend(earlier.map(|update| Step::Append {
                path: path.clone(),
                record: Box::new(update_record(update)),
            }));
        }
        if let Some(path) = path {
            steps.push(Step::Append {
                path,
                record: Box::new(update_record(&update)),
            });
        }
        let is_head = stream.push(uuid, update);
        if is_head && !self.paused {
            self.send_head(now, &key, RETRY_MIN, &mut steps);
        }
        Ok(steps)
    }

    pub fn acknowledge(
        &mut self,
        now: Instant,
        framework: &FrameworkId,
        task: &TaskId,
        uuid: &Bytes,
    ) -> Result<Acknowledged, StreamError> {
        let key = (framework.clone(), task.clone());
        let Some(stream) = self.streams.get_mut(&key) else {
            return Err(StreamError::Unknown(task.as_str().to_owned()));
        };
        let Some(head) = stream.acknowledge(uuid) else {
            return Err(StreamError::Unexpected {
                received: uuid_text(uuid),
                task: task.as_str().to_owned(),
            });
        };
        let mut steps = Vec::new();
        if let Some(path) = stream.path() {
            steps.push(Step::Append {
                path: path.to_owned(),
                record: Box::new(ack_record(uuid)),
            });
        }
        self.disarm(&key);
        // A terminal update ends the stream even when more updates wait behind it.
        if is_terminal(&head) {
            self.streams.remove(&key);
            return Ok(Acknowledged {
                terminal: true,
                steps,
            });
        }
        if !self.paused {
            self.send_head(now, &key, RETRY_MIN, &mut steps);
        }
        Ok(Acknowledged {
            terminal: false,
            steps,
        })
    }

    /// Adopts a stream read from disk. Sending starts with `resume`.
    pub fn adopt(&mut self, framework: &FrameworkId, task: &TaskId, stream: Stream) {
        self.streams
            .insert((framework.clone(), task.clone()), stream);
    }

    pub fn pause(&mut self) {
        self.paused = true;
        self.deadlines.clear();
        for stream in self.streams.values_mut() {
            stream.retry = None;
        }
    }

    /// Starts sending again: every stream's head goes out at once.
    pub fn resume(&mut self, now: Instant) -> Vec<Step> {
        self.paused = false;
        let mut steps = Vec::new();
        let keys: Vec<Key> = self.streams.keys().cloned().collect();
        for key in keys {
            self.disarm(&key);
            self.send_head(now, &key, RETRY_MIN, &mut steps);
        }
        steps
    }

    /// Repeats every head whose time has come.
    pub fn due(&mut self, now: Instant) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some((at, key)) = self.deadlines.first().cloned() {
            if at > now {
                break;
            }
            let interval = self
                .streams
                .get(&key)
                .and_then(|stream| stream.retry)
                .map_or(RETRY_MIN, |(_, interval)| {
                    interval.saturating_mul(2).min(RETRY_MAX)
                });
            self.disarm(&key);
            self.send_head(now, &key, interval, &mut steps);
        }
        steps
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// How many tasks have updates that wait.
    #[allow(clippy::len_without_is_empty, reason = "only the bound is of interest")]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether the stream has had this update already, acknowledged or not.
    pub fn has_seen(&self, framework: &FrameworkId, task: &TaskId, uuid: &Bytes) -> bool {
        self.streams
            .get(&(framework.clone(), task.clone()))
            .is_some_and(|stream| stream.knows(uuid))
    }

    /// Whether the task's stream has no room for this update.
    pub fn is_full(&self, framework: &FrameworkId, task: &TaskId, update: &StatusUpdate) -> bool {
        self.streams
            .get(&(framework.clone(), task.clone()))
            .is_some_and(|stream| stream.is_full(is_terminal(update)))
    }

    pub fn has_stream(&self, framework: &FrameworkId, task: &TaskId) -> bool {
        self.streams
            .contains_key(&(framework.clone(), task.clone()))
    }

    /// Forgets all streams of a removed framework.
    pub fn close_framework(&mut self, framework: &FrameworkId) {
        self.streams.retain(|(owner, _), _| owner != framework);
        self.deadlines.retain(|(_, (owner, _))| owner != framework);
    }

    fn disarm(&mut self, key: &Key) {
        let Some(stream) = self.streams.get_mut(key) else {
            return;
        };
        if let Some((at, _)) = stream.retry.take() {
            self.deadlines.remove(&(at, key.clone()));
        }
    }

    fn send_head(&mut self, now: Instant, key: &Key, interval: Duration, steps: &mut Vec<Step>) {
        let Some(stream) = self.streams.get_mut(key) else {
            return;
        };
        let Some(head) = stream.head() else { return };
        steps.push(Step::Forward(Box::new(head.clone())));
        let at = now + interval;
        stream.retry = Some((at, interval));
        self.deadlines.insert((at, key.clone()));
    }
}

fn key_of(update: &StatusUpdate) -> Key {
    (
        FrameworkId::new(&update.framework_id.value),
        TaskId::new(&update.status.task_id.value),
    )
}

pub fn is_terminal(update: &StatusUpdate) -> bool {
    crate::state::task::is_terminal(update.status.state())
}

pub fn uuid_text(bytes: &Bytes) -> String {
    uuid::Uuid::from_slice(bytes).map_or_else(|_| "invalid".to_owned(), |uuid| uuid.to_string())
}

fn update_record(update: &StatusUpdate) -> StatusUpdateRecord {
    StatusUpdateRecord {
        r#type: mesos_proto::internal::status_update_record::Type::Update.into(),
        update: Some(update.clone()),
        uuid: None,
    }
}

fn ack_record(uuid: &Bytes) -> StatusUpdateRecord {
    StatusUpdateRecord {
        r#type: mesos_proto::internal::status_update_record::Type::Ack.into(),
        update: None,
        uuid: Some(uuid.clone()),
    }
}

#[cfg(test)]
mod tests;
