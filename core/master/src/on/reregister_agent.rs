//! Re-registration of agents: checks, and agents that are not registered now. Known ones: `reconcile_agent`.
//!
//! Compat: AGT-11 … AGT-20, AGT-32.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use mesos_model::{
    AgentId, ExecutorId, FrameworkId, Resources, Role, capability::AgentCapabilities, validate,
};
use mesos_process::Upid;
use mesos_proto::{
    Raw, internal,
    mesos::{self as pb, task_status::Reason},
    wire,
};
use prost::Name;

use super::register_agent::{Introduction, slave_info, stored_info};
use crate::{
    context::Context,
    event::Original,
    machine::Master,
    notify::{NO_PID, OwnUpdate, update_framework_message},
    registrar::{Operation, Then},
    state::{Agent, ExecutorRecord, TaskRecord, agents::AgentSets},
};

/// Tasks and executors that an agent reported, turned into records.
#[derive(Default)]
struct Inventory {
    tasks: Vec<TaskRecord>,
    executors: Vec<ExecutorRecord>,
}

impl Inventory {
    fn used(&self) -> Vec<(FrameworkId, Resources)> {
        let mut used: HashMap<FrameworkId, Resources> = HashMap::new();
        for task in self.tasks.iter().filter(|task| task.holds_resources()) {
            *used.entry(task.fixed.framework.clone()).or_default() += &task.fixed.resources;
        }
        for executor in &self.executors {
            *used.entry(executor.framework.clone()).or_default() += &executor.resources;
        }
        used.into_iter().collect()
    }
}

impl Master {
    pub(super) fn on_reregister_agent(
        &mut self,
        cx: &mut Context<'_>,
        from: Upid,
        message: Box<internal::ReregisterSlaveMessage>,
        original: Original,
    ) {
        self.counters.master.messages_reregister_slave += 1;
        if !self.agent_may_join(cx, &from) {
            return;
        }
        let Some(id) = message.slave.id.as_ref().map(AgentId::from) else {
            cx.warn(format!(
                "Dropping re-registration of agent at {from}: it has no agent ID"
            ));
            return;
        };
        if self.agents.sets.in_transition(&id) {
            cx.info(format!(
                "Ignoring re-registration of agent {id}: a transition is in progress"
            ));
            return;
        }
        if self.agents.sets.gone().contains_key(&id) {
            shut_down(cx, &from, "Agent has been marked gone");
            return;
        }
        let introduction = Introduction {
            info: &message.slave,
            version: message.version.as_deref(),
        };
        let checked = self
            .check_introduction(&introduction)
            .and_then(|()| check_inventory(&message));
        if let Err(problem) = checked {
            cx.warn(format!(
                "Dropping re-registration of agent {id} at {from}: {problem}"
            ));
            return;
        }
        let info = slave_info(&message.slave, original.as_ref(), &[2]);
        if let Some(change) = self.moved(&id, &from, &info) {
            cx.warn(change);
            shut_down(
                cx,
                &from,
                "Agent attempted to reregister with different IP / hostname",
            );
            return;
        }
        let known = self
            .agents
            .get(&id)
            .map(|agent| agent.info.clone())
            .or_else(|| self.recovered_info(&id));
        let operation = match known {
            Some(old) if same_info(&old, &info) => None,
            Some(_) => Some(Operation::Update(Box::new(stored_info(&info)))),
            None => Some(Operation::MarkReachable(Box::new(stored_info(&info)))),
        };
        match operation {
            None => self.agent_back(cx, from, &id, *message, info),
            Some(operation) => {
                self.agents.sets.reregistering.insert(id.clone());
                self.registrar.apply(
                    operation,
                    Then::Reregister {
                        pid: from,
                        id,
                        message,
                        info,
                    },
                );
            }
        }
    }

    /// The registry knows the agent's present info.
    pub(super) fn agent_readmitted(
        &mut self,
        cx: &mut Context<'_>,
        result: Result<(), String>,
        pid: Upid,
        id: &AgentId,
        message: internal::ReregisterSlaveMessage,
        info: Raw<pb::SlaveInfo>,
    ) {
        self.agents.sets.reregistering.remove(id);
        if let Err(problem) = result {
            cx.warn(format!(
                "Dropping re-registration of agent {id} at {pid}: {problem}"
            ));
            return;
        }
        self.agent_back(cx, pid, id, message, info);
    }

    fn agent_back(
        &mut self,
        cx: &mut Context<'_>,
        pid: Upid,
        id: &AgentId,
        message: internal::ReregisterSlaveMessage,
        info: Raw<pb::SlaveInfo>,
    ) {
        if self.agents.get(id).is_some() {
            self.agent_reconnected(cx, pid, id, &message, info);
        } else {
            self.admit_again(cx, pid, id, message, info);
        }
    }

    /// 5.3.1: an agent that is recovered, unreachable, removed or unknown.
    fn admit_again(
        &mut self,
        cx: &mut Context<'_>,
        pid: Upid,
        id: &AgentId,
        mut message: internal::ReregisterSlaveMessage,
        info: Raw<pb::SlaveInfo>,
    ) {
        let checkpointed = Resources::from_proto(&message.checkpointed_resources);
        let Ok(total) =
            Resources::from_proto(&info.get().resources).apply_checkpointed(&checkpointed)
        else {
            shut_down(
                cx,
                &pid,
                "The agent's checkpointed resources do not fit its resources",
            );
            return;
        };
        let was_recovered = self.agents.sets.recovered.remove(id).is_some();
        self.agents.sets.unreachable_mut_if_present(id);
        let capabilities = AgentCapabilities::from_proto(&message.agent_capabilities);
        for framework in &message.frameworks {
            let Some(framework_id) = framework.id.as_ref().map(FrameworkId::from) else {
                continue;
            };
            if self.frameworks.get(&framework_id).is_none()
                && !self.frameworks.is_completed(&framework_id)
            {
                self.recover_framework(cx, &framework_id, Raw::new(framework.clone()));
            }
        }
        let inventory = self.take_inventory(id, &mut message, capabilities);
        let version = message.version.clone().unwrap_or_default();
        cx.info(format!(
            "Re-registered agent {id} at {pid} ({}) with {} tasks and {} executors",
            info.get().hostname,
            inventory.tasks.len(),
            inventory.executors.len()
        ));
        self.counters.master.slave_reregistrations += 1;
        let agent = self.new_agent(
            cx,
            id.clone(),
            pid.clone(),
            info,
            &version,
            capabilities,
            total,
        );
        let agent = Agent {
            reregistered_time: Some(cx.now.wall),
            resource_version: message.resource_version_uuid.clone(),
            ..agent
        };
        self.enter_agent(cx, agent, inventory.used());
        for executor in inventory.executors {
            self.add_executor(executor);
        }
        for task in inventory.tasks {
            if !was_recovered {
                self.task_came_back(cx, &task);
            }
            self.add_task(task);
        }
        self.forget_unreported(id);
        self.add_completed_tasks(message.completed_frameworks);
        self.greet(cx, id, Vec::new());
        self.tell_frameworks_of(cx, id, &pid, &message.frameworks);
    }

    /// Records of what the agent runs; tasks of completed frameworks are left out (AGT-16).
    fn take_inventory(
        &self,
        id: &AgentId,
        message: &mut internal::ReregisterSlaveMessage,
        capabilities: AgentCapabilities,
    ) -> Inventory {
        let mut inventory = Inventory::default();
        if !capabilities.multi_role {
            self.inject_roles(message);
        }
        for task in std::mem::take(&mut message.tasks) {
            let framework = FrameworkId::from(&task.framework_id);
            if self.frameworks.get(&framework).is_some() {
                inventory.tasks.push(TaskRecord::from_proto(task));
            }
        }
        for info in std::mem::take(&mut message.executor_infos) {
            let Some(framework) = info.framework_id.as_ref().map(FrameworkId::from) else {
                continue;
            };
            if self.frameworks.get(&framework).is_some() {
                inventory.executors.push(ExecutorRecord {
                    id: ExecutorId::from(&info.executor_id),
                    framework,
                    agent: id.clone(),
                    resources: Resources::from_proto(&info.resources),
                    info: Raw::new(info),
                });
            }
        }
        inventory
    }

    /// AGT-15: old agents do not know allocation roles; their frameworks have just one.
    fn inject_roles(&self, message: &mut internal::ReregisterSlaveMessage) {
        let role_of = |id: &pb::FrameworkId| -> Option<Role> {
            let framework = self.frameworks.get(&FrameworkId::from(id))?;
            (!framework.capabilities.multi_role)
                .then(|| framework.roles.first().cloned())
                .flatten()
        };
        let inject = |resources: &mut Vec<pb::Resource>, role: Option<Role>| {
            let Some(role) = role else { return };
            for resource in resources
                .iter_mut()
                .filter(|resource| resource.allocation_info.is_none())
            {
                resource.allocation_info = Some(pb::resource::AllocationInfo {
                    role: Some(role.to_string()),
                });
            }
        };
        for task in &mut message.tasks {
            let role = role_of(&task.framework_id);
            inject(&mut task.resources, role);
        }
        for executor in &mut message.executor_infos {
            let role = executor.framework_id.as_ref().and_then(role_of);
            inject(&mut executor.resources, role);
        }
    }

    /// AGT-16: a task that its framework believes unreachable or finished runs after all.
    fn task_came_back(&mut self, cx: &mut Context<'_>, task: &TaskRecord) {
        let (framework_id, id) = (&task.fixed.framework, task.id());
        self.forget_unreachable(framework_id, task.agent(), id);
        let Some(framework) = self.frameworks.get_mut(framework_id) else {
            return;
        };
        if !framework.completed_tasks.is_empty() {
            framework.completed_tasks.retain(|other| other.id() != id);
        }
        if !framework.connected() {
            return;
        }
        let update = OwnUpdate {
            framework: framework_id,
            agent: Some(task.agent()),
            task: id,
            executor: task.fixed.executor.as_ref(),
            state: task.state,
            reason: Reason::SlaveReregistered,
            message: "Unreachable agent re-registered",
            unreachable_time: None,
        };
        self.send_own_update(cx, &update, Some(NO_PID));
    }

    /// AGT-17: unreachable tasks that the agent no longer has.
    fn forget_unreported(&mut self, id: &AgentId) {
        let Some(tasks) = self.agents.sets.unreachable_tasks.remove(id) else {
            return;
        };
        for (framework, tasks) in tasks {
            let Some(framework) = self.frameworks.get_mut(&framework) else {
                continue;
            };
            for task in tasks {
                framework.unreachable_tasks.remove(&task);
            }
        }
    }

    /// AGT-18: history that the agent kept of frameworks that ended there.
    fn add_completed_tasks(&mut self, frameworks: Vec<internal::archive::Framework>) {
        for archived in frameworks {
            let Some(id) = archived.framework_info.id.as_ref().map(FrameworkId::from) else {
                continue;
            };
            let records = archived
                .tasks
                .into_iter()
                .map(|task| Arc::new(TaskRecord::from_proto(task)));
            if let Some(framework) = self.frameworks.get_mut(&id) {
                for record in records {
                    framework.completed_tasks.push(record);
                }
            } else if let Some(framework) = self.frameworks.completed_mut(&id) {
                let mut changed = framework.shallow_clone();
                for record in records {
                    changed.completed_tasks.push(record);
                }
                *framework = Arc::new(changed);
            }
        }
    }

    /// SlaveReregisteredMessage, preceded by the drain order if there is one (AGT-19, AGT-20).
    pub(super) fn greet(
        &mut self,
        cx: &mut Context<'_>,
        id: &AgentId,
        reconciliations: Vec<Bytes>,
    ) {
        let Some(agent) = self.agents.get(id) else {
            return;
        };
        let message = wire::Composer::new().message(1, &id.to_proto());
        let message = reconciliations
            .iter()
            .fold(message, |message, tasks| message.bytes(2, tasks))
            .message(3, &self.connection());
        let name = internal::SlaveReregisteredMessage::NAME;
        cx.send_bytes(&agent.pid, name, message.finish());
        if let Some(drain) = self.agents.sets.draining.get(id) {
            let message = internal::DrainSlaveMessage {
                config: drain.config,
            };
            self.send_agent(cx, id, &message);
        }
    }

    /// AGT-20, AGT-25, AGT-26: the agent learns which of its frameworks ended and where the others are.
    pub(super) fn tell_frameworks_of(
        &mut self,
        cx: &mut Context<'_>,
        agent: &AgentId,
        pid: &Upid,
        reported: &[pb::FrameworkInfo],
    ) {
        let ids = || {
            reported
                .iter()
                .filter_map(|info| info.id.as_ref())
                .map(FrameworkId::from)
        };
        for id in ids().filter(|id| self.frameworks.is_completed(id)) {
            cx.info(format!(
                "Shutting down completed framework {id} on agent {agent}"
            ));
            cx.send(
                pid,
                &internal::ShutdownFrameworkMessage {
                    framework_id: id.to_proto(),
                },
            );
        }
        for id in ids() {
            // A recovered framework has no address yet; the agent's own knowledge is better.
            if let Some(framework) = self
                .frameworks
                .get(&id)
                .filter(|framework| framework.connection.is_some())
            {
                let body = update_framework_message(framework);
                cx.send_bytes(pid, internal::UpdateFrameworkMessage::NAME, body);
            }
        }
    }
}

impl AgentSets {
    /// Takes an agent out of the unreachable map, copying the map only if it is there.
    fn unreachable_mut_if_present(&mut self, id: &AgentId) {
        if self.unreachable().contains_key(id) {
            self.unreachable_mut().remove(id);
        }
    }
}

/// ShutdownMessage: the agent exits.
pub(super) fn shut_down(cx: &mut Context<'_>, pid: &Upid, message: &str) {
    cx.warn(format!("Shutting down agent at {pid}: {message}"));
    cx.send(
        pid,
        &internal::ShutdownMessage {
            message: Some(message.to_owned()),
        },
    );
}

/// Equal as far as the registry is concerned; resources are compared as a bag.
fn same_info(a: &pb::SlaveInfo, b: &pb::SlaveInfo) -> bool {
    a.hostname == b.hostname
        && a.port() == b.port()
        && a.attributes == b.attributes
        && a.domain == b.domain
        && a.checkpoint() == b.checkpoint()
        && Resources::from_proto(&a.resources) == Resources::from_proto(&b.resources)
}

/// AGT-12, with the check that the original forgets: an agent that claims MULTI_ROLE says for which role.
fn check_inventory(message: &internal::ReregisterSlaveMessage) -> Result<(), String> {
    validate::agent::validate_reregister(message).map_err(|e| e.to_string())?;
    if !AgentCapabilities::from_proto(&message.agent_capabilities).multi_role {
        return Ok(());
    }
    let executors = message
        .executor_infos
        .iter()
        .flat_map(|executor| &executor.resources);
    let mut resources = message
        .tasks
        .iter()
        .flat_map(|task| &task.resources)
        .chain(executors);
    if resources.any(|resource| resource.allocation_info.is_none()) {
        return Err("a resource in use has no allocation info".to_owned());
    }
    Ok(())
}

impl Master {
    /// Whether a registered agent comes back from another machine (AGT-14): what changed.
    fn moved(&self, id: &AgentId, from: &Upid, info: &Raw<pb::SlaveInfo>) -> Option<String> {
        let agent = self.agents.get(id)?;
        let hostname = &info.get().hostname;
        if agent.ip == *from.address.ip() && *agent.hostname == **hostname {
            return None;
        }
        Some(format!(
            "Agent {id} at {from} ({hostname}) was at {} ({})",
            agent.pid, agent.hostname
        ))
    }
}
