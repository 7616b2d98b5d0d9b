//! The flags of `mesos-execute`. Compat: operations 3.5.

use std::collections::{BTreeMap, BTreeSet};

use mesos_model::units::Nanos;
use mesos_proto::json;
use mesos_proto::v1::{CapabilityInfo, RLimitInfo, TaskGroupInfo, TaskInfo, Volume};
use serde_json::Value;

use super::value::{parse_any_json, parse_json};
use super::{Files, FlagValue, Json, flags, shared};

flags! {
/// What is run, where, and as which framework.
ExecuteFlags {
    appc_image: Option<String> = none, "The Appc image of the container, such as `ubuntu`. Excludes `--docker_image`.";
    bounding_capabilities: Option<Json<CapabilityInfo>> = none, "The Linux capabilities the command can have at most, as JSON:\n{\"capabilities\": [\"NET_RAW\", \"SYS_ADMIN\"]}";
    checkpoint: bool = "false", "Whether agents write down what they know of the framework, so that the task outlives a restart of its agent.";
    command: Option<String> = none, "The command to run.";
    containerizer: String = "mesos", "What runs the container: `mesos` or `docker`.";
    content_type: String = "protobuf", "What goes over the wire: `protobuf` or `json`.";
    docker_image: Option<String> = none, "The Docker image of the container, such as `busybox:latest`. Excludes `--appc_image`.";
    effective_capabilities: Option<Json<CapabilityInfo>> = none, "The Linux capabilities the command has at its start, as JSON:\n{\"capabilities\": [\"NET_RAW\", \"SYS_ADMIN\"]}";
    env: Option<TextMap> = none, "Variables of the command's environment, as a JSON object of texts or `file://` with it.";
    exit_with_task_status: bool = "false", "Whether the program ends with the task's own exit status instead of 0 for every task that is over: that of its command if the agent told it, 128 and the signal's number if a signal ended it, 1 for any other failure.";
    framework_capabilities: Option<BTreeSet<String>> = none, "Capabilities of the framework beyond those it always has, separated by commas. Only `GPU_RESOURCES` can be added.";
    hadoop: String = "hadoop", "The `hadoop` program that copies the package.";
    hdfs: String = "localhost:9000", "The `ip:port` of the NameNode.";
    help: bool = "false", shared::HELP;
    kill_after: Option<Nanos> = none, "How long after its start the task is killed, such as `10secs`.";
    master: String = required, "The master, such as `IP:PORT`.";
    name: Option<String> = none, "The name of the task, also its id.";
    networks: Option<String> = none, "The networks the container joins, separated by commas.";
    overwrite: bool = "false", "Whether a package of that name in HDFS is replaced.";
    package: Option<String> = none, "A file that is copied to HDFS and from there into the command's sandbox (see `--hadoop`).";
    partition_aware: bool = "true", "Whether the framework is told of tasks on agents out of reach as TASK_UNREACHABLE and the like instead of TASK_LOST.";
    principal: Option<String> = none, "The principal of the framework.";
    resources: String = "cpus:1;mem:128", "What the command needs.";
    rlimits: Option<Json<RLimitInfo>> = none, "Limits of the command's process, as JSON:\n{\"rlimits\": [{\"type\": \"RLMT_CPU\", \"soft\": \"1\", \"hard\": \"1\"}, {\"type\": \"RLMT_FSIZE\"}]}";
    role: String = "*", "The role of the framework.";
    secret: Option<String> = none, "The secret that proves `--principal`.";
    shell: bool = "true", "Whether a shell runs the command. If not, the container's image decides what runs.";
    task: Option<TaskJson> = none, "The task as a `TaskInfo` in JSON, or the file with it as `file:///path` or `/path`. It needs no `agent_id`:\n{\"name\": \"N\", \"task_id\": {\"value\": \"I\"}, \"resources\": [{\"name\": \"cpus\", \"type\": \"SCALAR\", \"scalar\": {\"value\": 0.1}}], \"command\": {\"value\": \"sleep 10\"}}";
    task_group: Option<TaskGroupJson> = none, "The tasks of a group as a `TaskGroupInfo` in JSON, or the file with it as `file:///path` or `/path`:\n{\"tasks\": [{\"name\": …}, …]}";
    tty: bool = "false", "Whether the command gets a terminal.";
    volumes: Option<VolumeList> = none, "The volumes of the container as a JSON array of `Volume`, or the file with it as `file:///path` or `/path`:\n[{\"container_path\": \"/path\", \"mode\": \"RW\", \"source\": {\"type\": \"DOCKER_VOLUME\", \"docker_volume\": {\"driver\": \"d\", \"name\": \"n\"}}}]";
}
}

/// A JSON object whose values are texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap(pub BTreeMap<String, String>);

impl FlagValue for TextMap {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let Value::Object(object) = parse_json(text, files)? else {
            return Err("Unexpected JSON type parsed".to_owned());
        };
        let pairs = object.into_iter().map(|(key, value)| match value {
            Value::String(value) => Ok((key, value)),
            other => Err(format!(
                "The value of key '{key}' in '{other}' is not a string"
            )),
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    fn print(&self) -> Option<String> {
        serde_json::to_string(&self.0).ok()
    }
}

/// A task without its agent, which only the offer tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskJson(pub TaskInfo);

/// The same for a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskGroupJson(pub TaskGroupInfo);

/// The field is required, but its value is of no use here.
fn without_agent(task: &mut Value) {
    if let Some(task) = task.as_object_mut() {
        task.entry("agent_id")
            .or_insert_with(|| serde_json::json!({ "value": "" }));
    }
}

impl FlagValue for TaskJson {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let mut value = parse_json(text, files)?;
        without_agent(&mut value);
        json::from_value(&value)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn print(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }
}

impl FlagValue for TaskGroupJson {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let mut value = parse_json(text, files)?;
        let tasks = value.get_mut("tasks").and_then(Value::as_array_mut);
        tasks.into_iter().flatten().for_each(without_agent);
        json::from_value(&value)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn print(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }
}

/// A JSON array in the shape of volumes; whether it has that shape is found later.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeList(Value);

impl VolumeList {
    /// # Errors
    /// Something in the array is no volume.
    pub fn volumes(&self) -> Result<Vec<Volume>, String> {
        json::from_array(&self.0).map_err(|error| error.to_string())
    }
}

impl FlagValue for VolumeList {
    fn unset() -> Self {
        Self(Value::Array(Vec::new()))
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let value = parse_any_json(text, files)?;
        if !value.is_array() {
            return Err("Unexpected JSON type parsed".to_owned());
        }
        Ok(Self(value))
    }

    fn print(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}
