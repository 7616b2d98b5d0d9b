//! What must hold of values at loading. Compat: REG-10, FLG-10.

use super::{AgentFlags, MasterFlags};
use mesos_model::{capability::AgentCapabilities, units::Nanos};
use mesos_proto::{
    internal::{ContainerDnsInfo, container_dns_info},
    mesos::DomainInfo,
};
use std::collections::BTreeSet;

const PING_TIMEOUT_MIN: Nanos = Nanos::secs(1);
const PING_TIMEOUT_MAX: Nanos = Nanos::mins(15);
const REREGISTRATION_TIMEOUT_MAX: Nanos = Nanos::secs(15);
/// What fits into a socket address.
const SOCKET_PATH_LENGTH_MAX: usize = 108;

/// `*` or `scheme://host[:port]`.
fn origin(text: Option<&str>) -> Result<(), String> {
    let Some(text) = text.filter(|text| *text != "*") else {
        return Ok(());
    };
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_host = |host: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        !host.is_empty() && host.bytes().all(plain)
    };
    if host.is_some_and(is_host) {
        return Ok(());
    }
    Err(format!(
        "Expected `--cors_allow_origin` to be '*' or like 'https://host:port', but it is '{text}'"
    ))
}

fn base_path(text: Option<&str>) -> Result<(), String> {
    match text {
        Some(text) if !mesos_process::http::is_path_prefix(text) => Err(format!(
            "Expected `--webui_base_path` to be like '/mesos', but it is '{text}'"
        )),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn master(flags: &MasterFlags, name: &str) -> Result<(), String> {
    match name {
        "agent_ping_timeout"
            if !(PING_TIMEOUT_MIN..=PING_TIMEOUT_MAX).contains(&flags.agent_ping_timeout) =>
        {
            Err(format!(
                "Expected `--agent_ping_timeout` to be between {PING_TIMEOUT_MIN} and \
                 {PING_TIMEOUT_MAX}"
            ))
        }
        "cors_allow_origin" => origin(flags.cors_allow_origin.as_deref()),
        "webui_base_path" => base_path(flags.webui_base_path.as_deref()),
        "domain" => domain(flags.domain.as_ref().map(|json| &json.0)),
        "max_agent_ping_timeouts" if flags.max_agent_ping_timeouts < 1 => {
            Err("Expected `--max_agent_ping_timeouts` to be at least 1".to_owned())
        }
        "registry_strict" if flags.registry_strict => Err(
            "Support for '--registry_strict' has been disabled and will be removed in a future \
             version of Mesos"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

pub(super) fn agent(flags: &AgentFlags, name: &str) -> Result<(), String> {
    match name {
        "agent_features" => features(flags),
        "default_container_dns" => flags
            .default_container_dns
            .as_ref()
            .map_or(Ok(()), |json| container_dns(&json.0)),
        "domain" => domain(flags.domain.as_ref().map(|json| &json.0)),
        "domain_socket_location"
            if flags
                .domain_socket_location
                .as_ref()
                .is_some_and(|path| path.len() >= SOCKET_PATH_LENGTH_MAX) =>
        {
            Err("Domain socket location cannot be longer than 108 characters.".to_owned())
        }
        "executor_environment_variables" => {
            let given = flags.executor_environment_variables.iter();
            if given
                .flat_map(|object| object.0.values())
                .any(|value| !value.is_string())
            {
                let text = "`executor_environment_variables` must only contain string values";
                return Err(text.to_owned());
            }
            Ok(())
        }
        "executor_reregistration_timeout"
            if flags.executor_reregistration_timeout > REREGISTRATION_TIMEOUT_MAX =>
        {
            Err(format!(
                "Expected `--executor_reregistration_timeout` to be not more than \
                 {REREGISTRATION_TIMEOUT_MAX}"
            ))
        }
        _ => Ok(()),
    }
}

fn domain(domain: Option<&DomainInfo>) -> Result<(), String> {
    match domain {
        Some(domain) if domain.fault_domain.is_none() => {
            Err("`domain` must define `fault_domain`".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

fn features(flags: &AgentFlags) -> Result<(), String> {
    let Some(features) = &flags.agent_features else {
        return Ok(());
    };
    let has = AgentCapabilities::from_proto(&features.0.capabilities);
    let enough = has.multi_role
        && has.hierarchical_role
        && has.reservation_refinement
        && has.agent_operation_feedback
        && has.resource_provider
        && has.agent_draining
        && has.task_resource_limits;
    if enough {
        return Ok(());
    }
    Err(
        "At least the following agent features need to be enabled: MULTI_ROLE, HIERARCHICAL_ROLE, \
         RESERVATION_REFINEMENT, AGENT_OPERATION_FEEDBACK, RESOURCE_PROVIDER, AGENT_DRAINING, and \
         TASK_RESOURCE_LIMITS"
            .to_owned(),
    )
}

fn container_dns(info: &ContainerDnsInfo) -> Result<(), String> {
    use container_dns_info::{
        docker_info::NetworkMode as Docker, mesos_info::NetworkMode as Mesos,
    };
    let unknown = || Err("UNKNOWN network mode configured in `--default_container_dns`".to_owned());
    let host = || {
        Err(
            "Configuring DNS for HOST network with `--default_container_dns` is not yet supported"
                .to_owned(),
        )
    };
    let mut cni = BTreeSet::new();
    for entry in &info.mesos {
        match entry.network_mode() {
            Mesos::Unknown => return unknown(),
            Mesos::Host => return host(),
            Mesos::Cni => once(&mut cni, entry.network_name.as_deref(), "CNI network")?,
        }
    }
    let (mut bridge, mut user) = (false, BTreeSet::new());
    for entry in &info.docker {
        match entry.network_mode() {
            Docker::Unknown => return unknown(),
            Docker::Host => return host(),
            Docker::Bridge if std::mem::replace(&mut bridge, true) => {
                return Err(
                    "Multiple DNS configuration for Docker default bridge network in \
                            `--default_container_dns` is not allowed"
                        .to_owned(),
                );
            }
            Docker::Bridge => {}
            Docker::User => {
                once(
                    &mut user,
                    entry.network_name.as_deref(),
                    "user-defined CNM network",
                )?;
            }
        }
    }
    Ok(())
}

fn once<'a>(
    seen: &mut BTreeSet<Option<&'a str>>,
    name: Option<&'a str>,
    kind: &str,
) -> Result<(), String> {
    if seen.insert(name) {
        return Ok(());
    }
    let which = match name {
        None => "without network name".to_owned(),
        Some(name) => format!("with the same network name '{name}'"),
    };
    Err(format!(
        "Multiple DNS configuration {which} for {kind} in `--default_container_dns` is not allowed"
    ))
}

/// Checks `--logging_level`; told by whoever sets up logging.
pub fn check_logging_level(level: &str) -> Result<(), String> {
    if matches!(level, "INFO" | "WARNING" | "ERROR") {
        return Ok(());
    }
    Err(format!(
        "'{level}' is not a valid logging level. Possible values for 'logging_level' flag are: \
         'INFO', 'WARNING', 'ERROR'."
    ))
}
