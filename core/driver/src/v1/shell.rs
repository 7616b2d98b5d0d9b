//! The user's end of a v1 client: start, calls, and the end; `actor` does the work.
//!
//! Compat: V1–V4, J10. Calls wait without bound here, but `gate` lets only so many in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Now;
use mesos_process::Upid;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::actor::Actor;
use super::deliver::Deliverer;
use super::words::{Effect, Event};
use super::{Answer, Callbacks, ContentType, Done};
use crate::gate::Gate;
use crate::latch::Latch;
use crate::local::RunningCluster;
use crate::runtime::Process;

/// How long dropping a client waits for its end.
const END_WAIT: Duration = Duration::from_secs(1);

/// What decides; see `scheduler::machine` and `executor::machine`.
pub(crate) trait Machine: Send + 'static {
    fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>);

    /// Requests without an answer.
    fn in_flight(&self) -> usize;
}

/// What a running client is made of.
pub(super) struct Parts {
    pub(super) process: Arc<Process>,
    pub(super) machine: Box<dyn Machine>,
    pub(super) content_type: ContentType,
    /// The value of the `Authorization` header.
    pub(super) authorization: Option<String>,
    /// The leading master, for a scheduler.
    pub(super) master: Option<Upid>,
    /// Ends with the client.
    pub(super) cluster: Option<Box<dyn RunningCluster>>,
    /// Prefix of the metrics.
    pub(super) metrics: &'static str,
}

pub(super) enum Command {
    Send(Bytes),
    Call(Bytes, Done),
}

pub(super) enum Control {
    Reconnect,
    Stop,
    Terminate,
}

struct Unstarted {
    callbacks: Box<dyn Callbacks>,
    parts: Parts,
    commands: UnboundedReceiver<Command>,
    control: UnboundedReceiver<Control>,
}

/// The user's end of a client.
pub(super) struct Running {
    unstarted: Mutex<Option<Unstarted>>,
    commands: UnboundedSender<Command>,
    control: UnboundedSender<Control>,
    gate: Arc<Gate>,
    deliverer: Arc<Deliverer>,
    ended: Arc<Latch>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Running")
    }
}

impl Running {
    pub(super) fn new(callbacks: Box<dyn Callbacks>, parts: Parts) -> Self {
        let (commands, commands_end) = unbounded_channel();
        let (control, control_end) = unbounded_channel();
        Self {
            unstarted: Mutex::new(Some(Unstarted {
                callbacks,
                parts,
                commands: commands_end,
                control: control_end,
            })),
            commands,
            control,
            gate: Arc::default(),
            deliverer: Arc::default(),
            ended: Arc::default(),
        }
    }

    fn take_unstarted(&self) -> Option<Unstarted> {
        let mut slot = self
            .unstarted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    pub(super) fn start(&self) {
        let Some(unstarted) = self.take_unstarted() else {
            return;
        };
        let control = self.control.clone();
        let failed = move || {
            let _ = control.send(Control::Stop);
        };
        if let Err(error) = self.deliverer.start(unstarted.callbacks, failed) {
            tracing::error!("Failed to start the client's thread: {error}");
            self.gate.close();
            return;
        }
        let process = unstarted.parts.process.clone();
        let gate = self.gate.clone();
        process.count_calls(unstarted.parts.metrics, move || gate.depth());
        let actor = Actor::new(
            unstarted.parts,
            unstarted.commands,
            unstarted.control,
            self.gate.clone(),
            self.deliverer.clone(),
        );
        let ended = Ended {
            latch: self.ended.clone(),
            gate: self.gate.clone(),
        };
        process.handle().spawn(async move {
            let _ended = ended;
            actor.run().await;
        });
    }

    fn is_started(&self) -> bool {
        let slot = self.unstarted.lock();
        slot.unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn forward(&self, command: Command) {
        if !self.is_started() {
            tracing::warn!("Ignoring a call: the client has not been started");
            return refuse(command);
        }
        self.gate.enter(!self.deliverer.is_own_thread());
        if let Err(error) = self.commands.send(command) {
            refuse(error.0);
        }
    }

    pub(super) fn send(&self, call: Bytes) {
        self.forward(Command::Send(call));
    }

    pub(super) fn call(&self, call: Bytes, done: Done) {
        self.forward(Command::Call(call, done));
    }

    pub(super) fn reconnect(&self) {
        let _ = self.control.send(Control::Reconnect);
    }
}

pub(super) const ENDED: &str = "The client has ended";

/// A panic of the user's ends neither the client nor what others wait for.
pub(super) fn tell(done: Done, result: Result<Answer, String>) {
    if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
        tracing::error!("Who waited for an answer panicked when it came");
    }
}

pub(super) fn refuse(command: Command) {
    match command {
        Command::Send(_) => {}
        Command::Call(_, done) => tell(done, Err(ENDED.to_owned())),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.take_unstarted().is_some() {
            return;
        }
        self.deliverer.close();
        let _ = self.control.send(Control::Terminate);
        self.ended.wait_at_most(END_WAIT);
        self.deliverer.join();
    }
}

/// Frees those who wait for the actor, however it ends.
struct Ended {
    latch: Arc<Latch>,
    gate: Arc<Gate>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.gate.close();
        self.latch.open();
    }
}
