//! The container side: what an executor is started with, and who starts it.
//!
//! The machine decides; a [`Containerizer`] acts and reports through events. Its implementation over
//! plain processes is [`posix::Posix`].

pub mod command;
pub mod environment;
pub mod posix;
pub mod sandbox;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use mesos_model::Resources;
use mesos_model::id::ContainerId;
use mesos_proto::mesos::ResourceStatistics;

use crate::effect::Launch;
use crate::event::LaunchFailure;

pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Starts and ends containers. Endings are reported through the sink given at construction.
pub trait Containerizer: Send + Sync {
    /// Makes the sandbox, fetches, starts the executor; gives the pid of the first process.
    fn launch(&self, launch: Launch) -> BoxFuture<Result<u32, LaunchFailure>>;
    /// Watches a container that an earlier agent started.
    fn adopt(&self, container: ContainerId, pid: Option<u32>, sandbox: PathBuf);
    /// Ends containers that an earlier agent of this work directory started and nobody adopted.
    fn destroy_orphans(&self);
    /// The set of tasks in a running container changed.
    fn resize(&self, container: &ContainerId, resources: Resources);
    /// Ends a container in any stage.
    fn destroy(&self, container: &ContainerId);
    /// What containers use now; those that do not run are left out.
    fn usage(
        &self,
        containers: &[ContainerId],
        timestamp: f64,
    ) -> Vec<(ContainerId, ResourceStatistics)>;
    /// Figures for `containerizer/*`.
    fn metrics(&self, put: &mut dyn FnMut(&str, f64));
}
