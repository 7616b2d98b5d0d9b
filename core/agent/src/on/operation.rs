//! Operations on the agent's own resources: reservations and persistent volumes, applied at once,
//! kept on disk, reported until acknowledged.
//!
//! Compat: agent §13; flow 8.8. Operations on resource providers are refused (none exist here).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use mesos_model::clock::{Instant, Now};
use mesos_model::{Resource, Resources};
use mesos_process::Upid;
use mesos_proto::internal::update_operation_status_record::Type as RecordType;
use mesos_proto::internal::{
    AcknowledgeOperationStatusMessage, ApplyOperationMessage, CheckpointResourcesMessage,
    ReconcileOperationsMessage, UpdateOperationStatusMessage, UpdateOperationStatusRecord,
    slave::ResourceState,
};
use mesos_proto::mesos::{Operation, OperationState, OperationStatus, Uuid};

use crate::checkpoint::{record, write::Disk};
use crate::effect::{Effect, Level, log};
use crate::machine::{Agent, Phase};
use crate::state::task::downgrade;
use crate::updates::{RETRY_MAX, RETRY_MIN};

/// Operations whose final status the framework has not acknowledged.
#[derive(Default)]
pub struct Operations {
    paused: bool,
    open: BTreeMap<uuid::Uuid, Open>,
}

struct Open {
    operation: Operation,
    retry: Option<(Instant, Duration)>,
}

impl Operations {
    pub fn all(&self) -> Vec<Operation> {
        self.open
            .values()
            .map(|open| open.operation.clone())
            .collect()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub fn pause(&mut self) {
        self.paused = true;
        for open in self.open.values_mut() {
            open.retry = None;
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.open
            .values()
            .filter_map(|open| open.retry.map(|(at, _)| at))
            .min()
    }

    pub fn adopt(&mut self, uuid: uuid::Uuid, operation: Operation) {
        self.open.insert(
            uuid,
            Open {
                operation,
                retry: None,
            },
        );
    }
}

pub(crate) fn uuid_of(message: &Uuid) -> Option<uuid::Uuid> {
    uuid::Uuid::from_slice(&message.value).ok()
}

impl Agent {
    pub(crate) fn on_checkpoint_resources(
        &mut self,
        from: &Upid,
        m: &CheckpointResourcesMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) || !matches!(self.phase, Phase::Disconnected | Phase::Running) {
            return;
        }
        let checkpointed = Resources::from_proto(&m.resources);
        match self.config.resources.apply_checkpointed(&checkpointed) {
            Ok(total) => {
                self.total = total;
                self.store_resources(checkpointed, out);
            }
            Err(error) => log(
                Level::Error,
                format!("Ignoring checkpointed resources from the master: {error}"),
                out,
            ),
        }
    }

    pub(crate) fn on_apply_operation(
        &mut self,
        now: Now,
        from: &Upid,
        m: ApplyOperationMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) || !matches!(self.phase, Phase::Disconnected | Phase::Running) {
            return;
        }
        let Some(uuid) = uuid_of(&m.operation_uuid) else {
            return;
        };
        let slave_id = self.agent_id().to_proto();
        let mut operation = Operation {
            framework_id: m.framework_id.clone(),
            slave_id: Some(slave_id.clone()),
            info: m.operation_info.clone(),
            latest_status: OperationStatus::default(),
            statuses: Vec::new(),
            uuid: m.operation_uuid.clone(),
        };
        let elsewhere = m.resource_version_uuid.resource_provider_id.is_some();
        let stale = m.resource_version_uuid.uuid != self.version_uuid();
        let applied = match (elsewhere, stale) {
            (true, _) => Err((
                OperationState::OperationDropped,
                "Resource providers are not supported by this agent yet".to_owned(),
            )),
            (false, true) => Err((
                OperationState::OperationDropped,
                "Operation assumes outdated resource state".to_owned(),
            )),
            (false, false) => self
                .total
                .apply(&unallocated(m.operation_info.clone()))
                .map_err(|error| (OperationState::OperationError, error.to_string())),
        };
        let (state, message) = match applied {
            Ok(total) => {
                self.total = total;
                (OperationState::OperationFinished, None)
            }
            Err((state, text)) => (state, Some(text)),
        };
        let status = OperationStatus {
            operation_id: m.operation_info.id.clone(),
            state: state.into(),
            message,
            uuid: Some(Uuid {
                value: self.rng.uuid().as_bytes().to_vec().into(),
            }),
            slave_id: Some(slave_id),
            ..Default::default()
        };
        operation.latest_status = status.clone();
        operation.statuses.push(status);
        log(
            Level::Info,
            format!(
                "Updating the state of operation (uuid: {uuid}) (latest state: {})",
                state.as_str_name()
            ),
            out,
        );
        self.operations.adopt(uuid, operation);
        let checkpointed = self.total.needing_checkpoint();
        self.store_resources(checkpointed, out);
        self.record_operation(uuid, out);
        self.send_operation(now, uuid, RETRY_MIN, out);
    }

    /// Brings disk in line with new reservations, volumes and operations: target first, then the
    /// volumes' directories, then the rename that makes it true.
    fn store_resources(&mut self, checkpointed: Resources, out: &mut Vec<Effect>) {
        let changed = checkpointed != self.checkpointed;
        let state = ResourceState {
            operations: self.operations.all(),
            resources: checkpointed.to_proto(),
        };
        let paths = &self.paths;
        let mut disk = |change| out.push(Effect::Disk(change));
        disk(Disk::Write {
            path: paths.resources_and_operations_target(),
            bytes: record::frame(&state),
        });
        if changed {
            let legacy = record::frame_all(&downgrade(&state.resources));
            disk(Disk::Write {
                path: paths.resources_target(),
                bytes: legacy,
            });
            for change in self.volume_changes(&checkpointed) {
                disk(change);
            }
            disk(Disk::Rename {
                from: paths.resources_target(),
                to: paths.resources_info(),
            });
        }
        disk(Disk::Rename {
            from: paths.resources_and_operations_target(),
            to: paths.resources_and_operations(),
        });
        if changed {
            log(
                Level::Info,
                format!(
                    "Updated checkpointed resources from {} to {checkpointed}",
                    self.checkpointed
                ),
                out,
            );
            self.checkpointed = checkpointed;
        }
    }

    /// New volumes get a directory, vanished ones lose it; mount points are emptied, not removed.
    pub(crate) fn volume_changes(&self, next: &Resources) -> Vec<Disk> {
        let before = self.checkpointed.persistent_volumes();
        let after = next.persistent_volumes();
        let (gone, new) = (&before - &after, &after - &before);
        let removed = gone.iter().filter_map(|volume| {
            let path = self.volume_path(volume)?;
            let still = after
                .iter()
                .any(|kept| self.volume_path(kept).as_ref() == Some(&path));
            let is_mount = volume
                .disk()
                .and_then(|disk| disk.source.as_ref())
                .is_some_and(|source| source.mount.is_some());
            match (still, is_mount) {
                (true, _) => None,
                (false, true) => Some(Disk::Empty { path }),
                (false, false) => Some(Disk::Remove { path }),
            }
        });
        let made = new
            .iter()
            .filter_map(|volume| self.volume_path(volume))
            .map(|path| Disk::MakeDir { path, mode: 0o755 });
        removed.chain(made).collect()
    }

    pub(crate) fn volume_path(&self, volume: &Resource) -> Option<PathBuf> {
        let role = volume.reservation_role()?;
        self.paths
            .persistent_volume(&volume.to_proto(), role.as_str())
    }

    fn record_operation(&self, uuid: uuid::Uuid, out: &mut Vec<Effect>) {
        let Some(message) = self.operation_message(uuid) else {
            return;
        };
        let entry = UpdateOperationStatusRecord {
            r#type: RecordType::Update.into(),
            update: Some(message),
            uuid: None,
        };
        let path = self.paths.operation_updates(&self.agent_id(), uuid);
        out.push(Effect::Disk(Disk::Append {
            path,
            bytes: record::frame(&entry),
        }));
    }

    fn operation_message(&self, uuid: uuid::Uuid) -> Option<UpdateOperationStatusMessage> {
        let operation = &self.operations.open.get(&uuid)?.operation;
        Some(UpdateOperationStatusMessage {
            framework_id: operation.framework_id.clone(),
            slave_id: operation.slave_id.clone(),
            status: operation.latest_status.clone(),
            latest_status: Some(operation.latest_status.clone()),
            operation_uuid: Some(operation.uuid.clone()),
        })
    }

    fn send_operation(
        &mut self,
        now: Now,
        uuid: uuid::Uuid,
        interval: Duration,
        out: &mut Vec<Effect>,
    ) {
        if self.operations.paused {
            return;
        }
        let Some(message) = self.operation_message(uuid) else {
            return;
        };
        if let Some(open) = self.operations.open.get_mut(&uuid) {
            open.retry = Some((now.instant + interval, interval));
        }
        if self.phase == Phase::Running {
            self.to_master(&message, out);
        }
    }

    pub(crate) fn resume_operations(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.operations.paused = false;
        let all: Vec<uuid::Uuid> = self.operations.open.keys().copied().collect();
        for uuid in all {
            self.send_operation(now, uuid, RETRY_MIN, out);
        }
    }

    pub(crate) fn resend_operations(&mut self, now: Now, out: &mut Vec<Effect>) {
        let due: Vec<(uuid::Uuid, Duration)> = self
            .operations
            .open
            .iter()
            .filter_map(|(uuid, open)| {
                open.retry
                    .filter(|(at, _)| *at <= now.instant)
                    .map(|(_, last)| (*uuid, last))
            })
            .collect();
        for (uuid, last) in due {
            self.send_operation(now, uuid, last.saturating_mul(2).min(RETRY_MAX), out);
        }
    }

    pub(crate) fn on_operation_acknowledged(
        &mut self,
        now: Now,
        m: &AcknowledgeOperationStatusMessage,
        out: &mut Vec<Effect>,
    ) {
        let Some(uuid) = uuid_of(&m.operation_uuid) else {
            return;
        };
        let Some(open) = self.operations.open.get(&uuid) else {
            return;
        };
        if open.operation.latest_status.uuid.as_ref() != Some(&m.status_uuid) {
            log(
                Level::Warning,
                format!("Ignoring an unexpected acknowledgement for operation {uuid}"),
                out,
            );
            return;
        }
        self.operations.open.remove(&uuid);
        let path = self.paths.operation(&self.agent_id(), uuid);
        out.push(Effect::Disk(Disk::Remove { path }));
        let checkpointed = self.checkpointed.clone();
        self.store_resources(checkpointed, out);
        self.finish_drain_if_empty(out);
        let _ = now;
    }

    pub(crate) fn on_reconcile_operations(
        &mut self,
        from: &Upid,
        m: &ReconcileOperationsMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) || self.phase != Phase::Running {
            return;
        }
        for asked in &m.operations {
            let Some(operation_uuid) = asked.operation_uuid.clone() else {
                continue;
            };
            let known = uuid_of(&operation_uuid).and_then(|uuid| self.operation_message(uuid));
            let from_framework = m.framework_id.is_some();
            let message = match known {
                Some(mut known) if from_framework => {
                    known.status.uuid = None;
                    known
                }
                // The update stream repeats it by itself.
                Some(_) => continue,
                None => self.unknown_operation(operation_uuid, m, asked.operation_id.clone()),
            };
            self.to_master(&message, out);
        }
    }

    fn unknown_operation(
        &self,
        uuid: Uuid,
        m: &ReconcileOperationsMessage,
        operation_id: Option<mesos_proto::mesos::OperationId>,
    ) -> UpdateOperationStatusMessage {
        let slave_id = Some(self.agent_id().to_proto());
        let status = OperationStatus {
            operation_id,
            state: OperationState::OperationDropped.into(),
            slave_id: slave_id.clone(),
            ..Default::default()
        };
        UpdateOperationStatusMessage {
            framework_id: m.framework_id.clone(),
            slave_id,
            status,
            latest_status: None,
            operation_uuid: Some(uuid),
        }
    }
}

/// The agent's total is not allocated, so neither may the operation's resources be.
fn unallocated(
    mut info: mesos_proto::mesos::offer::Operation,
) -> mesos_proto::mesos::offer::Operation {
    let strip = |list: &mut Vec<mesos_proto::mesos::Resource>| {
        for resource in list {
            resource.allocation_info = None;
        }
    };
    if let Some(reserve) = &mut info.reserve {
        strip(&mut reserve.resources);
        strip(&mut reserve.source);
    }
    if let Some(unreserve) = &mut info.unreserve {
        strip(&mut unreserve.resources);
    }
    if let Some(create) = &mut info.create {
        strip(&mut create.volumes);
    }
    if let Some(destroy) = &mut info.destroy {
        strip(&mut destroy.volumes);
    }
    if let Some(grow) = &mut info.grow_volume {
        grow.volume.allocation_info = None;
        grow.addition.allocation_info = None;
    }
    if let Some(shrink) = &mut info.shrink_volume {
        shrink.volume.allocation_info = None;
    }
    info
}
