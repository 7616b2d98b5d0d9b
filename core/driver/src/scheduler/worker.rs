//! The thread of a scheduler driver: feeds the machine, carries out its effects, makes the callbacks.
//!
//! Compat: S17, S3, S5, S18, S25, J5, J6.

use std::sync::Arc;

use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Upid};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::api::{Handle, Scheduler};
use super::machine::{Authentication, Callback, Effect, Event, Leader, Machine, Timer};
use super::shell::{Command, Shared, credential};
use crate::inbox::{Inbox, Input};
use crate::local::RunningCluster;
use crate::runtime::Process;
use crate::{CallbackResult, incoming, splice};

pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) process: Arc<Process>,
    pub(super) me: Upid,
    pub(super) machine: Machine,
    pub(super) inbox: Inbox<Command, Timer>,
    pub(super) scheduler: Box<dyn Scheduler>,
    pub(super) handle: Handle,
    /// `mesos.Credential`.
    pub(super) credential: Option<Bytes>,
    pub(super) sender: UnboundedSender<Command>,
    /// Ends with the driver.
    pub(super) cluster: Option<Box<dyn RunningCluster>>,
    /// The running authentication attempt.
    pub(super) attempt: Option<AbortHandle>,
}

impl Worker {
    pub(super) fn run(mut self, first: Event) {
        let _on_thread = self.shared.control.enter_thread();
        self.feed(first);
        loop {
            match self.inbox.next() {
                Input::Command(Command::Call(call)) => {
                    self.shared.control.gate.leave();
                    self.feed(Event::Call(call));
                }
                Input::Command(Command::Authenticated { attempt, result }) => {
                    self.feed(Event::Authenticated { attempt, result });
                }
                Input::Command(Command::Abort) => {
                    tracing::info!("Asked to abort the driver");
                    tracing::info!("Aborting framework {}", self.framework());
                    self.feed(Event::Abort);
                    self.process.flush();
                    self.shared.control.finish();
                }
                Input::Command(Command::Stop { failover }) => {
                    tracing::info!("Asked to stop the driver");
                    tracing::info!("Stopping framework {}", self.framework());
                    self.feed(Event::Stop { failover });
                    self.process.flush();
                    break;
                }
                Input::Command(Command::Terminate) | Input::Closed => break,
                Input::Timer(timer) => self.feed(Event::TimerFired(timer)),
                Input::Envelope(envelope) if self.shared.control.is_running() => {
                    self.on_envelope(envelope)
                }
                Input::Envelope(_) => {}
            }
        }
        self.cancel_attempt();
        drop(self.cluster.take());
    }

    fn on_envelope(&mut self, envelope: Envelope) {
        match envelope {
            Envelope::Exited { pid } => self.feed(Event::LinkLost { pid }),
            Envelope::Message {
                from, name, body, ..
            } => {
                if let Err(error) = incoming::check(&name, &body) {
                    tracing::warn!("Dropped {name} from {from}: {error}");
                    return;
                }
                self.feed(Event::Message { from, name, body });
            }
        }
    }

    /// The framework's id; nothing before the first registration.
    fn framework(&self) -> String {
        let id = self.machine.framework_id();
        id.map(splice::id).unwrap_or_default()
    }

    /// What operators look for in a framework's log (operations §5.4, S3-59).
    fn log_leader(&self, leader: Option<&Leader>) {
        let Some(leader) = leader else {
            tracing::info!("No master detected");
            return;
        };
        tracing::info!("New master detected at {}", leader.pid);
        if self.credential.is_some() {
            tracing::info!("Authenticating with master {}", leader.pid);
        } else {
            tracing::info!(
                "No credentials provided. Attempting to register without authentication"
            );
        }
    }

    fn feed(&mut self, event: Event) {
        if let Event::Detected(leader) = &event {
            self.log_leader(leader.as_ref());
        }
        let mut effects = Vec::new();
        self.machine.on(self.inbox.now(), event, &mut effects);
        for effect in effects {
            self.execute(effect);
        }
    }

    fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::Link(to) => self.process.node().link(&self.me, &to, LinkMode::Reuse),
            Effect::Send { to, name, body } => self.process.node().send(&self.me, &to, name, body),
            Effect::Arm { timer, at } => self.inbox.arm(timer, at),
            Effect::Cancel(timer) => self.inbox.cancel(timer),
            Effect::Authenticate {
                attempt,
                master,
                timeout,
            } => self.authenticate(attempt, master, timeout),
            Effect::Callback {
                callback,
                acknowledge,
            } => {
                if !self.shared.control.is_running() {
                    return;
                }
                if self.deliver(callback).is_err() {
                    tracing::error!("A callback failed: aborting the driver");
                    self.shared.abort();
                    return;
                }
                if let Some(acknowledgement) = acknowledge
                    && self.shared.control.is_running()
                {
                    self.feed(Event::Delivered(acknowledgement));
                }
            }
            Effect::Fail(message) => {
                tracing::info!("Got error '{message}'");
                tracing::info!("Aborting framework {}", self.framework());
                self.shared.abort();
                let _ = self.scheduler.error(&self.handle, &message);
            }
        }
    }

    fn deliver(&mut self, callback: Callback) -> CallbackResult {
        let (scheduler, handle) = (&mut self.scheduler, &self.handle);
        match callback {
            Callback::Registered {
                framework_id,
                master,
            } => {
                tracing::info!("Framework registered with {}", splice::id(&framework_id));
                scheduler.registered(handle, &framework_id, &master)
            }
            Callback::Reregistered { master } => {
                let id = self.machine.framework_id().map(splice::id);
                tracing::info!("Framework reregistered with {}", id.unwrap_or_default());
                scheduler.reregistered(handle, &master)
            }
            Callback::Disconnected => scheduler.disconnected(handle),
            Callback::ResourceOffers { offers } => scheduler.resource_offers(handle, &offers),
            Callback::OfferRescinded { offer_id } => scheduler.offer_rescinded(handle, &offer_id),
            Callback::StatusUpdate { status } => scheduler.status_update(handle, &status),
            Callback::FrameworkMessage {
                executor_id,
                agent_id,
                data,
            } => scheduler.framework_message(handle, &executor_id, &agent_id, &data),
            Callback::SlaveLost { agent_id } => scheduler.slave_lost(handle, &agent_id),
            Callback::ExecutorLost {
                executor_id,
                agent_id,
                status,
            } => scheduler.executor_lost(handle, &executor_id, &agent_id, status),
        }
    }

    fn cancel_attempt(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            attempt.abort();
        }
    }

    fn authenticate(&mut self, attempt: u64, master: Upid, timeout: std::time::Duration) {
        self.cancel_attempt();
        let Some(credential) = self.credential.as_ref().map(credential) else {
            return;
        };
        let (node, me, sender) = (
            self.process.node().clone(),
            self.me.clone(),
            self.sender.clone(),
        );
        let task = self.process.handle().spawn(async move {
            let outcome =
                mesos_auth::session::authenticate(&node, &me, &master, &credential, timeout).await;
            let result = match outcome {
                mesos_auth::Outcome::Completed => Authentication::Completed,
                mesos_auth::Outcome::Refused => Authentication::Refused,
                mesos_auth::Outcome::Failed(reason) => {
                    tracing::warn!("Failed to authenticate with {master}: {reason}");
                    Authentication::Failed
                }
            };
            let _ = sender.send(Command::Authenticated { attempt, result });
        });
        self.attempt = Some(task.abort_handle());
    }
}
