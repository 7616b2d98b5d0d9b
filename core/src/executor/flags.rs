//! What the command executor takes from its flags.

use mesos_daemon::flags::{ExecutorFlags, FlagSet};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Variables that isolators want the task to have.
    pub task_environment: Vec<(String, String)>,
}

/// A flag that asks for what is not built; the sentence names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FlagError(String);

impl Flags {
    /// # Errors
    /// A flag of tasks that run in a file system image, with chosen capabilities or on a terminal.
    pub fn read(flags: &ExecutorFlags) -> Result<Self, FlagError> {
        if let Some(complaint) = flags.not_built_yet().into_iter().next() {
            return Err(FlagError(complaint));
        }
        let told = flags
            .task_environment
            .iter()
            .flat_map(|told| &told.0.variables);
        // Values that are secrets are not for us.
        let task_environment = told
            .filter_map(|variable| Some((variable.name.clone(), variable.value.clone()?)))
            .collect();
        Ok(Self { task_environment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_daemon::flags::{Sources, Unknown, load};

    fn read(arguments: &[&str]) -> Result<Flags, FlagError> {
        let args: Vec<String> = arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect();
        let mut flags = ExecutorFlags::default();
        let sources = Sources {
            args: &args,
            environment: &[],
            read_file: &|_| Ok(String::new()),
            defaults: &[],
            unknown: Unknown::Refuse,
        };
        load(&mut flags, &sources).1.unwrap();
        Flags::read(&flags)
    }

    #[test]
    fn the_agents_command_line_is_taken() {
        assert_eq!(
            read(&["--launcher_dir=/usr/libexec/mesos"]),
            Ok(Flags::default())
        );
        let flags =
            read(&[r#"--task_environment={"variables":[{"name":"A","value":"b"}]}"#]).unwrap();
        assert_eq!(flags.task_environment, [("A".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn what_is_not_built_is_named() {
        assert!(
            read(&["--rootfs=/x"])
                .unwrap_err()
                .to_string()
                .contains("'rootfs'")
        );
    }
}
