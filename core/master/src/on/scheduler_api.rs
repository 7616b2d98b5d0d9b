//! Calls of HTTP frameworks: who may call, what a stream is bound to, heartbeats, the end of a stream.
//!
//! Compat: HTTP-28 … HTTP-32, FWK-1, FWK-2, FWK-3, FWK-13, FWK-21, libprocess §6.

use std::time::Duration;

use bytes::Bytes;
use mesos_model::{FrameworkId, validate};
use mesos_proto::mesos::scheduler::{Call, call};

use super::{Subscription, subscribe::Source};
use crate::{
    context::Context,
    effect::Effect,
    event::{CallAnswer, SchedulerRequest, Ticket, Timer},
    machine::Master,
    state::{Connection, StreamId},
};

/// What SUBSCRIBED announces.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

const NOT_ACCEPTABLE: &str =
    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";

impl Master {
    pub(crate) fn on_scheduler_call(
        &mut self,
        cx: &mut Context<'_>,
        ticket: Ticket,
        request: SchedulerRequest,
    ) {
        if let Err(refusal) = self.check_request(&request) {
            cx.answer(ticket, refusal);
            return;
        }
        let SchedulerRequest {
            call,
            original,
            principal,
            stream,
            fresh,
            ..
        } = request;
        let kind = call.r#type();
        if kind == call::Type::Subscribe {
            if stream.is_some() {
                let text = "Subscribe calls should not include the 'Mesos-Stream-Id' header";
                cx.answer(ticket, CallAnswer::BadRequest(text.to_owned()));
                return;
            }
            // The stream stands before its first event, which may be a refusal (HTTP-29).
            cx.answer(ticket, CallAnswer::Subscribed(fresh));
            self.subscribe_stream(cx, fresh, call, original.as_ref(), principal);
            return;
        }
        let id = call.framework_id.as_ref().map(FrameworkId::from);
        let id = id.unwrap_or_else(|| FrameworkId::new(""));
        if let Err(refusal) = self.check_caller(&id, principal.as_deref(), stream.as_deref()) {
            cx.answer(ticket, refusal);
            return;
        }
        let answer = match kind {
            call::Type::UpdateFramework => {
                let update = call.update_framework.unwrap_or_default();
                if let Some(framework) = self.frameworks.get_mut(&id) {
                    framework.counters_mut().call(kind);
                }
                match self.update_framework(cx, &id, update, original.as_ref()) {
                    Ok(()) => CallAnswer::Done,
                    Err(problem) => CallAnswer::BadRequest(problem),
                }
            }
            call::Type::Unknown => {
                CallAnswer::NotImplemented("A call of type UNKNOWN means nothing".to_owned())
            }
            call::Type::Subscribe
            | call::Type::Teardown
            | call::Type::Accept
            | call::Type::Decline
            | call::Type::AcceptInverseOffers
            | call::Type::DeclineInverseOffers
            | call::Type::Revive
            | call::Type::Suppress
            | call::Type::Kill
            | call::Type::Shutdown
            | call::Type::Acknowledge
            | call::Type::AcknowledgeOperationStatus
            | call::Type::Reconcile
            | call::Type::ReconcileOperations
            | call::Type::Message
            | call::Type::Request => {
                self.perform_call(cx, &id, kind, call, original);
                CallAnswer::Accepted
            }
        };
        cx.answer(ticket, answer);
    }

    /// What can be said of a request before the framework is looked up (HTTP-28, HTTP-29).
    fn check_request(&mut self, request: &SchedulerRequest) -> Result<(), CallAnswer> {
        if !self.recovered {
            let text = "Master has not finished recovery".to_owned();
            return Err(CallAnswer::Unavailable(text));
        }
        let kind = request.call.r#type();
        let principal = request.principal.as_deref();
        if let Err(problem) = validate::call::validate_scheduler(&request.call, principal) {
            self.count_invalid_call(kind);
            let text = format!("Failed to validate scheduler::Call: {problem}");
            return Err(CallAnswer::BadRequest(text));
        }
        let streams = matches!(
            kind,
            call::Type::Subscribe | call::Type::ReconcileOperations
        );
        if streams && !request.acceptable {
            return Err(CallAnswer::NotAcceptable(NOT_ACCEPTABLE.to_owned()));
        }
        Ok(())
    }

    /// HTTP-30, in its order.
    fn check_caller(
        &self,
        id: &FrameworkId,
        principal: Option<&str>,
        stream: Option<&str>,
    ) -> Result<(), CallAnswer> {
        let bad = |text: String| Err(CallAnswer::BadRequest(text));
        let forbidden = |text: &str| Err(CallAnswer::Forbidden(text.to_owned()));
        let Some(framework) = self.frameworks.get(id) else {
            return bad("Framework cannot be found".to_owned());
        };
        let own = framework.info.get().principal();
        if let Some(principal) = principal.filter(|principal| *principal != own) {
            return bad(format!(
                "Authenticated principal '{principal}' does not match principal '{own}' set in \
                 `FrameworkInfo`"
            ));
        }
        if !framework.connected() {
            return forbidden("Framework is not subscribed");
        }
        let Some(bound) = framework.stream() else {
            return forbidden("Framework is not connected via HTTP");
        };
        let Some(stream) = stream else {
            return bad(
                "All non-subscribe calls should include the 'Mesos-Stream-Id' header".to_owned(),
            );
        };
        if stream != bound.to_string() {
            return bad(format!(
                "The stream ID '{stream}' included in this request didn't match the stream ID \
                 currently associated with framework ID {id}"
            ));
        }
        Ok(())
    }

    fn subscribe_stream(
        &mut self,
        cx: &mut Context<'_>,
        stream: StreamId,
        call: Call,
        original: Option<&Bytes>,
        principal: Option<String>,
    ) {
        let subscribe = call.subscribe.unwrap_or_default();
        let mut info = Subscription::info(subscribe.framework_info, original, &[3, 1]);
        if let (Some(principal), None) = (principal, &info.get().principal) {
            // HTTP-32.
            cx.warn(format!(
                "Framework '{}' authenticated as '{principal}' without naming a principal: using that",
                info.get().name
            ));
            info.edit(|info| info.principal = Some(principal));
        }
        let subscription = Subscription {
            source: Source {
                connection: Connection::Http(stream),
                // FWK-13: over HTTP the last one to subscribe always wins.
                force: true,
            },
            info,
            suppressed: subscribe.suppressed_roles,
            constraints: subscribe.offer_constraints,
        };
        self.subscribe(cx, subscription);
    }

    /// HTTP-31: the first heartbeat comes right behind SUBSCRIBED.
    pub(super) fn begin_heartbeats(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        let stream = self
            .frameworks
            .get(id)
            .and_then(|framework| framework.stream());
        if let Some(stream) = stream {
            self.on_heartbeat_timer(cx, stream);
        }
    }

    pub(super) fn on_heartbeat_timer(&mut self, cx: &mut Context<'_>, stream: StreamId) {
        let Some(id) = self.frameworks.by_stream(stream).cloned() else {
            return;
        };
        let Some(framework) = self.frameworks.get_mut(&id) else {
            return;
        };
        if !framework.connected() {
            return;
        }
        framework.counters_mut().event("heartbeat");
        cx.out.push(Effect::Heartbeat { stream });
        cx.arm(Timer::Heartbeat { stream }, HEARTBEAT_INTERVAL);
    }

    /// FWK-21: the end of the stream is the end of the connection.
    pub(crate) fn on_stream_closed(&mut self, cx: &mut Context<'_>, stream: StreamId) {
        cx.out.push(Effect::CloseStream { stream });
        if let Some(id) = self.frameworks.by_stream(stream).cloned() {
            self.on_framework_exited(cx, &id);
        }
    }
}
