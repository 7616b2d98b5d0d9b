//! Logging of a driver process, set up once by the first driver unless the host asked not to.
//!
//! Compat: E1, S8.

use std::sync::OnceLock;

use mesos_daemon::logging::{self, LogConfig, LogError, Logging};

use crate::environment::{LoggingFlags, Variables};

static LOGGING: OnceLock<Logging> = OnceLock::new();

/// Starts logging under that program name. A host that has a logger keeps it.
///
/// # Errors
/// A log folder that cannot be made.
pub(crate) fn ensure(
    flags: &LoggingFlags,
    variables: &Variables,
    program: &str,
) -> Result<(), String> {
    if !flags.initialize || LOGGING.get().is_some() {
        return Ok(());
    }
    let config = LogConfig {
        program: program.to_owned(),
        log_dir: flags.directory.clone().map(Into::into),
        level: logging::parse_level(&flags.level)?,
        quiet: flags.quiet,
        verbose: variables
            .get("GLOG_v")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
    };
    match logging::install(config) {
        Ok(logging) => {
            let _ = LOGGING.set(logging);
            Ok(())
        }
        Err(LogError::AlreadyInstalled) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn installed() -> Option<&'static Logging> {
    LOGGING.get()
}
