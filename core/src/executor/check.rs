//! Checks and health checks of a task: when the next one is due and what a result means.
//!
//! No IO; [`super::machine`] carries the timers and results.
//!
//! Compat: agent part 1 §16.4 rules 1, 5–8.

use std::time::Duration;

use mesos_model::clock::Instant;
use mesos_proto::mesos::{
    CheckInfo, CheckStatusInfo, CommandInfo, HealthCheck, check_info, check_status_info,
    health_check, network_info::Protocol,
};
use mesos_sandbox::WaitStatus;

/// One look at a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    Command(Box<CommandInfo>),
    Http { url: String },
    Tcp { host: &'static str, port: u16 },
}

/// What a look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Exited(WaitStatus),
    HttpStatus(u16),
    Connected(bool),
    TimedOut,
    /// The look itself did not work.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Check,
    Health,
}

/// What a probe is and how often it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub probe: Probe,
    pub delay: Duration,
    pub interval: Duration,
    /// None waits for ever.
    pub timeout: Option<Duration>,
}

const DELAY_SECS: f64 = 15.0;
const INTERVAL_SECS: f64 = 10.0;
const TIMEOUT_SECS: f64 = 20.0;
const GRACE_SECS: f64 = 10.0;
const CONSECUTIVE_FAILURES: u32 = 3;
const LOCAL_V4: &str = "127.0.0.1";
const LOCAL_V6: &str = "::1";

fn seconds(value: Option<f64>, default: f64) -> Duration {
    let value = value.unwrap_or(default);
    // Negative values are refused by the master; whatever cannot be a duration is taken as none.
    Duration::try_from_secs_f64(value).unwrap_or_default()
}

fn timeout(value: Option<f64>) -> Option<Duration> {
    Some(seconds(value, TIMEOUT_SECS)).filter(|timeout| !timeout.is_zero())
}

fn port(port: u32) -> Result<u16, String> {
    u16::try_from(port).map_err(|_| format!("port {port} does not exist"))
}

fn local(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::IPv4 => LOCAL_V4,
        Protocol::IPv6 => LOCAL_V6,
    }
}

fn url(scheme: &str, protocol: Protocol, port: u16, path: Option<&str>) -> String {
    let host = match protocol {
        Protocol::IPv4 => LOCAL_V4.to_owned(),
        Protocol::IPv6 => format!("[{LOCAL_V6}]"),
    };
    format!("{scheme}://{host}:{port}{}", path.unwrap_or(""))
}

/// A check whose result is told as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub schedule: Schedule,
    kind: check_info::Type,
    last: CheckStatusInfo,
}

impl Check {
    /// # Errors
    /// What the check lacks, or asks for and is not there.
    pub fn of(info: &CheckInfo) -> Result<Self, String> {
        let probe = match info.r#type() {
            check_info::Type::Command => {
                let command = info.command.as_ref().ok_or("the check has no command")?;
                Probe::Command(Box::new(command.command.clone()))
            }
            check_info::Type::Http => {
                let http = info.http.as_ref().ok_or("the check has no 'http'")?;
                Probe::Http {
                    url: url(
                        "http",
                        Protocol::IPv4,
                        port(http.port)?,
                        http.path.as_deref(),
                    ),
                }
            }
            check_info::Type::Tcp => {
                let tcp = info.tcp.as_ref().ok_or("the check has no 'tcp'")?;
                Probe::Tcp {
                    host: LOCAL_V4,
                    port: port(tcp.port)?,
                }
            }
            check_info::Type::Unknown => return Err("the check has no known type".to_owned()),
        };
        let schedule = Schedule {
            probe,
            delay: seconds(info.delay_seconds, DELAY_SECS),
            interval: seconds(info.interval_seconds, INTERVAL_SECS),
            timeout: timeout(info.timeout_seconds),
        };
        let kind = info.r#type();
        Ok(Self {
            schedule,
            kind,
            last: empty_status(kind),
        })
    }

    pub fn status(&self) -> &CheckStatusInfo {
        &self.last
    }

    /// Takes a result in; whether it differs from the one before.
    pub fn observe(&mut self, outcome: &Outcome) -> bool {
        let mut status = empty_status(self.kind);
        match outcome {
            Outcome::Exited(exit) => {
                status.command = Some(check_status_info::Command {
                    exit_code: exit.code(),
                })
            }
            Outcome::HttpStatus(code) => {
                status.http = Some(check_status_info::Http {
                    status_code: Some(u32::from(*code)),
                });
            }
            Outcome::Connected(succeeded) => {
                status.tcp = Some(check_status_info::Tcp {
                    succeeded: Some(*succeeded),
                });
            }
            Outcome::TimedOut | Outcome::Failed(_) => {}
        }
        let is_new = status != self.last;
        self.last = status;
        is_new
    }
}

/// The status before there is a result: the kind, and an empty submessage.
fn empty_status(kind: check_info::Type) -> CheckStatusInfo {
    let mut status = CheckStatusInfo {
        r#type: Some(kind as i32),
        ..Default::default()
    };
    match kind {
        check_info::Type::Command => status.command = Some(check_status_info::Command::default()),
        check_info::Type::Http => status.http = Some(check_status_info::Http::default()),
        check_info::Type::Tcp => status.tcp = Some(check_status_info::Tcp::default()),
        check_info::Type::Unknown => {}
    }
    status
}

/// A health check: results become healthy or not, and enough failures in a row the task's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub schedule: Schedule,
    grace: Duration,
    failures_max: u32,
    failures: u32,
    /// Whether there has been a success yet.
    is_settled: bool,
    started: Instant,
}

/// What a health check's result means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Unchanged,
    Healthy,
    Unhealthy { kill: bool },
}

impl Health {
    /// # Errors
    /// What the check lacks, or asks for and is not there.
    pub fn of(info: &HealthCheck, now: Instant) -> Result<Self, String> {
        let probe = match Self::kind(info) {
            health_check::Type::Command => Probe::Command(Box::new(
                info.command
                    .clone()
                    .ok_or("the health check has no command")?,
            )),
            health_check::Type::Http => {
                let http = info.http.as_ref().ok_or("the health check has no 'http'")?;
                let scheme = http.scheme.as_deref().unwrap_or("http");
                Probe::Http {
                    url: url(
                        scheme,
                        http.protocol(),
                        port(http.port)?,
                        http.path.as_deref(),
                    ),
                }
            }
            health_check::Type::Tcp => {
                let tcp = info.tcp.as_ref().ok_or("the health check has no 'tcp'")?;
                Probe::Tcp {
                    host: local(tcp.protocol()),
                    port: port(tcp.port)?,
                }
            }
            health_check::Type::Unknown => {
                return Err("the health check has no known type".to_owned());
            }
        };
        let schedule = Schedule {
            probe,
            delay: seconds(info.delay_seconds, DELAY_SECS),
            interval: seconds(info.interval_seconds, INTERVAL_SECS),
            timeout: timeout(info.timeout_seconds),
        };
        let grace = seconds(info.grace_period_seconds, GRACE_SECS);
        let failures_max = info.consecutive_failures.unwrap_or(CONSECUTIVE_FAILURES);
        Ok(Self {
            schedule,
            grace,
            failures_max,
            failures: 0,
            is_settled: false,
            started: now,
        })
    }

    /// Old frameworks leave the type out.
    fn kind(info: &HealthCheck) -> health_check::Type {
        match info.r#type() {
            health_check::Type::Unknown if info.command.is_some() => health_check::Type::Command,
            health_check::Type::Unknown if info.http.is_some() => health_check::Type::Http,
            health_check::Type::Unknown if info.tcp.is_some() => health_check::Type::Tcp,
            kind => kind,
        }
    }

    pub fn observe(&mut self, now: Instant, outcome: &Outcome) -> Verdict {
        let is_healthy = match outcome {
            Outcome::Exited(status) => status.is_success(),
            Outcome::HttpStatus(code) => (200..400).contains(code),
            Outcome::Connected(succeeded) => *succeeded,
            Outcome::TimedOut | Outcome::Failed(_) => false,
        };
        if is_healthy {
            let is_news = !self.is_settled || self.failures > 0;
            self.is_settled = true;
            self.failures = 0;
            return if is_news {
                Verdict::Healthy
            } else {
                Verdict::Unchanged
            };
        }
        if !self.is_settled && now.since(self.started) <= self.grace {
            return Verdict::Unchanged;
        }
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(
            "Health check failed {} times consecutively: {outcome:?}",
            self.failures
        );
        Verdict::Unhealthy {
            kill: self.failures >= self.failures_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(seconds * 1_000_000_000)
    }

    fn health() -> Health {
        let info = HealthCheck {
            command: Some(CommandInfo::default()),
            consecutive_failures: Some(2),
            grace_period_seconds: Some(5.0),
            ..Default::default()
        };
        Health::of(&info, at(0)).unwrap()
    }

    const GOOD: Outcome = Outcome::Exited(WaitStatus::exited(0));
    const BAD: Outcome = Outcome::Exited(WaitStatus::exited(1));

    #[test]
    fn failures_inside_the_grace_period_do_not_count_until_a_success() {
        let mut health = health();
        assert_eq!(health.observe(at(1), &BAD), Verdict::Unchanged);
        assert_eq!(health.observe(at(2), &GOOD), Verdict::Healthy);
        assert_eq!(
            health.observe(at(3), &BAD),
            Verdict::Unhealthy { kill: false }
        );
    }

    #[test]
    fn enough_failures_in_a_row_kill_and_a_success_starts_anew() {
        let mut health = health();
        assert_eq!(
            health.observe(at(6), &BAD),
            Verdict::Unhealthy { kill: false }
        );
        assert_eq!(health.observe(at(7), &GOOD), Verdict::Healthy);
        assert_eq!(health.observe(at(8), &GOOD), Verdict::Unchanged);
        assert_eq!(
            health.observe(at(9), &Outcome::TimedOut),
            Verdict::Unhealthy { kill: false }
        );
        assert_eq!(
            health.observe(at(10), &BAD),
            Verdict::Unhealthy { kill: true }
        );
    }

    #[test]
    fn a_check_tells_only_what_changed_and_a_timeout_is_an_empty_result() {
        let command = check_info::Command {
            command: CommandInfo::default(),
        };
        let info = CheckInfo {
            r#type: Some(check_info::Type::Command as i32),
            command: Some(command),
            ..Default::default()
        };
        let mut check = Check::of(&info).unwrap();
        assert_eq!(
            check.status().command,
            Some(check_status_info::Command::default())
        );
        assert!(check.observe(&BAD));
        assert!(!check.observe(&BAD));
        assert_eq!(check.status().command.unwrap().exit_code, Some(1));
        assert!(check.observe(&Outcome::TimedOut));
        assert_eq!(check.status().command.unwrap().exit_code, None);
    }

    #[test]
    fn addresses_are_those_of_the_host_itself() {
        let http = health_check::HttpCheckInfo {
            protocol: Some(Protocol::IPv6 as i32),
            scheme: Some("https".into()),
            port: 8080,
            path: Some("/health".into()),
            ..Default::default()
        };
        let info = HealthCheck {
            http: Some(http),
            ..Default::default()
        };
        let health = Health::of(&info, at(0)).unwrap();
        assert_eq!(
            health.schedule.probe,
            Probe::Http {
                url: "https://[::1]:8080/health".into()
            }
        );
        assert_eq!(health.schedule.timeout, Some(Duration::from_secs(20)));
    }
}
