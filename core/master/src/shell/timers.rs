//! Armed timers, soonest first.

use std::{cmp::Ordering, collections::BinaryHeap};

use mesos_model::Instant;

use crate::event::Timer;

struct Entry {
    at: Instant,
    /// Timers of the same moment fire in the order they were armed.
    number: u64,
    timer: Timer,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        // Reversed: the heap gives its greatest first.
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Entry>,
    armed: u64,
}

impl Timers {
    pub fn arm(&mut self, timer: Timer, at: Instant) {
        self.armed += 1;
        self.heap.push(Entry {
            at,
            number: self.armed,
            timer,
        });
    }

    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| entry.at)
    }

    pub fn take_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|entry| entry.timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_by_time_then_by_age() {
        let mut timers = Timers::default();
        timers.arm(Timer::RecoveredAgents, Instant(5));
        timers.arm(Timer::Allocator, Instant(3));
        timers.arm(Timer::RemovalPermit, Instant(3));
        assert_eq!(timers.take_due(Instant(2)), None);
        assert_eq!(timers.take_due(Instant(9)), Some(Timer::Allocator));
        assert_eq!(timers.take_due(Instant(9)), Some(Timer::RemovalPermit));
        assert_eq!(timers.next(), Some(Instant(5)));
    }
}
