//! What a v1 executor client decides: events in, effects out.
//!
//! Compat: agent §16.1, X8 (the kill timer). FIX: a record that cannot be read gives an ERROR event, and the records
//! after it are still read.

use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::Now;

use super::environment::Environment;
use crate::random::Random;
use crate::splice::{Writer, id_message};
use crate::v1::codec::{self, Codec};
use crate::v1::deliver::Upcall;
use crate::v1::session::{Outcome, Session};
use crate::v1::shell;
use crate::v1::words::{Attempt, Effect, Event, State, Timer};

/// Calls that keep the connection from looking idle.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30 * 60);
/// An attempt is given at least so long, whatever the random wait.
const RETRY_WAIT_MIN: Duration = Duration::from_millis(10);
/// `mesos.v1.executor.Call.HEARTBEAT`.
const HEARTBEAT: u64 = 4;

#[derive(Debug)]
pub(super) struct Machine {
    session: Session,
    environment: Environment,
    random: Random,
    /// Waiting for the agent to come back.
    recovering: bool,
    shutting_down: bool,
    stopped: bool,
}

impl Machine {
    pub(super) fn new(codec: Codec, environment: Environment, seed: u64) -> Self {
        Self {
            session: Session::new(codec),
            environment,
            random: Random::new(seed),
            recovering: false,
            shutting_down: false,
            stopped: false,
        }
    }

    fn connect(&mut self, out: &mut Vec<Effect>) {
        self.session.open(self.environment.target.clone(), out);
    }

    fn on_opened(&mut self, out: &mut Vec<Effect>) {
        if std::mem::take(&mut self.recovering) {
            out.push(Effect::Cancel(Timer::Recovery));
        }
        out.push(Effect::Cancel(Timer::Connect));
        self.session.opened(out);
    }

    fn on_lost(&mut self, now: Now, reason: &str, out: &mut Vec<Effect>) {
        let was_connected = self.session.is_connected();
        if was_connected {
            out.push(Effect::Callback(Upcall::Disconnected));
        }
        self.session.close(out);
        if self.recovering {
            return;
        }
        let Some(checkpointing) = self.environment.checkpointing.filter(|_| was_connected) else {
            tracing::info!("Disconnected from agent: {reason}; Shutting down");
            return self.shut_down(now, out);
        };
        tracing::info!(
            "Disconnected from agent: {reason}; waiting {:?} for it to come back",
            checkpointing.recovery_timeout
        );
        self.recovering = true;
        out.push(Effect::Arm {
            timer: Timer::Recovery,
            at: now.instant + checkpointing.recovery_timeout,
        });
        self.try_again(now, out);
    }

    /// Connects now, and again after a random wait unless that has worked until then.
    fn try_again(&mut self, now: Now, out: &mut Vec<Effect>) {
        let Some(checkpointing) = self.environment.checkpointing else {
            return;
        };
        self.connect(out);
        let wait = self.random.up_to(checkpointing.subscription_backoff_max);
        let wait = wait.max(RETRY_WAIT_MIN);
        out.push(Effect::Arm {
            timer: Timer::Connect,
            at: now.instant + wait,
        });
    }

    fn shut_down(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.receive(now, codec::shutdown_event(), out);
    }

    fn receive(&mut self, now: Now, event: Bytes, out: &mut Vec<Effect>) {
        let ends = codec::is_shutdown(&event);
        out.push(Effect::Callback(Upcall::Received(event)));
        if !ends || self.shutting_down {
            return;
        }
        self.shutting_down = true;
        if self.environment.local {
            return self.end(out);
        }
        out.push(Effect::Arm {
            timer: Timer::Shutdown,
            at: now.instant + self.environment.shutdown_grace,
        });
    }

    fn end(&mut self, out: &mut Vec<Effect>) {
        self.stopped = true;
        self.session.close(out);
        out.push(Effect::End);
    }

    fn on_timer(&mut self, now: Now, timer: Timer, out: &mut Vec<Effect>) {
        match timer {
            Timer::Connect if !self.session.is_connected() => self.try_again(now, out),
            Timer::Connect => {}
            Timer::Recovery if self.recovering => {
                // It goes on trying to connect, without another timeout.
                tracing::info!("Recovery timeout exceeded; Shutting down");
                self.shut_down(now, out);
            }
            Timer::Recovery => {}
            Timer::Shutdown => out.push(Effect::KillSelf),
            Timer::Heartbeat => {
                if self.session.state() == State::Subscribed {
                    let unused = id_message("unused");
                    let call = Writer::new()
                        .bytes(1, &unused)
                        .bytes(2, &unused)
                        .varint(3, HEARTBEAT)
                        .finish();
                    self.session.call(&call, None, out);
                }
                Self::arm_heartbeat(now, out);
            }
        }
    }

    fn arm_heartbeat(now: Now, out: &mut Vec<Effect>) {
        out.push(Effect::Arm {
            timer: Timer::Heartbeat,
            at: now.instant + HEARTBEAT_INTERVAL,
        });
    }

    fn on_news(&mut self, now: Now, attempt: Attempt, event: Event, out: &mut Vec<Effect>) {
        if !self.session.is_current(attempt) {
            return;
        }
        match event {
            Event::Opened(_) => self.on_opened(out),
            Event::Lost { reason, .. } => self.on_lost(now, &reason, out),
            Event::Streaming {
                request, stream_id, ..
            } => match self.session.streaming(request, stream_id) {
                Outcome::Handled => {}
                Outcome::Broken(reason) => self.on_lost(now, &reason, out),
            },
            Event::Record { record, .. } => {
                if let Some(event) = self.session.record(&record) {
                    self.receive(now, event, out);
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
            Event::Start => {
                self.connect(out);
                Self::arm_heartbeat(now, out);
            }
            Event::Opened(attempt)
            | Event::Lost { attempt, .. }
            | Event::Streaming { attempt, .. }
            | Event::Record { attempt, .. }
            | Event::Answered { attempt, .. } => self.on_news(now, attempt, event, out),
            Event::Call { call, ticket } => self.session.call(&call, ticket, out),
            Event::TimerFired(timer) => self.on_timer(now, timer, out),
            Event::Stop => self.end(out),
            Event::Detected(_) | Event::Reconnect => {}
        }
    }

    fn in_flight(&self) -> usize {
        self.session.in_flight()
    }
}
