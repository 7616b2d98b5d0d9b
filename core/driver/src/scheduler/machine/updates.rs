//! Status updates and their acknowledgement.
//!
//! Compat: S6, S20, S24–S26.

use bytes::Bytes;
use mesos_model::clock::Now;
use mesos_process::Upid;

use super::{Acknowledgement, CallType, Callback, Effect, Machine};
use crate::splice::{self, Writer};

const STATUS_UUID: u32 = 11;
const TASK_LOST: u64 = 5;
const TASK_DROPPED: u64 = 9;
const SOURCE_MASTER: u64 = 0;
const REASON_MASTER_DISCONNECTED: u64 = 7;

impl Machine {
    /// `update` is a `mesos.internal.StatusUpdate`; `pid` whoever has to be told that it arrived.
    pub(super) fn on_status_update(
        &mut self,
        update: &Bytes,
        pid: Option<&Upid>,
        out: &mut Vec<Effect>,
    ) {
        let framework_id = splice::message(update, 1).unwrap_or_default();
        if !self.is_own_framework(&framework_id) {
            let text = format!(
                "Received a status update for unexpected framework '{}'",
                splice::id(&framework_id)
            );
            out.push(Effect::Fail(text));
            return;
        }
        let uuid = splice::message(update, 6).filter(|uuid| !uuid.is_empty());
        let uuid = uuid.filter(|_| pid.is_some_and(|pid| !pid.is_null()));
        let status = splice::message(update, 4).unwrap_or_default();
        let agent_id = splice::message(update, 3);
        self.deliver_update(status, uuid, agent_id, out);
    }

    /// The status of an Event UPDATE carries its own uuid.
    pub(super) fn on_update_event(&mut self, status: &Bytes, out: &mut Vec<Effect>) {
        let uuid = splice::message(status, STATUS_UUID).filter(|uuid| !uuid.is_empty());
        self.deliver_update(status.clone(), uuid, None, out);
    }

    fn deliver_update(
        &mut self,
        status: Bytes,
        uuid: Option<Bytes>,
        agent_id: Option<Bytes>,
        out: &mut Vec<Effect>,
    ) {
        let encoded = Writer::new().some(STATUS_UUID, uuid.as_deref()).finish();
        let status = splice::with(&status, STATUS_UUID, &encoded);
        let acknowledge =
            uuid.filter(|_| self.implicit_acknowledgements)
                .map(|uuid| Acknowledgement {
                    agent_id: agent_id
                        .or_else(|| splice::message(&status, 5))
                        .unwrap_or_default(),
                    task_id: splice::message(&status, 1).unwrap_or_default(),
                    uuid,
                });
        out.push(Effect::Callback {
            callback: Callback::StatusUpdate { status },
            acknowledge,
        });
    }

    pub(super) fn on_explicit_acknowledgement(&mut self, status: &Bytes, out: &mut Vec<Effect>) {
        if self.implicit_acknowledgements {
            let text = "Cannot call acknowledgeStatusUpdate: Implicit acknowledgements are enabled";
            out.push(Effect::Fail(text.to_owned()));
            return;
        }
        let uuid = splice::message(status, STATUS_UUID).filter(|uuid| !uuid.is_empty());
        let (Some(uuid), Some(agent_id)) = (uuid, splice::message(status, 5)) else {
            return;
        };
        let task_id = splice::message(status, 1).unwrap_or_default();
        self.acknowledge(
            &Acknowledgement {
                agent_id,
                task_id,
                uuid,
            },
            out,
        );
    }

    pub(super) fn acknowledge(&self, what: &Acknowledgement, out: &mut Vec<Effect>) {
        if !self.connected {
            return;
        }
        let body = Writer::new()
            .bytes(1, &what.agent_id)
            .bytes(2, &what.task_id)
            .bytes(3, &what.uuid)
            .finish();
        self.send_call(CallType::Acknowledge, |call| call.bytes(8, &body), out);
    }

    /// Tasks launched while disconnected are lost at once.
    pub(super) fn lose_tasks(&self, now: Now, operations: &[Bytes], out: &mut Vec<Effect>) {
        let state = if self.is_partition_aware() {
            TASK_DROPPED
        } else {
            TASK_LOST
        };
        for task in operations.iter().filter_map(launch_of).flatten() {
            let status = Writer::new()
                .bytes(1, &splice::message(&task, 2).unwrap_or_default())
                .varint(2, state)
                .bytes(4, b"Master disconnected")
                .double(6, now.wall.secs())
                .varint(9, SOURCE_MASTER)
                .varint(10, REASON_MASTER_DISCONNECTED)
                .finish();
            Self::callback(Callback::StatusUpdate { status }, out);
        }
    }
}

/// The tasks of a LAUNCH operation; `None` for every other kind.
pub(super) fn launch_of(operation: &Bytes) -> Option<Vec<Bytes>> {
    if splice::number(operation, 1) != Some(1) {
        return None;
    }
    splice::message(operation, 2).map(|launch| splice::messages(&launch, 1))
}
