//! Fields that a newer peer sent and this agent does not know: they reach whom the message is for.
//!
//! Kept only for accepted messages that have any, by task or by update, until those are done.

use std::collections::BTreeMap;

use bytes::Bytes;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::{
    RunTaskMessage, StatusUpdate, StatusUpdateMessage, StatusUpdateRecord,
};
use mesos_proto::wire::{Composer, overlay, submessages};
use prost::{Message as _, Name};

use crate::event::Message;
use crate::machine::Agent;

const RUN_TASK_TASK: u32 = 4;
const MESSAGE_UPDATE: u32 = 1;
const RECORD_UPDATE: u32 = 2;

/// Tasks, and updates, whose additional fields are remembered at a time; those of more are lost.
const KEPT_MAX: usize = 10_000;
/// Bytes remembered for either.
const KEPT_BYTES_MAX: usize = 64 * 1024 * 1024;

type TaskKey = (FrameworkId, TaskId);

/// Bytes by key, bounded in number and size.
struct Kept<K> {
    entries: BTreeMap<K, Bytes>,
    bytes: usize,
}

impl<K: Ord> Default for Kept<K> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            bytes: 0,
        }
    }
}

impl<K: Ord> Kept<K> {
    /// Tells whether there was room.
    fn insert(&mut self, key: K, value: &Bytes) -> bool {
        self.remove(&key);
        if self.entries.len() >= KEPT_MAX || self.bytes + value.len() > KEPT_BYTES_MAX {
            return false;
        }
        self.bytes += value.len();
        // A slice would keep the whole message in memory.
        self.entries.insert(key, Bytes::copy_from_slice(value));
        true
    }

    fn remove(&mut self, key: &K) -> Option<Bytes> {
        let value = self.entries.remove(key)?;
        self.bytes -= value.len();
        Some(value)
    }

    fn retain(&mut self, mut stays: impl FnMut(&K) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|key, value| {
            let keep = stays(key);
            if !keep {
                *bytes -= value.len();
            }
            keep
        });
    }
}

#[derive(Default)]
pub(crate) struct Unknown {
    tasks: Kept<TaskKey>,
    updates: Kept<(FrameworkId, TaskId, Bytes)>,
}

/// What was kept of a message until it is known whether the message was accepted.
pub(crate) enum Mark {
    Task(FrameworkId, TaskId),
    Update(FrameworkId, TaskId, Bytes),
}

impl Agent {
    /// Remembers what `body`, the bytes of `message`, holds beyond the decoded value.
    pub(crate) fn keep_unknown(
        &mut self,
        from: &Upid,
        message: &Message,
        body: &Bytes,
    ) -> Option<Mark> {
        let part = |tag| submessages(body, &[tag]).pop();
        match message {
            Message::RunTask(m) if self.is_master(from) => {
                let framework = m.framework.id.as_ref().map(FrameworkId::from)?;
                let task = TaskId::from(&m.task.task_id);
                let key = (framework.clone(), task.clone());
                let bytes = part(RUN_TASK_TASK)?;
                self.unknown
                    .tasks
                    .insert(key, &bytes)
                    .then_some(Mark::Task(framework, task))
            }
            Message::StatusUpdate(m) => {
                let framework = FrameworkId::from(&m.update.framework_id);
                let task = TaskId::from(&m.update.status.task_id);
                let uuid = m.update.uuid.clone()?;
                if self.streams.has_seen(&framework, &task, &uuid) {
                    return None;
                }
                let key = (framework.clone(), task.clone(), uuid.clone());
                let bytes = part(MESSAGE_UPDATE)?;
                self.unknown
                    .updates
                    .insert(key, &bytes)
                    .then_some(Mark::Update(framework, task, uuid))
            }
            _ => None,
        }
    }

    /// Forgets what was kept of a message that was turned away.
    pub(crate) fn forget_unless_taken(&mut self, mark: Mark) {
        match mark {
            Mark::Task(framework, task) => {
                let waits = self.frameworks.get(&framework).is_some_and(|known| {
                    let queued = |e: &crate::state::Executor| e.queued.contains_key(&task);
                    known.has_pending(&task) || known.executors.values().any(queued)
                });
                if !waits {
                    self.unknown.forget_task(&framework, &task);
                }
            }
            Mark::Update(framework, task, uuid) => {
                if !self.streams.has_seen(&framework, &task, &uuid) {
                    self.unknown.forget_update(&framework, &task, &uuid);
                }
            }
        }
    }
}

impl Unknown {
    pub(crate) fn run_task(&mut self, framework: &FrameworkId, message: &RunTaskMessage) -> Bytes {
        let body = message.encode_to_vec();
        let key = (framework.clone(), TaskId::from(&message.task.task_id));
        let Some(task) = self.tasks.remove(&key) else {
            return body.into();
        };
        restore::<RunTaskMessage>(RUN_TASK_TASK, &task, &body)
    }

    pub(crate) fn update(&self, message: &StatusUpdateMessage) -> Bytes {
        let body = message.encode_to_vec();
        match self.found(&message.update) {
            Some(update) => restore::<StatusUpdateMessage>(MESSAGE_UPDATE, update, &body),
            None => body.into(),
        }
    }

    pub(crate) fn record(&self, record: &StatusUpdateRecord) -> Bytes {
        let body = record.encode_to_vec();
        match record.update.as_ref().and_then(|update| self.found(update)) {
            Some(update) => restore::<StatusUpdateRecord>(RECORD_UPDATE, update, &body),
            None => body.into(),
        }
    }

    fn found(&self, update: &StatusUpdate) -> Option<&Bytes> {
        if self.updates.entries.is_empty() {
            return None;
        }
        self.updates.entries.get(&(
            FrameworkId::from(&update.framework_id),
            TaskId::from(&update.status.task_id),
            update.uuid.clone()?,
        ))
    }

    pub(crate) fn forget_update(&mut self, framework: &FrameworkId, task: &TaskId, uuid: &Bytes) {
        let key = (framework.clone(), task.clone(), uuid.clone());
        self.updates.remove(&key);
    }

    /// The task's stream is over, whatever still waited in it.
    pub(crate) fn forget_updates(&mut self, framework: &FrameworkId, task: &TaskId) {
        self.updates
            .retain(|(owner, id, _)| owner != framework || id != task);
    }

    pub(crate) fn forget_task(&mut self, framework: &FrameworkId, task: &TaskId) {
        self.tasks.remove(&(framework.clone(), task.clone()));
    }

    pub(crate) fn forget_framework(&mut self, framework: &FrameworkId) {
        self.tasks.retain(|(owner, _)| owner != framework);
        self.updates.retain(|(owner, _, _)| owner != framework);
    }
}

fn restore<M: Name>(tag: u32, original: &[u8], body: &[u8]) -> Bytes {
    let original = Composer::new().bytes(tag, original).finish();
    overlay(&M::full_name(), &original, body).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_size() {
        let mut many = Kept::default();
        for key in 0..KEPT_MAX + 10 {
            many.insert(key, &Bytes::from_static(b"x"));
        }
        assert_eq!(many.entries.len(), KEPT_MAX);
        many.retain(|key| *key < 3);
        assert_eq!(many.bytes, 3);

        let mut large = Kept::default();
        let half = Bytes::from(vec![0; KEPT_BYTES_MAX / 2]);
        assert!(large.insert(0, &half));
        assert!(large.insert(0, &half));
        assert!(large.insert(1, &half));
        assert!(!large.insert(2, &half));
        large.remove(&0);
        assert!(large.insert(2, &half));
    }
}
