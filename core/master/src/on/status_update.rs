//! Status updates from agents. Compat: FWK-22, STS-2, STS-3, STS-4, STS-5, AGT-36.

use mesos_model::{AgentId, FrameworkId};
use mesos_proto::{Raw, internal};
use prost::Name;

use crate::{context::Context, machine::Master};

impl Master {
    pub(super) fn on_status_update(
        &mut self,
        cx: &mut Context<'_>,
        message: Raw<internal::StatusUpdateMessage>,
    ) {
        self.counters.master.messages_status_update += 1;
        let update = &message.get().update;
        let framework_id = FrameworkId::from(&update.framework_id);
        let agent = update.slave_id.as_ref().map(AgentId::from);
        let task = &update.status.task_id.value;
        let state = update.status.state().as_str_name();
        if agent
            .as_ref()
            .is_none_or(|id| self.agents.get(id).is_none())
        {
            self.counters.master.invalid_status_updates += 1;
            cx.warn(format!("Ignoring {state} of task {task} of framework {framework_id}: its agent is not registered"));
            return;
        }
        let Some(framework) = self.frameworks.get(&framework_id) else {
            self.counters.master.invalid_status_updates += 1;
            cx.warn(format!(
                "Ignoring {state} of task {task}: unknown framework {framework_id}"
            ));
            return;
        };
        let forwarded = framework.connected();
        let known = framework
            .tasks
            .contains(&mesos_model::TaskId::from(&update.status.task_id));
        if crate::state::tasks::is_terminal(update.status.state()) {
            cx.info(format!(
                "{state} of task {task} of framework {framework_id}"
            ));
        } else {
            cx.debug(format!(
                "{state} of task {task} of framework {framework_id}"
            ));
        }
        if forwarded {
            let name = internal::StatusUpdateMessage::NAME;
            self.send_framework_bytes(cx, &framework_id, name, message.bytes().clone());
        } else {
            cx.warn(format!(
                "Not forwarding {state} of task {task}: framework {framework_id} is disconnected"
            ));
        }
        if known {
            self.update_task(cx, update, forwarded);
        }
        if known && forwarded {
            self.counters.master.valid_status_updates += 1;
        } else {
            self.counters.master.invalid_status_updates += 1;
        }
    }
}
