//! The agent's flags taken together and taken apart, with the refusals of its start. Compat: agent flags (40).

use super::{
    AgentFlags,
    settings_master::{check_hooks, no_http_credentials},
};
use mesos_model::{attribute, units::Nanos, value::format_double};
use mesos_proto::mesos as pb;

/// How refusals of containerizers begin.
pub(super) const CONTAINERIZER: &str = "Failed to create a containerizer:";
const REGISTRATION_BACKOFF_MAX: Nanos = Nanos::mins(1);

/// What to do with executors that ran before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recover {
    Reconnect,
    Cleanup,
}

/// What may change between starts with the same agent id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconfigurationPolicy {
    Equal,
    Additive,
}

/// What flags in text form mean.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentSettings {
    pub attributes: Vec<pb::Attribute>,
    pub recover: Recover,
    pub reconfiguration_policy: ReconfigurationPolicy,
    /// In full, without the old short names.
    pub isolators: Vec<String>,
}

/// Isolators of the original. Which of them stand is for the agent to say.
const ISOLATORS_KNOWN: &[&str] = &[
    "appc/runtime",
    "cgroups/all",
    "cgroups/blkio",
    "cgroups/cpu",
    "cgroups/cpuset",
    "cgroups/devices",
    "cgroups/hugetlb",
    "cgroups/mem",
    "cgroups/net_cls",
    "cgroups/net_prio",
    "cgroups/perf_event",
    "cgroups/pids",
    "disk/du",
    "docker/runtime",
    "docker/volume",
    "environment_secret",
    "filesystem/linux",
    "filesystem/posix",
    "filesystem/shared",
    "gpu/nvidia",
    "linux/capabilities",
    "linux/devices",
    "linux/nnp",
    "linux/seccomp",
    "namespaces/ipc",
    "namespaces/pid",
    "network/cni",
    "posix/cpu",
    "posix/mem",
    "posix/rlimits",
    "volume/csi",
    "volume/host_path",
    "volume/image",
    "volume/sandbox_path",
    "volume/secret",
];

/// Names of old and what they stand for.
const ISOLATORS_OLD: &[(&str, &[&str])] = &[
    ("process", &["posix/cpu", "posix/mem"]),
    ("cgroups", &["cgroups/cpu", "cgroups/mem"]),
    ("posix/disk", &["disk/du"]),
];

impl AgentFlags {
    /// Checks in the order of the original's start; the text is the line of explanation before exit status 1.
    /// Resources, credentials and the master's address are looked at by whoever uses them.
    pub fn settings(&self) -> Result<AgentSettings, String> {
        self.check_exclusions()?;
        self.check_containerizers()?;
        let isolators = self.isolators()?;
        if self
            .image_providers
            .as_deref()
            .is_some_and(|list| !list.is_empty())
            && !isolators.iter().any(|name| name == "filesystem/linux")
        {
            return Err(format!(
                "{CONTAINERIZER} Could not create MesosContainerizer: The 'filesystem/linux' \
                 isolator must be enabled for container image support"
            ));
        }
        self.check_launcher()?;
        self.check_http_authentication()?;
        self.check_ranges()?;
        let attributes = attribute::parse(self.attributes.as_deref().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let reconfiguration_policy = match self.reconfiguration_policy.as_str() {
            "equal" => ReconfigurationPolicy::Equal,
            "additive" => ReconfigurationPolicy::Additive,
            other => {
                return Err(format!(
                    "Unknown option for 'reconfiguration_policy' flag {other}. Please run the \
                     agent with '--help' to see the valid options."
                ));
            }
        };
        let recover = match self.recover.as_str() {
            "reconnect" => Recover::Reconnect,
            "cleanup" => Recover::Cleanup,
            other => {
                return Err(format!(
                    "Unknown option for 'recover' flag {other}. Please run the agent with \
                     '--help' to see the valid options"
                ));
            }
        };
        Ok(AgentSettings {
            attributes,
            recover,
            reconfiguration_policy,
            isolators,
        })
    }

    fn check_exclusions(&self) -> Result<(), String> {
        let text = if self.master.is_none() && self.master_detector.is_none() {
            "Missing required option `--master` or `--master_detector`"
        } else if self.master.is_some() && self.master_detector.is_some() {
            "Only one of `--master` or `--master_detector` should be specified"
        } else if self.ip.is_some() && self.ip_discovery_command.is_some() {
            "Only one of `--ip` or `--ip_discovery_command` should be specified"
        } else if self.ip6.is_some() && self.ip6_discovery_command.is_some() {
            "Only one of `--ip6` or `--ip6_discovery_command` should be specified"
        } else if self.modules.is_some() && self.modules_dir.is_some() {
            "Only one of --modules or --modules_dir should be specified"
        } else {
            return check_hooks(self.hooks.as_deref());
        };
        Err(text.to_owned())
    }

    fn check_containerizers(&self) -> Result<(), String> {
        for name in self.containerizers.split(',') {
            match name {
                "mesos" | "docker" => {}
                other => {
                    return Err(format!(
                        "{CONTAINERIZER} Unknown or unsupported containerizer: {other}"
                    ));
                }
            }
        }
        Ok(())
    }

    pub(super) fn isolators(&self) -> Result<Vec<String>, String> {
        let lead = "Failed to create a containerizer: Could not create MesosContainerizer:";
        let mut full: Vec<String> = Vec::new();
        for name in self.isolation.split(',').filter(|name| !name.is_empty()) {
            match ISOLATORS_OLD.iter().find(|(old, _)| *old == name) {
                Some((_, names)) => full.extend(names.iter().map(|name| (*name).to_owned())),
                None => full.push(name.to_owned()),
            }
        }
        let mut sorted = full.clone();
        sorted.sort();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(format!(
                "{lead} Duplicate entries found in --isolation flag '[ {} ]'",
                full.join(", ")
            ));
        }
        match full
            .iter()
            .find(|name| !ISOLATORS_KNOWN.contains(&name.as_str()))
        {
            Some(name) => Err(format!("{lead} Unknown or unsupported isolator '{name}'")),
            None => Ok(full),
        }
    }

    fn check_launcher(&self) -> Result<(), String> {
        let lead = "Failed to create a containerizer: Could not create MesosContainerizer: Failed \
                    to create launcher:";
        match self.launcher.as_str() {
            "posix" | "linux" => Ok(()),
            other => Err(format!("{lead} Unknown or unsupported launcher: {other}")),
        }
    }

    fn check_http_authentication(&self) -> Result<(), String> {
        let basic = self.http_authenticators.as_deref().unwrap_or("basic") == "basic";
        if !basic || self.http_credentials.is_some() {
            return Ok(());
        }
        no_http_credentials(
            "mesos-agent",
            self.authenticate_http_readonly,
            self.authenticate_http_readwrite,
        )
    }

    fn check_ranges(&self) -> Result<(), String> {
        let backoff = self.registration_backoff_factor;
        if backoff > REGISTRATION_BACKOFF_MAX {
            return Err(format!(
                "Invalid value '{backoff}' for --registration_backoff_factor: Must be less than \
                 {REGISTRATION_BACKOFF_MAX}"
            ));
        }
        let headroom = self.gc_disk_headroom;
        if !(0.0..=1.0).contains(&headroom) {
            return Err(format!(
                "Invalid value '{}' for --gc_disk_headroom. Must be between 0.0 and 1.0",
                format_double(headroom)
            ));
        }
        Ok(())
    }
}
