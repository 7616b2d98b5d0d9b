//! The messages in which the agent describes itself to the master.
//!
//! Compat: agent §7.2 items 1–3, §13 item 7.

use mesos_proto::internal::update_slave_message::{Operations, ResourceProviders};
use mesos_proto::internal::{
    RegisterSlaveMessage, ReregisterSlaveMessage, UpdateSlaveMessage, archive,
};
use mesos_proto::mesos::{ExecutorInfo, Resource, SlaveInfo, Task, Uuid};

use crate::config::VERSION;
use crate::machine::Agent;
use crate::state::task::{downgrade, task_of};
use crate::state::{Executor, ExecutorPhase, Framework};

impl Agent {
    fn described(&self) -> SlaveInfo {
        let mut info = self.info.clone();
        info.resources = downgrade(&info.resources);
        info
    }

    fn checkpointed_for_wire(&self) -> Vec<Resource> {
        downgrade(&self.checkpointed.to_proto())
    }

    pub(crate) fn version_uuid(&self) -> Uuid {
        Uuid {
            value: self.resource_version.as_bytes().to_vec().into(),
        }
    }

    pub(crate) fn register_message(&self) -> RegisterSlaveMessage {
        RegisterSlaveMessage {
            slave: self.described(),
            checkpointed_resources: self.checkpointed_for_wire(),
            version: Some(VERSION.to_owned()),
            agent_capabilities: self.config.capabilities.to_proto(),
            resource_version_uuid: Some(self.version_uuid()),
        }
    }

    pub(crate) fn reregister_message(&self) -> ReregisterSlaveMessage {
        ReregisterSlaveMessage {
            slave: self.described(),
            checkpointed_resources: self.checkpointed_for_wire(),
            executor_infos: self.frameworks.values().flat_map(executor_infos).collect(),
            tasks: self.frameworks.values().flat_map(live_tasks).collect(),
            frameworks: self
                .frameworks
                .values()
                .map(|framework| framework.info.clone())
                .collect(),
            completed_frameworks: self.archive(),
            version: Some(VERSION.to_owned()),
            agent_capabilities: self.config.capabilities.to_proto(),
            resource_version_uuid: Some(self.version_uuid()),
        }
    }

    pub(crate) fn update_message(&self) -> UpdateSlaveMessage {
        UpdateSlaveMessage {
            slave_id: self.agent_id().to_proto(),
            update_oversubscribed_resources: Some(false),
            oversubscribed_resources: Vec::new(),
            operations: Some(Operations {
                operations: self.operations.all(),
            }),
            resource_version_uuid: Some(self.version_uuid()),
            resource_providers: Some(ResourceProviders::default()),
        }
    }

    /// Frameworks with tasks whose executors are gone.
    fn archive(&self) -> Vec<archive::Framework> {
        let completed = self.completed_frameworks.iter();
        completed
            .chain(
                self.frameworks
                    .values()
                    .filter(|framework| !framework.completed.is_empty()),
            )
            .map(|framework| archive::Framework {
                framework_info: framework.info.clone(),
                pid: framework.pid.as_ref().map(ToString::to_string),
                tasks: framework
                    .completed
                    .iter()
                    .flat_map(ended_tasks)
                    .map(wire_task)
                    .collect(),
            })
            .collect()
    }
}

fn executor_infos(framework: &Framework) -> impl Iterator<Item = ExecutorInfo> + '_ {
    let reported =
        |executor: &&Executor| !executor.generated && executor.phase != ExecutorPhase::Terminated;
    framework
        .executors
        .values()
        .filter(reported)
        .map(|executor| {
            let mut info = executor.info.clone();
            info.framework_id = Some(framework.id.to_proto());
            info.resources = downgrade(&info.resources);
            info
        })
}

/// Everything the master must know of: accepted, waiting, running and ended but not acknowledged.
fn live_tasks(framework: &Framework) -> Vec<Task> {
    let id = framework.id.to_proto();
    let mut tasks: Vec<Task> = framework
        .pending
        .iter()
        .flat_map(|pending| &pending.tasks)
        .map(|task| task_of(task, &id))
        .collect();
    for executor in framework.executors.values() {
        tasks.extend(executor.queued.values().map(|task| task_of(task, &id)));
        tasks.extend(executor.launched.values().cloned());
        tasks.extend(executor.terminated.values().cloned());
    }
    tasks.iter().map(wire_task).collect()
}

fn ended_tasks(executor: &Executor) -> impl Iterator<Item = &Task> {
    executor
        .completed
        .iter()
        .chain(executor.terminated.values())
}

fn wire_task(task: &Task) -> Task {
    Task {
        resources: downgrade(&task.resources),
        ..task.clone()
    }
}
