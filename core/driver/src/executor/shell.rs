//! Runs the executor machine: one thread, one mailbox, the status table.
//!
//! Compat: X1–X3, X8, X10, X11.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Upid};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::api::{Executor, Handle};
use super::machine::{Callback, Effect, Event, Machine, Timer, UpdateId};
use crate::environment::{ExecutorEnvironment, LoggingFlags, Variables};
use crate::gate::Gate;
use crate::inbox::{Inbox, Input};
use crate::latch::Latch;
use crate::lifecycle::Lifecycle;
use crate::runtime::Process;
use crate::{CallbackResult, Status, incoming, logging};

/// How long dropping a driver waits for a running callback.
const END_WAIT: Duration = Duration::from_secs(30);
/// How long stop waits at most; usually it is over in a millisecond.
const GOODBYE_WAIT: Duration = Duration::from_millis(250);

enum Command {
    Event(Event),
    Stop,
    Abort,
    Terminate,
}

/// Shared by the handles and the driver's thread.
pub(super) struct Shared {
    lifecycle: Mutex<Lifecycle>,
    running: AtomicBool,
    commands: OnceLock<UnboundedSender<Command>>,
    executor: Mutex<Option<Box<dyn Executor>>>,
    variables: Variables,
    thread: OnceLock<ThreadId>,
    gate: Arc<Gate>,
    finished: Latch,
    ended: Latch,
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
            lifecycle: Mutex::default(),
            running: AtomicBool::new(false),
            commands: OnceLock::new(),
            executor: Mutex::new(Some(executor)),
            variables,
            thread: OnceLock::new(),
            gate: Arc::default(),
            finished: Latch::default(),
            ended: Latch::default(),
        });
        if let Err(error) = logged {
            Self::fail(&shared, &error);
        }
        shared
    }

    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lifecycle().status()
    }

    fn take_executor(&self) -> Option<Box<dyn Executor>> {
        self.executor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Aborts before there is a thread, and tells the executor on the caller's.
    fn fail(this: &Arc<Self>, message: &str) {
        this.lifecycle().fail();
        this.running.store(false, Ordering::SeqCst);
        let handle = Handle {
            shared: this.clone(),
        };
        if let Some(mut executor) = this.take_executor() {
            let _ = executor.error(&handle, message);
        }
    }

    pub(super) fn start(this: &Arc<Self>) -> Status {
        let answer = this.lifecycle().start();
        if !answer.forward {
            return answer.status;
        }
        if let Err(message) = Self::launch(this) {
            Self::fail(this, &message);
        }
        this.status()
    }

    fn launch(this: &Arc<Self>) -> Result<(), String> {
        let environment = ExecutorEnvironment::load(&this.variables).map_err(|e| e.to_string())?;
        let process = Process::shared(&this.variables).map_err(|e| e.to_string())?;
        let executor = this.take_executor().ok_or("the executor is gone")?;
        let mailbox = process.node().spawn(&next_id());
        let gate = this.gate.clone();
        process.count_events("executor", &mailbox, move || gate.depth());
        let me = mailbox.upid().clone();
        let (sender, receiver) = unbounded_channel();
        this.gate.enter(false);
        let _ = sender.send(Command::Event(Event::Start));
        let _ = this.commands.set(sender);
        this.running.store(true, Ordering::SeqCst);
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

    /// Whether this is the thread that callbacks run on.
    fn is_own_thread(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    fn forward(&self, command: Command) {
        if let Some(commands) = self.commands.get() {
            let _ = commands.send(command);
        }
    }

    pub(super) fn stop(&self) -> Status {
        let answer = self.lifecycle().stop();
        if answer.forward {
            self.running.store(false, Ordering::SeqCst);
            self.forward(Command::Stop);
            self.wait_for_goodbye();
        }
        answer.status
    }

    /// Gives the last message a moment to leave, because the process may end right after stop (S5).
    fn wait_for_goodbye(&self) {
        let started = self.commands.get().is_some();
        if started && !self.is_own_thread() {
            self.finished.wait_at_most(GOODBYE_WAIT);
        }
    }

    pub(super) fn abort(&self) -> Status {
        let answer = self.lifecycle().abort();
        if answer.forward {
            self.running.store(false, Ordering::SeqCst);
            self.forward(Command::Abort);
        }
        answer.status
    }

    pub(super) fn join(&self) -> Status {
        let started = self.commands.get().is_some();
        if started && !self.is_own_thread() {
            self.finished.wait();
        }
        self.status()
    }

    fn call(&self, event: Event) -> Status {
        let answer = self.lifecycle().call();
        if answer.forward {
            self.gate.enter(!self.is_own_thread());
            self.forward(Command::Event(event));
        }
        answer.status
    }

    pub(super) fn send_status_update(&self, status: Bytes) -> Status {
        let id: UpdateId = uuid::Uuid::new_v4().into_bytes();
        self.call(Event::SendStatusUpdate { status, id })
    }

    pub(super) fn send_framework_message(&self, data: Bytes) -> Status {
        self.call(Event::SendFrameworkMessage { data })
    }

    /// Ends the thread without stop or abort; waits for a running callback, unless called from one.
    pub(super) fn terminate(&self) {
        self.running.store(false, Ordering::SeqCst);
        if self.commands.get().is_none() {
            return;
        }
        self.forward(Command::Terminate);
        if !self.is_own_thread() {
            self.ended.wait_at_most(END_WAIT);
        }
    }

    fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
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

/// Opens the latches even if a callback of ours panics.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.abort();
        }
        self.0.gate.close();
        self.0.finished.open();
        self.0.ended.open();
    }
}

impl Worker {
    fn run(mut self) {
        let _ = self.shared.thread.set(std::thread::current().id());
        let _ending = Ending(self.shared.clone());
        loop {
            match self.inbox.next() {
                Input::Command(Command::Event(event)) => {
                    self.shared.gate.leave();
                    self.feed(event);
                }
                Input::Command(Command::Abort) => self.shared.finished.open(),
                Input::Command(Command::Stop) => return self.process.flush(),
                Input::Command(Command::Terminate) | Input::Closed => return,
                Input::Timer(timer) => self.feed(Event::TimerFired(timer)),
                Input::Envelope(envelope) if self.shared.is_running() => self.on_envelope(envelope),
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
                if self.shared.is_running() && self.deliver(callback).is_err() {
                    tracing::error!("A callback failed: aborting the driver");
                    self.shared.abort();
                }
            }
            Effect::KillSelf => {
                tracing::info!("The shutdown grace period is over: killing the process group");
                let group = nix::unistd::getpgrp();
                let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
            }
        }
    }

    fn deliver(&mut self, callback: Callback) -> CallbackResult {
        let (executor, handle) = (&mut self.executor, &self.handle);
        match callback {
            Callback::Registered {
                executor: info,
                framework,
                agent,
            } => executor.registered(handle, &info, &framework, &agent),
            Callback::Reregistered { agent } => executor.reregistered(handle, &agent),
            Callback::LaunchTask { task } => executor.launch_task(handle, &task),
            Callback::KillTask { task_id, policy } => {
                executor.kill_task(handle, &task_id, policy.as_ref())
            }
            Callback::FrameworkMessage { data } => executor.framework_message(handle, &data),
            Callback::Acknowledged => executor.acknowledged(handle),
            Callback::Shutdown => executor.shutdown(handle),
        }
    }
}
