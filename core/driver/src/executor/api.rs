//! What an executor sees: its callbacks and its calls.
//!
//! Compat: X1–X11. Every message is the serialised protobuf of the named type.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::shell::Shared;
use crate::environment::Variables;
use crate::{CallbackResult, Status};

/// The callbacks; all run on one thread of the driver, except `error` during construction and `start`.
#[allow(unused_variables, reason = "the defaults ignore what they are given")]
pub trait Executor: Send + 'static {
    /// `mesos.ExecutorInfo`, `mesos.FrameworkInfo`, `mesos.SlaveInfo`.
    fn registered(
        &mut self,
        driver: &Handle,
        executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        Ok(())
    }

    /// `mesos.SlaveInfo`.
    fn reregistered(&mut self, driver: &Handle, agent: &Bytes) -> CallbackResult {
        Ok(())
    }

    /// `mesos.TaskInfo`.
    fn launch_task(&mut self, driver: &Handle, task: &Bytes) -> CallbackResult;

    /// `mesos.TaskID`, and the `mesos.KillPolicy` of the request if it carried one.
    fn kill_task(
        &mut self,
        driver: &Handle,
        task_id: &Bytes,
        policy: Option<&Bytes>,
    ) -> CallbackResult;

    fn framework_message(&mut self, driver: &Handle, data: &Bytes) -> CallbackResult {
        Ok(())
    }

    /// The agent has taken over one of the updates sent; not part of the language interfaces.
    fn acknowledged(&mut self, driver: &Handle) -> CallbackResult {
        Ok(())
    }

    fn shutdown(&mut self, driver: &Handle) -> CallbackResult;

    fn error(&mut self, driver: &Handle, message: &str) -> CallbackResult {
        Ok(())
    }
}

/// The calls of an executor driver; cheap to clone, usable on any thread and inside callbacks.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

impl Handle {
    /// Registers with the agent in the background.
    pub fn start(&self) -> Status {
        Shared::start(&self.shared)
    }

    pub fn stop(&self) -> Status {
        self.shared.stop()
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

    /// `mesos.TaskStatus`; its uuid and timestamp are set here.
    pub fn send_status_update(&self, status: Bytes) -> Status {
        self.shared.send_status_update(status)
    }

    pub fn send_framework_message(&self, data: Bytes) -> Status {
        self.shared.send_framework_message(data)
    }

    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }
}

/// Owns the driver; dropping it ends its thread without a word to the agent.
#[derive(Debug)]
pub struct ExecutorDriver {
    handle: Handle,
}

impl ExecutorDriver {
    /// Problems with the environment reach `error` on this thread and leave the driver aborted (X1).
    #[must_use]
    pub fn new(executor: Box<dyn Executor>, variables: Variables) -> Self {
        Self {
            handle: Handle {
                shared: Shared::new(executor, variables),
            },
        }
    }

    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl std::ops::Deref for ExecutorDriver {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for ExecutorDriver {
    fn drop(&mut self) {
        self.handle.shared.terminate();
    }
}
