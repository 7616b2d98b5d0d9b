//! One file per kind of message or call. Here: who handles what.
//!
//! Compat: §13, FWK-6 (legacy driver messages become calls).

mod accept;
mod agent_health;
mod agent_removal;
pub(crate) mod authenticate;
mod calls;
mod decline;
mod executors;
mod framework_end;
mod kill;
mod offers;
mod operation_feedback;
mod operation_status;
mod reconcile;
mod reconcile_agent;
mod recovery;
mod register_agent;
mod reregister_agent;
mod resubscribe;
mod revive;
mod scheduler_api;
mod status_update;
mod subscribe;
mod update_agent;
mod update_framework;

pub(crate) use subscribe::Subscription;

use mesos_model::FrameworkId;
use mesos_process::Upid;
use mesos_proto::internal;

use crate::{
    context::Context,
    event::{Message, OperatorReply, OperatorRequest, Ticket, Timer},
    machine::Master,
};

impl Master {
    pub(crate) fn on_message(&mut self, cx: &mut Context<'_>, from: Upid, message: Message) {
        let Some(message) = self.unless_authenticating(&from, message) else {
            return;
        };
        let framework = self
            .frameworks
            .by_pid(&from)
            .and_then(|id| self.frameworks.get(id));
        if let Some(principal) =
            framework.and_then(|framework| framework.info.get().principal.as_deref())
        {
            self.counters.principal_message(principal);
        }
        match message {
            Message::Call(call, original) => self.on_call(cx, &from, *call, original),
            Message::RegisterFramework(message, original) => {
                self.on_register_framework(cx, &from, *message, original)
            }
            Message::ReregisterFramework(message, original) => {
                self.on_reregister_framework(cx, &from, *message, original);
            }
            Message::UnregisterFramework(message) => {
                self.on_unregister_framework(cx, &from, &message)
            }
            Message::DeactivateFramework(message) => {
                self.on_deactivate_framework(cx, &from, &message)
            }
            Message::ResourceRequest(message) => self.on_resource_request(cx, &from, message),
            Message::LaunchTasks(message, original) => {
                self.on_launch_tasks(cx, &from, *message, original)
            }
            Message::ReviveOffers(message) => self.on_revive_offers(cx, &from, message),
            Message::KillTask(message) => self.on_kill_task(cx, &from, message),
            Message::StatusUpdateAcknowledgement(message) => {
                self.on_legacy_acknowledgement(cx, &from, message)
            }
            Message::FrameworkToExecutor(message) => {
                self.on_legacy_framework_message(cx, &from, message)
            }
            Message::ReconcileTasks(message) => self.on_legacy_reconcile(cx, &from, *message),
            Message::SubmitScheduler(_) => {
                cx.send(&from, &internal::SubmitSchedulerResponse { okay: false })
            }
            Message::Authenticate(message) => self.on_authenticate(cx, from, &message),
            Message::RegisterSlave(message, original) => {
                self.on_register_agent(cx, from, message, original)
            }
            Message::ReregisterSlave(message, original) => {
                self.on_reregister_agent(cx, from, message, original)
            }
            Message::UnregisterSlave(message) => self.on_unregister_agent(cx, &from, &message),
            Message::UpdateSlave(message) => self.on_update_agent(cx, *message),
            Message::StatusUpdate(message) => self.on_status_update(cx, message),
            Message::ExitedExecutor(message) => self.on_exited_executor(cx, &message),
            Message::ExecutorToFramework(message) => self.on_executor_message(cx, &message),
            Message::UpdateOperationStatus(message) => self.on_operation_status(cx, *message),
            Message::Pong { observer } => self.on_pong(cx, &from, observer),
        }
    }

    pub(crate) fn on_exited(&mut self, cx: &mut Context<'_>, pid: &Upid) {
        self.authentication.forget(pid);
        if let Some(id) = self.frameworks.by_pid(pid).cloned() {
            self.on_framework_exited(cx, &id);
        }
        if let Some(id) = self.agents.by_pid(pid).cloned() {
            self.on_agent_exited(cx, &id);
        }
    }

    pub(crate) fn on_timer(&mut self, cx: &mut Context<'_>, timer: Timer) {
        match timer {
            // The allocator runs when the batch ends.
            Timer::Allocator => {}
            Timer::Ping { agent, observer } => self.on_ping_timer(cx, &agent, observer),
            Timer::AgentReregister { agent, epoch } => self.on_agent_timeout(cx, &agent, epoch),
            Timer::RecoveredAgents => self.on_recovered_agents_timeout(cx),
            Timer::RemovalPermit => self.on_removal_permit(cx),
            Timer::FrameworkFailover { framework, epoch } => {
                self.on_failover_timeout(cx, &framework, epoch)
            }
            Timer::Offer { offer } => self.on_offer_timeout(cx, &offer),
            Timer::RegistryCollection => self.on_registry_collection(cx),
            Timer::Heartbeat { stream } => self.on_heartbeat_timer(cx, stream),
        }
    }

    pub(crate) fn on_operator(
        &mut self,
        cx: &mut Context<'_>,
        ticket: Ticket,
        request: OperatorRequest,
    ) {
        if !self.recovered {
            cx.reply(
                ticket,
                OperatorReply::Unavailable("Master has not finished recovery".to_owned()),
            );
            return;
        }
        match request {
            OperatorRequest::Teardown { framework } => {
                self.on_operator_teardown(cx, ticket, &framework)
            }
            OperatorRequest::Shares => {
                let shares = self.allocator.shares(cx.now.instant);
                cx.reply(ticket, OperatorReply::Shares(shares));
            }
            OperatorRequest::Explain { framework } => {
                let outlook = self.allocator.explain(cx.now.instant, &framework);
                cx.reply(ticket, OperatorReply::Outlook(outlook));
            }
        }
    }

    fn on_operator_teardown(&mut self, cx: &mut Context<'_>, ticket: Ticket, id: &FrameworkId) {
        if self.frameworks.get(id).is_none() {
            cx.reply(
                ticket,
                OperatorReply::BadRequest("No framework found with specified ID".to_owned()),
            );
            return;
        }
        cx.info(format!("Tearing down framework {id} for an operator"));
        self.remove_framework(cx, id);
        cx.reply(ticket, OperatorReply::Done);
    }
}
