//! Fields that a newer peer sent and this agent does not know: they reach whom the message is for.
//!
//! Kept only for accepted messages that have any, by task, update, framework or executor,
//! until those are done; checkpoints hold them over a restart.

use std::collections::BTreeMap;

use bytes::Bytes;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::{
    ExecutorRegisteredMessage, RunTaskMessage, StatusUpdate, StatusUpdateMessage,
    StatusUpdateRecord,
};
use mesos_proto::mesos::{ExecutorInfo, FrameworkInfo, Task};
use mesos_proto::wire::{Composer, check, overlay, submessages};
use prost::{Message as _, Name};

use crate::event::Message;
use crate::machine::Agent;

const RUN_TASK_FRAMEWORK: u32 = 2;
const RUN_TASK_TASK: u32 = 4;
const TASK_INFO_EXECUTOR: u32 = 5;
const RUN_TASK_GROUP_FRAMEWORK: u32 = 1;
const UPDATE_FRAMEWORK_INFO: u32 = 3;
const REGISTERED_EXECUTOR: u32 = 2;
const REGISTERED_FRAMEWORK: u32 = 4;
/// Fields of `TaskInfo` that a checkpointed `Task` takes over, and their numbers there.
const TASK_INFO_TO_TASK: [(u32, u32); 7] = [
    (4, 7),   // resources
    (8, 15),  // health_check
    (9, 13),  // container
    (10, 11), // labels
    (11, 12), // discovery
    (12, 16), // kill_policy
    (15, 17), // limits
];
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
    /// The message being handled, when it holds more than its decoded value.
    handled: Option<Bytes>,
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
        body: Option<Bytes>,
    ) -> Option<Mark> {
        self.unknown.handled = body;
        let body = self.unknown.handled.as_ref()?;
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
    pub(crate) fn forget_unless_taken(&mut self, mark: Option<Mark>) {
        self.unknown.handled = None;
        match mark {
            None => {}
            Some(Mark::Task(framework, task)) => {
                let waits = self.frameworks.get(&framework).is_some_and(|known| {
                    let queued = |e: &crate::state::Executor| e.queued.contains_key(&task);
                    known.has_pending(&task) || known.executors.values().any(queued)
                });
                if !waits {
                    self.unknown.forget_task(&framework, &task);
                }
            }
            Some(Mark::Update(framework, task, uuid))
                if !self.streams.has_seen(&framework, &task, &uuid) =>
            {
                self.unknown.forget_update(&framework, &task, &uuid);
            }
            Some(Mark::Update(..)) => {}
        }
    }
}

impl Unknown {
    /// The framework's part of the order being handled.
    pub(crate) fn ordered_framework(&self) -> Option<Bytes> {
        self.handled_part::<FrameworkInfo>(&[RUN_TASK_FRAMEWORK])
    }

    pub(crate) fn group_framework(&self) -> Option<Bytes> {
        self.handled_part::<FrameworkInfo>(&[RUN_TASK_GROUP_FRAMEWORK])
    }

    pub(crate) fn updated_framework(&self) -> Option<Bytes> {
        self.handled_part::<FrameworkInfo>(&[UPDATE_FRAMEWORK_INFO])
    }

    pub(crate) fn ordered_executor(&self) -> Option<Bytes> {
        self.handled_part::<ExecutorInfo>(&[RUN_TASK_TASK, TASK_INFO_EXECUTOR])
    }

    fn handled_part<M: Name>(&self, path: &[u32]) -> Option<Bytes> {
        let bytes = submessages(self.handled.as_ref()?, path).pop()?;
        has_unknown::<M>(&bytes).then(|| Bytes::copy_from_slice(&bytes))
    }

    /// The message to the executor; `info` is what came of the framework.
    pub(crate) fn run_task(
        &mut self,
        framework: &FrameworkId,
        info: Option<&Bytes>,
        message: &RunTaskMessage,
    ) -> Bytes {
        let key = (framework.clone(), TaskId::from(&message.task.task_id));
        let task = self.tasks.remove(&key);
        with_originals(
            message,
            [(RUN_TASK_FRAMEWORK, info), (RUN_TASK_TASK, task.as_ref())],
        )
    }

    /// A task's checkpoint with what its order holds in the parts that a `Task` takes over.
    pub(crate) fn stored_task(&self, framework: &FrameworkId, task: &Task) -> Bytes {
        let key = (framework.clone(), TaskId::from(&task.task_id));
        let Some(order) = self.tasks.entries.get(&key) else {
            return task.encode_to_vec().into();
        };
        let mut original = Composer::new();
        for (from, to) in TASK_INFO_TO_TASK {
            for part in submessages(order, &[from]) {
                original = original.bytes(to, &part);
            }
        }
        let original = original.finish();
        overlay(&Task::full_name(), &original, &task.encode_to_vec()).into()
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

/// The welcome to an executor, with what came of it and of its framework.
pub(crate) fn registered(
    message: &ExecutorRegisteredMessage,
    executor: Option<&Bytes>,
    framework: Option<&Bytes>,
) -> Bytes {
    with_originals(
        message,
        [
            (REGISTERED_EXECUTOR, executor),
            (REGISTERED_FRAMEWORK, framework),
        ],
    )
}

/// The bytes of a value that is checkpointed.
pub(crate) fn stored<M: Name>(value: &M, original: Option<&Bytes>) -> Bytes {
    let body = value.encode_to_vec();
    match original {
        Some(original) => overlay(&M::full_name(), original, &body).into(),
        None => body.into(),
    }
}

/// Whether the bytes hold something that the decoded value cannot.
pub(crate) fn has_unknown<M: Name>(bytes: &[u8]) -> bool {
    check(&M::full_name(), bytes).is_ok_and(|scan| scan.has_unknown)
}

fn with_originals<M: Name, const N: usize>(
    message: &M,
    parts: [(u32, Option<&Bytes>); N],
) -> Bytes {
    let body = message.encode_to_vec();
    let mut original = Composer::new();
    let mut is_needed = false;
    for (tag, part) in parts {
        if let Some(part) = part {
            original = original.bytes(tag, part);
            is_needed = true;
        }
    }
    if !is_needed {
        return body.into();
    }
    overlay(&M::full_name(), &original.finish(), &body).into()
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
