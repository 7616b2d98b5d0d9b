//! The loop: drains what has come in, lets the machine work through it, does the effects, publishes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use mesos_model::Now;
use mesos_process::{Envelope, Mailbox};
use tokio::sync::{mpsc, oneshot};

use super::{
    Clock, Input, decode::decode, effects::Doer, figures::Figures, live::Feed, next_ticket,
    timers::Timers,
};
use crate::{
    effect::Effect,
    event::{Event, Message, OperatorReply, Timer},
    machine::Master,
    snapshot::Snapshot,
};

/// Messages, and events of other kinds, that one batch takes at most.
const BATCH_MAX: usize = 512;

pub(super) struct Actor {
    pub machine: Master,
    pub clock: Clock,
    pub doer: Doer,
    pub snapshots: Arc<ArcSwap<Snapshot>>,
    pub timers: Timers,
    pub figures: Figures,
    pub feed: Feed,
    /// Told once that the registry is recovered.
    pub recovered: Option<oneshot::Sender<()>>,
}

/// One batch on its way through the machine.
struct Batch {
    now: Now,
    effects: Vec<Effect>,
    /// Something happened that a view may show.
    visible: bool,
}

impl Actor {
    pub async fn run(
        mut self,
        mut mailbox: Mailbox,
        mut inputs: mpsc::UnboundedReceiver<Input>,
        mut pongs: mpsc::Receiver<Event>,
    ) {
        let mut batch = Batch {
            now: self.clock.now(),
            effects: Vec::new(),
            visible: true,
        };
        self.machine.start(batch.now, &mut batch.effects);
        self.finish(&mut batch);
        let mut envelopes = Vec::with_capacity(BATCH_MAX);
        loop {
            let next = self.timers.next();
            let first = tokio::select! {
                count = mailbox.recv_many(&mut envelopes, BATCH_MAX) => {
                    if count == 0 {
                        return;
                    }
                    None
                }
                input = inputs.recv() => input,
                pong = pongs.recv() => pong.map(Input::Event),
                () = sleep_until(self.clock, next) => None,
            };
            batch.now = self.clock.now();
            batch.visible = false;
            for envelope in envelopes.drain(..) {
                self.envelope(envelope, &mut batch);
            }
            let more = std::iter::from_fn(|| inputs.try_recv().ok()).take(BATCH_MAX);
            let pongs = std::iter::from_fn(|| pongs.try_recv().ok())
                .take(BATCH_MAX)
                .map(Input::Event);
            let others: Vec<Input> = first.into_iter().chain(more).chain(pongs).collect();
            self.figures.left(inputs.len());
            for input in others {
                self.input(input, &mut batch);
            }
            while let Some(timer) = self.timers.take_due(batch.now.instant) {
                self.event(Event::TimerFired(timer), &mut batch);
            }
            self.finish(&mut batch);
        }
    }

    fn envelope(&mut self, envelope: Envelope, batch: &mut Batch) {
        match envelope {
            Envelope::Exited { pid } => self.event(Event::Exited { pid }, batch),
            Envelope::Message {
                from, name, body, ..
            } => match decode(&name, &body) {
                Ok(message) => self.event(Event::Message { from, message }, batch),
                Err(error) => tracing::warn!("Dropping {name} from {from}: {error}"),
            },
        }
    }

    fn input(&mut self, input: Input, batch: &mut Batch) {
        match input {
            Input::Event(event) => self.event(event, batch),
            Input::Request { request, answer } => {
                let ticket = next_ticket();
                self.doer.expect(ticket, answer);
                self.event(Event::Operator { ticket, request }, batch);
            }
            Input::Call { request, caller } => {
                let ticket = next_ticket();
                self.doer.streams.expect(ticket, caller);
                self.event(Event::SchedulerCall { ticket, request }, batch);
            }
        }
    }

    fn event(&mut self, event: Event, batch: &mut Batch) {
        batch.visible |= match &event {
            Event::TimerFired(Timer::Ping { .. }) => false,
            Event::Message { message, .. } => !matches!(message, Message::Pong { .. }),
            Event::Operator { request, .. } => !request.is_question(),
            _ => true,
        };
        self.machine.on(batch.now, event, &mut batch.effects);
    }

    fn finish(&mut self, batch: &mut Batch) {
        let (runs, start) = (self.machine.allocation_runs(), std::time::Instant::now());
        let waited = self.clock.now().instant.since(batch.now.instant);
        self.machine.finish(batch.now, &mut batch.effects);
        if self.machine.allocation_runs() != runs {
            let took = start.elapsed();
            self.figures.allocated(waited, took);
            let time = batch.now.wall.secs();
            self.feed.live.series.allocated(time, took);
        }
        let pinging = |effect: &Effect| {
            matches!(
                effect,
                Effect::SendFromObserver { .. }
                    | Effect::Heartbeat { .. }
                    | Effect::Arm { .. }
                    | Effect::Reply {
                        reply: OperatorReply::Shares(_) | OperatorReply::Outlook(_),
                        ..
                    }
            )
        };
        batch.visible |= !batch.effects.iter().all(pinging);
        // Who gets an answer must find its effect in the views.
        if batch.visible {
            let snapshot = self.machine.publish(batch.now);
            let recovered = snapshot.recovered;
            self.snapshots.store(snapshot);
            self.feed.published();
            if recovered && let Some(waiting) = self.recovered.take() {
                // Who started the master does not wait any more.
                let _ = waiting.send(());
            }
        }
        for effect in batch.effects.drain(..) {
            self.doer.perform(effect, &mut self.timers);
        }
    }
}

async fn sleep_until(clock: Clock, at: Option<mesos_model::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(clock.tokio_instant(at)).await,
        None => std::future::pending().await,
    }
}
