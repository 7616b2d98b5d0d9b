//! Does the machine's effects.

use std::collections::HashMap;

use mesos_process::{Envelope, LinkMode, Node, Upid};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::AbortHandle,
};

use super::{Exit, Input, registry::Store, timers::Timers};
use crate::{
    effect::{Effect, Level},
    event::{Event, Message, OperatorReply, Ticket},
};

/// The process of one observer, and the task that hands its pongs on.
struct Observer {
    upid: Upid,
    task: AbortHandle,
}

pub(super) struct Doer {
    node: Node,
    upid: Upid,
    store: Store,
    inputs: mpsc::UnboundedSender<Input>,
    /// Pongs come from the network: their way is bounded, so that a flood of them waits in its sockets.
    pongs: mpsc::Sender<Event>,
    exit: watch::Sender<Option<Exit>>,
    observers: HashMap<u64, Observer>,
    waiting: HashMap<Ticket, oneshot::Sender<OperatorReply>>,
    /// The full name of the message being sent; kept for its allocation.
    name: String,
}

impl Doer {
    pub fn new(
        node: Node,
        upid: Upid,
        store: Store,
        inputs: mpsc::UnboundedSender<Input>,
        pongs: mpsc::Sender<Event>,
        exit: watch::Sender<Option<Exit>>,
    ) -> Self {
        let (observers, waiting) = (HashMap::new(), HashMap::new());
        Self { node, upid, store, inputs, pongs, exit, observers, waiting, name: String::new() }
    }

    /// Remembers who waits for an answer.
    pub fn expect(&mut self, ticket: Ticket, answer: oneshot::Sender<OperatorReply>) {
        self.waiting.insert(ticket, answer);
    }

    pub fn perform(&mut self, effect: Effect, timers: &mut Timers) {
        match effect {
            Effect::Send { to, name, body } => {
                self.full_name(name);
                self.node.send(&self.upid, &to, &self.name, body);
            }
            Effect::SendFromObserver { number, to, name, body } => {
                self.full_name(name);
                if let Some(observer) = self.observers.get(&number) {
                    self.node.send(&observer.upid, &to, &self.name, body);
                }
            }
            // HTTP frameworks cannot subscribe yet, so there is no stream to write to.
            Effect::Stream { .. } | Effect::CloseStream { .. } => {}
            Effect::Link { to } => self.node.link(&self.upid, &to, LinkMode::Reuse),
            Effect::OpenObserver { number } => self.open_observer(number),
            Effect::CloseObserver { number } => {
                if let Some(observer) = self.observers.remove(&number) {
                    observer.task.abort();
                }
            }
            Effect::Arm { timer, at } => timers.arm(timer, at),
            Effect::FetchRegistry => {
                let store = self.store.clone();
                self.on_disk(move || Event::RegistryFetched { registry: store.fetch() });
            }
            Effect::StoreRegistry { number, registry } => {
                let store = self.store.clone();
                self.on_disk(move || Event::RegistryStored { number, result: store.store(&registry) });
            }
            Effect::Reply { ticket, reply } => {
                if let Some(answer) = self.waiting.remove(&ticket) {
                    // Nobody waits any more: the request's connection broke.
                    let _ = answer.send(reply);
                }
            }
            Effect::Note { level, text } => note(level, &text),
            Effect::Fatal { text } => {
                tracing::error!("{text}");
                self.exit.send_replace(Some(Exit { status: 1, message: text }));
            }
        }
    }

    fn full_name(&mut self, name: &str) {
        self.name.clear();
        self.name.push_str("mesos.internal.");
        self.name.push_str(name);
    }

    /// Disk work happens on another thread; its outcome comes back as an event.
    fn on_disk(&self, work: impl FnOnce() -> Event + Send + 'static) {
        let inputs = self.inputs.clone();
        tokio::task::spawn_blocking(move || {
            // A closed channel means that the master has ended.
            let _ = inputs.send(Input::Event(work()));
        });
    }

    fn open_observer(&mut self, number: u64) {
        let mut mailbox = self.node.spawn(&format!("slave-observer({number})"));
        let upid = mailbox.upid().clone();
        let pongs = self.pongs.clone();
        let task = tokio::spawn(async move {
            while let Some(envelope) = mailbox.recv().await {
                let Envelope::Message { from, name, .. } = envelope else { continue };
                if &*name != "mesos.internal.PongSlaveMessage" {
                    continue;
                }
                let message = Message::Pong { observer: number };
                if pongs.send(Event::Message { from, message }).await.is_err() {
                    return;
                }
            }
        });
        self.observers.insert(number, Observer { upid, task: task.abort_handle() });
    }
}

impl Drop for Doer {
    fn drop(&mut self) {
        for observer in self.observers.values() {
            observer.task.abort();
        }
    }
}

fn note(level: Level, text: &str) {
    match level {
        Level::Debug => tracing::debug!("{text}"),
        Level::Info => tracing::info!("{text}"),
        Level::Warning => tracing::warn!("{text}"),
        Level::Error => tracing::error!("{text}"),
    }
}
