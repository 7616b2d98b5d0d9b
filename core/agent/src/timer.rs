//! Deadlines of the machine. One timer per key; arming again moves it.

use std::collections::{BTreeMap, BTreeSet};

use mesos_model::clock::Instant;
use mesos_model::id::{ContainerId, ExecutorId, FrameworkId};

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Send (or repeat) the registration to the master.
    Register,
    /// No ping came for the whole ping timeout.
    PingTimeout,
    /// A launched executor did not register.
    ExecutorRegistration(FrameworkId, ExecutorId, ContainerId),
    /// An executor asked to shut down did not leave.
    ExecutorShutdown(FrameworkId, ExecutorId, ContainerId),
    /// An executor that speaks HTTP is to hear that the connection lives.
    ExecutorHeartbeat(FrameworkId, ExecutorId),
    /// Executors that survived a restart have had their time to come back.
    ExecutorReregistration,
    /// Ask the surviving executors once more.
    ExecutorReconnectRetry,
    /// Look at disk usage and collect garbage.
    DiskWatch,
}

#[derive(Default)]
pub struct Timers {
    by_key: BTreeMap<Timer, Instant>,
    by_time: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    pub fn arm(&mut self, timer: Timer, at: Instant) {
        self.cancel(&timer);
        self.by_time.insert((at, timer.clone()));
        self.by_key.insert(timer, at);
    }

    pub fn cancel(&mut self, timer: &Timer) {
        if let Some(at) = self.by_key.remove(timer) {
            self.by_time.remove(&(at, timer.clone()));
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due.
    pub fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = self.by_time.first()?.clone();
        if at > now {
            return None;
        }
        self.by_time.pop_first();
        self.by_key.remove(&timer);
        Some(timer)
    }
}
