//! One task's stream: the queue of updates not yet acknowledged and the uuids ever seen.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Instant;
use mesos_proto::internal::status_update_record::Type;
use mesos_proto::internal::{StatusUpdate, StatusUpdateRecord};

/// Updates of one task that may wait for acknowledgements; a final one still fits behind them.
pub const STREAM_PENDING_MAX: usize = 10_000;
/// Uuids of one task's updates that are remembered; more than can wait, so none of those is lost.
const UUIDS_MAX: usize = 2 * STREAM_PENDING_MAX;

pub struct Stream {
    path: Option<PathBuf>,
    received: BTreeSet<Bytes>,
    /// The same uuids, oldest first.
    order: VecDeque<Bytes>,
    pending: VecDeque<StatusUpdate>,
    /// When the head is repeated, and after which wait.
    pub(super) retry: Option<(Instant, Duration)>,
}

impl Stream {
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            received: BTreeSet::new(),
            order: VecDeque::new(),
            pending: VecDeque::new(),
            retry: None,
        }
    }

    /// Rebuilds a stream from its file. `None` when its terminal update is acknowledged.
    pub fn replay(path: PathBuf, records: &[StatusUpdateRecord]) -> Option<Self> {
        let mut stream = Self::new(Some(path));
        for record in records {
            match record.r#type() {
                Type::Update => {
                    let Some(update) = record.update.clone() else {
                        continue;
                    };
                    let Some(uuid) = update.uuid.clone() else {
                        continue;
                    };
                    if !stream.knows(&uuid) {
                        stream.push(uuid, update);
                    }
                }
                Type::Ack => {
                    let Some(uuid) = &record.uuid else { continue };
                    if stream
                        .acknowledge(uuid)
                        .is_some_and(|update| super::is_terminal(&update))
                    {
                        return None;
                    }
                }
            }
        }
        Some(stream)
    }

    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Gives a stream that was in memory only its file; answers what has to be stored there.
    pub(super) fn adopt_path(&mut self, path: PathBuf) -> impl Iterator<Item = &StatusUpdate> {
        self.path = Some(path);
        self.pending.iter()
    }

    /// Whether one more update has to be turned away.
    pub(super) fn is_full(&self, terminal: bool) -> bool {
        self.pending.len() >= STREAM_PENDING_MAX + usize::from(terminal)
    }

    pub fn knows(&self, uuid: &Bytes) -> bool {
        self.received.contains(uuid)
    }

    pub fn head(&self) -> Option<&StatusUpdate> {
        self.pending.front()
    }

    /// Queues an update; tells whether it became the head.
    pub(super) fn push(&mut self, uuid: Bytes, update: StatusUpdate) -> bool {
        self.received.insert(uuid.clone());
        self.order.push_back(uuid);
        if self.order.len() > UUIDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.received.remove(&oldest);
        }
        self.pending.push_back(update);
        self.pending.len() == 1
    }

    /// Takes the head off when `uuid` names it.
    pub(super) fn acknowledge(&mut self, uuid: &Bytes) -> Option<StatusUpdate> {
        let matches = self.head().and_then(|head| head.uuid.as_ref()) == Some(uuid);
        if matches {
            self.pending.pop_front()
        } else {
            None
        }
    }
}
