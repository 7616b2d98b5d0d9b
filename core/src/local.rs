//! A master and agents inside this process: what the master string `local` starts.
//!
//! Compat: S9. Every daemon gets a node of its own on loopback and its files a temporary folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mesos_agent::shell as agent;
use mesos_driver::local::{LocalCluster, RunningCluster};
use mesos_master::shell as master;
use mesos_process::{Node, NodeConfig, Upid};
use tokio::runtime::Handle;

/// Starts clusters for the drivers of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

/// Makes `local` work for every driver of this process.
pub fn install() {
    mesos_driver::local::install(Arc::new(InProcess));
}

struct Cluster {
    master: Option<master::RunningMaster>,
    agents: Vec<agent::RunningAgent>,
    address: Upid,
    folder: PathBuf,
    runtime: Handle,
}

impl LocalCluster for InProcess {
    fn start(
        &self,
        _node: &Node,
        agents: u32,
        runtime: &Handle,
    ) -> Result<Box<dyn RunningCluster>, String> {
        let folder = std::env::temp_dir().join(format!(
            "mesos-local-{}-{}",
            std::process::id(),
            mesos_process::unique_id("cluster")
        ));
        let cluster = runtime.block_on(start(agents.max(1), &folder, runtime.clone()))?;
        Ok(Box::new(cluster))
    }
}

async fn start(agents: u32, folder: &Path, runtime: Handle) -> Result<Cluster, String> {
    let node = Node::bind(NodeConfig::loopback())
        .await
        .map_err(|error| error.to_string())?;
    let settings = master::Settings {
        registry: master::RegistryKind::InMemory,
        ..master::Settings::default()
    };
    let running = master::start(settings, node, None)
        .await
        .map_err(|error| error.to_string())?;
    let mut cluster = Cluster {
        address: running.upid.clone(),
        master: Some(running),
        agents: Vec::new(),
        folder: folder.to_owned(),
        runtime,
    };
    for number in 0..agents {
        let agent = start_agent(&cluster.address, &folder.join(number.to_string())).await?;
        cluster.agents.push(agent);
    }
    Ok(cluster)
}

async fn start_agent(master: &Upid, folder: &Path) -> Result<agent::RunningAgent, String> {
    let node = Node::bind(NodeConfig::loopback())
        .await
        .map_err(|error| error.to_string())?;
    let address = master.address.to_string();
    let mut settings = agent::Settings::new(&address, &folder.join("work"));
    settings.runtime_dir = folder.join("run");
    settings.fetcher_cache_dir = folder.join("fetch");
    match programs() {
        Some(programs) => settings.launcher_dir = programs,
        None => tracing::warn!(
            "There is no mesos-executor beside the library, nor in libexec/mesos of its prefix: tasks \
             of the local cluster that are commands will fail. MESOS_LAUNCHER_DIR can name its folder"
        ),
    }
    agent::start(settings, node, None)
        .await
        .map_err(|error| error.to_string())
}

impl RunningCluster for Cluster {
    fn master(&self) -> Upid {
        self.address.clone()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (master, agents) = (self.master.take(), std::mem::take(&mut self.agents));
        let folder = std::mem::take(&mut self.folder);
        self.runtime.spawn(async move {
            for agent in agents {
                agent.leave("the local cluster ends");
                agent.stop().await;
            }
            if let Some(master) = master {
                master.stop().await;
            }
            // What cannot be removed is in the temporary folder anyway.
            let _ = tokio::fs::remove_dir_all(folder).await;
        });
    }
}

/// Where `mesos-executor` and `mesos-fetcher` are: `MESOS_LAUNCHER_DIR`, else beside the library or
/// below its installation.
fn programs() -> Option<PathBuf> {
    let has = |folder: &PathBuf| folder.join("mesos-executor").is_file();
    let told = std::env::var_os("MESOS_LAUNCHER_DIR").map(PathBuf::from);
    let library = library_path()?;
    let beside = library.parent().map(Path::to_owned);
    let installed = library
        .ancestors()
        .nth(2)
        .map(|prefix| prefix.join("libexec/mesos"));
    [told, beside, installed].into_iter().flatten().find(has)
}

/// The file this code was loaded from, as the kernel lists it.
fn library_path() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let mapped = maps
        .lines()
        .filter_map(|line| line.split_once('/').map(|(_, path)| path));
    let library = mapped
        .map(|path| PathBuf::from(format!("/{path}")))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("libmesos"))
        });
    library.or_else(|| std::env::current_exe().ok())
}
