//! GLOG-format logging.

use std::path::PathBuf;

use mesos_process::http::Router;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
    Fatal,
}

/// What the logging flags say.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// Base name of argv[0], e.g. `mesos-master`.
    pub program: String,
    pub log_dir: Option<PathBuf>,
    pub level: Severity,
    pub quiet: bool,
    /// Start value of the verbose level (`GLOG_v`).
    pub verbose: i32,
}

/// Handle of the installed logger.
#[derive(Clone)]
pub struct Logging {}

/// Installs the process-wide logger. Only mains and driver initialization call this.
pub fn install(_config: LogConfig) -> Result<Logging, String> {
    Ok(Logging {})
}

impl Logging {
    /// The file behind `/master/log` and `/slave/log`: the link of the minimum level.
    pub fn log_file(&self) -> Option<PathBuf> {
        None
    }

    pub fn level(&self) -> i32 {
        0
    }

    /// Raises the verbose level for a time (`SET_LOGGING_LEVEL`).
    pub fn set_level(&self, _level: i32, _duration: std::time::Duration) -> Result<(), String> {
        Ok(())
    }

    /// Adds `/logging/toggle`.
    pub fn mount(&self, _router: &mut Router, _realm: Option<&str>) {}
}
