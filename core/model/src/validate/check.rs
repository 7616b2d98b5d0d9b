//! Checks, health checks and check statuses. Compat: TSK-6.

use super::command;
use crate::error::{Invalid, refuse};
use mesos_proto::mesos as pb;
use pb::{check_info, health_check};

pub fn validate(check: &pb::CheckInfo) -> Result<(), Invalid> {
    if check.r#type.is_none() {
        return refuse("CheckInfo must specify 'type'");
    }
    match check.r#type() {
        check_info::Type::Command => {
            let Some(command) = &check.command else {
                return refuse("Expecting 'command' to be set for COMMAND check");
            };
            validate_command(&command.command, "Command check", "Check")?;
        }
        check_info::Type::Http => {
            let Some(http) = &check.http else {
                return refuse("Expecting 'http' to be set for HTTP check");
            };
            validate_path(http.path.as_deref(), "HTTP check")?;
        }
        check_info::Type::Tcp if check.tcp.is_none() => {
            return refuse("Expecting 'tcp' to be set for TCP check");
        }
        check_info::Type::Tcp => {}
        check_info::Type::Unknown => return refuse("'UNKNOWN' is not a valid check type"),
    }
    validate_seconds(&[
        ("delay_seconds", check.delay_seconds),
        ("interval_seconds", check.interval_seconds),
        ("timeout_seconds", check.timeout_seconds),
    ])
}

pub fn validate_health(check: &pb::HealthCheck) -> Result<(), Invalid> {
    if check.r#type.is_none() {
        return refuse("HealthCheck must specify 'type'");
    }
    match check.r#type() {
        health_check::Type::Command => {
            let Some(command) = &check.command else {
                return refuse("Expecting 'command' to be set for COMMAND health check");
            };
            validate_command(command, "Command health check", "Health check")?;
        }
        health_check::Type::Http => {
            let Some(http) = &check.http else {
                return refuse("Expecting 'http' to be set for HTTP health check");
            };
            validate_scheme(http.scheme.as_deref())?;
            validate_path(http.path.as_deref(), "HTTP health check")?;
        }
        health_check::Type::Tcp if check.tcp.is_none() => {
            return refuse("Expecting 'tcp' to be set for TCP health check");
        }
        health_check::Type::Tcp => {}
        health_check::Type::Unknown => {
            return refuse("'UNKNOWN' is not a valid health check type");
        }
    }
    validate_seconds(&[
        ("delay_seconds", check.delay_seconds),
        ("grace_period_seconds", check.grace_period_seconds),
        ("interval_seconds", check.interval_seconds),
        ("timeout_seconds", check.timeout_seconds),
    ])
}

/// The result of a check, as executors report it.
pub fn validate_status(status: &pb::CheckStatusInfo) -> Result<(), Invalid> {
    if status.r#type.is_none() {
        return refuse("CheckStatusInfo must specify 'type'");
    }
    match status.r#type() {
        check_info::Type::Command if status.command.is_none() => {
            refuse("Expecting 'command' to be set for COMMAND check's status")
        }
        check_info::Type::Http if status.http.is_none() => {
            refuse("Expecting 'http' to be set for HTTP check's status")
        }
        check_info::Type::Tcp if status.tcp.is_none() => {
            refuse("Expecting 'tcp' to be set for TCP check's status")
        }
        check_info::Type::Unknown => refuse("'UNKNOWN' is not a valid check's status type"),
        check_info::Type::Command | check_info::Type::Http | check_info::Type::Tcp => Ok(()),
    }
}

fn validate_command(command: &pb::CommandInfo, what: &str, owner: &str) -> Result<(), Invalid> {
    if command.value.is_none() {
        let missing = if command.shell() {
            "'shell command'"
        } else {
            "'executable path'"
        };
        return Err(Invalid::new(format!("{what} must contain {missing}")));
    }
    let lead = format!("{owner}'s `CommandInfo` is invalid: ");
    command::validate(command).map_err(|error| error.within(&lead))
}

fn validate_scheme(scheme: Option<&str>) -> Result<(), Invalid> {
    match scheme {
        None | Some("http" | "https") => Ok(()),
        Some(other) => Err(Invalid::new(format!(
            "Unsupported HTTP health check scheme: '{other}'"
        ))),
    }
}

fn validate_path(path: Option<&str>, what: &str) -> Result<(), Invalid> {
    match path {
        Some(path) if !path.starts_with('/') => Err(Invalid::new(format!(
            "The path '{path}' of {what} must start with '/'"
        ))),
        Some(_) | None => Ok(()),
    }
}

fn validate_seconds(fields: &[(&str, Option<f64>)]) -> Result<(), Invalid> {
    match fields
        .iter()
        .find(|(_, value)| value.is_some_and(|seconds| seconds < 0.0))
    {
        Some((name, _)) => Err(Invalid::new(format!(
            "Expecting '{name}' to be non-negative"
        ))),
        None => Ok(()),
    }
}
