//! Authentication of drivers and agents: who is authenticated, and what waits for the end of an attempt.
//!
//! Compat: AUTHN-3, AUTHN-4, AUTHN-5, AGT-1, AGT-11, FWK-7 (item 9 of §6.2).

use std::collections::HashMap;

use mesos_process::Upid;
use mesos_proto::{
    internal,
    mesos::{self as pb, scheduler::call},
};

use crate::{
    context::Context,
    effect::Effect,
    event::{Authenticated, Message},
    machine::Master,
    state::Connection,
};

/// Attempts that may run at a time; clients of more get no answer and try again.
pub const ATTEMPTS_MAX: usize = 65_536;
/// Requests of one peer that may wait for its attempt; peers repeat what gets no answer.
pub const WAITING_MAX: usize = 4;

#[derive(Default)]
pub(crate) struct Authentication {
    /// By the pid that is to be authenticated.
    attempts: HashMap<Upid, Attempt>,
    /// Principals of authenticated peers (AUTHN-5).
    principals: HashMap<Upid, String>,
    started: u64,
}

struct Attempt {
    number: u64,
    waiting: Vec<Message>,
}

impl Authentication {
    pub fn principal(&self, pid: &Upid) -> Option<&str> {
        self.principals.get(pid).map(String::as_str)
    }

    /// AUTHN-5: the peer is gone or replaced.
    pub fn forget(&mut self, pid: &Upid) {
        self.principals.remove(pid);
    }
}

impl Master {
    /// AUTHN-3: a new attempt ends whatever the last one led to.
    pub(super) fn on_authenticate(
        &mut self,
        cx: &mut Context<'_>,
        client: Upid,
        message: &internal::AuthenticateMessage,
    ) {
        self.counters.master.messages_authenticate += 1;
        let pid = Upid::parse(&message.pid);
        if pid.is_null() {
            cx.warn(format!(
                "Ignoring authentication request of {client}: it names no process"
            ));
            return;
        }
        self.authentication.forget(&pid);
        if let Some(old) = self.authentication.attempts.remove(&pid) {
            cx.out
                .push(Effect::EndAuthentication { number: old.number });
        }
        if self.authentication.attempts.len() >= ATTEMPTS_MAX {
            cx.warn(format!(
                "Ignoring authentication request for {pid}: too many are in progress"
            ));
            return;
        }
        cx.info(format!("Authenticating {pid}"));
        self.authentication.started += 1;
        let number = self.authentication.started;
        let attempt = Attempt {
            number,
            waiting: Vec::new(),
        };
        self.authentication.attempts.insert(pid.clone(), attempt);
        cx.out.push(Effect::Authenticate {
            number,
            client,
            pid,
        });
    }

    pub(crate) fn on_authenticated(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        pid: &Upid,
        result: Authenticated,
    ) {
        cx.out.push(Effect::EndAuthentication { number });
        let attempts = &mut self.authentication.attempts;
        if attempts
            .get(pid)
            .is_none_or(|attempt| attempt.number != number)
        {
            return;
        }
        let waiting = attempts
            .remove(pid)
            .map(|attempt| attempt.waiting)
            .unwrap_or_default();
        match result {
            Authenticated::As(principal) => {
                cx.info(format!("Authenticated '{principal}' at {pid}"));
                // So that its end is heard of even if it never registers.
                cx.link(pid);
                self.authentication
                    .principals
                    .insert(pid.clone(), principal);
            }
            Authenticated::Refused => cx.warn(format!("Refused the credentials of {pid}")),
            Authenticated::Failed(problem) => {
                // AUTHN-4: what waited is asked again by the peer itself.
                cx.warn(format!("Failed to authenticate {pid}: {problem}"));
                return;
            }
        }
        for message in waiting {
            self.on_message(cx, pid.clone(), message);
        }
    }

    /// AUTHN-4: requests to join wait while the sender's attempt runs. Gives back what need not wait.
    pub(super) fn unless_authenticating(
        &mut self,
        from: &Upid,
        message: Message,
    ) -> Option<Message> {
        if self.authentication.attempts.is_empty() || !joins(&message) {
            return Some(message);
        }
        let Some(attempt) = self.authentication.attempts.get_mut(from) else {
            return Some(message);
        };
        if attempt.waiting.len() < WAITING_MAX {
            attempt.waiting.push(message);
        }
        None
    }

    /// AGT-1, AGT-11.
    pub(super) fn agent_may_join(&self, cx: &mut Context<'_>, from: &Upid) -> bool {
        let may = !self.config.authenticate_agents || self.authentication.principal(from).is_some();
        if !may {
            cx.warn(format!(
                "Dropping registration of agent at {from}: it is not authenticated"
            ));
        }
        may
    }

    /// Item 9 of §6.2.
    pub(super) fn check_principal(
        &self,
        connection: &Connection,
        info: &pb::FrameworkInfo,
    ) -> Result<(), String> {
        let Connection::Driver(pid) = connection else {
            return Ok(());
        };
        match (self.authentication.principal(pid), &info.principal) {
            (None, _) if self.config.authenticate_frameworks => {
                Err(format!("Framework at {pid} is not authenticated"))
            }
            (Some(known), Some(claimed)) if known != claimed => Err(format!(
                "Authenticated principal '{known}' does not match principal '{claimed}' set in \
                 `FrameworkInfo`"
            )),
            (None | Some(_), _) => Ok(()),
        }
    }
}

/// Subscriptions and (re-)registrations.
fn joins(message: &Message) -> bool {
    match message {
        Message::Call(call, _) => call.r#type() == call::Type::Subscribe,
        Message::RegisterFramework(..)
        | Message::ReregisterFramework(..)
        | Message::RegisterSlave(..)
        | Message::ReregisterSlave(..) => true,
        Message::UnregisterFramework(_)
        | Message::DeactivateFramework(_)
        | Message::ResourceRequest(_)
        | Message::LaunchTasks(..)
        | Message::ReviveOffers(_)
        | Message::KillTask(_)
        | Message::StatusUpdateAcknowledgement(_)
        | Message::FrameworkToExecutor(_)
        | Message::ReconcileTasks(_)
        | Message::SubmitScheduler(_)
        | Message::Authenticate(_)
        | Message::UnregisterSlave(_)
        | Message::UpdateSlave(_)
        | Message::StatusUpdate(_)
        | Message::ExitedExecutor(_)
        | Message::ExecutorToFramework(_)
        | Message::UpdateOperationStatus(_)
        | Message::Pong { .. } => false,
    }
}
