//! What to run: the complete description of one process of a container.
//!
//! Compat: agent part 2 §23.4 (helper `launch`): rlimits, working directory, groups and user,
//! program look-up, complete argv.

use std::path::{Path, PathBuf};

use mesos_proto::mesos::{CommandInfo, RLimitInfo, r_limit_info::r_limit::Type as LimitType};

/// The path a program is looked up in when the environment names none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// `sh -c TEXT`.
    Shell(String),
    /// A file and the whole argument vector, argv\[0\] included.
    Exec { file: String, argv: Vec<String> },
}

impl Program {
    /// What a command asks for; `arguments` is the complete argv and nothing is put before it.
    ///
    /// # Errors
    /// The command names no program.
    pub fn of(command: &CommandInfo) -> Result<Self, SpecError> {
        let shell = command.shell.unwrap_or(true);
        let Some(value) = command.value.clone() else {
            return Err(if shell {
                SpecError::NoShellCommand
            } else {
                SpecError::NoExecutable
            });
        };
        if shell {
            return Ok(Self::Shell(value));
        }
        Ok(Self::Exec {
            file: value,
            argv: command.arguments.clone(),
        })
    }
}

/// Where a standard stream goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stream {
    Null,
    Inherit,
    /// What the caller has as its stderr.
    CallerStderr,
    /// Appended to; created with mode 0644 and given to the process's user.
    File(PathBuf),
}

/// Whether the process leads a session (and so a process group) of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    New,
    Caller,
}

/// One resource limit; no values means unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimit {
    pub kind: LimitType,
    pub bounds: Option<LimitBounds>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitBounds {
    pub soft: u64,
    pub hard: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("Shell specified but no command value provided")]
    NoShellCommand,
    #[error("No executable value provided")]
    NoExecutable,
    #[error("Invalid rlimit type")]
    UnknownLimit,
    #[error("Invalid rlimit values: soft and hard must be set together")]
    HalfLimit,
    #[error("Invalid rlimit values: the soft limit is above the hard limit")]
    CrossedLimit,
}

impl ResourceLimit {
    /// # Errors
    /// An unknown kind, or bounds that contradict each other.
    pub fn all_of(info: &RLimitInfo) -> Result<Vec<Self>, SpecError> {
        info.rlimits.iter().map(Self::of).collect()
    }

    fn of(limit: &mesos_proto::mesos::r_limit_info::RLimit) -> Result<Self, SpecError> {
        let kind = LimitType::try_from(limit.r#type.unwrap_or_default())
            .map_err(|_| SpecError::UnknownLimit)?;
        if kind == LimitType::Unknown {
            return Err(SpecError::UnknownLimit);
        }
        let bounds = match (limit.soft, limit.hard) {
            (None, None) => None,
            (Some(soft), Some(hard)) if soft <= hard => Some(LimitBounds { soft, hard }),
            (Some(_), Some(_)) => return Err(SpecError::CrossedLimit),
            (Some(_), None) | (None, Some(_)) => return Err(SpecError::HalfLimit),
        };
        Ok(Self { kind, bounds })
    }
}

/// One process to start. Build with [`LaunchSpec::new`] and set the fields that differ.
#[derive(Clone, Debug)]
pub struct LaunchSpec {
    pub program: Program,
    /// The complete environment; of two entries with one name the later wins. PATH is added if missing.
    pub environment: Vec<(String, String)>,
    /// Created if missing; entered before the program starts.
    pub working_directory: Option<PathBuf>,
    /// The user to run as; none or the caller itself changes no id.
    pub user: Option<String>,
    pub stdin: Stream,
    pub stdout: Stream,
    pub stderr: Stream,
    pub session: Session,
    pub limits: Vec<ResourceLimit>,
    /// Files that get the pid (decimal) before the program starts, so that a crash of the caller
    /// between start and checkpoint cannot lose a running process.
    pub pid_files: Vec<PathBuf>,
    /// `cgroup.procs` files the process joins before the program starts.
    pub cgroups: Vec<PathBuf>,
    /// Make the process adopt orphaned descendants, which keeps its tree connected.
    pub adopts_orphans: bool,
    pub no_new_privileges: bool,
}

impl LaunchSpec {
    pub fn new(program: Program) -> Self {
        Self {
            program,
            environment: Vec::new(),
            working_directory: None,
            user: None,
            stdin: Stream::Null,
            stdout: Stream::Inherit,
            stderr: Stream::Inherit,
            session: Session::New,
            limits: Vec::new(),
            pid_files: Vec::new(),
            cgroups: Vec::new(),
            adopts_orphans: false,
            no_new_privileges: false,
        }
    }

    /// Sends both output streams to the files `stdout` and `stderr` of a sandbox and runs there.
    #[must_use]
    pub fn in_sandbox(mut self, sandbox: &Path) -> Self {
        self.stdout = Stream::File(sandbox.join("stdout"));
        self.stderr = Stream::File(sandbox.join("stderr"));
        self.working_directory = Some(sandbox.to_owned());
        self
    }

    /// The environment the program sees: later entries win, PATH is always there.
    pub fn resolved_environment(&self) -> Vec<(String, String)> {
        let mut resolved: Vec<(String, String)> = Vec::with_capacity(self.environment.len() + 1);
        let mut index = std::collections::HashMap::with_capacity(self.environment.len() + 1);
        for (name, value) in &self.environment {
            match index.get(name) {
                Some(&at) => {
                    let slot: &mut (String, String) = &mut resolved[at];
                    slot.1.clone_from(value);
                }
                None => {
                    index.insert(name.clone(), resolved.len());
                    resolved.push((name.clone(), value.clone()));
                }
            }
        }
        if !index.contains_key("PATH") {
            resolved.push(("PATH".to_owned(), DEFAULT_PATH.to_owned()));
        }
        resolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_environment_entries_win_and_path_is_always_there() {
        let mut spec = LaunchSpec::new(Program::Shell("true".into()));
        spec.environment = vec![
            ("A".into(), "1".into()),
            ("B".into(), "2".into()),
            ("A".into(), "3".into()),
        ];
        let resolved = spec.resolved_environment();
        assert_eq!(resolved[0], ("A".into(), "3".into()));
        assert_eq!(resolved[2], ("PATH".into(), DEFAULT_PATH.into()));
    }

    #[test]
    fn a_command_without_a_value_names_what_is_missing() {
        let shell = CommandInfo::default();
        assert_eq!(Program::of(&shell), Err(SpecError::NoShellCommand));
        let exec = CommandInfo {
            shell: Some(false),
            ..Default::default()
        };
        assert_eq!(Program::of(&exec), Err(SpecError::NoExecutable));
    }

    #[test]
    fn the_arguments_of_a_command_are_its_whole_argv() {
        let command = CommandInfo {
            shell: Some(false),
            value: Some("/bin/echo".into()),
            arguments: vec!["echo".into(), "x".into()],
            ..Default::default()
        };
        let expected = Program::Exec {
            file: "/bin/echo".into(),
            argv: vec!["echo".into(), "x".into()],
        };
        assert_eq!(Program::of(&command), Ok(expected));
    }

    #[test]
    fn half_a_limit_is_refused() {
        let half = mesos_proto::mesos::r_limit_info::RLimit {
            r#type: Some(LimitType::RlmtNofile as i32),
            soft: Some(1),
            hard: None,
        };
        assert_eq!(ResourceLimit::of(&half), Err(SpecError::HalfLimit));
    }
}
