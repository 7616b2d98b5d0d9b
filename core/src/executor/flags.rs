//! The command line of the command executor.
//!
//! Flags come as `--name=value` or from `MESOS_NAME`; those that only make sense in a container
//! with an image of its own are known and answered as not built.

use std::collections::BTreeMap;

/// Flags that a command task without an image may carry.
const ACCEPTED: [&str; 10] = [
    "launcher_dir",
    "user",
    "task_environment",
    "external_log_file",
    "initialize_driver_logging",
    "log_dir",
    "logbufsecs",
    "logging_level",
    "quiet",
    "help",
];
/// Flags of tasks that run in a file system image, with chosen capabilities or on a terminal.
const NOT_BUILT: [&str; 9] = [
    "rootfs",
    "sandbox_directory",
    "working_directory",
    "task_command",
    "effective_capabilities",
    "bounding_capabilities",
    "task_launch_info",
    "tty_slave_path",
    "task_supplementary_groups",
];
/// Shown by `--help`.
pub const USAGE: &str = "Usage: mesos-executor [options]

  --launcher_dir=VALUE       directory of the Mesos programs
  --task_environment=VALUE   JSON with environment variables of the task
  --user=VALUE               user that runs the task
  --help                     prints this text
";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub is_help: bool,
    /// Variables that isolators want the task to have.
    pub task_environment: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    #[error("Failed to load unknown flag '{0}'")]
    Unknown(String),
    #[error("Failed to load flag '{flag}': {reason}")]
    Value { flag: &'static str, reason: String },
    #[error("flag '{0}' needs tasks in file system images, which are not built yet")]
    NotBuilt(String),
}

impl Flags {
    /// # Errors
    /// A flag nobody knows, one that is not built, or a value that does not parse.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, FlagError> {
        let mut values = BTreeMap::new();
        for argument in arguments {
            let flag = argument
                .strip_prefix("--")
                .ok_or_else(|| FlagError::Unknown(argument.clone()))?;
            let (name, value) = flag
                .split_once('=')
                .map_or((flag, None), |(name, value)| (name, Some(value)));
            if NOT_BUILT.contains(&name) {
                return Err(FlagError::NotBuilt(name.to_owned()));
            }
            let plain = name.strip_prefix("no-").unwrap_or(name);
            if !ACCEPTED.contains(&plain) {
                return Err(FlagError::Unknown(name.to_owned()));
            }
            values.insert(name.to_owned(), value.unwrap_or("true").to_owned());
        }
        let task_environment = match values.get("task_environment") {
            Some(json) => environment(json)?,
            None => Vec::new(),
        };
        Ok(Self {
            is_help: values.get("help").is_some_and(|value| value == "true"),
            task_environment,
        })
    }
}

/// The JSON form of `mesos.Environment`; values that are secrets are not for us.
fn environment(json: &str) -> Result<Vec<(String, String)>, FlagError> {
    let bad = |reason: String| FlagError::Value {
        flag: "task_environment",
        reason,
    };
    let environment: mesos_proto::mesos::Environment =
        mesos_proto::json::from_slice(json.as_bytes()).map_err(|error| bad(error.to_string()))?;
    Ok(environment
        .variables
        .into_iter()
        .filter_map(|variable| Some((variable.name, variable.value?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Flags, FlagError> {
        Flags::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn the_agents_command_line_is_taken() {
        assert_eq!(
            parse(&["--launcher_dir=/usr/libexec/mesos"]),
            Ok(Flags::default())
        );
        let flags =
            parse(&[r#"--task_environment={"variables":[{"name":"A","value":"b"}]}"#]).unwrap();
        assert_eq!(flags.task_environment, [("A".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn what_is_not_built_and_what_is_unknown_is_named() {
        assert_eq!(
            parse(&["--rootfs=/x"]),
            Err(FlagError::NotBuilt("rootfs".into()))
        );
        assert_eq!(
            parse(&["--nonsense"]),
            Err(FlagError::Unknown("nonsense".into()))
        );
    }
}
