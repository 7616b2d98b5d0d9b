//! Everything that reaches the thread of a driver, in one place to wait at.
//!
//! Calls are taken before messages and wait here without bound, but `gate` lets only so many in; messages wait in the node's bounded mailbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use mesos_model::clock::{Instant, Now};
use mesos_process::{Envelope, Mailbox};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::runtime::{Clock, Process};

pub(crate) enum Input<C, T> {
    Command(C),
    Envelope(Envelope),
    Timer(T),
    /// Nobody can reach the driver any more.
    Closed,
}

pub(crate) struct Inbox<C, T> {
    process: Arc<Process>,
    commands: UnboundedReceiver<C>,
    mailbox: Mailbox,
    timers: BTreeMap<T, Instant>,
    clock: Clock,
}

impl<C, T: Ord + Copy> Inbox<C, T> {
    pub(crate) fn new(
        process: Arc<Process>,
        commands: UnboundedReceiver<C>,
        mailbox: Mailbox,
    ) -> Self {
        Self {
            process,
            commands,
            mailbox,
            timers: BTreeMap::new(),
            clock: Clock::new(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    pub(crate) fn arm(&mut self, timer: T, at: Instant) {
        self.timers.insert(timer, at);
    }

    pub(crate) fn cancel(&mut self, timer: T) {
        self.timers.remove(&timer);
    }

    /// Waits for the next thing to do.
    pub(crate) fn next(&mut self) -> Input<C, T> {
        if let Some(timer) = self.take_due() {
            return Input::Timer(timer);
        }
        if let Ok(command) = self.commands.try_recv() {
            return Input::Command(command);
        }
        if let Some(envelope) = self.mailbox.try_recv() {
            return Input::Envelope(envelope);
        }
        self.wait()
    }

    fn take_due(&mut self) -> Option<T> {
        let now = self.clock.now().instant;
        let due = self
            .timers
            .iter()
            .find(|(_, at)| **at <= now)
            .map(|(timer, _)| *timer)?;
        self.timers.remove(&due);
        Some(due)
    }

    fn wait(&mut self) -> Input<C, T> {
        let alarm = self.clock.next(&self.timers);
        let process = self.process.clone();
        let (commands, mailbox) = (&mut self.commands, &mut self.mailbox);
        let input = process.handle().block_on(async move {
            tokio::select! {
                biased;
                command = commands.recv() => command.map_or(Input::Closed, Input::Command),
                envelope = mailbox.recv() => envelope.map_or(Input::Closed, Input::Envelope),
                timer = alarm => Input::Timer(timer),
            }
        });
        if let Input::Timer(timer) = &input {
            self.timers.remove(timer);
        }
        input
    }
}
