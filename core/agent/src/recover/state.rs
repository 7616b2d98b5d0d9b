//! The walk over the `meta` tree.
//!
//! A missing or empty file inside a subtree is the window of a crash and ends the descent there; an
//! unreadable one is fatal unless the agent runs with `--no-strict`.
//! Compat: agent §6 items 1–7, 13–15.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mesos_model::id::{AgentId, ContainerId, ExecutorId, FrameworkId, TaskId};
use mesos_process::Upid;
use mesos_proto::internal::slave::ResourceState;
use mesos_proto::mesos::{ExecutorInfo, FrameworkInfo, Resource};
use prost::{Message, Name};

use super::{
    AgentState, ExecutorState, FrameworkState, Leftover, RecoverError, Recovered, RunState,
    TaskRecord,
};
use crate::checkpoint::paths::{Paths, run};
use crate::checkpoint::record;
use crate::on::unknown::has_unknown;

struct Reader<'a> {
    paths: &'a Paths,
    strict: bool,
    rebooted: bool,
    errors: u64,
    leftovers: Vec<PathBuf>,
}

/// Reads everything below `work_dir/meta`.
pub fn read(paths: &Paths, boot_id: &str, strict: bool) -> Result<Recovered, RecoverError> {
    let mut found = Recovered::default();
    if !paths.work_dir().join("meta").exists() {
        return Ok(found);
    }
    let mut reader = Reader {
        paths,
        strict,
        rebooted: false,
        errors: 0,
        leftovers: Vec::new(),
    };
    (found.resources, found.target) = reader.resources()?;
    if let Some(old) = read_file(&paths.boot_id())
        .map_err(|e| fail("Failed to read boot id", &paths.boot_id(), &e))?
    {
        reader.rebooted = String::from_utf8_lossy(&old).trim() != boot_id;
    }
    found.agent = reader.agent()?;
    let own = found
        .agent
        .as_ref()
        .map(|agent| agent.id.as_str().to_owned());
    found.strangers = aged(strangers(paths, own.as_deref()));
    found.rebooted = reader.rebooted;
    found.errors = reader.errors;
    found.leftovers = aged(reader.leftovers);
    Ok(found)
}

fn fail(what: &str, path: &Path, error: &dyn std::fmt::Display) -> RecoverError {
    RecoverError(format!("{what} from '{}': {error}", path.display()))
}

/// The content of a file, `None` when it does not exist.
fn read_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The record of a file, when it holds fields that its decoded value cannot.
fn original<M: Name>(path: &Path) -> Option<Bytes> {
    let file = read_file(path).ok()??;
    let body = record::body(&file)?;
    has_unknown::<M>(body).then(|| Bytes::copy_from_slice(body))
}

/// Names of the entries of a directory, sorted; absent means empty.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn aged(paths: Vec<PathBuf>) -> Vec<Leftover> {
    paths.into_iter().map(Leftover::at).collect()
}

fn strangers(paths: &Paths, own: Option<&str>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for tree in [paths.work(), paths.meta()] {
        let folder = tree.slaves();
        found.extend(
            names(&folder)
                .into_iter()
                .filter(|n| n != "latest" && Some(n.as_str()) != own)
                .map(|n| folder.join(n)),
        );
    }
    found
}

impl Reader<'_> {
    /// In strict mode an error is the end; otherwise it is counted and the subtree passed over.
    fn tolerate<T>(
        &mut self,
        result: Result<Option<T>, RecoverError>,
    ) -> Result<Option<T>, RecoverError> {
        match result {
            Err(error) if self.strict => Err(error),
            Err(_) => {
                self.errors += 1;
                Ok(None)
            }
            ok => ok,
        }
    }

    fn message<M: Message + Default>(
        &mut self,
        what: &str,
        path: &Path,
    ) -> Result<Option<M>, RecoverError> {
        let read = read_file(path)
            .map_err(|error| fail(what, path, &error))
            .and_then(|bytes| {
                bytes.map_or(Ok(None), |bytes| {
                    record::read_one(&bytes).map_err(|error| fail(what, path, &error))
                })
            });
        self.tolerate(read)
    }

    fn text(&mut self, what: &str, path: &Path) -> Result<Option<String>, RecoverError> {
        let read = read_file(path)
            .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()))
            .map_err(|error| fail(what, path, &error));
        Ok(self.tolerate(read)?.filter(|text| !text.is_empty()))
    }

    fn resources(&mut self) -> Result<(ResourceState, Option<ResourceState>), RecoverError> {
        let committed = self.paths.resources_and_operations();
        let target = self.paths.resources_and_operations_target();
        if committed.exists() || target.exists() {
            let state = self
                .message("Failed to read resources and operations", &committed)?
                .unwrap_or_default();
            let target = self.message("Failed to read resources and operations target", &target)?;
            return Ok((state, target));
        }
        let legacy = |path: &Path| -> Result<Option<ResourceState>, RecoverError> {
            let Some(bytes) =
                read_file(path).map_err(|e| fail("Failed to read resources", path, &e))?
            else {
                return Ok(None);
            };
            let resources = record::read_all::<Resource>(&bytes)
                .map_err(|e| fail("Failed to read resources", path, &e))?;
            Ok(Some(ResourceState {
                resources,
                operations: Vec::new(),
            }))
        };
        let state = self
            .tolerate(legacy(&self.paths.resources_info()))?
            .unwrap_or_default();
        let target = self.tolerate(legacy(&self.paths.resources_target()))?;
        Ok((state, target))
    }

    fn agent(&mut self) -> Result<Option<AgentState>, RecoverError> {
        let latest = self.paths.meta().latest_agent();
        if fs::symlink_metadata(&latest).is_err() {
            return Ok(None);
        }
        let real = fs::canonicalize(&latest).map_err(|error| {
            RecoverError(format!("Failed to find latest agent: {}", plain(&error)))
        })?;
        let id = real
            .file_name()
            .map(|name| AgentId::new(&name.to_string_lossy()))
            .unwrap_or_else(|| AgentId::new(""));
        let path = self.paths.meta().agent_info(&id);
        let Some(info) = self.message("Failed to read agent info", &path)? else {
            return Ok(None);
        };
        let drain = self.message("Failed to read drain config", &self.paths.drain_config(&id))?;
        let mut frameworks = Vec::new();
        for name in names(&self.paths.meta().agent(&id).join("frameworks")) {
            frameworks.extend(self.framework(&id, &FrameworkId::new(&name))?);
        }
        Ok(Some(AgentState {
            id,
            info,
            drain,
            frameworks,
        }))
    }

    fn framework(
        &mut self,
        agent: &AgentId,
        id: &FrameworkId,
    ) -> Result<Option<FrameworkState>, RecoverError> {
        let folder = self.paths.meta().framework(agent, id);
        let Some(info) = self.message(
            "Failed to read framework info",
            &folder.join("framework.info"),
        )?
        else {
            self.leftovers.push(folder);
            return Ok(None);
        };
        let Some(pid) = self.text(
            "Failed to read framework pid",
            &folder.join("framework.pid"),
        )?
        else {
            self.leftovers.push(folder);
            return Ok(None);
        };
        let pid = Some(Upid::parse_literal(&pid)).filter(|pid| !pid.is_null());
        let mut executors = Vec::new();
        for name in names(&folder.join("executors")) {
            executors.extend(self.executor(agent, id, &ExecutorId::new(&name))?);
        }
        Ok(Some(FrameworkState {
            id: id.clone(),
            original: original::<FrameworkInfo>(&folder.join("framework.info")),
            info,
            pid,
            executors,
        }))
    }

    fn executor(
        &mut self,
        agent: &AgentId,
        framework: &FrameworkId,
        id: &ExecutorId,
    ) -> Result<Option<ExecutorState>, RecoverError> {
        let folder = self.paths.meta().executor(agent, framework, id);
        let sandbox = self.paths.work().executor(agent, framework, id);
        let info: Option<ExecutorInfo> = self.message(
            "Failed to read executor info",
            &folder.join("executor.info"),
        )?;
        let latest = fs::canonicalize(folder.join("runs/latest"))
            .ok()
            .filter(|run| run.exists());
        let (Some(info), Some(latest)) = (info, latest) else {
            self.leftovers.extend([folder, sandbox]);
            return Ok(None);
        };
        let latest_name = latest
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        for old in names(&folder.join("runs"))
            .into_iter()
            .filter(|name| name != "latest" && *name != latest_name)
        {
            self.leftovers.extend([
                folder.join("runs").join(&old),
                sandbox.join("runs").join(&old),
            ]);
        }
        let marked = self.text(
            "Failed to read executor_generated_for_command_task",
            &folder.join("executor_generated_for_command_task"),
        )?;
        let generated = marked.map_or_else(|| looks_generated(&info), |text| text == "1");
        let run = self.run(folder.join("runs").join(&latest_name), &latest_name)?;
        Ok(Some(ExecutorState {
            id: id.clone(),
            original: original::<ExecutorInfo>(&folder.join("executor.info")),
            info,
            generated,
            run,
        }))
    }

    fn run(&mut self, meta: PathBuf, name: &str) -> Result<RunState, RecoverError> {
        // After a reboot old pids name strangers.
        let forked = if self.rebooted {
            None
        } else {
            self.text("Failed to read forked pid", &run::forked_pid(&meta))?
        };
        let pid = self.text(
            "Failed to read executor libprocess pid",
            &run::libprocess_pid(&meta),
        )?;
        let pid = pid
            .map(|text| Upid::parse_literal(&text))
            .filter(|pid| !pid.is_null());
        let mut tasks = Vec::new();
        for task in names(&meta.join("tasks")) {
            let id = TaskId::new(&task);
            let Some(info) =
                self.message("Failed to read task info", &run::task_info(&meta, &id))?
            else {
                continue;
            };
            let updates = self.updates(&run::task_updates(&meta, &id))?;
            tasks.push(TaskRecord { id, info, updates });
        }
        Ok(RunState {
            container: ContainerId::root(name),
            forked: forked.and_then(|text| text.parse().ok()),
            http: pid.is_none() && run::http_marker(&meta).exists(),
            pid,
            completed: run::sentinel(&meta).exists(),
            tasks,
            meta,
        })
    }

    fn updates(
        &mut self,
        path: &Path,
    ) -> Result<Vec<mesos_proto::internal::StatusUpdateRecord>, RecoverError> {
        let read = read_file(path)
            .map_err(|error| fail("Failed to open status updates file", path, &error));
        let Some(bytes) = self.tolerate(read)? else {
            return Ok(Vec::new());
        };
        let (records, whole) = record::read_stream(&bytes);
        if whole < bytes.len() {
            let cut = fs::OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|file| file.set_len(whole as u64));
            self.tolerate(
                cut.map(Some)
                    .map_err(|error| fail("Failed to truncate status updates file", path, &error)),
            )?;
        }
        Ok(records)
    }
}

/// Agents before 0.26 did not say which executors they had made.
fn looks_generated(info: &ExecutorInfo) -> bool {
    let command = info
        .command
        .as_ref()
        .and_then(|command| command.value.as_deref())
        .unwrap_or_default();
    command.ends_with("mesos-executor")
        && info
            .name
            .as_deref()
            .unwrap_or_default()
            .starts_with("Command Executor")
}

/// The system's words for an error, without Rust's addition.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
