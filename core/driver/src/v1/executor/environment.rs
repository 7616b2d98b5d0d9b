//! What the agent tells a v1 executor by environment variables.
//!
//! Compat: agent §16.1, §8.4.

use std::path::PathBuf;
use std::time::Duration;

use mesos_process::Upid;
use mesos_process::http::connection::Endpoint;

use crate::environment::{FlagError, Variables, executor_duration};
use crate::v1::words::Target;

/// Longest path that a socket in the file system can have.
const SOCKET_PATH_MAX: usize = 108;

/// Only with checkpointing: an executor outlives its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checkpointing {
    pub(super) recovery_timeout: Duration,
    pub(super) subscription_backoff_max: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Environment {
    pub(super) target: Target,
    pub(super) token: Option<String>,
    pub(super) checkpointing: Option<Checkpointing>,
    pub(super) shutdown_grace: Duration,
    /// In-process cluster: the executor never kills its own process group.
    pub(super) local: bool,
}

impl Environment {
    /// # Errors
    /// The first variable that is missing or does not parse.
    pub(super) fn load(variables: &Variables) -> Result<Self, FlagError> {
        let required = |name: &'static str| variables.get(name).ok_or(FlagError::Missing(name));
        let duration = |name: &'static str| executor_duration(name, required(name)?);
        let target = target(required("MESOS_SLAVE_PID")?, variables)?;
        let checkpointing = match variables.get("MESOS_CHECKPOINT") {
            Some("1") => Some(Checkpointing {
                recovery_timeout: duration("MESOS_RECOVERY_TIMEOUT")?,
                subscription_backoff_max: duration("MESOS_SUBSCRIPTION_BACKOFF_MAX")?,
            }),
            Some(_) | None => None,
        };
        Ok(Self {
            target,
            token: variables
                .get("MESOS_EXECUTOR_AUTHENTICATION_TOKEN")
                .map(str::to_owned),
            checkpointing,
            shutdown_grace: duration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD")?,
            local: variables.get("MESOS_LOCAL").is_some(),
        })
    }
}

fn target(pid: &str, variables: &Variables) -> Result<Target, FlagError> {
    let bad = |name, value: &str, cause: &str| FlagError::Executor {
        name,
        value: value.to_owned(),
        cause: cause.to_owned(),
    };
    let agent = Upid::parse(pid);
    if agent.is_null() {
        return Err(bad("MESOS_SLAVE_PID", pid, "cannot parse the pid"));
    }
    let endpoint = match variables.get("MESOS_DOMAIN_SOCKET") {
        None => Endpoint::Tcp(agent.address.into()),
        Some(path) if path.len() >= SOCKET_PATH_MAX => {
            let cause = format!("the path is longer than {SOCKET_PATH_MAX} characters");
            return Err(bad("MESOS_DOMAIN_SOCKET", path, &cause));
        }
        Some(path) => Endpoint::Unix(PathBuf::from(path)),
    };
    Ok(Target {
        endpoint,
        path: format!("/{}/api/v1/executor", agent.id),
    })
}
