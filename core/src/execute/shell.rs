//! The connection, the timers and the signals of the framework. Compat: operations §3.5 (tear-down).

use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::environment::Variables;
use mesos_driver::v1::scheduler::{Client, Config};
use mesos_driver::v1::{Callbacks, StartError};
use mesos_proto::v1::scheduler::{Call, Event as Heard};
use prost::Message as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Refusal;
use super::machine::{Effect, Event, Machine};
use super::plan::Plan;
use crate::program;

/// Events that wait for the machine before the connection waits too.
const EVENTS_MAX: usize = 256;
/// Between two attempts to subscribe.
const RETRY: Duration = Duration::from_secs(1);
/// How long the master may take to end the framework.
const TEARDOWN_LIMIT: Duration = Duration::from_secs(5);
/// What shells tell of a program that a signal ended: 128 and the signal's number.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;
/// When nothing is due.
const FAR: Duration = Duration::from_secs(24 * 60 * 60);

struct Forward(Sender<Event>);

impl Forward {
    /// A receiver that is gone is a program that ends.
    fn event(&self, event: Event) {
        let _ = self.0.blocking_send(event);
    }
}

impl Callbacks for Forward {
    fn connected(&mut self) -> CallbackResult {
        self.event(Event::Connected);
        Ok(())
    }

    fn disconnected(&mut self) -> CallbackResult {
        self.event(Event::Disconnected);
        Ok(())
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        for event in events {
            match Heard::decode(event.clone()) {
                Ok(event) => self.event(Event::Heard(Box::new(event))),
                Err(error) => tracing::warn!("Ignoring an event that cannot be read: {error}"),
            }
        }
        Ok(())
    }
}

/// Runs the plan to its end; answers the exit status.
pub fn run(plan: Plan) -> Result<u8, Refusal> {
    crate::local::install();
    let (events, heard) = channel(EVENTS_MAX);
    let config = Config {
        master: plan.master.clone(),
        credential: plan.credential.map(|c| c.encode_to_vec().into()),
        content_type: plan.content_type,
        variables: Variables::of_process(),
    };
    let client = Client::new(Box::new(Forward(events)), &config)
        .map_err(|error| refused(&plan.master, &error))?;
    let mut running = Running {
        machine: Machine::new(plan.framework, plan.work),
        client,
        kill_after: plan.kill_after,
        timers: Vec::new(),
    };
    let runtime = program::runtime().map_err(Refusal::Plain)?;
    let ended = runtime.block_on(running.until_over(heard));
    running.tear_down();
    let status = ended?;
    match plan.exit_with_task_status {
        true => Ok(status.of_task),
        false => Ok(status.of_program),
    }
}

/// In the words of the original, which does not name the master here.
fn refused(master: &str, error: &StartError) -> Refusal {
    let text = error.0.as_str();
    let prefix = format!("Failed to create a master detector for '{master}': ");
    let Some(reason) = text.strip_prefix(&prefix) else {
        return Refusal::plain(text);
    };
    if master.starts_with("zk://") {
        return Refusal::Plain(format!(
            "Failed to create a master detector: {reason} (masters in high availability, found \
             through ZooKeeper, come with that feature)"
        ));
    }
    Refusal::Plain(format!("Failed to create a master detector: {reason}"))
}

/// The two statuses a run can end with.
#[derive(Clone, Copy)]
struct Status {
    of_program: u8,
    of_task: u8,
}

impl Status {
    /// By a signal: then there is no task's own.
    fn both(status: u8) -> Self {
        Self {
            of_program: status,
            of_task: status,
        }
    }
}

struct Running {
    machine: Machine,
    client: Client,
    kill_after: Option<Duration>,
    timers: Vec<(Instant, Event)>,
}

impl Running {
    async fn until_over(&mut self, mut heard: Receiver<Event>) -> Result<Status, Refusal> {
        let signals = || -> std::io::Result<_> {
            Ok((
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            ))
        };
        let (mut interrupt, mut terminate) =
            signals().map_err(|error| Refusal::Plain(error.to_string()))?;
        self.client.start();
        loop {
            let event = tokio::select! {
                event = heard.recv() => match event {
                    Some(event) => event,
                    None => return Err(Refusal::plain("The connection to the master is gone")),
                },
                () = self.next_timer() => self.take_timer(),
                _ = interrupt.recv() => return Ok(Status::both(INTERRUPTED)),
                _ = terminate.recv() => return Ok(Status::both(TERMINATED)),
            };
            let mut effects = Vec::new();
            self.machine.on(event, &mut effects);
            for effect in effects {
                if let Some(status) = self.carry_out(effect)? {
                    return Ok(status);
                }
            }
        }
    }

    fn next_timer(&self) -> Pin<Box<Sleep>> {
        let next = self.timers.iter().map(|(at, _)| *at).min();
        Box::pin(sleep_until(next.unwrap_or_else(|| Instant::now() + FAR)))
    }

    fn take_timer(&mut self) -> Event {
        let next = (0..self.timers.len()).min_by_key(|index| self.timers[*index].0);
        next.map_or(Event::Retry, |index| self.timers.swap_remove(index).1)
    }

    fn arm(&mut self, after: Duration, event: Event) {
        self.timers.push((Instant::now() + after, event));
    }

    fn carry_out(&mut self, effect: Effect) -> Result<Option<Status>, Refusal> {
        match effect {
            Effect::Send(call) => self.client.send(bytes_of(&call)),
            Effect::Say(line) => say(&line)?,
            Effect::ArmRetry => self.arm(RETRY, Event::Retry),
            Effect::ArmKill(task, agent) => {
                let is_armed = |timer: &(Instant, Event)| matches!(&timer.1, Event::KillDue(armed, _) if *armed == task);
                // Health checks make a task running again and again.
                if let Some(after) = self.kill_after
                    && !self.timers.iter().any(is_armed)
                {
                    self.arm(after, Event::KillDue(task, agent));
                }
            }
            Effect::End(of_task) => {
                return Ok(Some(Status {
                    of_program: 0,
                    of_task,
                }));
            }
            Effect::Fail(reason) => return Err(Refusal::Plain(reason)),
        }
        Ok(None)
    }

    fn tear_down(&self) {
        let Some(call) = self.machine.teardown() else {
            return;
        };
        let settled = self.client.send_and_wait(bytes_of(&call));
        if !settled.wait_at_most(TEARDOWN_LIMIT) {
            tracing::warn!("The master has not confirmed that the framework is torn down");
        }
    }
}

fn bytes_of(call: &Call) -> Bytes {
    call.encode_to_vec().into()
}

/// Who reads a line waits for it.
fn say(line: &str) -> Result<(), Refusal> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(|error| Refusal::Plain(format!("Failed to write to stdout: {error}")))
}
