//! What a v1 scheduler client decides: events in, effects out.
//!
//! Compat: V1–V3, E1 (CONNECTION_DELAY_MAX). The first connection of a client is made at once, which is within the
//! rule's bound; the random wait, which keeps a crowd from a new master, goes before every later one.

use std::time::Duration;

use mesos_model::clock::Now;
use mesos_process::Upid;
use mesos_process::http::connection::Endpoint;

use crate::random::Random;
use crate::v1::codec::Codec;
use crate::v1::deliver::Upcall;
use crate::v1::session::{Outcome, Session};
use crate::v1::shell;
use crate::v1::words::{Attempt, Effect, Event, Target, Timer};

/// What the machine starts with.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) codec: Codec,
    pub(super) connection_delay_max: Duration,
    pub(super) seed: u64,
}

#[derive(Debug)]
pub(super) struct Machine {
    session: Session,
    connection_delay_max: Duration,
    random: Random,
    master: Option<Upid>,
    was_connecting: bool,
    stopped: bool,
}

impl Machine {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            session: Session::new(setup.codec),
            connection_delay_max: setup.connection_delay_max,
            random: Random::new(setup.seed),
            master: None,
            was_connecting: false,
            stopped: false,
        }
    }

    fn on_detected(&mut self, now: Now, master: Option<Upid>, out: &mut Vec<Effect>) {
        self.disconnect(out);
        self.master = master;
        let Some(master) = &self.master else {
            tracing::info!("Lost leading master");
            return;
        };
        if !self.was_connecting {
            tracing::info!("New master detected at {master}");
            self.was_connecting = true;
            self.connect(out);
            return;
        }
        let delay = self.random.up_to(self.connection_delay_max);
        out.push(Effect::Arm {
            timer: Timer::Connect,
            at: now.instant + delay,
        });
    }

    fn connect(&mut self, out: &mut Vec<Effect>) {
        let Some(master) = &self.master else { return };
        let target = Target {
            endpoint: Endpoint::Tcp(master.address.into()),
            path: format!("/{}/api/v1/scheduler", master.id),
        };
        self.session.open(target, out);
    }

    fn disconnect(&mut self, out: &mut Vec<Effect>) {
        if self.session.is_connected() {
            out.push(Effect::Callback(Upcall::Disconnected));
        }
        out.push(Effect::Cancel(Timer::Connect));
        self.session.close(out);
    }

    /// The connection is of no use any more: look for the master again.
    fn lost(&mut self, reason: &str, out: &mut Vec<Effect>) {
        if self.session.is_connected() {
            tracing::info!("Re-detecting master: {reason}");
        } else {
            tracing::debug!("Failed to connect with the master: {reason}");
        }
        self.disconnect(out);
        self.master = None;
        out.push(Effect::Detect);
    }

    fn on_news(&mut self, attempt: Attempt, event: Event, out: &mut Vec<Effect>) {
        if !self.session.is_current(attempt) {
            return self.session.on_old_news(attempt, &event, out);
        }
        match event {
            Event::Opened(_) => self.session.opened(out),
            Event::Lost { reason, .. } => self.lost(&reason, out),
            Event::Streaming {
                request, stream_id, ..
            } => {
                if let Outcome::Broken(reason) = self.session.streaming(request, stream_id) {
                    tracing::error!("{reason}");
                    self.lost(&reason, out);
                }
            }
            Event::Record { record, .. } => {
                if let Some(event) = self.session.record(&record) {
                    out.push(Effect::Callback(Upcall::Received(event)));
                }
            }
            Event::Answered {
                request,
                status,
                body,
                ..
            } => self.session.answered(request, status, &body, out),
            Event::Start
            | Event::Detected(_)
            | Event::Call { .. }
            | Event::Reconnect
            | Event::TimerFired(_)
            | Event::Stop => {}
        }
    }
}

impl shell::Machine for Machine {
    fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>) {
        if self.stopped {
            return;
        }
        match event {
            Event::Start => out.push(Effect::Detect),
            Event::Detected(master) => self.on_detected(now, master, out),
            Event::Opened(attempt)
            | Event::Lost { attempt, .. }
            | Event::Streaming { attempt, .. }
            | Event::Record { attempt, .. }
            | Event::Answered { attempt, .. } => self.on_news(attempt, event, out),
            Event::Call { call, ticket } => self.session.call(&call, ticket, out),
            Event::Reconnect if self.session.is_connected() => {
                self.lost("Received reconnect request from scheduler", out);
            }
            Event::Reconnect => {}
            Event::TimerFired(Timer::Connect) => self.connect(out),
            Event::TimerFired(Timer::Recovery | Timer::Shutdown | Timer::Heartbeat) => {}
            Event::Stop => {
                self.stopped = true;
                self.disconnect(out);
                out.push(Effect::End);
            }
        }
    }

    fn in_flight(&self) -> usize {
        self.session.in_flight()
    }
}
