//! From the command line to settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mesos_auth::Credential;
use mesos_daemon::flags::{
    AgentFlags, AgentSettings, FlagSet, ReconfigurationPolicy as PolicyFlag, Recover,
};
use mesos_model::capability::AgentCapabilities;
use mesos_model::units::Nanos;
use mesos_proto::mesos::Credential as CredentialMessage;

use super::settings::{AuthenticationPace, Settings, StartError, all_capabilities};
use crate::config::{ReconfigurationPolicy, RecoverMode};

impl Settings {
    /// First the recorded refusals, then what asks for something that does not stand yet.
    pub fn from_flags(flags: &AgentFlags) -> Result<Self, StartError> {
        let read = flags.settings().map_err(StartError)?;
        let credential = credential_of(flags)?;
        if let Some(complaint) = flags.not_built_yet().into_iter().next() {
            return Err(StartError(complaint));
        }
        warn_of_systemd(flags);
        let master = flags.master.as_ref().map(|master| master.text().to_owned());
        let master = master.unwrap_or_default();
        let defaults = Self::new(&master, Path::new(&flags.work_dir));
        let stated = |value: &String| Some(value.clone()).filter(|text| !text.is_empty());
        Ok(Self {
            runtime_dir: PathBuf::from(&flags.runtime_dir),
            executor_ip: flags
                .ip
                .clone()
                .or_else(|| std::env::var("LIBPROCESS_IP").ok()),
            capabilities: capabilities(flags),
            disabled_endpoints: disabled_endpoints(flags),
            launcher_dir: PathBuf::from(&flags.launcher_dir),
            sandbox_directory: flags.sandbox_directory.clone(),
            hostname: flags.hostname.clone(),
            hostname_lookup: flags.hostname_lookup,
            recover: recover(&read),
            reconfiguration_policy: policy(&read),
            attributes: read.attributes,
            isolation: read.isolators,
            resources: flags.resources.clone(),
            default_role: flags.default_role.clone(),
            domain: flags.domain.as_ref().map(|domain| domain.0.clone()),
            credential,
            authentication: AuthenticationPace {
                backoff_factor: time(flags.authentication_backoff_factor),
                timeout_min: time(flags.authentication_timeout_min),
                timeout_max: time(flags.authentication_timeout_max),
            },
            switch_user: flags.switch_user,
            default_container_info: flags
                .default_container_info
                .as_ref()
                .map(|info| info.0.clone()),
            executor_environment_variables: executor_environment(flags),
            http_command_executor: flags.http_command_executor,
            registration_backoff_factor: time(flags.registration_backoff_factor),
            executor_registration_timeout: time(flags.executor_registration_timeout),
            executor_reregistration_timeout: time(flags.executor_reregistration_timeout),
            executor_reregistration_retry_interval: flags
                .executor_reregistration_retry_interval
                .map(time),
            executor_shutdown_grace_period: time(flags.executor_shutdown_grace_period),
            recovery_timeout: time(flags.recovery_timeout),
            strict: flags.strict,
            gc_delay: time(flags.gc_delay),
            gc_disk_headroom: flags.gc_disk_headroom,
            disk_watch_interval: time(flags.disk_watch_interval),
            max_completed_executors_per_framework: usize::try_from(
                flags.max_completed_executors_per_framework,
            )
            .unwrap_or(usize::MAX),
            fetcher_cache_dir: PathBuf::from(&flags.fetcher_cache_dir),
            fetcher_cache_size: flags.fetcher_cache_size.0,
            fetcher_stall_timeout: time(flags.fetcher_stall_timeout),
            frameworks_home: stated(&flags.frameworks_home).map(PathBuf::from),
            hadoop_home: flags.hadoop_home.as_ref().map(PathBuf::from),
            log_dir: flags.log_dir.clone(),
            external_log_file: flags.external_log_file.clone(),
            shown_flags: flags.flags_object(),
            ..defaults
        })
    }
}

/// Executors are in the agent's own unit: when systemd ends all of it, they end with the agent.
fn warn_of_systemd(flags: &AgentFlags) {
    if flags.systemd_enable_support && Path::new(&flags.systemd_runtime_directory).is_dir() {
        tracing::warn!(
            "Moving executors out of the agent's systemd unit is not built yet: they outlive the \
             agent only if the unit says KillMode=process (--no-systemd_enable_support silences this)"
        );
    }
}

fn recover(read: &AgentSettings) -> RecoverMode {
    match read.recover {
        Recover::Reconnect => RecoverMode::Reconnect,
        Recover::Cleanup => RecoverMode::Cleanup,
    }
}

fn policy(read: &AgentSettings) -> ReconfigurationPolicy {
    match read.reconfiguration_policy {
        PolicyFlag::Equal => ReconfigurationPolicy::Equal,
        PolicyFlag::Additive => ReconfigurationPolicy::Additive,
    }
}

fn credential_of(flags: &AgentFlags) -> Result<Option<Credential>, StartError> {
    flags
        .credential
        .as_ref()
        .map(|path| credential(path.as_path()))
        .transpose()
}

fn time(nanos: Nanos) -> Duration {
    Duration::from_nanos(u64::try_from(nanos.0).unwrap_or(0))
}

/// What the agent says it can: all there is, or what the flag lists; its table checks that the list is enough.
fn capabilities(flags: &AgentFlags) -> AgentCapabilities {
    flags
        .agent_features
        .as_ref()
        .map_or_else(all_capabilities, |features| {
            AgentCapabilities::from_proto(&features.0.capabilities)
        })
}

fn disabled_endpoints(flags: &AgentFlags) -> Vec<String> {
    let rules = flags.firewall_rules.as_ref();
    rules
        .and_then(|rules| rules.0.disabled_endpoints.clone())
        .map(|disabled| disabled.paths)
        .unwrap_or_default()
}

/// `{"principal": ..., "secret": ...}` or the two words.
fn credential(path: &Path) -> Result<Credential, StartError> {
    let told = |why: String| StartError(format!("{why} (see --credential flag)"));
    let text = std::fs::read_to_string(path).map_err(|error| {
        let error = error.to_string();
        let reason = error.split(" (os error").next().unwrap_or_default();
        told(format!(
            "Failed to read credential file '{}': {reason}",
            path.display()
        ))
    })?;
    if let Ok(message) = mesos_proto::json::from_slice::<CredentialMessage>(text.as_bytes()) {
        return Ok(Credential {
            principal: message.principal,
            secret: message.secret.unwrap_or_default().into_bytes(),
        });
    }
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [principal, secret] => Ok(Credential {
            principal: (*principal).to_owned(),
            secret: secret.as_bytes().to_vec(),
        }),
        _ => Err(told(format!("Empty credential file '{}'", path.display()))),
    }
}

/// The flag's table checks that all values are texts.
fn executor_environment(flags: &AgentFlags) -> Option<Vec<(String, String)>> {
    let object = flags.executor_environment_variables.as_ref()?;
    let texts = object
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(texts.collect())
}
