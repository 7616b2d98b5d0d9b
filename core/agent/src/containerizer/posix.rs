//! Containers as plain process trees: sandbox, fetch, start, watch, kill.
//!
//! Compat: agent §8.3, §23.3 (as far as processes without isolation go), §23.6 (destroy by stage).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mesos_model::Resources;
use mesos_model::id::ContainerId;
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::{CommandInfo, ContainerInfo, ResourceStatistics, container_info};
use mesos_sandbox::fetcher::{Fetcher, Request};
use mesos_sandbox::{
    LaunchSpec, Launcher, Mark, Pid, ProcessIdentity, Program, ResourceLimit, Usage, WaitStatus,
};
use tokio::sync::Notify;

use super::environment::command_environment;
use super::{BoxFuture, Containerizer, sandbox};
use crate::checkpoint::paths::Paths;
use crate::effect::Launch;
use crate::event::{Event, LaunchFailure};

/// Where endings are reported.
pub type Sink = Arc<dyn Fn(Event) + Send + Sync>;

const UNSUPPORTED: &str = "None of the enabled containerizers (mesos) could create a container for the provided TaskInfo/ExecutorInfo message";

struct Entry {
    process: Option<ProcessIdentity>,
    sandbox: PathBuf,
    resources: Resources,
    user: Option<String>,
    /// Wakes a launch that is still preparing.
    cancelled: Arc<Notify>,
    destroying: bool,
}

struct Inner {
    launcher: Launcher,
    fetcher: Fetcher,
    paths: Paths,
    runtime_dir: PathBuf,
    sink: Sink,
    entries: Mutex<BTreeMap<ContainerId, Entry>>,
}

#[derive(Clone)]
pub struct Posix {
    inner: Arc<Inner>,
}

impl Posix {
    pub fn new(
        launcher: Launcher,
        fetcher: Fetcher,
        paths: Paths,
        runtime_dir: PathBuf,
        sink: Sink,
    ) -> Self {
        let entries = Mutex::default();
        Self {
            inner: Arc::new(Inner {
                launcher,
                fetcher,
                paths,
                runtime_dir,
                sink,
                entries,
            }),
        }
    }
}

impl Containerizer for Posix {
    fn launch(&self, launch: Launch) -> BoxFuture<Result<u32, LaunchFailure>> {
        let inner = self.inner.clone();
        let cancelled = Arc::new(Notify::new());
        let entry = Entry {
            process: None,
            sandbox: launch.sandbox.clone(),
            resources: launch.resources.clone(),
            user: launch.user.clone(),
            cancelled: cancelled.clone(),
            destroying: false,
        };
        // The sandbox is there when this returns: the next effect shows it to the world.
        if let Err(failure) = inner.prepare(&launch) {
            return Box::pin(std::future::ready(Err(failure)));
        }
        inner.entries().insert(launch.container.clone(), entry);
        Box::pin(async move {
            let container = launch.container.clone();
            let result = inner.clone().start(launch, &cancelled).await;
            if result.is_err() {
                inner.entries().remove(&container);
                inner.forget_runtime(&container);
            }
            result
        })
    }

    fn adopt(&self, container: ContainerId, pid: Option<u32>, sandbox: PathBuf) {
        let mark = format!("MESOS_DIRECTORY={}", sandbox.display());
        let process = pid
            .and_then(|pid| Pid::new(i32::try_from(pid).ok()?))
            // The number may belong to a stranger by now.
            .filter(|pid| mesos_sandbox::procfs::environment_has(*pid, mark.as_bytes()))
            .and_then(|pid| self.inner.launcher.adopt(pid));
        let Some(process) = process else {
            let message = match pid {
                Some(_) => None,
                None => Some("Abnormal executor termination: unknown container".to_owned()),
            };
            let status = pid.map(|_| WaitStatus::KILLED.raw());
            self.inner.report(
                container,
                ContainerTermination {
                    status,
                    message,
                    ..Default::default()
                },
            );
            return;
        };
        let entry = Entry {
            process: Some(process),
            sandbox,
            resources: Resources::new(),
            user: None,
            cancelled: Arc::default(),
            destroying: false,
        };
        self.inner.entries().insert(container.clone(), entry);
        self.inner.clone().watch(container, process);
    }

    fn destroy_orphans(&self) {
        let folder = self.inner.runtime_dir.join("containers");
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for name in entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
        {
            let container = ContainerId::root(&name);
            if !self.inner.entries().contains_key(&container) {
                self.inner.destroy_orphan(&container);
            }
        }
    }

    fn resize(&self, container: &ContainerId, resources: Resources) {
        let (sandbox, user) = {
            let mut entries = self.inner.entries();
            let Some(entry) = entries.get_mut(container) else {
                return;
            };
            entry.resources = resources.clone();
            (entry.sandbox.clone(), entry.user.clone())
        };
        if resources.persistent_volumes().is_empty() {
            return;
        }
        if let Err(error) =
            sandbox::link_volumes(&self.inner.paths, &sandbox, &resources, user.as_deref())
        {
            tracing::error!("Failed to update the volumes of container {container}: {error}");
        }
    }

    fn destroy(&self, container: &ContainerId) {
        let process = {
            let mut entries = self.inner.entries();
            let Some(entry) = entries.get_mut(container) else {
                return;
            };
            if entry.destroying {
                return;
            }
            entry.destroying = true;
            entry.cancelled.notify_one();
            entry.process
        };
        if let Some(process) = process {
            self.inner.kill(container.clone(), process);
        }
    }

    fn usage(
        &self,
        containers: &[ContainerId],
        timestamp: f64,
    ) -> Vec<(ContainerId, ResourceStatistics)> {
        let table = mesos_sandbox::procfs::ProcessTable::read();
        let entries = self.inner.entries();
        let running = containers.iter().filter_map(|id| {
            let entry = entries.get(id)?;
            let usage = Usage::in_table(&table, entry.process?);
            Some((id.clone(), statistics(&usage, &entry.resources, timestamp)))
        });
        running.collect()
    }

    fn metrics(&self, put: &mut dyn FnMut(&str, f64)) {
        let fetcher = self.inner.fetcher.counters();
        put(
            "containerizer/fetcher/cache_size_total_bytes",
            fetcher.cache_size_total_bytes as f64,
        );
        put(
            "containerizer/fetcher/cache_size_used_bytes",
            fetcher.cache_size_used_bytes as f64,
        );
        put(
            "containerizer/fetcher/task_fetches_failed",
            fetcher.task_fetches_failed as f64,
        );
        put(
            "containerizer/fetcher/task_fetches_succeeded",
            fetcher.task_fetches_succeeded as f64,
        );
    }
}

fn statistics(usage: &Usage, resources: &Resources, timestamp: f64) -> ResourceStatistics {
    let mem = resources.mem_mb().map(|mb| mb << 20);
    ResourceStatistics {
        timestamp,
        cpus_user_time_secs: Some(usage.cpus_user_time_secs),
        cpus_system_time_secs: Some(usage.cpus_system_time_secs),
        cpus_soft_limit: resources.cpus(),
        mem_rss_bytes: Some(usage.mem_rss_bytes),
        mem_limit_bytes: mem,
        mem_soft_limit_bytes: mem,
        ..ResourceStatistics::default()
    }
}

impl Inner {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<ContainerId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, container: ContainerId, termination: ContainerTermination) {
        (self.sink)(Event::ContainerEnded {
            container,
            termination: Box::new(termination),
        });
    }

    fn runtime(&self, container: &ContainerId) -> PathBuf {
        self.runtime_dir.join("containers").join(container.value())
    }

    fn forget_runtime(&self, container: &ContainerId) {
        let path = self.runtime(container);
        if let Err(error) = crate::checkpoint::write::remove(&path) {
            tracing::warn!(
                "Failed to remove runtime directory '{}': {error}",
                path.display()
            );
        }
    }

    /// Ends a container found on disk only, if its process is truly one of this work directory:
    /// agents may share a runtime directory, and pids are used again.
    fn destroy_orphan(&self, container: &ContainerId) {
        let text = std::fs::read_to_string(self.runtime(container).join("pid")).unwrap_or_default();
        let pid = text.trim().parse().ok().and_then(Pid::new);
        let Some((pid, sandbox)) = pid.and_then(|pid| Some((pid, sandbox_of(pid)?))) else {
            return;
        };
        let own =
            sandbox.starts_with(self.paths.work_dir()) && sandbox.ends_with(container.value());
        let Some(process) = self.launcher.adopt(pid).filter(|_| own) else {
            return;
        };
        tracing::info!("Destroying orphan container {container}");
        if let Err(error) = self
            .launcher
            .destroy(process, Some(&Mark::sandbox(&sandbox)))
        {
            tracing::error!("Failed to destroy orphan container {container}: {error}");
        }
        self.forget_runtime(container);
    }

    async fn start(
        self: Arc<Self>,
        launch: Launch,
        cancelled: &Notify,
    ) -> Result<u32, LaunchFailure> {
        let command = launch.info.command.clone().unwrap_or_default();
        let container = launch.container.clone();
        let request = Request {
            container: container.value(),
            sandbox: &launch.sandbox,
            user: launch.user.as_deref(),
            command: &command,
        };
        // Only the fetch is broken off: a process that is being started must be seen to its end.
        tokio::select! {
            fetched = self.fetcher.fetch(request) => fetched.map_err(|error| LaunchFailure::Failed(error.to_string()))?,
            () = cancelled.notified() => return Err(LaunchFailure::Failed("Container destroyed during fetching".to_owned())),
        }
        let spec = self.spec(&launch, &command)?;
        let starter = self.launcher.clone();
        let failed = |error: mesos_sandbox::LaunchError| LaunchFailure::Failed(error.to_string());
        let process = blocking(move || starter.launch(&spec).map_err(failed)).await?;
        self.running(&container, process);
        Ok(u32::try_from(process.pid.raw()).expect("a pid is positive"))
    }

    /// The process lives: watch it, and end it at once if that was asked for meanwhile.
    fn running(self: &Arc<Self>, container: &ContainerId, process: ProcessIdentity) {
        let unwanted = {
            let mut entries = self.entries();
            let Some(entry) = entries.get_mut(container) else {
                return;
            };
            entry.process = Some(process);
            entry.destroying
        };
        self.clone().watch(container.clone(), process);
        if unwanted {
            self.kill(container.clone(), process);
        }
    }

    /// Kills a container's tree in the background; its watch tells the end.
    fn kill(self: &Arc<Self>, container: ContainerId, process: ProcessIdentity) {
        let mark = self
            .entries()
            .get(&container)
            .map(|entry| Mark::sandbox(&entry.sandbox));
        let inner = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = inner.launcher.destroy(process, mark.as_ref()) {
                tracing::error!("Failed to destroy container {container}: {error}");
            }
        });
    }

    fn prepare(&self, launch: &Launch) -> Result<(), LaunchFailure> {
        refuse_unsupported(launch.info.container.as_ref())?;
        sandbox::create(&launch.sandbox, launch.user.as_deref()).map_err(LaunchFailure::Sandbox)?;
        let failed = LaunchFailure::Failed;
        sandbox::link_volumes(
            &self.paths,
            &launch.sandbox,
            &launch.resources,
            launch.user.as_deref(),
        )
        .map_err(failed)?;
        let folders = [
            Some(self.runtime(&launch.container)),
            launch
                .pid_file
                .as_ref()
                .and_then(|f| f.parent())
                .map(Path::to_owned),
        ];
        for folder in folders.into_iter().flatten() {
            std::fs::create_dir_all(&folder).map_err(|error| {
                failed(format!(
                    "Failed to create directory '{}': {error}",
                    folder.display()
                ))
            })?;
        }
        Ok(())
    }

    fn spec(&self, launch: &Launch, command: &CommandInfo) -> Result<LaunchSpec, LaunchFailure> {
        let failed =
            |error: mesos_sandbox::spec::SpecError| LaunchFailure::Failed(error.to_string());
        let mut spec =
            LaunchSpec::new(Program::of(command).map_err(failed)?).in_sandbox(&launch.sandbox);
        spec.environment.clone_from(&launch.environment);
        spec.environment.push((
            "MESOS_SANDBOX".to_owned(),
            launch.sandbox.display().to_string(),
        ));
        spec.environment.extend(command_environment(command));
        spec.user.clone_from(&launch.user);
        if let Some(limits) = launch
            .info
            .container
            .as_ref()
            .and_then(|c| c.rlimit_info.as_ref())
        {
            spec.limits = ResourceLimit::all_of(limits).map_err(failed)?;
        }
        spec.pid_files = launch.pid_file.iter().cloned().collect();
        spec.pid_files
            .push(self.runtime(&launch.container).join("pid"));
        spec.adopts_orphans = true;
        Ok(spec)
    }

    /// The end is told when whatever the first process left running is gone, too.
    fn watch(self: Arc<Self>, container: ContainerId, process: ProcessIdentity) {
        let launcher = self.launcher.clone();
        let mark = self
            .entries()
            .get(&container)
            .map(|entry| Mark::sandbox(&entry.sandbox));
        launcher.watch_tree(process, mark, move |status| self.ended(container, status));
    }

    fn ended(&self, container: ContainerId, status: Option<WaitStatus>) {
        self.entries().remove(&container);
        self.forget_runtime(&container);
        let status = Some(status.unwrap_or(WaitStatus::KILLED).raw());
        self.report(
            container,
            ContainerTermination {
                status,
                ..ContainerTermination::default()
            },
        );
    }
}

/// The sandbox a process was started in, by its environment.
fn sandbox_of(pid: Pid) -> Option<PathBuf> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut entries = environment.split(|byte| *byte == 0);
    let value = entries.find_map(|entry| entry.strip_prefix(b"MESOS_DIRECTORY="))?;
    Some(PathBuf::from(std::str::from_utf8(value).ok()?))
}

fn refuse_unsupported(container: Option<&ContainerInfo>) -> Result<(), LaunchFailure> {
    let Some(container) = container else {
        return Ok(());
    };
    if container.r#type() != container_info::Type::Mesos {
        return Err(LaunchFailure::Unsupported(UNSUPPORTED.to_owned()));
    }
    if container
        .mesos
        .as_ref()
        .is_some_and(|mesos| mesos.image.is_some())
    {
        return Err(LaunchFailure::Failed(
            "Container images are not supported by this agent yet".to_owned(),
        ));
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LaunchFailure> + Send + 'static,
) -> Result<T, LaunchFailure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(LaunchFailure::Failed(format!(
            "the launch was interrupted: {error}"
        ))),
    }
}
