//! Names of everything below `work_dir`. The layout is a contract with other versions of the agent:
//! an agent of either make must be able to take over the other's `work_dir`.
//!
//! Compat: agent §5.2, §5.3, §5.5.

use std::path::{Path, PathBuf};

use mesos_model::id::{AgentId, ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_proto::mesos::Resource;

/// The two parallel trees of one agent below `work_dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    work_dir: PathBuf,
}

impl Paths {
    pub fn new(work_dir: &Path) -> Self {
        Self {
            work_dir: work_dir.to_owned(),
        }
    }

    pub fn work_dir(&self) -> &Path {
        &self.work_dir
    }

    pub fn meta(&self) -> Tree {
        Tree {
            root: self.work_dir.join("meta"),
        }
    }

    pub fn work(&self) -> Tree {
        Tree {
            root: self.work_dir.clone(),
        }
    }

    pub fn boot_id(&self) -> PathBuf {
        self.work_dir.join("meta/boot_id")
    }

    pub fn resources_and_operations(&self) -> PathBuf {
        self.work_dir
            .join("meta/resources/resources_and_operations.state")
    }

    pub fn resources_and_operations_target(&self) -> PathBuf {
        self.work_dir
            .join("meta/resources/resources_and_operations.target")
    }

    pub fn resources_info(&self) -> PathBuf {
        self.work_dir.join("meta/resources/resources.info")
    }

    pub fn resources_target(&self) -> PathBuf {
        self.work_dir.join("meta/resources/resources.target")
    }

    pub fn operation_updates(&self, agent: &AgentId, operation: uuid::Uuid) -> PathBuf {
        self.operation(agent, operation).join("operation.updates")
    }

    pub fn operation(&self, agent: &AgentId, operation: uuid::Uuid) -> PathBuf {
        self.meta()
            .agent(agent)
            .join("operations")
            .join(operation.to_string())
    }

    pub fn drain_config(&self, agent: &AgentId) -> PathBuf {
        self.meta().agent(agent).join("drain.config")
    }

    /// The host directory of a persistent volume; `None` for other resources.
    pub fn persistent_volume(&self, resource: &Resource, role: &str) -> Option<PathBuf> {
        use mesos_proto::mesos::resource::disk_info::source::Type;
        let disk = resource.disk.as_ref()?;
        let id = &disk.persistence.as_ref()?.id;
        let below = |root: &Path| {
            root.join("volumes/roles")
                .join(role.replace('/', " "))
                .join(id)
        };
        let Some(source) = &disk.source else {
            return Some(below(&self.work_dir));
        };
        let root_of = |root: Option<&String>| -> PathBuf {
            let root = PathBuf::from(root.map(String::as_str).unwrap_or_default());
            if root.is_absolute() {
                root
            } else {
                self.work_dir.join(root)
            }
        };
        match source.r#type() {
            Type::Path => Some(below(&root_of(
                source.path.as_ref().and_then(|p| p.root.as_ref()),
            ))),
            Type::Mount => Some(root_of(source.mount.as_ref().and_then(|m| m.root.as_ref()))),
            Type::Unknown | Type::Block | Type::Raw => None,
        }
    }
}

/// One of the trees: `meta` (state) or `work_dir` itself (sandboxes). Both have the same levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    pub fn slaves(&self) -> PathBuf {
        self.root.join("slaves")
    }

    pub fn latest_agent(&self) -> PathBuf {
        self.slaves().join("latest")
    }

    pub fn agent(&self, agent: &AgentId) -> PathBuf {
        self.slaves().join(agent.as_str())
    }

    pub fn agent_info(&self, agent: &AgentId) -> PathBuf {
        self.agent(agent).join("slave.info")
    }

    pub fn framework(&self, agent: &AgentId, framework: &FrameworkId) -> PathBuf {
        self.agent(agent)
            .join("frameworks")
            .join(framework.as_str())
    }

    pub fn executor(
        &self,
        agent: &AgentId,
        framework: &FrameworkId,
        executor: &ExecutorId,
    ) -> PathBuf {
        self.framework(agent, framework)
            .join("executors")
            .join(executor.as_str())
    }

    pub fn run(
        &self,
        agent: &AgentId,
        framework: &FrameworkId,
        executor: &ExecutorId,
        container: &ContainerId,
    ) -> PathBuf {
        self.executor(agent, framework, executor)
            .join("runs")
            .join(container.value())
    }
}

/// Names inside one meta run directory.
pub mod run {
    use super::{Path, PathBuf, TaskId};

    pub fn forked_pid(run: &Path) -> PathBuf {
        run.join("pids/forked.pid")
    }
    pub fn libprocess_pid(run: &Path) -> PathBuf {
        run.join("pids/libprocess.pid")
    }
    pub fn http_marker(run: &Path) -> PathBuf {
        run.join("http.marker")
    }
    pub fn sentinel(run: &Path) -> PathBuf {
        run.join("executor.sentinel")
    }
    pub fn task(run: &Path, task: &TaskId) -> PathBuf {
        run.join("tasks").join(task.as_str())
    }
    pub fn task_info(run: &Path, task: &TaskId) -> PathBuf {
        task_dir_file(run, task, "task.info")
    }
    pub fn task_updates(run: &Path, task: &TaskId) -> PathBuf {
        task_dir_file(run, task, "task.updates")
    }
    fn task_dir_file(run: &Path, task: &TaskId, name: &str) -> PathBuf {
        self::task(run, task).join(name)
    }
}

/// The three names under which a sandbox is shown by `/files`.
pub fn sandbox_virtual_paths(
    work: &Path,
    framework: &FrameworkId,
    executor: &ExecutorId,
) -> [String; 3] {
    let latest = work
        .parent()
        .map(|runs| runs.join("latest"))
        .unwrap_or_default();
    [
        work.display().to_string(),
        latest.display().to_string(),
        format!(
            "/frameworks/{}/executors/{}/runs/latest",
            framework.as_str(),
            executor.as_str()
        ),
    ]
}
