//! Detection, authentication and registration.
//!
//! Compat: S13–S17, S21, S29, W1.

use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Now;
use mesos_process::Upid;

use super::{
    Authentication, CallType, Callback, Effect, FAILOVER_TIMEOUT, ID, Leader, Machine, Timer,
};
use crate::splice::{self, Writer};

/// The registration delay never grows beyond this.
const REGISTRATION_DELAY_MAX: Duration = Duration::from_secs(60);
/// Doubling stops here, long after every cap has been reached.
const MAX_DOUBLINGS: u32 = 16;

impl Machine {
    pub(super) fn on_detected(&mut self, now: Now, leader: Option<Leader>, out: &mut Vec<Effect>) {
        if self.aborted {
            return;
        }
        let was_connected = std::mem::replace(&mut self.connected, false);
        self.authenticated = false;
        self.attempt += 1;
        self.offers.clear();
        out.push(Effect::Cancel(Timer::Registration));
        out.push(Effect::Cancel(Timer::Authentication));
        self.leader = leader;
        if was_connected {
            Self::callback(Callback::Disconnected, out);
        }
        self.renewing = false;
        if self.leader.is_none() {
            return;
        }
        self.backoff = self.setup.registration_backoff;
        if self.has_credential {
            self.authenticate(out);
        } else {
            self.register(now, out);
        }
    }

    pub(super) fn authenticate(&mut self, out: &mut Vec<Effect>) {
        let Some(leader) = &self.leader else { return };
        if self.aborted || self.authenticated {
            return;
        }
        let master = leader.pid.clone();
        out.push(Effect::Link(master.clone()));
        self.attempt += 1;
        let spread =
            self.setup.authentication_backoff * 2u32.pow(self.failed_attempts.min(MAX_DOUBLINGS));
        let min = self.setup.authentication_timeout_min;
        let timeout = min + self.random.up_to(spread);
        let timeout = timeout.min(self.setup.authentication_timeout_max.max(min));
        out.push(Effect::Authenticate {
            attempt: self.attempt,
            master,
            timeout,
        });
    }

    pub(super) fn on_authenticated(
        &mut self,
        now: Now,
        attempt: u64,
        result: Authentication,
        out: &mut Vec<Effect>,
    ) {
        if self.aborted || attempt != self.attempt {
            return;
        }
        match result {
            Authentication::Completed => {
                self.authenticated = true;
                self.failed_attempts = 0;
                self.register(now, out);
            }
            Authentication::Refused => {
                out.push(Effect::Fail("Master refused authentication".to_owned()))
            }
            Authentication::Failed => {
                // A quick failure (no authenticator loaded) must not become a busy loop.
                let spread = self.setup.authentication_backoff
                    * 2u32.pow(self.failed_attempts.min(MAX_DOUBLINGS));
                self.failed_attempts += 1;
                let delay = self
                    .random
                    .up_to(spread.min(self.setup.authentication_timeout_max));
                out.push(Effect::Arm {
                    timer: Timer::Authentication,
                    at: now.instant + delay,
                });
            }
        }
    }

    /// A fixed master that ends is not detected anew; its connection is all that tells.
    pub(super) fn on_link_lost(&mut self, now: Now, pid: &Upid, out: &mut Vec<Effect>) {
        if self.aborted || !self.setup.fixed_master || !self.is_leader(pid) {
            return;
        }
        self.authenticated = false;
        if !self.connected || self.renewing {
            return;
        }
        self.renewing = true;
        self.backoff = self.setup.registration_backoff;
        let delay = self.random.up_to(self.backoff);
        out.push(Effect::Arm {
            timer: Timer::Registration,
            at: now.instant + delay,
        });
    }

    pub(super) fn on_registration_due(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.has_credential && !self.authenticated {
            self.authenticate(out);
        } else {
            self.register(now, out);
        }
    }

    /// An answer while connected: a repetition, or the end of subscribing anew.
    fn on_repeated_registration(&mut self, id: &Bytes, out: &mut Vec<Effect>) {
        if self.is_own_framework(id) && std::mem::take(&mut self.renewing) {
            out.push(Effect::Cancel(Timer::Registration));
        }
    }

    /// Sends SUBSCRIBE and arms the next attempt.
    pub(super) fn register(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.aborted
            || (self.connected && !self.renewing)
            || (self.has_credential && !self.authenticated)
        {
            return;
        }
        let Some(leader) = &self.leader else { return };
        out.push(Effect::Link(leader.pid.clone()));
        let suppressed: Vec<&str> = self.suppressed.iter().map(String::as_str).collect();
        let mut subscribe = Writer::new().bytes(1, &self.framework);
        if self.framework_id.is_some() {
            subscribe = subscribe.varint(2, u64::from(self.failover));
        }
        let subscribe = subscribe
            .all(3, &suppressed)
            .bytes(4, &self.offer_constraints)
            .finish();
        self.send_call(CallType::Subscribe, |call| call.bytes(3, &subscribe), out);

        let mut bound = self.backoff.min(REGISTRATION_DELAY_MAX);
        let failover_timeout = splice::double(&self.framework, FAILOVER_TIMEOUT).unwrap_or(0.0);
        if failover_timeout > 0.0 && failover_timeout.is_finite() {
            let tenth = Duration::try_from_secs_f64(failover_timeout / 10.0)
                .unwrap_or(REGISTRATION_DELAY_MAX);
            bound = bound.min(tenth);
        }
        let delay = self.random.up_to(bound);
        self.backoff = bound * 2;
        out.push(Effect::Arm {
            timer: Timer::Registration,
            at: now.instant + delay,
        });
    }

    pub(super) fn on_framework_registered(
        &mut self,
        from: &Upid,
        id: Bytes,
        master: Bytes,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_leader(from) {
            return;
        }
        if self.connected {
            return self.on_repeated_registration(&id, out);
        }
        self.set_framework_id(&id);
        self.connect(out);
        Self::callback(
            Callback::Registered {
                framework_id: id,
                master,
            },
            out,
        );
    }

    pub(super) fn on_framework_reregistered(
        &mut self,
        from: &Upid,
        id: &Bytes,
        master: Bytes,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_leader(from) {
            return;
        }
        if self.connected {
            return self.on_repeated_registration(id, out);
        }
        if !self.is_own_framework(id) {
            let text = format!(
                "Framework re-registered with unexpected id '{}'",
                splice::id(id)
            );
            out.push(Effect::Fail(text));
            return;
        }
        self.connect(out);
        Self::callback(Callback::Reregistered { master }, out);
    }

    /// Event SUBSCRIBED: the callback depends on whether this driver has been registered before.
    pub(super) fn on_subscribed(&mut self, from: &Upid, id: Bytes, out: &mut Vec<Effect>) {
        let master = self
            .leader
            .as_ref()
            .map(|l| l.info.clone())
            .unwrap_or_default();
        if self.framework_id.is_none() || self.failover {
            self.on_framework_registered(from, id, master, out);
        } else {
            self.on_framework_reregistered(from, &id, master, out);
        }
    }

    fn set_framework_id(&mut self, id: &Bytes) {
        self.framework = splice::with(&self.framework, ID, &Writer::new().bytes(ID, id).finish());
        self.framework_id = Some(id.clone());
    }

    fn connect(&mut self, out: &mut Vec<Effect>) {
        self.connected = true;
        self.failover = false;
        out.push(Effect::Cancel(Timer::Registration));
        if std::mem::take(&mut self.update_due) {
            self.send_update_framework(out);
        }
    }

    pub(super) fn is_leader(&self, from: &Upid) -> bool {
        self.leader
            .as_ref()
            .is_some_and(|leader| leader.pid == *from)
    }

    pub(super) fn is_own_framework(&self, id: &Bytes) -> bool {
        self.framework_id
            .as_ref()
            .is_some_and(|own| splice::id(own) == splice::id(id))
    }

    pub(super) fn send_update_framework(&self, out: &mut Vec<Effect>) {
        let suppressed: Vec<&str> = self.suppressed.iter().map(String::as_str).collect();
        let update = Writer::new()
            .bytes(1, &self.framework)
            .all(2, &suppressed)
            .bytes(3, &self.offer_constraints);
        let update = update.finish();
        self.send_call(
            CallType::UpdateFramework,
            |call| call.bytes(19, &update),
            out,
        );
    }
}
