//! What the drivers take from the environment of their process.
//!
//! Compat: S12, E1, S8, X1, X2. The environment is passed in as a value, so that tests and embedders need not change their
//! own; a flag's variable may be written in upper or lower case after the prefix.

use std::collections::BTreeMap;
use std::time::Duration;

// The fetcher's flags are just those that every program has.
use mesos_daemon::flags::{
    self, DriverFlags, FetcherFlags as LoggingTable, FlagSet, LocalFlags, Sources, Unknown,
};
use mesos_process::Upid;

/// Environment variables as a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// This process's environment; names or values that are not text are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// A flag whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    #[error(transparent)]
    Table(#[from] flags::FlagError),
    #[error("{0}")]
    LoggingLevel(String),
    #[error("Only one of MESOS_MODULES or MESOS_MODULES_DIR should be specified")]
    BothModuleFlags,
    /// A feature that is not built yet; the sentence names the flag.
    #[error("{0}")]
    NotBuilt(String),
    #[error("Invalid value '{0}' for MESOS_NUM_SLAVES")]
    Agents(i32),
    #[error("Expecting '{0}' to be set in the environment")]
    Missing(&'static str),
    #[error("Failed to parse {name} '{value}': {cause}")]
    Executor {
        name: &'static str,
        value: String,
        cause: String,
    },
}

/// Reads a table of flags from the variables.
fn table<T: FlagSet>(variables: &Variables) -> Result<T, FlagError> {
    let pairs = variables.iter();
    let environment: Vec<(String, String)> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut set = T::default();
    let sources = Sources {
        args: &[],
        environment: &environment,
        read_file: &|path| std::fs::read_to_string(path),
        defaults: &[],
        unknown: Unknown::Ignore,
    };
    let (_, result) = flags::load(&mut set, &sources);
    result?;
    Ok(set)
}

fn duration(text: &str) -> Result<Duration, String> {
    let nanos = mesos_model::units::parse_duration(text).map_err(|e| e.to_string())?;
    Ok(Duration::from_nanos(u64::try_from(nanos.0).unwrap_or(0)))
}

/// Logging of a driver process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggingFlags {
    pub quiet: bool,
    pub level: String,
    pub directory: Option<String>,
    pub initialize: bool,
}

impl LoggingFlags {
    /// # Errors
    /// A value that does not parse, named as the original names it.
    pub fn load(variables: &Variables) -> Result<Self, FlagError> {
        let flags: LoggingTable = table(variables)?;
        flags::check_logging_level(&flags.logging_level).map_err(FlagError::LoggingLevel)?;
        Ok(Self {
            quiet: flags.quiet,
            level: flags.logging_level,
            directory: flags.log_dir,
            initialize: flags.initialize_driver_logging,
        })
    }
}

fn refuse_modules(are_both: bool, flags: &impl FlagSet) -> Result<(), FlagError> {
    if are_both {
        return Err(FlagError::BothModuleFlags);
    }
    let complaint = flags.not_built_yet().into_iter().next();
    complaint.map_or(Ok(()), |complaint| Err(FlagError::NotBuilt(complaint)))
}

/// Agents of the in-process cluster.
fn local_agents(variables: &Variables) -> Result<u32, FlagError> {
    let agents = table::<LocalFlags>(variables)?.num_slaves;
    u32::try_from(agents).map_err(|_| FlagError::Agents(agents))
}

/// The flags of a scheduler driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulerFlags {
    pub logging: LoggingFlags,
    pub registration_backoff_factor: Duration,
    pub authentication_timeout_min: Duration,
    pub authentication_timeout_max: Duration,
    pub authentication_backoff_factor: Duration,
    /// Agents of the in-process cluster.
    pub num_slaves: u32,
}

impl SchedulerFlags {
    /// # Errors
    /// A value that does not parse, or one that asks for a module.
    pub fn load(variables: &Variables) -> Result<Self, FlagError> {
        let flags: DriverFlags = table(variables)?;
        refuse_modules(
            flags.modules.is_some() && flags.modules_dir.is_some(),
            &flags,
        )?;
        Ok(Self {
            logging: LoggingFlags::load(variables)?,
            registration_backoff_factor: flags.registration_backoff_factor.to_std(),
            authentication_timeout_min: flags.authentication_timeout_min.to_std(),
            authentication_timeout_max: flags.authentication_timeout_max.to_std(),
            authentication_backoff_factor: flags.authentication_backoff_factor.to_std(),
            num_slaves: local_agents(variables)?,
        })
    }
}

/// The flags of a v1 scheduler client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V1SchedulerFlags {
    pub logging: LoggingFlags,
    pub connection_delay_max: Duration,
    /// Agents of the in-process cluster.
    pub num_slaves: u32,
}

impl V1SchedulerFlags {
    /// # Errors
    /// A value that does not parse, or one that asks for a module.
    pub fn load(variables: &Variables) -> Result<Self, FlagError> {
        let flags: flags::V1SchedulerFlags = table(variables)?;
        refuse_modules(
            flags.modules.is_some() && flags.modules_dir.is_some(),
            &flags,
        )?;
        Ok(Self {
            logging: LoggingFlags::load(variables)?,
            connection_delay_max: flags.connection_delay_max.to_std(),
            num_slaves: local_agents(variables)?,
        })
    }
}

/// Who an executor is and how long it waits, as the agent that started it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutorEnvironment {
    pub agent: Upid,
    pub agent_id: String,
    pub framework_id: String,
    pub executor_id: String,
    pub checkpoint: bool,
    pub recovery_timeout: Duration,
    pub shutdown_grace: Duration,
    /// In-process cluster: the executor never kills its own process group.
    pub local: bool,
}

/// The value of an executor's variable that holds a duration.
pub(crate) fn executor_duration(name: &'static str, value: &str) -> Result<Duration, FlagError> {
    duration(value).map_err(|cause| FlagError::Executor {
        name,
        value: value.to_owned(),
        cause,
    })
}

const RECOVERY_TIMEOUT: Duration = Duration::from_secs(15 * 60);
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

impl ExecutorEnvironment {
    /// # Errors
    /// The first variable that is missing or does not parse (X2).
    pub fn load(variables: &Variables) -> Result<Self, FlagError> {
        let required = |name: &'static str| {
            variables
                .get(name)
                .map(str::to_owned)
                .ok_or(FlagError::Missing(name))
        };
        let timeout = |name: &'static str, default: Duration| match variables.get(name) {
            None => Ok(default),
            Some(value) => executor_duration(name, value),
        };
        let pid = required("MESOS_SLAVE_PID")?;
        let agent = Upid::parse(&pid);
        if agent.is_null() {
            let cause = "cannot parse the pid".to_owned();
            return Err(FlagError::Executor {
                name: "MESOS_SLAVE_PID",
                value: pid,
                cause,
            });
        }
        required("MESOS_DIRECTORY")?;
        let checkpoint = variables.get("MESOS_CHECKPOINT") == Some("1");
        let recovery_timeout = if checkpoint {
            timeout("MESOS_RECOVERY_TIMEOUT", RECOVERY_TIMEOUT)?
        } else {
            RECOVERY_TIMEOUT
        };
        Ok(Self {
            agent,
            agent_id: required("MESOS_SLAVE_ID")?,
            framework_id: required("MESOS_FRAMEWORK_ID")?,
            executor_id: required("MESOS_EXECUTOR_ID")?,
            checkpoint,
            recovery_timeout,
            shutdown_grace: timeout("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", SHUTDOWN_GRACE)?,
            local: variables.get("MESOS_LOCAL").is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executor() -> BTreeMap<&'static str, &'static str> {
        BTreeMap::from([
            ("MESOS_SLAVE_PID", "slave(1)@127.0.0.1:5051"),
            ("MESOS_SLAVE_ID", "S0"),
            ("MESOS_FRAMEWORK_ID", "F"),
            ("MESOS_EXECUTOR_ID", "E"),
            ("MESOS_DIRECTORY", "/tmp"),
        ])
    }

    #[test]
    fn a_missing_executor_variable_is_named() {
        for name in [
            "MESOS_SLAVE_PID",
            "MESOS_SLAVE_ID",
            "MESOS_FRAMEWORK_ID",
            "MESOS_EXECUTOR_ID",
            "MESOS_DIRECTORY",
        ] {
            let mut variables = executor();
            variables.remove(name);
            let error = ExecutorEnvironment::load(&variables.into_iter().collect()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("Expecting '{name}' to be set in the environment")
            );
        }
    }

    #[test]
    fn the_recovery_timeout_counts_only_with_checkpointing() {
        let mut variables = executor();
        variables.insert("MESOS_RECOVERY_TIMEOUT", "junk");
        assert!(ExecutorEnvironment::load(&variables.clone().into_iter().collect()).is_ok());
        variables.insert("MESOS_CHECKPOINT", "1");
        assert!(ExecutorEnvironment::load(&variables.clone().into_iter().collect()).is_err());
        variables.insert("MESOS_RECOVERY_TIMEOUT", "2mins");
        let loaded = ExecutorEnvironment::load(&variables.into_iter().collect()).unwrap();
        assert_eq!(loaded.recovery_timeout, Duration::from_secs(120));
    }

    #[test]
    fn scheduler_flags_may_be_lower_case_and_bad_values_are_quoted() {
        let flags = SchedulerFlags::load(
            &[("MESOS_registration_backoff_factor", "10ms")]
                .into_iter()
                .collect(),
        )
        .unwrap();
        assert_eq!(flags.registration_backoff_factor, Duration::from_millis(10));
        let error =
            SchedulerFlags::load(&[("MESOS_QUIET", "junk")].into_iter().collect()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Failed to load flag 'quiet': Failed to load value 'junk': Expecting a boolean (e.g., true or false)"
        );
    }

    #[test]
    fn what_is_not_built_or_wrong_is_refused_by_name() {
        let cases = [
            ("MESOS_AUTHENTICATEE", "other", "'authenticatee'"),
            ("MESOS_MODULES_DIR", "/m", "'modules_dir'"),
            ("MESOS_LOGBUFSECS", "junk", "'logbufsecs'"),
            (
                "MESOS_LOGGING_LEVEL",
                "LOUD",
                "'LOUD' is not a valid logging level",
            ),
            ("MESOS_NUM_SLAVES", "-1", "MESOS_NUM_SLAVES"),
        ];
        for (name, value, words) in cases {
            let error = SchedulerFlags::load(&[(name, value)].into_iter().collect()).unwrap_err();
            assert!(error.to_string().contains(words), "{name}: {error}");
        }
        let both = [("MESOS_MODULES", "{}"), ("MESOS_MODULES_DIR", "/m")];
        assert_eq!(
            SchedulerFlags::load(&both.into_iter().collect()),
            Err(FlagError::BothModuleFlags)
        );
    }
}
