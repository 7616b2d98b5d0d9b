//! From the command line to settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mesos_auth::Credential;
use mesos_daemon::flags::{AgentFlags, FlagSet};
use mesos_model::capability::AgentCapabilities;
use mesos_model::units::Nanos;
use mesos_proto::mesos::Credential as CredentialMessage;

use super::settings::{Settings, StartError, all_capabilities};

const HELPER: &str = "mesos-executor";

impl Settings {
    /// Checks nothing that the flags' own table checks.
    pub fn from_flags(flags: &AgentFlags) -> Result<Self, StartError> {
        let master = flags.master.as_ref().map(|master| master.text().to_owned());
        let master = master.ok_or_else(|| {
            StartError("Missing required option `--master` or `--master_detector`".to_owned())
        })?;
        refuse_what_is_not_built(flags)?;
        let defaults = Self::new(&master, Path::new(&flags.work_dir));
        let stated = |value: &String| Some(value.clone()).filter(|text| !text.is_empty());
        Ok(Self {
            runtime_dir: runtime_dir(&flags.runtime_dir),
            executor_ip: flags
                .ip
                .clone()
                .or_else(|| std::env::var("LIBPROCESS_IP").ok()),
            capabilities: capabilities(flags)?,
            disabled_endpoints: disabled_endpoints(flags),
            launcher_dir: launcher_dir(&flags.launcher_dir, &defaults.launcher_dir),
            sandbox_directory: flags.sandbox_directory.clone(),
            hostname: flags.hostname.clone(),
            hostname_lookup: flags.hostname_lookup,
            attributes: flags.attributes.clone(),
            resources: flags.resources.clone(),
            default_role: flags.default_role.clone(),
            domain: flags.domain.as_ref().map(|domain| domain.0.clone()),
            isolation: flags.isolation.clone(),
            launcher: Some(flags.launcher.clone()),
            containerizers: flags.containerizers.clone(),
            image_providers: flags.image_providers.clone(),
            credential: credential_of(flags)?,
            switch_user: flags.switch_user,
            default_container_info: flags
                .default_container_info
                .as_ref()
                .map(|info| info.0.clone()),
            executor_environment_variables: executor_environment(flags)?,
            http_command_executor: flags.http_command_executor,
            registration_backoff_factor: time(flags.registration_backoff_factor),
            executor_registration_timeout: time(flags.executor_registration_timeout),
            executor_reregistration_timeout: time(flags.executor_reregistration_timeout),
            executor_reregistration_retry_interval: flags
                .executor_reregistration_retry_interval
                .map(time),
            executor_shutdown_grace_period: time(flags.executor_shutdown_grace_period),
            recovery_timeout: time(flags.recovery_timeout),
            recover: flags.recover.clone(),
            reconfiguration_policy: flags.reconfiguration_policy.clone(),
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

fn refuse_what_is_not_built(flags: &AgentFlags) -> Result<(), StartError> {
    if let Some(complaint) = flags.not_built_yet().into_iter().next() {
        return Err(StartError(complaint));
    }
    if flags.authenticate_http_readonly || flags.authenticate_http_readwrite {
        return Err(StartError(
            "Authentication of HTTP requests is not supported by this agent yet".to_owned(),
        ));
    }
    if flags.acls.is_some() {
        return Err(StartError(
            "Flag 'acls': authorization is not supported by this agent yet".to_owned(),
        ));
    }
    Ok(())
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

/// The default is only good for who may write there.
fn runtime_dir(told: &str) -> PathBuf {
    const DEFAULT: &str = "/var/run/mesos";
    let writable = nix::unistd::access(
        "/var/run",
        nix::unistd::AccessFlags::R_OK | nix::unistd::AccessFlags::W_OK,
    );
    if told == DEFAULT && writable.is_err() {
        return std::env::temp_dir().join("mesos/runtime");
    }
    PathBuf::from(told)
}

/// What the agent says it can: all there is, or what the flag lists.
fn capabilities(flags: &AgentFlags) -> Result<AgentCapabilities, StartError> {
    let all = all_capabilities();
    let Some(features) = &flags.agent_features else {
        return Ok(all);
    };
    let told = AgentCapabilities::from_proto(&features.0.capabilities);
    // Only the resizing of volumes may be left out.
    let complete = AgentCapabilities {
        resize_volume: true,
        ..told
    } == all;
    if complete {
        Ok(told)
    } else {
        Err(StartError(
            "Flag 'agent_features' leaves out capabilities that the master relies on".to_owned(),
        ))
    }
}

fn disabled_endpoints(flags: &AgentFlags) -> Vec<String> {
    let rules = flags.firewall_rules.as_ref();
    rules
        .and_then(|rules| rules.0.disabled_endpoints.clone())
        .map(|disabled| disabled.paths)
        .unwrap_or_default()
}

/// Where the helpers are: as told when they are there, else beside this program.
fn launcher_dir(told: &str, beside: &Path) -> PathBuf {
    let told = PathBuf::from(told);
    if !told.join(HELPER).exists() && beside.join(HELPER).exists() {
        beside.to_owned()
    } else {
        told
    }
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

fn executor_environment(flags: &AgentFlags) -> Result<Option<Vec<(String, String)>>, StartError> {
    let Some(object) = &flags.executor_environment_variables else {
        return Ok(None);
    };
    let text = |(name, value): (&String, &serde_json::Value)| {
        let value = value.as_str().map(str::to_owned);
        value.map(|value| (name.clone(), value)).ok_or_else(|| {
            StartError(
                "`executor_environment_variables` must only contain string values".to_owned(),
            )
        })
    };
    object
        .0
        .iter()
        .map(text)
        .collect::<Result<_, _>>()
        .map(Some)
}
