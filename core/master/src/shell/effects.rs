//! Does the machine's effects.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use mesos_model::units;
use mesos_process::{Envelope, LinkMode, Node, Upid};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::AbortHandle,
};

use super::{
    Exit, Input, authenticator::Authenticator, figures::Figures, registry::Store,
    settings::Settings, streams::Streams, timers::Timers,
};
use crate::{
    effect::{Effect, Level},
    event::{Event, Message, OperatorReply, Ticket},
};

/// The process of one observer, and the task that hands its pongs on.
struct Observer {
    upid: Upid,
    task: AbortHandle,
}

/// How long work on the registry may take (`--registry_fetch_timeout`, `--registry_store_timeout`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    fetch: Duration,
    store: Duration,
}

impl Timeouts {
    pub fn of(settings: &Settings) -> Self {
        Self {
            fetch: settings.registry_fetch_timeout,
            store: settings.registry_store_timeout,
        }
    }
}

pub(super) struct Doer {
    node: Node,
    upid: Upid,
    store: Store,
    timeouts: Timeouts,
    figures: Figures,
    authenticator: Authenticator,
    pub streams: Streams,
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
    #[expect(
        clippy::too_many_arguments,
        reason = "one caller; each is a part of the shell"
    )]
    pub fn new(
        node: Node,
        upid: Upid,
        store: Store,
        timeouts: Timeouts,
        figures: Figures,
        authenticator: Authenticator,
        streams: Streams,
        inputs: mpsc::UnboundedSender<Input>,
        pongs: mpsc::Sender<Event>,
        exit: watch::Sender<Option<Exit>>,
    ) -> Self {
        let (observers, waiting) = (HashMap::new(), HashMap::new());
        Self {
            node,
            upid,
            store,
            timeouts,
            figures,
            authenticator,
            streams,
            inputs,
            pongs,
            exit,
            observers,
            waiting,
            name: String::new(),
        }
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
            Effect::SendFromObserver {
                number,
                to,
                name,
                body,
            } => {
                self.full_name(name);
                if let Some(observer) = self.observers.get(&number) {
                    self.node.send(&observer.upid, &to, &self.name, body);
                }
            }
            Effect::Stream { stream, name, body } => {
                self.full_name(name);
                self.streams.event(stream, &self.name, &body);
            }
            Effect::Heartbeat { stream } => self.streams.heartbeat(stream),
            Effect::CloseStream { stream } => self.streams.close(stream),
            Effect::Answer { ticket, answer } => self.streams.answer(ticket, answer),
            Effect::Authenticate {
                number,
                client,
                pid,
            } => {
                let inputs = self.inputs.clone();
                self.authenticator.begin(number, client, pid, inputs);
            }
            Effect::EndAuthentication { number } => self.authenticator.end(number),
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
                let told = |registry| Event::RegistryFetched { registry };
                let timer = self.figures.fetch.clone();
                let work = move || timer.time(|| store.fetch());
                self.on_disk("fetch", self.timeouts.fetch, work, told);
            }
            Effect::StoreRegistry { number, registry } => self.store_registry(number, registry),
            Effect::Reply { ticket, reply } => {
                if let Some(answer) = self.waiting.remove(&ticket) {
                    // Nobody waits any more: the request's connection broke.
                    let _ = answer.send(reply);
                }
            }
            Effect::Note { level, text } => note(level, &text),
            Effect::Fatal { text } => {
                tracing::error!("{text}");
                self.exit.send_replace(Some(Exit {
                    status: 1,
                    message: text,
                }));
            }
        }
    }

    fn store_registry(&self, number: u64, registry: Bytes) {
        let store = self.store.clone();
        let told = move |result| Event::RegistryStored { number, result };
        let timer = self.figures.store.clone();
        let work = move || {
            timer.time(|| store.store(&registry))?;
            tokio::task::spawn_blocking(move || store.truncate());
            Ok(())
        };
        self.on_disk("store", self.timeouts.store, work, told);
    }

    fn full_name(&mut self, name: &str) {
        self.name.clear();
        self.name.push_str("mesos.internal.");
        self.name.push_str(name);
    }

    /// Disk work happens on another thread; its outcome, or that it took too long, comes back as an event.
    fn on_disk<T: Send + 'static>(
        &self,
        what: &'static str,
        limit: Duration,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
        told: impl FnOnce(Result<T, String>) -> Event + Send + 'static,
    ) {
        let inputs = self.inputs.clone();
        let work = tokio::task::spawn_blocking(work);
        tokio::spawn(async move {
            let result = match tokio::time::timeout(limit, work).await {
                Ok(Ok(result)) => result,
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!(
                    "Failed to perform {what} within {}",
                    units::format_duration(limit.into())
                )),
            };
            // A closed channel means that the master has ended.
            let _ = inputs.send(Input::Event(told(result)));
        });
    }

    fn open_observer(&mut self, number: u64) {
        let mut mailbox = self.node.spawn(&format!("slave-observer({number})"));
        let upid = mailbox.upid().clone();
        let pongs = self.pongs.clone();
        let task = tokio::spawn(async move {
            while let Some(envelope) = mailbox.recv().await {
                let Envelope::Message { from, name, .. } = envelope else {
                    continue;
                };
                if &*name != "mesos.internal.PongSlaveMessage" {
                    continue;
                }
                let message = Message::Pong { observer: number };
                if pongs.send(Event::Message { from, message }).await.is_err() {
                    return;
                }
            }
        });
        self.observers.insert(
            number,
            Observer {
                upid,
                task: task.abort_handle(),
            },
        );
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
