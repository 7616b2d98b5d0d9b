//! What an executor driver decides: events in, effects out.
//!
//! Compat: W5, X4–X11. Messages from the agent are taken from anyone, as the original does; the shell stops feeding
//! messages once the driver no longer runs. FIX of X7: a task id that comes twice is ignored instead of being fatal.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mesos_model::clock::{Instant, Now};
use mesos_process::Upid;

use crate::environment::ExecutorEnvironment;
use crate::splice::{self, Writer};

/// A 16 byte random id, drawn by the shell.
pub type UpdateId = [u8; 16];

#[derive(Clone, Debug)]
pub enum Event {
    Start,
    Message {
        from: Upid,
        name: Arc<str>,
        body: Bytes,
    },
    /// The connection to that process broke.
    Exited {
        pid: Upid,
    },
    TimerFired(Timer),
    SendStatusUpdate {
        status: Bytes,
        id: UpdateId,
    },
    SendFrameworkMessage {
        data: Bytes,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Waits for a restarted agent; the number is the connection that broke.
    Recovery(u64),
    /// The grace period of a shutdown.
    Shutdown,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Watches the connection to the agent; `fresh` opens a new one.
    Link {
        to: Upid,
        fresh: bool,
    },
    Send {
        to: Upid,
        name: &'static str,
        body: Bytes,
    },
    Arm {
        timer: Timer,
        at: Instant,
    },
    Callback(Callback),
    /// Kills the own process group.
    KillSelf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    Registered {
        executor: Bytes,
        framework: Bytes,
        agent: Bytes,
    },
    Reregistered {
        agent: Bytes,
    },
    LaunchTask {
        task: Bytes,
    },
    KillTask {
        task_id: Bytes,
        policy: Option<Bytes>,
    },
    FrameworkMessage {
        data: Bytes,
    },
    /// An update that was waiting for it has been acknowledged.
    Acknowledged,
    Shutdown,
}

#[derive(Clone, Debug)]
struct Update {
    id: UpdateId,
    /// `mesos.internal.StatusUpdate`.
    update: Bytes,
}

#[derive(Debug)]
pub struct Machine {
    me: Upid,
    environment: ExecutorEnvironment,
    agent: Upid,
    connected: bool,
    registered: bool,
    /// Counts connections, so that an old recovery timer does nothing.
    connection: u64,
    shut_down: bool,
    unacknowledged_updates: Vec<Update>,
    /// Task id and `mesos.TaskInfo`, in order of arrival.
    unacknowledged_tasks: Vec<(String, Bytes)>,
}

impl Machine {
    #[must_use]
    pub fn new(me: Upid, environment: ExecutorEnvironment) -> Self {
        Self {
            me,
            agent: environment.agent.clone(),
            environment,
            connected: false,
            registered: false,
            connection: 0,
            shut_down: false,
            unacknowledged_updates: Vec::new(),
            unacknowledged_tasks: Vec::new(),
        }
    }

    pub fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Start => self.on_start(out),
            Event::SendStatusUpdate { status, id } => {
                self.on_send_status_update(now, &status, id, out)
            }
            Event::SendFrameworkMessage { data } => self.on_send_framework_message(&data, out),
            Event::TimerFired(Timer::Shutdown) => out.push(Effect::KillSelf),
            Event::TimerFired(Timer::Recovery(_))
            | Event::Message { .. }
            | Event::Exited { .. }
                if self.shut_down => {}
            Event::TimerFired(Timer::Recovery(connection)) => {
                if !self.connected && connection == self.connection {
                    self.shutdown(now, out);
                }
            }
            Event::Message { from, name, body } => self.on_message(now, from, &name, &body, out),
            Event::Exited { pid } => self.on_exited(now, &pid, out),
        }
    }

    fn on_start(&mut self, out: &mut Vec<Effect>) {
        out.push(Effect::Link {
            to: self.agent.clone(),
            fresh: false,
        });
        let body = Writer::new()
            .bytes(1, &splice::id_message(&self.environment.framework_id))
            .bytes(2, &splice::id_message(&self.environment.executor_id))
            .finish();
        self.send("mesos.internal.RegisterExecutorMessage", body, out);
    }

    fn on_message(
        &mut self,
        now: Now,
        from: Upid,
        name: &str,
        body: &Bytes,
        out: &mut Vec<Effect>,
    ) {
        match name {
            "mesos.internal.ExecutorRegisteredMessage" => self.on_registered(body, out),
            "mesos.internal.ExecutorReregisteredMessage" => self.on_reregistered(body, out),
            "mesos.internal.ReconnectExecutorMessage" => self.on_reconnect(from, out),
            "mesos.internal.RunTaskMessage" => self.on_run_task(body, out),
            "mesos.internal.KillTaskMessage" => {
                let task_id = splice::message(body, 2).unwrap_or_default();
                let policy = splice::message(body, 3);
                out.push(Effect::Callback(Callback::KillTask { task_id, policy }));
            }
            "mesos.internal.StatusUpdateAcknowledgementMessage" => {
                self.on_acknowledgement(body, out)
            }
            "mesos.internal.FrameworkToExecutorMessage" if self.connected => {
                let data = splice::message(body, 4).unwrap_or_default();
                out.push(Effect::Callback(Callback::FrameworkMessage { data }));
            }
            "mesos.internal.ShutdownExecutorMessage" => self.shutdown(now, out),
            _ => {}
        }
    }

    fn on_registered(&mut self, body: &Bytes, out: &mut Vec<Effect>) {
        self.connect();
        self.registered = true;
        out.push(Effect::Callback(Callback::Registered {
            executor: splice::message(body, 2).unwrap_or_default(),
            framework: splice::message(body, 4).unwrap_or_default(),
            agent: splice::message(body, 6).unwrap_or_default(),
        }));
    }

    fn on_reregistered(&mut self, body: &Bytes, out: &mut Vec<Effect>) {
        self.connect();
        out.push(Effect::Callback(Callback::Reregistered {
            agent: splice::message(body, 2).unwrap_or_default(),
        }));
    }

    fn connect(&mut self) {
        self.connected = true;
        self.connection += 1;
    }

    fn on_reconnect(&mut self, from: Upid, out: &mut Vec<Effect>) {
        self.agent = from;
        out.push(Effect::Link {
            to: self.agent.clone(),
            fresh: true,
        });
        let tasks: Vec<&Bytes> = self
            .unacknowledged_tasks
            .iter()
            .map(|(_, task)| task)
            .collect();
        let updates: Vec<&Bytes> = self
            .unacknowledged_updates
            .iter()
            .map(|u| &u.update)
            .collect();
        let body = Writer::new()
            .bytes(1, &splice::id_message(&self.environment.executor_id))
            .bytes(2, &splice::id_message(&self.environment.framework_id))
            .all(3, &tasks)
            .all(4, &updates)
            .finish();
        self.send("mesos.internal.ReregisterExecutorMessage", body, out);
    }

    fn on_run_task(&mut self, body: &Bytes, out: &mut Vec<Effect>) {
        if !self.connected {
            return;
        }
        let task = splice::message(body, 4).unwrap_or_default();
        let id = splice::at(&task, &[2])
            .map(|b| splice::id(&b))
            .unwrap_or_default();
        if self
            .unacknowledged_tasks
            .iter()
            .any(|(known, _)| *known == id)
        {
            return;
        }
        self.unacknowledged_tasks.push((id, task.clone()));
        out.push(Effect::Callback(Callback::LaunchTask { task }));
    }

    fn on_acknowledgement(&mut self, body: &Bytes, out: &mut Vec<Effect>) {
        if !self.connected {
            return;
        }
        let id = splice::message(body, 4).unwrap_or_default();
        let task = splice::message(body, 3)
            .map(|b| splice::id(&b))
            .unwrap_or_default();
        let waiting = self.unacknowledged_updates.len();
        self.unacknowledged_updates
            .retain(|update| update.id[..] != id[..]);
        self.unacknowledged_tasks
            .retain(|(known, _)| *known != task);
        if self.unacknowledged_updates.len() < waiting {
            out.push(Effect::Callback(Callback::Acknowledged));
        }
    }

    fn on_exited(&mut self, now: Now, pid: &Upid, out: &mut Vec<Effect>) {
        if *pid != self.agent {
            return;
        }
        if self.environment.checkpoint && self.registered {
            self.connected = false;
            let at = now.instant + self.environment.recovery_timeout;
            out.push(Effect::Arm {
                timer: Timer::Recovery(self.connection),
                at,
            });
            return;
        }
        self.connected = false;
        self.shutdown(now, out);
    }

    fn shutdown(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.shut_down = true;
        if !self.environment.local {
            out.push(Effect::Arm {
                timer: Timer::Shutdown,
                at: now.instant + self.grace(),
            });
        }
        out.push(Effect::Callback(Callback::Shutdown));
    }

    fn grace(&self) -> Duration {
        self.environment.shutdown_grace
    }

    fn on_send_status_update(
        &mut self,
        now: Now,
        status: &Bytes,
        id: UpdateId,
        out: &mut Vec<Effect>,
    ) {
        let agent_id = splice::id_message(&self.environment.agent_id);
        let timestamp = now.wall.secs();
        let status = splice::with(status, 5, &Writer::new().bytes(5, &agent_id).finish());
        let status = splice::with(&status, 6, &Writer::new().double(6, timestamp).finish());
        let status = splice::with(&status, 11, &Writer::new().bytes(11, &id).finish());
        let update = Writer::new()
            .bytes(1, &splice::id_message(&self.environment.framework_id))
            .bytes(2, &splice::id_message(&self.environment.executor_id))
            .bytes(3, &agent_id)
            .bytes(4, &status)
            .double(5, timestamp)
            .bytes(6, &id)
            .finish();
        let me = self.me.to_string();
        let body = Writer::new()
            .bytes(1, &update)
            .bytes(2, me.as_bytes())
            .finish();
        self.unacknowledged_updates.push(Update { id, update });
        self.send("mesos.internal.StatusUpdateMessage", body, out);
    }

    fn on_send_framework_message(&mut self, data: &Bytes, out: &mut Vec<Effect>) {
        let body = Writer::new()
            .bytes(1, &splice::id_message(&self.environment.agent_id))
            .bytes(2, &splice::id_message(&self.environment.framework_id))
            .bytes(3, &splice::id_message(&self.environment.executor_id))
            .bytes(4, data)
            .finish();
        self.send("mesos.internal.ExecutorToFrameworkMessage", body, out);
    }

    fn send(&self, name: &'static str, body: Bytes, out: &mut Vec<Effect>) {
        out.push(Effect::Send {
            to: self.agent.clone(),
            name,
            body,
        });
    }
}

#[cfg(test)]
mod tests;
