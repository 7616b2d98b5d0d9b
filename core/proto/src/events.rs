//! The v1 events that internal messages become for HTTP schedulers and executors. Compat: FWK-27.
//!
//! Works on bytes, so unknown fields of offers, tasks and statuses reach the client.

use std::net::SocketAddrV4;

use bytes::Bytes;

use crate::convert::without;
use crate::internal::{
    ExecutorRegisteredMessage, ExecutorToFrameworkMessage, ExitedExecutorMessage,
    FrameworkErrorMessage, FrameworkRegisteredMessage, FrameworkToExecutorMessage,
    LostSlaveMessage, StatusUpdateAcknowledgementMessage, StatusUpdateMessage,
};
use crate::v1::executor::event::Type as ExecutorType;
use crate::v1::scheduler::event::Type as SchedulerType;
use crate::wire::{self, Composer, Fields, Value, WireError};

/// Seconds between heartbeats that SUBSCRIBED announces.
const HEARTBEAT_INTERVAL_SECONDS: f64 = 15.0;

/// `TaskStatus` fields that the enclosing update overrides.
mod task_status {
    pub(super) const SLAVE_ID: u32 = 5;
    pub(super) const TIMESTAMP: u32 = 6;
    pub(super) const EXECUTOR_ID: u32 = 7;
    pub(super) const UUID: u32 = 11;
}

/// The encoded `mesos.v1.scheduler.Event` for an internal message, `None` if it has none.
///
/// `name` is the full name, for example `mesos.internal.ResourceOffersMessage`.
pub fn scheduler_event(name: &str, body: &Bytes) -> Result<Option<Bytes>, WireError> {
    let Some(short) = name.strip_prefix("mesos.internal.") else {
        return Ok(None);
    };
    let event = match short {
        "FrameworkRegisteredMessage" | "FrameworkReregisteredMessage" => {
            // Both have the same fields.
            let message: FrameworkRegisteredMessage = wire::decode(body)?;
            let subscribed = Composer::new()
                .message(1, &message.framework_id)
                .double(2, HEARTBEAT_INTERVAL_SECONDS)
                .bytes(3, &nested(body, 2));
            scheduler(SchedulerType::Subscribed, 2, subscribed)
        }
        "ResourceOffersMessage" => {
            wire::check(name, body)?;
            scheduler(SchedulerType::Offers, 3, all(body, 1))
        }
        "InverseOffersMessage" => {
            wire::check(name, body)?;
            scheduler(SchedulerType::InverseOffers, 9, all(body, 1))
        }
        "RescindResourceOfferMessage" => {
            wire::check(name, body)?;
            scheduler(SchedulerType::Rescind, 4, all(body, 1))
        }
        "RescindInverseOfferMessage" => {
            wire::check(name, body)?;
            scheduler(SchedulerType::RescindInverseOffer, 10, all(body, 1))
        }
        "StatusUpdateMessage" => {
            let status = status_of(body)?;
            scheduler(SchedulerType::Update, 5, Composer::new().bytes(1, &status))
        }
        "UpdateOperationStatusMessage" => {
            wire::check(name, body)?;
            let status = Composer::new().bytes(1, &nested(body, 3));
            scheduler(SchedulerType::UpdateOperationStatus, 11, status)
        }
        "ExecutorToFrameworkMessage" => {
            let message: ExecutorToFrameworkMessage = wire::decode(body)?;
            let inner = Composer::new()
                .message(1, &message.slave_id)
                .message(2, &message.executor_id)
                .bytes(3, &message.data);
            scheduler(SchedulerType::Message, 6, inner)
        }
        "LostSlaveMessage" => {
            let message: LostSlaveMessage = wire::decode(body)?;
            let failure = Composer::new().message(1, &message.slave_id);
            scheduler(SchedulerType::Failure, 7, failure)
        }
        "ExitedExecutorMessage" => {
            let message: ExitedExecutorMessage = wire::decode(body)?;
            let failure = Composer::new()
                .message(1, &message.slave_id)
                .message(2, &message.executor_id)
                .varint(3, i64::from(message.status) as u64);
            scheduler(SchedulerType::Failure, 7, failure)
        }
        "FrameworkErrorMessage" => {
            let message: FrameworkErrorMessage = wire::decode(body)?;
            scheduler(
                SchedulerType::Error,
                8,
                Composer::new().string(1, &message.message),
            )
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

/// The encoded `mesos.v1.scheduler.Event` of type HEARTBEAT.
pub fn scheduler_heartbeat() -> Bytes {
    Composer::new()
        .varint(1, SchedulerType::Heartbeat as u64)
        .finish()
}

/// The encoded `mesos.v1.executor.Event` of type HEARTBEAT.
pub fn executor_heartbeat() -> Bytes {
    Composer::new()
        .varint(1, ExecutorType::Heartbeat as u64)
        .finish()
}

/// The encoded `mesos.v1.executor.Event` for an internal message, `None` if it has none.
///
/// SUBSCRIBED lacks the container id, which only the agent knows.
pub fn executor_event(name: &str, body: &Bytes) -> Result<Option<Bytes>, WireError> {
    let Some(short) = name.strip_prefix("mesos.internal.") else {
        return Ok(None);
    };
    let event = match short {
        "ExecutorRegisteredMessage" => {
            let _: ExecutorRegisteredMessage = wire::decode(body)?;
            let subscribed = Composer::new()
                .bytes(1, &nested(body, 2))
                .bytes(2, &nested(body, 4))
                .bytes(3, &nested(body, 6));
            executor(ExecutorType::Subscribed, 2, subscribed)
        }
        "RunTaskMessage" => {
            wire::check(name, body)?;
            executor(
                ExecutorType::Launch,
                4,
                Composer::new().bytes(1, &nested(body, 4)),
            )
        }
        "RunTaskGroupMessage" => {
            wire::check(name, body)?;
            executor(
                ExecutorType::LaunchGroup,
                8,
                Composer::new().bytes(1, &nested(body, 3)),
            )
        }
        "KillTaskMessage" => {
            wire::check(name, body)?;
            let mut kill = Composer::new().bytes(1, &nested(body, 2));
            if has(body, 3) {
                kill = kill.bytes(2, &nested(body, 3));
            }
            executor(ExecutorType::Kill, 5, kill)
        }
        "FrameworkToExecutorMessage" => {
            let message: FrameworkToExecutorMessage = wire::decode(body)?;
            executor(
                ExecutorType::Message,
                6,
                Composer::new().bytes(1, &message.data),
            )
        }
        "ShutdownExecutorMessage" => {
            wire::check(name, body)?;
            Composer::new()
                .varint(1, ExecutorType::Shutdown as u64)
                .finish()
        }
        "StatusUpdateAcknowledgementMessage" => {
            let message: StatusUpdateAcknowledgementMessage = wire::decode(body)?;
            let inner = Composer::new()
                .message(1, &message.task_id)
                .bytes(2, &message.uuid);
            executor(ExecutorType::Acknowledged, 3, inner)
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

fn scheduler(kind: SchedulerType, number: u32, inner: Composer) -> Bytes {
    Composer::new()
        .varint(1, kind as u64)
        .bytes(number, &inner.finish())
        .finish()
}

fn executor(kind: ExecutorType, number: u32, inner: Composer) -> Bytes {
    Composer::new()
        .varint(1, kind as u64)
        .bytes(number, &inner.finish())
        .finish()
}

/// The occurrences of a singular nested message, merged.
fn nested(body: &Bytes, number: u32) -> Vec<u8> {
    wire::submessages(body, &[number]).concat()
}

/// A message with nothing but the occurrences of one field.
fn all(body: &Bytes, number: u32) -> Composer {
    let parts = wire::submessages(body, &[number]);
    parts
        .iter()
        .fold(Composer::with_capacity(body.len()), |out, part| {
            out.bytes(number, part)
        })
}

fn has(body: &[u8], number: u32) -> bool {
    Fields::new(body)
        .flatten()
        .any(|w| w.number == number && matches!(w.value, Value::Bytes(_)))
}

/// The status as the scheduler sees it: ids and time come from the enclosing update; a uuid only
/// if somebody waits for the acknowledgement.
fn status_of(body: &Bytes) -> Result<Vec<u8>, WireError> {
    let message: StatusUpdateMessage = wire::decode(body)?;
    let update = &message.update;
    let mut overridden = vec![task_status::TIMESTAMP, task_status::UUID];
    let mut added = Composer::new();
    if let Some(slave_id) = &update.slave_id {
        overridden.push(task_status::SLAVE_ID);
        added = added.message(task_status::SLAVE_ID, slave_id);
    }
    added = added.double(task_status::TIMESTAMP, update.timestamp);
    if let Some(executor_id) = &update.executor_id {
        overridden.push(task_status::EXECUTOR_ID);
        added = added.message(task_status::EXECUTOR_ID, executor_id);
    }
    let acknowledged = is_process(message.pid.as_deref());
    if let Some(uuid) = update
        .uuid
        .as_ref()
        .filter(|uuid| acknowledged && !uuid.is_empty())
    {
        added = added.bytes(task_status::UUID, uuid);
    }
    let status = wire::submessages(body, &[1, 4]).concat();
    let mut out = without(&status, &overridden);
    out.extend_from_slice(&added.finish());
    Ok(out)
}

/// Whether the text is a libprocess address `id@ip:port` that can be reached.
fn is_process(pid: Option<&str>) -> bool {
    let Some((id, address)) = pid.and_then(|p| p.split_once('@')) else {
        return false;
    };
    let Ok(address) = address.parse::<SocketAddrV4>() else {
        return false;
    };
    !id.is_empty() && !address.ip().is_unspecified() && address.port() != 0
}
