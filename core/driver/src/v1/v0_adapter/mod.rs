//! The v1 scheduler interface over the scheduler driver, with explicit acknowledgements.
//!
//! Compat: V5. The driver calls `machine` on its thread, the user on any; what the machine wants to tell the user goes
//! to a thread of the adapter's own, as in the HTTP client. The driver waits while that thread is too far behind.

mod machine;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;

use self::machine::{Effect, Event, HEARTBEAT_INTERVAL, Machine};
use super::deliver::Deliverer;
use super::{Callbacks, Done, StartError};
use crate::environment::Variables;
use crate::runtime::Process;
use crate::scheduler::{self, Handle, Scheduler, SchedulerDriver};
use crate::{CallbackResult, Status};

/// What an adapter is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// `mesos.v1.FrameworkInfo`.
    pub framework: Bytes,
    pub master: String,
    /// `mesos.v1.Credential`.
    pub credential: Option<Bytes>,
    pub variables: Variables,
}

/// An adapter; dropping it ends its driver without a word to the master.
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    unstarted: Mutex<Option<Unstarted>>,
    driver: Mutex<Option<SchedulerDriver>>,
}

struct Unstarted {
    callbacks: Box<dyn Callbacks>,
    config: Config,
}

impl std::fmt::Debug for Unstarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unstarted")
    }
}

/// Seen by the user's threads, the driver's and the timer.
#[derive(Debug)]
struct Shared {
    machine: Mutex<Machine>,
    deliverer: Arc<Deliverer>,
    handle: OnceLock<Handle>,
    process: OnceLock<Arc<Process>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// Makes a client that does nothing until [`Client::start`].
    ///
    /// # Errors
    /// Bytes that are no `FrameworkInfo` or no `Credential`.
    pub fn new(callbacks: Box<dyn Callbacks>, config: &Config) -> Result<Self, StartError> {
        super::check("mesos.v1.FrameworkInfo", &config.framework)?;
        if let Some(credential) = &config.credential {
            super::check("mesos.v1.Credential", credential)?;
        }
        Ok(Self {
            shared: Arc::new(Shared {
                machine: Mutex::default(),
                deliverer: Arc::default(),
                handle: OnceLock::new(),
                process: OnceLock::new(),
            }),
            unstarted: Mutex::new(Some(Unstarted {
                callbacks,
                config: config.clone(),
            })),
            driver: Mutex::new(None),
        })
    }

    /// Starts the driver; what is wrong with the configuration comes as an ERROR event.
    pub fn start(&self) {
        let Some(Unstarted { callbacks, config }) = locked(&self.unstarted).take() else {
            return;
        };
        let weak = Arc::downgrade(&self.shared);
        let failed = move || {
            if let Some(handle) = weak
                .upgrade()
                .and_then(|shared| shared.handle.get().cloned())
            {
                handle.abort();
            }
        };
        if let Err(error) = self.shared.deliverer.start(callbacks, failed) {
            tracing::error!("Failed to start the client's thread: {error}");
            return;
        }
        if let Ok(process) = Process::shared(&config.variables) {
            let _ = self.shared.process.set(process);
        }
        let driver = SchedulerDriver::new(
            Box::new(Adapter(self.shared.clone())),
            scheduler::Config {
                framework: config.framework,
                master: config.master,
                credential: config.credential,
                implicit_acknowledgements: false,
                suppressed_roles: Vec::new(),
                offer_constraints: None,
                variables: config.variables,
            },
        );
        let handle = driver.handle().clone();
        let _ = self.shared.handle.set(handle.clone());
        *locked(&self.driver) = Some(driver);
        handle.start();
    }

    /// `mesos.v1.scheduler.Call`.
    pub fn send(&self, call: Bytes) {
        Shared::feed(&self.shared, Event::Call(call));
    }

    /// The driver protocol has no answers: this fails.
    pub fn call(&self, _call: Bytes, done: Done) {
        done(Err("The driver protocol does not answer calls".to_owned()));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if locked(&self.unstarted).take().is_some() {
            return;
        }
        self.shared.deliverer.close();
        drop(locked(&self.driver).take());
        self.shared.deliverer.join();
    }
}

impl Shared {
    fn feed(this: &Arc<Self>, event: Event) {
        let mut effects = Vec::new();
        {
            // What is told keeps the order in which it came about; calls of the driver may wait, so they are made later.
            let mut machine = locked(&this.machine);
            machine.on(event, &mut effects);
            effects.retain(|effect| match effect {
                Effect::Callback(upcall) => {
                    this.deliverer.push(upcall.clone());
                    false
                }
                Effect::Heartbeat { .. } | Effect::Driver(_) | Effect::Stop => true,
            });
        }
        for effect in effects {
            this.execute(effect);
        }
    }

    fn execute(self: &Arc<Self>, effect: Effect) {
        match effect {
            Effect::Callback(_) => {}
            Effect::Heartbeat { subscription } => self.arm_heartbeat(subscription),
            Effect::Driver(call) => {
                if let Some(handle) = self.handle.get() {
                    handle.call(call);
                }
            }
            Effect::Stop => {
                if let Some(handle) = self.handle.get() {
                    let _: Status = handle.stop(false);
                }
            }
        }
    }

    fn arm_heartbeat(self: &Arc<Self>, subscription: u64) {
        let Some(process) = self.process.get() else {
            return;
        };
        let weak = Arc::downgrade(self);
        process.handle().spawn(async move {
            tokio::time::sleep(HEARTBEAT_INTERVAL).await;
            if let Some(shared) = weak.upgrade() {
                Self::feed(&shared, Event::HeartbeatDue { subscription });
            }
        });
    }
}

/// Gives the machine what the driver says.
struct Adapter(Arc<Shared>);

impl Adapter {
    fn feed(&self, event: Event) -> CallbackResult {
        self.0.deliverer.wait_for_room();
        Shared::feed(&self.0, event);
        Ok(())
    }
}

impl Scheduler for Adapter {
    fn registered(&mut self, _: &Handle, framework_id: &Bytes, master: &Bytes) -> CallbackResult {
        self.feed(Event::Registered {
            framework_id: framework_id.clone(),
            master: master.clone(),
        })
    }

    fn reregistered(&mut self, _: &Handle, master: &Bytes) -> CallbackResult {
        let master = master.clone();
        self.feed(Event::Reregistered { master })
    }

    fn disconnected(&mut self, _: &Handle) -> CallbackResult {
        self.feed(Event::Disconnected)
    }

    fn resource_offers(&mut self, _: &Handle, offers: &[Bytes]) -> CallbackResult {
        self.feed(Event::Offers(offers.to_vec()))
    }

    fn offer_rescinded(&mut self, _: &Handle, offer_id: &Bytes) -> CallbackResult {
        self.feed(Event::Rescinded(offer_id.clone()))
    }

    fn status_update(&mut self, _: &Handle, status: &Bytes) -> CallbackResult {
        self.feed(Event::Update(status.clone()))
    }

    fn framework_message(
        &mut self,
        _: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        self.feed(Event::Message {
            executor_id: executor_id.clone(),
            agent_id: agent_id.clone(),
            data: data.clone(),
        })
    }

    fn slave_lost(&mut self, _: &Handle, agent_id: &Bytes) -> CallbackResult {
        self.feed(Event::AgentLost(agent_id.clone()))
    }

    fn executor_lost(
        &mut self,
        _: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        status: i32,
    ) -> CallbackResult {
        self.feed(Event::ExecutorLost {
            executor_id: executor_id.clone(),
            agent_id: agent_id.clone(),
            status,
        })
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        self.feed(Event::Error(message.to_owned()))
    }
}
