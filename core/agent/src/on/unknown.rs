//! Fields that a newer peer sent and this agent does not know: they reach whom the message is for.
//!
//! Kept only for messages that have any, by task or by update, until those are done.

use std::collections::BTreeMap;

use bytes::Bytes;
use mesos_model::id::{FrameworkId, TaskId};
use mesos_proto::internal::{RunTaskMessage, StatusUpdateMessage, StatusUpdateRecord};
use mesos_proto::wire::{Composer, overlay, submessages};
use prost::{Message as _, Name};

use crate::event::Message;

const RUN_TASK_TASK: u32 = 4;
const MESSAGE_UPDATE: u32 = 1;
const RECORD_UPDATE: u32 = 2;

#[derive(Default)]
pub(crate) struct Unknown {
    tasks: BTreeMap<(FrameworkId, TaskId), Bytes>,
    updates: BTreeMap<Bytes, Bytes>,
}

impl Unknown {
    /// Remembers what `body`, the bytes of `message`, holds beyond the decoded value.
    pub(crate) fn keep(&mut self, message: &Message, body: &Bytes) {
        let part = |tag| submessages(body, &[tag]).pop();
        match message {
            Message::RunTask(m) => {
                let framework = m.framework.id.as_ref().map(FrameworkId::from);
                if let (Some(framework), Some(task)) = (framework, part(RUN_TASK_TASK)) {
                    self.tasks
                        .insert((framework, TaskId::from(&m.task.task_id)), task);
                }
            }
            Message::StatusUpdate(m) => {
                if let (Some(uuid), Some(update)) = (m.update.uuid.clone(), part(MESSAGE_UPDATE)) {
                    self.updates.insert(uuid, update);
                }
            }
            _ => {}
        }
    }

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
        match self.found(message.update.uuid.as_ref()) {
            Some(update) => restore::<StatusUpdateMessage>(MESSAGE_UPDATE, update, &body),
            None => body.into(),
        }
    }

    pub(crate) fn record(&self, record: &StatusUpdateRecord) -> Bytes {
        let body = record.encode_to_vec();
        match self.found(
            record
                .update
                .as_ref()
                .and_then(|update| update.uuid.as_ref()),
        ) {
            Some(update) => restore::<StatusUpdateRecord>(RECORD_UPDATE, update, &body),
            None => body.into(),
        }
    }

    fn found(&self, uuid: Option<&Bytes>) -> Option<&Bytes> {
        self.updates.get(uuid?)
    }

    pub(crate) fn forget_update(&mut self, uuid: &Bytes) {
        self.updates.remove(uuid);
    }

    pub(crate) fn forget_task(&mut self, framework: &FrameworkId, task: &TaskId) {
        self.tasks.remove(&(framework.clone(), task.clone()));
    }
}

fn restore<M: Name>(tag: u32, original: &[u8], body: &[u8]) -> Bytes {
    let original = Composer::new().bytes(tag, original).finish();
    overlay(&M::full_name(), &original, body).into()
}
