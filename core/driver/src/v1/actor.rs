//! Runs a v1 machine on the process's network threads: sockets, timers, calls and the hand-over of callbacks.
//!
//! Compat: V1–V4.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use mesos_model::clock::Instant;
use mesos_process::http::client::ClientError;
use mesos_process::http::connection::{Connection, Incoming, post};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinError, JoinHandle};

use super::Done;
use super::deliver::Deliverer;
use super::line::{Line, Use};
use super::shell::{Command, Control, ENDED, Parts, refuse, tell};
use super::words::{Attempt, Channel, Effect, Event, RequestId, Target, Ticket, Timer};
use crate::gate::Gate;
use crate::host;
use crate::runtime::Clock;

/// Requests without an answer before no more calls are taken.
const IN_FLIGHT_MAX: usize = 16 * 1024;
/// How long the last calls of a client that is dropped may take to be answered.
const GOODBYE_WAIT: Duration = Duration::from_millis(250);
/// How long answers may take after the stream has ended.
const LINGER_WAIT: Duration = Duration::from_secs(5);

struct Lines {
    subscribe: Line,
    calls: Line,
}

/// How an attempt to make both connections ended.
type Opened = (Attempt, Result<(Connection, Connection), ClientError>);
type Opening = JoinHandle<Opened>;

pub(super) struct Actor {
    parts: Parts,
    commands: UnboundedReceiver<Command>,
    control: UnboundedReceiver<Control>,
    gate: Arc<Gate>,
    deliverer: Arc<Deliverer>,
    clock: Clock,
    timers: BTreeMap<Timer, Instant>,
    opening: Option<Opening>,
    lines: Option<Lines>,
    /// A connection for calls that is over but for its answers, and until when.
    lingering: Option<(Line, tokio::time::Instant)>,
    host: String,
    path: String,
    waiting: HashMap<Ticket, Done>,
    last_ticket: Ticket,
    is_over: bool,
}

enum Step {
    Control(Option<Control>),
    Command(Option<Command>),
    Timer(Timer),
    Opened(Result<Opened, JoinError>),
    Incoming(Use, Incoming),
    /// What still comes on a connection that is over; nothing when its time is up.
    Lingering(Option<Incoming>),
    Room,
}

/// The opening that is under way; waits for ever if there is none.
async fn opened(opening: &mut Option<Opening>) -> Result<Opened, JoinError> {
    match opening {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}

async fn lingering(line: &mut Option<(Line, tokio::time::Instant)>) -> Option<Incoming> {
    match line {
        Some((line, until)) => tokio::time::timeout_at(*until, line.next()).await.ok(),
        None => std::future::pending().await,
    }
}

async fn next_of(line: Option<&mut Line>) -> Incoming {
    match line {
        Some(line) => line.next().await,
        None => std::future::pending().await,
    }
}

impl Actor {
    pub(super) fn new(
        parts: Parts,
        commands: UnboundedReceiver<Command>,
        control: UnboundedReceiver<Control>,
        gate: Arc<Gate>,
        deliverer: Arc<Deliverer>,
    ) -> Self {
        Self {
            parts,
            commands,
            control,
            gate,
            deliverer,
            clock: Clock::new(),
            timers: BTreeMap::new(),
            opening: None,
            lines: None,
            lingering: None,
            host: String::new(),
            path: String::new(),
            waiting: HashMap::new(),
            last_ticket: 0,
            is_over: false,
        }
    }

    pub(super) async fn run(mut self) {
        self.feed(Event::Start);
        while !self.is_over {
            match self.step().await {
                Step::Control(Some(Control::Reconnect)) => self.feed(Event::Reconnect),
                Step::Control(Some(Control::Stop)) => self.feed(Event::Stop),
                Step::Control(Some(Control::Terminate) | None) => {
                    self.say_goodbye().await;
                    break;
                }
                Step::Command(Some(command)) => self.on_command(command),
                Step::Command(None) => break,
                Step::Timer(timer) => {
                    self.timers.remove(&timer);
                    self.feed(Event::TimerFired(timer));
                }
                Step::Opened(result) => self.on_opened(result),
                Step::Incoming(purpose, incoming) => self.on_incoming(purpose, incoming),
                Step::Lingering(incoming) => self.on_lingering(incoming),
                Step::Room => {}
            }
        }
        self.close();
        drop(self.parts.cluster.take());
        for (_, done) in self.waiting.drain() {
            tell(done, Err(ENDED.to_owned()));
        }
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            refuse(command);
        }
    }

    async fn step(&mut self) -> Step {
        let alarm = self.clock.next(&self.timers);
        let takes_calls = self.parts.machine.in_flight() < IN_FLIGHT_MAX;
        let has_room = self.deliverer.has_room();
        let (subscribe, calls) = match &mut self.lines {
            Some(lines) => (Some(&mut lines.subscribe), Some(&mut lines.calls)),
            None => (None, None),
        };
        tokio::select! {
            control = self.control.recv() => Step::Control(control),
            command = self.commands.recv(), if takes_calls => Step::Command(command),
            timer = alarm => Step::Timer(timer),
            result = opened(&mut self.opening) => Step::Opened(result),
            incoming = next_of(subscribe), if has_room => Step::Incoming(Use::Subscribe, incoming),
            incoming = next_of(calls) => Step::Incoming(Use::Calls, incoming),
            incoming = lingering(&mut self.lingering) => Step::Lingering(incoming),
            () = self.deliverer.room(), if !has_room => Step::Room,
        }
    }

    fn on_command(&mut self, command: Command) {
        self.gate.leave();
        match command {
            Command::Send(call) => self.feed(Event::Call { call, ticket: None }),
            Command::Call(call, done) => {
                self.last_ticket += 1;
                self.waiting.insert(self.last_ticket, done);
                let ticket = Some(self.last_ticket);
                self.feed(Event::Call { call, ticket });
            }
        }
    }

    fn on_opened(&mut self, result: Result<Opened, JoinError>) {
        self.opening = None;
        match result {
            Ok((attempt, Ok((subscribe, calls)))) => {
                self.lines = Some(Lines {
                    subscribe: Line::new(subscribe, attempt, Use::Subscribe),
                    calls: Line::new(calls, attempt, Use::Calls),
                });
                self.feed(Event::Opened(attempt));
            }
            Ok((attempt, Err(error))) => {
                let reason = error.to_string();
                self.feed(Event::Lost { attempt, reason });
            }
            Err(error) => tracing::error!("An attempt to connect ended: {error}"),
        }
    }

    fn on_incoming(&mut self, purpose: Use, incoming: Incoming) {
        let Some(lines) = &mut self.lines else { return };
        let line = match purpose {
            Use::Subscribe => &mut lines.subscribe,
            Use::Calls => &mut lines.calls,
        };
        let mut events = Vec::new();
        line.on(incoming, &mut events);
        for event in events {
            self.feed(event);
        }
    }

    fn on_lingering(&mut self, incoming: Option<Incoming>) {
        let Some((line, _)) = &mut self.lingering else {
            return;
        };
        let mut events = Vec::new();
        line.on(
            incoming.unwrap_or_else(|| Incoming::Closed("No answer in time".to_owned())),
            &mut events,
        );
        if events
            .iter()
            .any(|event| matches!(event, Event::Lost { .. }))
        {
            self.lingering = None;
        }
        for event in events {
            self.feed(event);
        }
    }

    fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let mut effects = Vec::new();
            self.parts.machine.on(self.clock.now(), event, &mut effects);
            for effect in effects {
                if effect == Effect::Detect {
                    // No detector but a fixed master yet: it is there at once.
                    events.push(Event::Detected(self.parts.master.clone()));
                } else {
                    self.execute(effect);
                }
            }
        }
    }

    fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::Detect => {}
            Effect::Open { attempt, target } => self.open(attempt, target),
            Effect::Close { linger } => {
                if linger && let Some(lines) = self.lines.take() {
                    self.lingering = Some((lines.calls, tokio::time::Instant::now() + LINGER_WAIT));
                }
                self.close();
            }
            Effect::Send {
                channel,
                request,
                body,
                stream_id,
            } => self.send(channel, request, &body, stream_id.as_deref()),
            Effect::Arm { timer, at } => {
                self.timers.insert(timer, at);
            }
            Effect::Cancel(timer) => {
                self.timers.remove(&timer);
            }
            Effect::Callback(upcall) => self.deliverer.push(upcall),
            Effect::Done { ticket, result } => {
                if let Some(done) = self.waiting.remove(&ticket) {
                    tell(done, result);
                }
            }
            Effect::KillSelf => host::kill_process_group(),
            Effect::End => self.is_over = true,
        }
    }

    fn open(&mut self, attempt: Attempt, target: Target) {
        self.close();
        self.host = target.endpoint.host();
        self.path = target.path;
        self.opening = Some(tokio::spawn(async move {
            let endpoint = &target.endpoint;
            let both = tokio::try_join!(Connection::open(endpoint), Connection::open(endpoint));
            (attempt, both)
        }));
    }

    fn close(&mut self) {
        self.lines = None;
        if let Some(opening) = self.opening.take() {
            opening.abort();
        }
    }

    fn send(&mut self, channel: Channel, request: RequestId, body: &[u8], stream_id: Option<&str>) {
        let Some(lines) = &mut self.lines else { return };
        let content_type = self.parts.content_type.name();
        let mut headers = Vec::with_capacity(4);
        if let Some(id) = stream_id {
            headers.push(("Mesos-Stream-Id", id));
        }
        if let Some(authorization) = &self.parts.authorization {
            headers.push(("Authorization", authorization));
        }
        headers.push(("Accept", content_type));
        headers.push(("Content-Type", content_type));
        let bytes = post(&self.host, &self.path, &headers, body);
        match channel {
            Channel::Subscribe => lines.subscribe.send(request, bytes),
            Channel::Calls => lines.calls.send(request, bytes),
        }
    }

    /// Lets what was sent before leave, and waits a moment for its answers: closing a socket at once could lose both.
    async fn say_goodbye(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            self.on_command(command);
        }
        let Some(lines) = &self.lines else { return };
        let flushed = lines.calls.flushed();
        let answered = async {
            flushed.await;
            while self.parts.machine.in_flight() > 0 {
                let Some(lines) = &mut self.lines else { return };
                let incoming = lines.calls.next().await;
                self.on_incoming(Use::Calls, incoming);
            }
        };
        if tokio::time::timeout(GOODBYE_WAIT, answered).await.is_err() {
            tracing::debug!("The last calls have not been answered");
        }
    }
}
