//! Runs the executor machine: one thread, one mailbox, the status table.
//!
//! Compat: X1–X3, X8, X10, X11.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Upid};
use tokio::sync::mpsc::unbounded_channel;

use super::api::{Executor, Handle};
use super::machine::{Callback, Effect, Event, Machine, Timer, UpdateId};
use crate::control::{Control, Ends};
use crate::environment::{ExecutorEnvironment, LoggingFlags, Variables};
use crate::inbox::{Inbox, Input};
use crate::runtime::Process;
use crate::{CallbackResult, Status, host, incoming, logging, splice};

enum Command {
    Event(Event),
    Stop,
    Abort,
    Terminate,
}

impl Ends for Command {
    fn abort() -> Self {
        Self::Abort
    }

    fn terminate() -> Self {
        Self::Terminate
    }
}

/// Shared by the handles and the driver's thread.
pub(super) struct Shared {
    control: Arc<Control<Command>>,
    executor: Mutex<Option<Box<dyn Executor>>>,
    variables: Variables,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutorDriver")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(executor: Box<dyn Executor>, variables: Variables) -> Arc<Self> {
        let logged = LoggingFlags::load(&variables)
            .map_err(|error| error.to_string())
            .and_then(|flags| logging::ensure(&flags, &variables, "mesos"));
        let shared = Arc::new(Self {
            control: Arc::default(),
            executor: Mutex::new(Some(executor)),
            variables,
        });
        if let Err(error) = logged {
            Self::fail(&shared, &error);
        }
        shared
    }

    pub(super) fn status(&self) -> Status {
        self.control.status()
    }

    fn take_executor(&self) -> Option<Box<dyn Executor>> {
        self.executor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Aborts before there is a thread, and tells the executor on the caller's.
    fn fail(this: &Arc<Self>, message: &str) {
        this.control.fail();
        let handle = Handle {
            shared: this.clone(),
        };
        if let Some(mut executor) = this.take_executor() {
            let _ = executor.error(&handle, message);
        }
    }

    pub(super) fn start(this: &Arc<Self>) -> Status {
        this.control
            .start(|| Self::launch(this), |message| Self::fail(this, &message))
    }

    fn launch(this: &Arc<Self>) -> Result<(), String> {
        tracing::info!("Version: {}", env!("CARGO_PKG_VERSION"));
        let environment = ExecutorEnvironment::load(&this.variables).map_err(|e| e.to_string())?;
        let process = Process::shared(&this.variables).map_err(|e| e.to_string())?;
        let executor = this.take_executor().ok_or("the executor is gone")?;
        let mailbox = process.node().spawn(&next_id());
        let gate = this.control.gate.clone();
        process.count_events("executor", &mailbox, move || gate.depth());
        let me = mailbox.upid().clone();
        let (sender, receiver) = unbounded_channel();
        this.control.gate.enter(false);
        let _ = sender.send(Command::Event(Event::Start));
        this.control.open(sender);
        let machine = Machine::new(me.clone(), environment);
        let (shared, worker_process) = (this.clone(), process.clone());
        let body = move || {
            let inbox = Inbox::new(worker_process.clone(), receiver, mailbox);
            let handle = Handle {
                shared: shared.clone(),
            };
            Worker {
                shared,
                process: worker_process,
                me,
                machine,
                inbox,
                executor,
                handle,
            }
            .run();
        };
        let thread = std::thread::Builder::new()
            .name("mesos-executor".to_owned())
            .spawn(body);
        thread
            .map(drop)
            .map_err(|e| format!("Failed to start the driver's thread: {e}"))
    }

    pub(super) fn stop(&self) -> Status {
        self.control.stop(Command::Stop)
    }

    pub(super) fn abort(&self) -> Status {
        self.control.abort()
    }

    pub(super) fn join(&self) -> Status {
        self.control.join()
    }

    pub(super) fn join_at_most(&self, limit: Duration) -> Option<Status> {
        self.control.join_at_most(limit)
    }

    pub(super) fn send_status_update(&self, status: Bytes) -> Status {
        self.control.call(|| {
            let id: UpdateId = uuid::Uuid::new_v4().into_bytes();
            Command::Event(Event::SendStatusUpdate { status, id })
        })
    }

    pub(super) fn send_framework_message(&self, data: Bytes) -> Status {
        self.control
            .call(|| Command::Event(Event::SendFrameworkMessage { data }))
    }

    pub(super) fn terminate(&self) {
        self.control.terminate();
    }
}

/// `executor(N)`, counted per process.
fn next_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("executor({})", COUNT.fetch_add(1, Ordering::Relaxed) + 1)
}

struct Worker {
    shared: Arc<Shared>,
    process: Arc<Process>,
    me: Upid,
    machine: Machine,
    inbox: Inbox<Command, Timer>,
    executor: Box<dyn Executor>,
    handle: Handle,
}

impl Worker {
    fn run(mut self) {
        let _on_thread = self.shared.control.enter_thread();
        loop {
            match self.inbox.next() {
                Input::Command(Command::Event(event)) => {
                    self.shared.control.gate.leave();
                    self.feed(event);
                }
                Input::Command(Command::Abort) => self.shared.control.finish(),
                Input::Command(Command::Stop) => return self.process.flush(),
                Input::Command(Command::Terminate) | Input::Closed => return,
                Input::Timer(timer) => self.feed(Event::TimerFired(timer)),
                Input::Envelope(envelope) if self.shared.control.is_running() => {
                    self.on_envelope(envelope)
                }
                Input::Envelope(_) => {}
            }
        }
    }

    fn on_envelope(&mut self, envelope: Envelope) {
        match envelope {
            Envelope::Exited { pid } => self.feed(Event::Exited { pid }),
            Envelope::Message {
                from, name, body, ..
            } => {
                if let Err(error) = incoming::check(&name, &body) {
                    tracing::warn!("Dropped {name} from {from}: {error}");
                    return;
                }
                self.feed(Event::Message { from, name, body });
            }
        }
    }

    fn feed(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.machine.on(self.inbox.now(), event, &mut effects);
        for effect in effects {
            self.execute(effect);
        }
    }

    fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::Link { to, fresh } => {
                let mode = if fresh {
                    LinkMode::Reconnect
                } else {
                    LinkMode::Reuse
                };
                self.process.node().link(&self.me, &to, mode);
            }
            Effect::Send { to, name, body } => self.process.node().send(&self.me, &to, name, body),
            Effect::Arm { timer, at } => self.inbox.arm(timer, at),
            Effect::Callback(callback) => {
                if self.shared.control.is_running() && self.deliver(callback).is_err() {
                    tracing::error!("A callback failed: aborting the driver");
                    self.shared.abort();
                }
            }
            Effect::KillSelf => host::kill_process_group(),
        }
    }

    fn deliver(&mut self, callback: Callback) -> CallbackResult {
        let (executor, handle) = (&mut self.executor, &self.handle);
        match callback {
            Callback::Registered {
                executor: info,
                framework,
                agent,
            } => {
                tracing::info!("Executor registered on agent {}", agent_id(&agent));
                executor.registered(handle, &info, &framework, &agent)
            }
            Callback::Reregistered { agent } => {
                tracing::info!("Executor re-registered on agent {}", agent_id(&agent));
                executor.reregistered(handle, &agent)
            }
            Callback::LaunchTask { task } => executor.launch_task(handle, &task),
            Callback::KillTask { task_id, policy } => {
                executor.kill_task(handle, &task_id, policy.as_ref())
            }
            Callback::FrameworkMessage { data } => executor.framework_message(handle, &data),
            Callback::Acknowledged => executor.acknowledged(handle),
            Callback::Shutdown => {
                tracing::info!("Executor asked to shutdown");
                executor.shutdown(handle)
            }
        }
    }
}

/// The id in a `SlaveInfo`, for the log.
fn agent_id(agent: &Bytes) -> String {
    const ID: u32 = 6;
    splice::message(agent, ID).map_or_else(String::new, |id| splice::id(&id))
}
