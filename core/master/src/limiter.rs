//! The rate limiter of transitions to unreachable (`--agent_removal_rate_limit`). Compat: AGT-28, AGT-32, REG-16.

use std::{collections::VecDeque, time::Duration};

use mesos_model::{AgentId, Instant};

/// Why an agent waits for a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Pings went unanswered; a pong cancels it.
    HealthCheck { observer: u64 },
    /// The re-registration timer fired in that epoch.
    Disconnected { epoch: u64 },
    /// Did not return after the election.
    Recovery,
}

/// Hands out one permit per interval; without interval every request is granted at once.
#[derive(Debug)]
pub struct RemovalLimiter {
    interval: Option<Duration>,
    next: Instant,
    waiting: VecDeque<(AgentId, Cause)>,
}

/// What came of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Permit {
    Granted,
    /// Ask again at that time with [`RemovalLimiter::take`].
    Waits(Instant),
}

impl RemovalLimiter {
    pub fn new(interval: Option<Duration>) -> Self {
        Self {
            interval,
            next: Instant::ZERO,
            waiting: VecDeque::new(),
        }
    }

    pub fn request(&mut self, now: Instant, agent: &AgentId, cause: Cause) -> Permit {
        let Some(interval) = self.interval else {
            return Permit::Granted;
        };
        if self.waiting.is_empty() && self.next <= now {
            self.next = now + interval;
            return Permit::Granted;
        }
        self.waiting.push_back((agent.clone(), cause));
        Permit::Waits(self.next)
    }

    /// The next request whose time has come, and when to ask again.
    pub fn take(&mut self, now: Instant) -> (Option<(AgentId, Cause)>, Option<Instant>) {
        let Some(interval) = self.interval else {
            return (None, None);
        };
        if self.waiting.is_empty() {
            return (None, None);
        }
        if self.next > now {
            return (None, Some(self.next));
        }
        let request = self.waiting.pop_front();
        self.next = now + interval;
        (request, (!self.waiting.is_empty()).then_some(self.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_come_one_per_interval() {
        let second = Duration::from_secs(1);
        let mut limiter = RemovalLimiter::new(Some(second));
        let agent = AgentId::new("a");
        let cause = Cause::Recovery;
        assert_eq!(limiter.request(Instant(0), &agent, cause), Permit::Granted);
        assert_eq!(
            limiter.request(Instant(1), &agent, cause),
            Permit::Waits(Instant(0) + second)
        );
        assert_eq!(limiter.take(Instant(5)), (None, Some(Instant(0) + second)));
        let due = Instant(0) + second;
        assert_eq!(limiter.take(due), (Some((agent, cause)), None));
        assert_eq!(limiter.take(due), (None, None));
    }
}
