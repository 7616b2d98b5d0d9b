//! What a framework sees: its callbacks and its calls.
//!
//! Compat: S1–S30. Every message is the serialised protobuf of the named type.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::calls::Call;
use super::shell::Shared;
use crate::environment::Variables;
use crate::{CallbackResult, Status};

/// The callbacks; all run on one thread of the driver, except `error` during construction and `start`.
#[allow(unused_variables, reason = "the defaults ignore what they are given")]
pub trait Scheduler: Send + 'static {
    /// `mesos.FrameworkID`, `mesos.MasterInfo`.
    fn registered(
        &mut self,
        driver: &Handle,
        framework_id: &Bytes,
        master: &Bytes,
    ) -> CallbackResult;

    /// `mesos.MasterInfo`.
    fn reregistered(&mut self, driver: &Handle, master: &Bytes) -> CallbackResult {
        Ok(())
    }

    fn disconnected(&mut self, driver: &Handle) -> CallbackResult {
        Ok(())
    }

    /// A list of `mesos.Offer`, never empty.
    fn resource_offers(&mut self, driver: &Handle, offers: &[Bytes]) -> CallbackResult;

    /// `mesos.OfferID`.
    fn offer_rescinded(&mut self, driver: &Handle, offer_id: &Bytes) -> CallbackResult {
        Ok(())
    }

    /// `mesos.TaskStatus`.
    fn status_update(&mut self, driver: &Handle, status: &Bytes) -> CallbackResult;

    /// `mesos.ExecutorID`, `mesos.SlaveID` and the data.
    fn framework_message(
        &mut self,
        driver: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        Ok(())
    }

    /// `mesos.SlaveID`.
    fn slave_lost(&mut self, driver: &Handle, agent_id: &Bytes) -> CallbackResult {
        Ok(())
    }

    /// `mesos.ExecutorID`, `mesos.SlaveID` and the executor's wait status.
    fn executor_lost(
        &mut self,
        driver: &Handle,
        executor_id: &Bytes,
        agent_id: &Bytes,
        status: i32,
    ) -> CallbackResult {
        Ok(())
    }

    fn error(&mut self, driver: &Handle, message: &str) -> CallbackResult {
        Ok(())
    }
}

/// What a driver is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// `mesos.FrameworkInfo`; user and hostname are filled in when empty.
    pub framework: Bytes,
    /// `host:port`, `master@host:port`, `file://…` or `local`; `zk://…` is refused: it is not built yet.
    pub master: String,
    /// `mesos.Credential`.
    pub credential: Option<Bytes>,
    pub implicit_acknowledgements: bool,
    pub suppressed_roles: Vec<String>,
    /// `mesos.scheduler.OfferConstraints`.
    pub offer_constraints: Option<Bytes>,
    /// The environment, usually the process's own.
    pub variables: Variables,
}

impl Config {
    /// Implicit acknowledgements, no credential, this process's environment.
    #[must_use]
    pub fn new(framework: Bytes, master: &str) -> Self {
        Self {
            framework,
            master: master.to_owned(),
            credential: None,
            implicit_acknowledgements: true,
            suppressed_roles: Vec::new(),
            offer_constraints: None,
            variables: Variables::of_process(),
        }
    }
}

/// The calls of a scheduler driver; cheap to clone, usable on any thread and inside callbacks.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

impl Handle {
    pub fn start(&self) -> Status {
        Shared::start(&self.shared)
    }

    pub fn stop(&self, failover: bool) -> Status {
        self.shared.stop(failover)
    }

    pub fn abort(&self) -> Status {
        self.shared.abort()
    }

    /// Waits until the driver has been stopped or aborted; inside a callback it answers at once.
    pub fn join(&self) -> Status {
        self.shared.join()
    }

    /// `join` that gives up after `limit`, for hosts that must look at something else now and then.
    pub fn join_at_most(&self, limit: Duration) -> Option<Status> {
        self.shared.join_at_most(limit)
    }

    /// `start`, then `join` if that worked.
    pub fn run(&self) -> Status {
        match self.start() {
            Status::Running => self.join(),
            other => other,
        }
    }

    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// A call as a value.
    pub(crate) fn call(&self, call: Call) -> Status {
        self.shared.call(call)
    }

    /// A list of `mesos.Request`.
    pub fn request_resources(&self, requests: Vec<Bytes>) -> Status {
        self.shared.call(Call::Request { requests })
    }

    /// `mesos.OfferID`s, `mesos.TaskInfo`s, `mesos.Filters`.
    pub fn launch_tasks(&self, offer_ids: Vec<Bytes>, tasks: &[Bytes], filters: Bytes) -> Status {
        self.shared.call(Call::launch(offer_ids, tasks, filters))
    }

    /// `mesos.OfferID`s, `mesos.Offer.Operation`s, `mesos.Filters`.
    pub fn accept_offers(
        &self,
        offer_ids: Vec<Bytes>,
        operations: Vec<Bytes>,
        filters: Bytes,
    ) -> Status {
        self.shared.call(Call::Accept {
            offer_ids,
            operations,
            filters,
        })
    }

    /// `mesos.OfferID`, `mesos.Filters`.
    pub fn decline_offer(&self, offer_id: Bytes, filters: Bytes) -> Status {
        self.shared.call(Call::Decline { offer_id, filters })
    }

    /// All roles.
    pub fn revive_offers(&self) -> Status {
        self.shared.call(Call::Revive { roles: Vec::new() })
    }

    /// No roles: no effect (S7).
    pub fn revive_offers_of(&self, roles: Vec<String>) -> Status {
        if roles.is_empty() {
            return self.status();
        }
        self.shared.call(Call::Revive { roles })
    }

    /// All roles.
    pub fn suppress_offers(&self) -> Status {
        self.shared.call(Call::Suppress { roles: Vec::new() })
    }

    /// No roles: no effect (S7).
    pub fn suppress_offers_of(&self, roles: Vec<String>) -> Status {
        if roles.is_empty() {
            return self.status();
        }
        self.shared.call(Call::Suppress { roles })
    }

    /// `mesos.TaskID`.
    pub fn kill_task(&self, task_id: Bytes) -> Status {
        self.shared.call(Call::Kill { task_id })
    }

    /// `mesos.TaskStatus`.
    pub fn acknowledge_status_update(&self, status: Bytes) -> Status {
        self.shared.call(Call::Acknowledge { status })
    }

    /// `mesos.ExecutorID`, `mesos.SlaveID`, data.
    pub fn send_framework_message(
        &self,
        executor_id: Bytes,
        agent_id: Bytes,
        data: Bytes,
    ) -> Status {
        self.shared.call(Call::Message {
            executor_id,
            agent_id,
            data,
        })
    }

    /// A list of `mesos.TaskStatus`.
    pub fn reconcile_tasks(&self, statuses: Vec<Bytes>) -> Status {
        self.shared.call(Call::Reconcile { statuses })
    }

    /// `mesos.FrameworkInfo`, roles, `mesos.scheduler.OfferConstraints`.
    pub fn update_framework(
        &self,
        framework: Bytes,
        suppressed_roles: Vec<String>,
        offer_constraints: Bytes,
    ) -> Status {
        self.shared.call(Call::UpdateFramework {
            framework,
            suppressed_roles,
            offer_constraints,
        })
    }
}

/// Owns the driver; dropping it ends its thread without a word to the master (J10).
#[derive(Debug)]
pub struct SchedulerDriver {
    handle: Handle,
}

impl SchedulerDriver {
    /// Problems with the environment reach `error` on this thread and leave the driver aborted (S8).
    #[must_use]
    pub fn new(scheduler: Box<dyn Scheduler>, config: Config) -> Self {
        Self {
            handle: Handle {
                shared: Shared::new(scheduler, config),
            },
        }
    }

    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl std::ops::Deref for SchedulerDriver {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for SchedulerDriver {
    fn drop(&mut self) {
        self.handle.shared.terminate();
    }
}
