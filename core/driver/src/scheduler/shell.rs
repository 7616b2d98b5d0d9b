//! The synchronous side of a scheduler driver: the status table, start-up and hand-over to the driver's thread.
//!
//! Compat: S1–S12, J8, J10. FIX: join of a driver that never started answers the status.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::api::{Config, Handle, Scheduler};
use super::calls::Call;
use super::detect::{self, Location};
use super::machine::{Authentication, Event, Machine, Setup};
use super::worker::Worker;
use crate::environment::SchedulerFlags;
use crate::gate::Gate;
use crate::inbox::Inbox;
use crate::latch::Latch;
use crate::lifecycle::Lifecycle;
use crate::local::RunningCluster;
use crate::runtime::{Process, outside};
use crate::{Status, host, local, logging, splice};

/// How long dropping a driver waits for a running callback.
const END_WAIT: Duration = Duration::from_secs(30);
/// How long stop waits at most; usually it is over in a millisecond.
const GOODBYE_WAIT: Duration = Duration::from_millis(250);

const FRAMEWORK_NAME: u32 = 2;

pub(super) enum Command {
    Call(Call),
    Stop {
        failover: bool,
    },
    Abort,
    Authenticated {
        attempt: u64,
        result: Authentication,
    },
    Terminate,
}

/// Shared by the handles and the driver's thread.
pub(super) struct Shared {
    lifecycle: Mutex<Lifecycle>,
    running: AtomicBool,
    commands: OnceLock<UnboundedSender<Command>>,
    scheduler: Mutex<Option<Box<dyn Scheduler>>>,
    config: Config,
    flags: Option<SchedulerFlags>,
    pub(super) thread: OnceLock<ThreadId>,
    pub(super) gate: Arc<Gate>,
    pub(super) finished: Latch,
    pub(super) ended: Latch,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SchedulerDriver")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(scheduler: Box<dyn Scheduler>, mut config: Config) -> Arc<Self> {
        config.framework = host::fill_framework(&config.framework);
        let flags = SchedulerFlags::load(&config.variables);
        let name = splice::text(&config.framework, FRAMEWORK_NAME).unwrap_or_default();
        let logged = match &flags {
            Ok(flags) => logging::ensure(&flags.logging, &config.variables, &name),
            Err(error) => Err(error.to_string()),
        };
        let shared = Arc::new(Self {
            lifecycle: Mutex::default(),
            running: AtomicBool::new(false),
            commands: OnceLock::new(),
            scheduler: Mutex::new(Some(scheduler)),
            config,
            flags: flags.ok(),
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

    fn take_scheduler(&self) -> Option<Box<dyn Scheduler>> {
        self.scheduler
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Aborts before there is a thread, and tells the scheduler on the caller's.
    fn fail(this: &Arc<Self>, message: &str) {
        this.lifecycle().fail();
        this.running.store(false, Ordering::SeqCst);
        let handle = Handle {
            shared: this.clone(),
        };
        if let Some(mut scheduler) = this.take_scheduler() {
            let _ = scheduler.error(&handle, message);
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
        let flags = this.flags.clone().ok_or("the flags did not load")?;
        let location = detect::locate(&this.config.master).map_err(|e| e.to_string())?;
        let process = Process::shared(&this.config.variables).map_err(|e| e.to_string())?;
        let (master, cluster) = this.master(location, &flags, &process)?;
        let scheduler = this.take_scheduler().ok_or("the scheduler is gone")?;
        let mailbox = process
            .node()
            .spawn(&format!("scheduler-{}", uuid::Uuid::new_v4()));
        let gate = this.gate.clone();
        process.count_events("scheduler", &mailbox, move || gate.depth());
        let machine = Machine::new(this.setup(&flags));
        let (sender, receiver) = unbounded_channel();
        let _ = this.commands.set(sender.clone());
        this.running.store(true, Ordering::SeqCst);
        let (shared, credential) = (this.clone(), this.config.credential.clone());
        let body = move || {
            let me = mailbox.upid().clone();
            let inbox = Inbox::new(process.clone(), receiver, mailbox);
            let handle = Handle {
                shared: shared.clone(),
            };
            let worker = Worker {
                shared,
                process,
                me,
                machine,
                inbox,
                scheduler,
                handle,
                credential,
                sender,
                cluster,
                attempt: None,
            };
            worker.run(Event::Detected(Some(detect::leader_of(master))));
        };
        let thread = std::thread::Builder::new()
            .name("mesos-scheduler".to_owned())
            .spawn(body);
        thread
            .map(drop)
            .map_err(|e| format!("Failed to start the driver's thread: {e}"))
    }

    fn master(
        &self,
        location: Location,
        flags: &SchedulerFlags,
        process: &Process,
    ) -> Result<(mesos_process::Upid, Option<Box<dyn RunningCluster>>), String> {
        match location {
            Location::Fixed(pid) => Ok((pid, None)),
            Location::Local => {
                let failed = |reason: &str| format!("Failed to start the local cluster: {reason}");
                let starter =
                    local::starter().ok_or_else(|| failed("this library was built without it"))?;
                let (node, runtime) = (process.node(), process.handle());
                let cluster = outside(|| starter.start(node, flags.num_slaves, runtime));
                let cluster = cluster.map_err(|reason| failed(&reason))?;
                Ok((cluster.master(), Some(cluster)))
            }
        }
    }

    fn setup(&self, flags: &SchedulerFlags) -> Setup {
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        Setup {
            // As long as there is no other detector.
            fixed_master: true,
            framework: self.config.framework.clone(),
            has_credential: self.config.credential.is_some(),
            implicit_acknowledgements: self.config.implicit_acknowledgements,
            suppressed_roles: self.config.suppressed_roles.clone(),
            offer_constraints: self.config.offer_constraints.clone().unwrap_or_default(),
            registration_backoff: flags.registration_backoff_factor,
            authentication_timeout_min: flags.authentication_timeout_min,
            authentication_timeout_max: flags.authentication_timeout_max,
            authentication_backoff: flags.authentication_backoff_factor,
            seed,
        }
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

    pub(super) fn stop(&self, failover: bool) -> Status {
        let answer = self.lifecycle().stop();
        if answer.forward {
            self.running.store(false, Ordering::SeqCst);
            self.forward(Command::Stop { failover });
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

    pub(super) fn call(&self, mut call: Call) -> Status {
        let answer = self.lifecycle().call();
        if answer.forward {
            if let Call::UpdateFramework { framework, .. } = &mut call {
                *framework = host::fill_framework(framework);
            }
            self.gate.enter(!self.is_own_thread());
            self.forward(Command::Call(call));
        }
        answer.status
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

    pub(super) fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }
}

/// Principal and secret of a `mesos.Credential`.
pub(super) fn credential(message: &Bytes) -> mesos_auth::Credential {
    mesos_auth::Credential {
        principal: splice::text(message, 1).unwrap_or_default(),
        secret: splice::message(message, 2).unwrap_or_default().to_vec(),
    }
}
