//! The synchronous side of a scheduler driver: the status table, start-up and hand-over to the driver's thread.
//!
//! Compat: S1–S12, J8, J10. FIX: join of a driver that never started answers the status.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::unbounded_channel;

use super::api::{Config, Handle, Scheduler};
use super::calls::Call;
use super::detect::{self, Location};
use super::machine::{Authentication, Event, Machine, Setup};
use super::worker::Worker;
use crate::control::{Control, Ends};
use crate::environment::SchedulerFlags;
use crate::inbox::Inbox;
use crate::local::RunningCluster;
use crate::runtime::{Process, outside};
use crate::{Status, host, local, logging, splice};

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
    pub(super) control: Arc<Control<Command>>,
    scheduler: Mutex<Option<Box<dyn Scheduler>>>,
    config: Config,
    flags: Option<SchedulerFlags>,
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
            control: Arc::default(),
            scheduler: Mutex::new(Some(scheduler)),
            config,
            flags: flags.ok(),
        });
        if let Err(error) = logged {
            Self::fail(&shared, &error);
        }
        shared
    }

    pub(super) fn status(&self) -> Status {
        self.control.status()
    }

    fn take_scheduler(&self) -> Option<Box<dyn Scheduler>> {
        self.scheduler
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Aborts before there is a thread, and tells the scheduler on the caller's.
    fn fail(this: &Arc<Self>, message: &str) {
        this.control.fail();
        let handle = Handle {
            shared: this.clone(),
        };
        if let Some(mut scheduler) = this.take_scheduler() {
            let _ = scheduler.error(&handle, message);
        }
    }

    pub(super) fn start(this: &Arc<Self>) -> Status {
        this.control
            .start(|| Self::launch(this), |message| Self::fail(this, &message))
    }

    fn launch(this: &Arc<Self>) -> Result<(), String> {
        let flags = this.flags.clone().ok_or("the flags did not load")?;
        tracing::info!("Version: {}", env!("CARGO_PKG_VERSION"));
        let location = detect::locate(&this.config.master).map_err(|e| e.to_string())?;
        let process = Process::shared(&this.config.variables).map_err(|e| e.to_string())?;
        warn_of_loopback(&process);
        let (master, cluster) = this.master(location, &flags, &process)?;
        let scheduler = this.take_scheduler().ok_or("the scheduler is gone")?;
        let mailbox = process
            .node()
            .spawn(&format!("scheduler-{}", uuid::Uuid::new_v4()));
        let gate = this.control.gate.clone();
        process.count_events("scheduler", &mailbox, move || gate.depth());
        let machine = Machine::new(this.setup(&flags));
        let (sender, receiver) = unbounded_channel();
        this.control.open(sender.clone());
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

    pub(super) fn stop(&self, failover: bool) -> Status {
        self.control.stop(Command::Stop { failover })
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

    pub(super) fn call(&self, mut call: Call) -> Status {
        self.control.call(|| {
            if let Call::UpdateFramework { framework, .. } = &mut call {
                *framework = host::fill_framework(framework);
            }
            Command::Call(call)
        })
    }

    pub(super) fn terminate(&self) {
        self.control.terminate();
    }
}

/// A master on another machine could not answer (S8).
fn warn_of_loopback(process: &Process) {
    if process.node().address().ip().is_loopback() {
        let stars = "*".repeat(50);
        tracing::warn!(
            "\n{stars}\nScheduler driver bound to loopback interface! Cannot communicate with remote \
             master(s). You might want to set 'LIBPROCESS_IP' environment variable to use a routable \
             IP address.\n{stars}"
        );
    }
}

/// Principal and secret of a `mesos.Credential`.
pub(super) fn credential(message: &Bytes) -> mesos_auth::Credential {
    mesos_auth::Credential {
        principal: splice::text(message, 1).unwrap_or_default(),
        secret: splice::message(message, 2).unwrap_or_default().to_vec(),
    }
}
