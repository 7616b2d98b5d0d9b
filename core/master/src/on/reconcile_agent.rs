//! Re-registration of an agent that is registered: both sides compare what they know. Compat: AGT-21 … AGT-27.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use mesos_allocator::{AgentSpec, Event as Allocation};
use mesos_model::{AgentId, FrameworkId, Resources, TaskId, capability::AgentCapabilities};
use mesos_process::Upid;
use mesos_proto::{
    Raw, internal,
    mesos::{
        self as pb,
        task_status::{Reason, Source},
    },
    wire,
};
use prost::Name;

use super::{kill::kill_message, reregister_agent::shut_down};
use crate::{
    context::Context,
    machine::Master,
    state::{Agent, TaskRecord},
};

impl Master {
    pub(super) fn agent_reconnected(
        &mut self,
        cx: &mut Context<'_>,
        pid: Upid,
        id: &AgentId,
        message: &internal::ReregisterSlaveMessage,
        info: Raw<pb::SlaveInfo>,
    ) {
        if self.agents.sets.marking_unreachable.contains(id)
            || self.agents.sets.removing.contains(id)
        {
            cx.info(format!(
                "Ignoring re-registration of agent {id}: it is being removed"
            ));
            return;
        }
        let capabilities = AgentCapabilities::from_proto(&message.agent_capabilities);
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let Some((total, checkpointed)) = renewed_total(agent, capabilities, info.get(), message)
        else {
            shut_down(
                cx,
                &pid,
                "The agent's checkpointed resources do not fit its resources",
            );
            return;
        };
        cx.info(format!(
            "Re-registering agent {id} at {pid} ({})",
            info.get().hostname
        ));
        self.agents.set_pid(id, pid.clone());
        cx.link(&pid);
        let deactivated = self.agents.sets.deactivated.contains(id);
        let Some(agent) = self.agents.get_mut(id) else {
            return;
        };
        let spec = AgentSpec::of(&info, capabilities);
        agent.info = info;
        agent.capabilities = capabilities;
        agent.version = message.version.as_deref().unwrap_or_default().into();
        agent.resource_version = message
            .resource_version_uuid
            .clone()
            .or(agent.resource_version.take());
        agent.reregistered_time = Some(cx.now.wall);
        agent.total = total.clone();
        let activate = !agent.connected && !deactivated && !agent.active;
        if !agent.connected {
            agent.connected = true;
            agent.epoch += 1;
            agent.active = !deactivated;
        }
        self.tell_allocator(
            cx,
            Allocation::AgentUpdated {
                agent: id.clone(),
                spec,
                total,
            },
        );
        if activate {
            self.tell_allocator(cx, Allocation::AgentActivated { agent: id.clone() });
        }
        let reconciliations = self.missing_tasks(cx, id, message);
        self.greet(cx, id, reconciliations);
        self.remove_unknown_executors(cx, id, message);
        self.repeat_kills(cx, id, message);
        self.tell_frameworks_of(cx, id, &pid, &message.frameworks);
        if !capabilities.resource_provider {
            let resources = checkpointed.to_proto();
            self.send_agent(cx, id, &internal::CheckpointResourcesMessage { resources });
        }
    }

    /// AGT-23, as encoded ReconcileTasksMessages: tasks that the master has and the agent did not list; the agent answers for them.
    fn missing_tasks(
        &self,
        cx: &Context<'_>,
        id: &AgentId,
        message: &internal::ReregisterSlaveMessage,
    ) -> Vec<Bytes> {
        let listed: HashSet<(&str, &str)> = message
            .tasks
            .iter()
            .map(|task| {
                (
                    task.framework_id.value.as_str(),
                    task.task_id.value.as_str(),
                )
            })
            .collect();
        let mut missing: HashMap<FrameworkId, Vec<pb::TaskStatus>> = HashMap::new();
        for (framework, task) in self.tasks_of_agent(id) {
            if listed.contains(&(framework.as_str(), task.as_str())) {
                continue;
            }
            let Some(record) = self.task(&framework, &task) else {
                continue;
            };
            missing
                .entry(framework)
                .or_default()
                .push(reconciliation(record, cx.now.wall.secs()));
        }
        let message = |(id, statuses): (FrameworkId, Vec<pb::TaskStatus>)| {
            let message = wire::Composer::new().message(1, &id.to_proto());
            let message = statuses
                .iter()
                .fold(message, |message, status| message.message(2, status));
            match self.frameworks.get(&id) {
                Some(framework) => message.bytes(3, framework.info_bytes()).finish(),
                None => message.finish(),
            }
        };
        missing.into_iter().map(message).collect()
    }

    /// AGT-24.
    fn remove_unknown_executors(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        message: &internal::ReregisterSlaveMessage,
    ) {
        let listed: HashSet<(&str, &str)> = message
            .executor_infos
            .iter()
            .filter_map(|info| {
                Some((
                    info.framework_id.as_ref()?.value.as_str(),
                    info.executor_id.value.as_str(),
                ))
            })
            .collect();
        for (framework, executor) in self.executors_of_agent(id) {
            if !listed.contains(&(framework.as_str(), executor.as_str())) {
                cx.warn(format!("Removing executor {executor} of framework {framework}: agent {id} does not know it"));
                self.remove_executor(cx, id, &framework, &executor);
            }
        }
    }

    /// AGT-25.
    fn repeat_kills(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        message: &internal::ReregisterSlaveMessage,
    ) {
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        for task in &message.tasks {
            if crate::state::tasks::is_terminal(task.state()) {
                continue;
            }
            let framework = FrameworkId::from(&task.framework_id);
            let killed = agent
                .killed
                .get(&framework)
                .and_then(|tasks| tasks.get(&TaskId::from(&task.task_id)));
            if let Some(kill_policy) = killed {
                let policy = kill_policy.as_ref();
                let message = kill_message(&task.framework_id, &task.task_id, policy);
                cx.send_bytes(&agent.pid, internal::KillTaskMessage::NAME, message);
            }
        }
    }
}

/// A status that asks the agent about a task.
fn reconciliation(task: &TaskRecord, wall: f64) -> pb::TaskStatus {
    pb::TaskStatus {
        task_id: task.id().to_proto(),
        state: task.reported_state() as i32,
        message: Some("Reconciliation: Latest task state".to_owned()),
        source: Some(Source::Master as i32),
        reason: Some(Reason::Reconciliation as i32),
        slave_id: Some(task.agent().to_proto()),
        timestamp: Some(wall),
        ..pb::TaskStatus::default()
    }
}

/// The agent's total, and the checkpointed part of it; None if they do not fit (AGT-21).
fn renewed_total(
    agent: &Agent,
    capabilities: AgentCapabilities,
    info: &pb::SlaveInfo,
    message: &internal::ReregisterSlaveMessage,
) -> Option<(Resources, Resources)> {
    let checkpointed = if capabilities.resource_provider {
        Resources::from_proto(&message.checkpointed_resources)
    } else {
        agent.checkpointed()
    };
    let declared = Resources::from_proto(&info.resources);
    let mut total = declared.apply_checkpointed(&checkpointed).ok()?;
    total += &agent.total.revocable();
    for provider in agent.providers.values() {
        total += &provider.total;
    }
    Some((total, checkpointed))
}
