//! Executors: exits, messages in both directions, shutdown. Compat: STS-10, STS-11, STS-12.

use mesos_model::{AgentId, ExecutorId, FrameworkId};
use mesos_proto::{Raw, internal, mesos::scheduler::call};
use prost::Name;

use crate::{context::Context, machine::Master};

impl Master {
    pub(super) fn on_exited_executor(
        &mut self,
        cx: &mut Context<'_>,
        message: &Raw<internal::ExitedExecutorMessage>,
    ) {
        self.counters.master.messages_exited_executor += 1;
        let agent = AgentId::from(&message.slave_id);
        let framework = FrameworkId::from(&message.framework_id);
        let executor = ExecutorId::from(&message.executor_id);
        let known = self
            .agents
            .get(&agent)
            .is_some_and(|agent| agent.has_executor(&framework, &executor));
        if !known {
            cx.warn(format!("Ignoring the exit of unknown executor {executor} of framework {framework} on agent {agent}"));
            return;
        }
        cx.info(format!(
            "Executor {executor} of framework {framework} on agent {agent} exited, wait status {}",
            message.status
        ));
        self.remove_executor(cx, &agent, &framework, &executor);
        if self
            .frameworks
            .get(&framework)
            .is_some_and(|framework| framework.connected())
        {
            let name = internal::ExitedExecutorMessage::NAME;
            self.send_framework_bytes(cx, &framework, name, message.bytes().clone());
        }
    }

    pub(super) fn on_executor_message(
        &mut self,
        cx: &mut Context<'_>,
        message: &Raw<internal::ExecutorToFrameworkMessage>,
    ) {
        self.counters.master.messages_executor_to_framework += 1;
        let agent = AgentId::from(&message.slave_id);
        let id = FrameworkId::from(&message.framework_id);
        let deliverable = self.agents.get(&agent).is_some()
            && self.frameworks.get(&id).is_some_and(|f| f.connected());
        if !deliverable {
            self.counters.master.invalid_executor_to_framework_messages += 1;
            cx.warn(format!(
                "Dropping a message of an executor on agent {agent} to framework {id}"
            ));
            return;
        }
        self.counters.master.valid_executor_to_framework_messages += 1;
        let name = internal::ExecutorToFrameworkMessage::NAME;
        self.send_framework_bytes(cx, &id, name, message.bytes().clone());
    }

    pub(super) fn on_framework_message(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        message: call::Message,
    ) {
        self.counters.master.messages_framework_to_executor += 1;
        let agent_id = AgentId::from(&message.slave_id);
        let Some(agent) = self.agents.get(&agent_id).filter(|agent| agent.connected) else {
            self.counters.master.invalid_framework_to_executor_messages += 1;
            cx.warn(format!(
                "Dropping a message of framework {id}: agent {agent_id} is not connected"
            ));
            return;
        };
        self.counters.master.valid_framework_to_executor_messages += 1;
        let forwarded = internal::FrameworkToExecutorMessage {
            slave_id: message.slave_id,
            framework_id: id.to_proto(),
            executor_id: message.executor_id,
            data: message.data,
        };
        cx.send(&agent.pid, &forwarded);
    }

    pub(super) fn on_shutdown_executor(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        shutdown: &call::Shutdown,
    ) {
        let agent_id = AgentId::from(&shutdown.slave_id);
        if self.agents.get(&agent_id).is_none() {
            cx.warn(format!(
                "Ignoring shutdown of an executor of framework {id}: unknown agent {agent_id}"
            ));
            return;
        }
        cx.info(format!(
            "Framework {id} shuts executor {} on agent {agent_id} down",
            shutdown.executor_id.value
        ));
        let message = internal::ShutdownExecutorMessage {
            executor_id: Some(shutdown.executor_id.clone()),
            framework_id: Some(id.to_proto()),
        };
        self.send_agent(cx, &agent_id, &message);
    }
}
