//! Calls of frameworks, and how drivers make them: checks that concern every call, then the handler; legacy messages turned into calls.
//!
//! Compat: FWK-1, FWK-2, FWK-3, FWK-4, FWK-5, FWK-6.

use mesos_model::{FrameworkId, error::Invalid, validate};
use mesos_process::Upid;
use mesos_proto::{
    internal,
    mesos::{
        self as pb,
        offer::{Operation, operation},
        scheduler::{Call, call},
    },
    wire,
};

use super::{Subscription, subscribe::Source};
use crate::{context::Context, event::Original, machine::Master, state::Connection};

/// FWK-1 to FWK-3: what is wrong with a call, whoever sends it.
fn check_call(call: &Call) -> Result<call::Type, Invalid> {
    validate::call::validate_scheduler(call, None).map(|()| call.r#type())
}

impl Master {
    pub(crate) fn on_call(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        call: Call,
        original: Original,
    ) {
        let kind = match check_call(&call) {
            Ok(kind) => kind,
            Err(problem) => {
                self.count_invalid_call(call.r#type());
                cx.warn(format!(
                    "Dropping {} call from {from}: {problem}",
                    call.r#type().as_str_name()
                ));
                return;
            }
        };
        if kind == call::Type::Subscribe {
            let Some(subscribe) = call.subscribe else {
                return;
            };
            let info = Subscription::info(subscribe.framework_info, original.as_ref(), &[3, 1]);
            let subscription = Subscription {
                source: Source {
                    connection: Connection::Driver(from.clone()),
                    force: subscribe.force.unwrap_or(false),
                },
                info,
                suppressed: subscribe.suppressed_roles,
                constraints: subscribe.offer_constraints,
            };
            self.subscribe(cx, subscription);
            return;
        }
        let Some(id) = call.framework_id.as_ref().map(FrameworkId::from) else {
            return;
        };
        if self.is_sender(cx, from, &id, kind.as_str_name()) {
            self.perform_call(cx, &id, kind, call, original);
        }
    }

    /// FWK-4: the pid must be the framework's, and the framework connected.
    fn is_sender(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        id: &FrameworkId,
        what: &str,
    ) -> bool {
        let Some(framework) = self.frameworks.get(id) else {
            cx.warn(format!(
                "Dropping {what} of unknown framework {id} from {from}"
            ));
            return false;
        };
        if framework.pid() != Some(from) {
            cx.warn(format!(
                "Dropping {what} of framework {id}: {from} is not its scheduler"
            ));
            return false;
        }
        if !framework.connected() {
            let message = "Framework disconnected".to_owned();
            cx.send(from, &internal::FrameworkErrorMessage { message });
            return false;
        }
        true
    }

    /// Carries out a call of a connected framework.
    pub(crate) fn perform_call(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        kind: call::Type,
        call: Call,
        original: Original,
    ) {
        use call::Type as T;
        let mut over_http = false;
        if let Some(framework) = self.frameworks.get_mut(id) {
            framework.counters_mut().call(kind);
            over_http = framework.stream().is_some();
        }
        match kind {
            T::Subscribe => {}
            T::Teardown => {
                self.counters.master.messages_unregister_framework += 1;
                self.remove_framework(cx, id);
            }
            T::Accept => self.on_accept(cx, id, call.accept.unwrap_or_default(), original.as_ref()),
            T::Decline => self.on_decline(cx, id, call.decline.unwrap_or_default()),
            T::Revive => self.on_revive(cx, id, call.revive.unwrap_or_default().roles),
            T::Suppress => self.on_suppress(cx, id, call.suppress.unwrap_or_default().roles),
            T::Kill => self.on_kill(cx, id, call.kill.unwrap_or_default(), original.as_ref()),
            T::Shutdown => self.on_shutdown_executor(cx, id, &call.shutdown.unwrap_or_default()),
            T::Acknowledge => self.on_acknowledge(cx, id, call.acknowledge.unwrap_or_default()),
            T::Reconcile => self.on_reconcile(cx, id, &call.reconcile.unwrap_or_default().tasks),
            T::Message => self.on_framework_message(cx, id, call.message.unwrap_or_default()),
            T::Request => self.on_request(cx, id),
            T::UpdateFramework => self.on_update_framework(
                cx,
                id,
                call.update_framework.unwrap_or_default(),
                original.as_ref(),
            ),
            T::AcceptInverseOffers | T::DeclineInverseOffers => {
                // Without maintenance there are none, and an answer to one that is not there is ignored.
                cx.warn(format!(
                    "Ignoring {} of framework {id}: there is no such inverse offer",
                    kind.as_str_name()
                ));
            }
            T::AcknowledgeOperationStatus if over_http => {
                let call = call.acknowledge_operation_status.unwrap_or_default();
                self.on_acknowledge_operation(cx, id, call);
            }
            T::ReconcileOperations if over_http => {
                let call = call.reconcile_operations.unwrap_or_default();
                self.on_reconcile_operations(cx, id, &call.operations);
            }
            // FWK-5: not for drivers.
            T::AcknowledgeOperationStatus | T::ReconcileOperations => {
                self.count_invalid_call(kind);
                cx.warn(format!(
                    "Dropping {} of framework {id}: drivers cannot use it",
                    kind.as_str_name()
                ));
            }
            T::Unknown => cx.warn(format!("Dropping a call of unknown type of framework {id}")),
        }
    }

    pub(super) fn count_invalid_call(&mut self, kind: call::Type) {
        let counters = &mut self.counters.master;
        if kind == call::Type::Acknowledge {
            counters.invalid_status_update_acknowledgements += 1;
        } else if kind == call::Type::AcknowledgeOperationStatus {
            counters.invalid_operation_status_update_acknowledgements += 1;
        } else if kind == call::Type::Message {
            counters.invalid_framework_to_executor_messages += 1;
        }
    }

    pub(super) fn on_register_framework(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::RegisterFrameworkMessage,
        original: Original,
    ) {
        if message
            .framework
            .id
            .as_ref()
            .is_some_and(|id| !id.value.is_empty())
        {
            let message = "Registering with 'id' already set".to_owned();
            cx.send(from, &internal::FrameworkErrorMessage { message });
            return;
        }
        let info = Subscription::info(message.framework, original.as_ref(), &[1]);
        self.subscribe(cx, Subscription::legacy(from, info, false));
    }

    pub(super) fn on_reregister_framework(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::ReregisterFrameworkMessage,
        original: Original,
    ) {
        if message
            .framework
            .id
            .as_ref()
            .is_none_or(|id| id.value.is_empty())
        {
            let message = "Re-registering without an 'id'".to_owned();
            cx.send(from, &internal::FrameworkErrorMessage { message });
            return;
        }
        let info = Subscription::info(message.framework, original.as_ref(), &[2]);
        self.subscribe(cx, Subscription::legacy(from, info, message.failover));
    }

    fn on_legacy(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        kind: call::Type,
        call: Call,
        original: Original,
    ) {
        let call = Call {
            r#type: Some(kind as i32),
            ..call
        };
        match check_call(&call) {
            Ok(_) => {}
            Err(problem) => {
                self.count_invalid_call(kind);
                cx.warn(format!(
                    "Dropping {} from {from}: {problem}",
                    kind.as_str_name()
                ));
                return;
            }
        }
        let Some(id) = call.framework_id.as_ref().map(FrameworkId::from) else {
            return;
        };
        if self.is_sender(cx, from, &id, kind.as_str_name()) {
            self.perform_call(cx, &id, kind, call, original);
        }
    }

    pub(super) fn on_unregister_framework(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: &internal::UnregisterFrameworkMessage,
    ) {
        let call = Call {
            framework_id: Some(message.framework_id.clone()),
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Teardown, call, None);
    }

    pub(super) fn on_resource_request(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::ResourceRequestMessage,
    ) {
        let call = Call {
            framework_id: Some(message.framework_id),
            request: Some(call::Request {
                requests: message.requests,
            }),
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Request, call, None);
    }

    pub(super) fn on_launch_tasks(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::LaunchTasksMessage,
        original: Original,
    ) {
        let framework_id = Some(message.framework_id);
        if message.tasks.is_empty() {
            let decline = call::Decline {
                offer_ids: message.offer_ids,
                filters: Some(message.filters),
            };
            let call = Call {
                framework_id,
                decline: Some(decline),
                ..Call::default()
            };
            self.on_legacy(cx, from, call::Type::Decline, call, None);
            return;
        }
        let operation = Operation {
            r#type: Some(operation::Type::Launch as i32),
            launch: Some(operation::Launch {
                task_infos: message.tasks,
            }),
            ..Operation::default()
        };
        let accept = call::Accept {
            offer_ids: message.offer_ids,
            operations: vec![operation],
            filters: Some(message.filters),
        };
        let call = Call {
            framework_id,
            accept: Some(accept),
            ..Call::default()
        };
        // The tasks as they came, at the place where an ACCEPT call has them.
        let original = original.map(|bytes| {
            let tasks = wire::submessages(&bytes, &[3]);
            let launch = tasks
                .iter()
                .fold(wire::Composer::new(), |launch, task| launch.bytes(1, task))
                .finish();
            let operation = wire::Composer::new().bytes(2, &launch).finish();
            let accept = wire::Composer::new().bytes(2, &operation).finish();
            wire::Composer::new().bytes(4, &accept).finish()
        });
        self.on_legacy(cx, from, call::Type::Accept, call, original);
    }

    pub(super) fn on_revive_offers(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::ReviveOffersMessage,
    ) {
        let revive = Some(call::Revive {
            roles: message.roles,
        });
        let call = Call {
            framework_id: Some(message.framework_id),
            revive,
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Revive, call, None);
    }

    pub(super) fn on_kill_task(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::KillTaskMessage,
    ) {
        let kill = Some(call::Kill {
            task_id: message.task_id,
            ..call::Kill::default()
        });
        let call = Call {
            framework_id: Some(message.framework_id),
            kill,
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Kill, call, None);
    }

    pub(super) fn on_legacy_acknowledgement(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::StatusUpdateAcknowledgementMessage,
    ) {
        let acknowledge = call::Acknowledge {
            slave_id: message.slave_id,
            task_id: message.task_id,
            uuid: message.uuid,
        };
        let call = Call {
            framework_id: Some(message.framework_id),
            acknowledge: Some(acknowledge),
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Acknowledge, call, None);
    }

    pub(super) fn on_legacy_framework_message(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::FrameworkToExecutorMessage,
    ) {
        let inner = call::Message {
            slave_id: message.slave_id,
            executor_id: message.executor_id,
            data: message.data,
        };
        let call = Call {
            framework_id: Some(message.framework_id),
            message: Some(inner),
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Message, call, None);
    }

    pub(super) fn on_legacy_reconcile(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: internal::ReconcileTasksMessage,
    ) {
        let task = |status: pb::TaskStatus| call::reconcile::Task {
            task_id: status.task_id,
            slave_id: status.slave_id,
        };
        let reconcile = call::Reconcile {
            tasks: message.statuses.into_iter().map(task).collect(),
        };
        let call = Call {
            framework_id: Some(message.framework_id),
            reconcile: Some(reconcile),
            ..Call::default()
        };
        self.on_legacy(cx, from, call::Type::Reconcile, call, None);
    }

    pub(super) fn on_deactivate_framework(
        &mut self,
        cx: &mut Context<'_>,
        from: &Upid,
        message: &internal::DeactivateFrameworkMessage,
    ) {
        self.counters.master.messages_deactivate_framework += 1;
        let id = FrameworkId::from(&message.framework_id);
        let Some(framework) = self.frameworks.get(&id) else {
            cx.warn(format!("Ignoring deactivation of unknown framework {id}"));
            return;
        };
        if framework.pid() != Some(from) {
            cx.warn(format!(
                "Ignoring deactivation of framework {id}: {from} is not its scheduler"
            ));
            return;
        }
        self.deactivate_framework(cx, &id, crate::ledger::Withdrawal::Rescind);
    }

    fn on_request(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        self.counters.master.messages_resource_request += 1;
        self.tell_allocator(
            cx,
            mesos_allocator::Event::ResourcesRequested {
                framework: id.clone(),
            },
        );
    }
}
