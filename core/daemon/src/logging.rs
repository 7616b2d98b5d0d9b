//! Logging in glog's format: lines on stderr, files in `--log_dir`, and the verbose level.
//!
//! Events of `tracing` are the source: error, warn and info keep their severity; debug is verbose
//! level 1 and trace level 2, both written as info. Nothing is installed by itself: mains (and
//! drivers that initialize logging) call [`install`].
//!
//! Compat: operations §5.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

mod endpoint;
mod file;
mod layer;
mod line;
mod sink;

pub use line::Severity;
use sink::Sink;

/// What the logging flags say.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// Base name of `argv[0]`, e.g. `mesos-master`.
    pub program: String,
    pub log_dir: Option<PathBuf>,
    /// `--logging_level`: less severe lines are not written anywhere.
    pub level: Severity,
    /// `--quiet`: only fatal lines on stderr.
    pub quiet: bool,
    /// Start value of the verbose level (`GLOG_v`).
    pub verbose: i32,
}

impl LogConfig {
    /// Everything from INFO on, to stderr.
    pub fn to_stderr(program: &str) -> Self {
        let (program, level) = (program.to_owned(), Severity::Info);
        Self {
            program,
            log_dir: None,
            level,
            quiet: false,
            verbose: 0,
        }
    }
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("Could not initialize logging: Failed to create directory {path}: {source}")]
    Directory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("Could not initialize logging: this process already has a logger")]
    AlreadyInstalled,
}

/// Parses `--logging_level`.
pub fn parse_level(text: &str) -> Result<Severity, String> {
    match text {
        "INFO" => Ok(Severity::Info),
        "WARNING" => Ok(Severity::Warning),
        "ERROR" => Ok(Severity::Error),
        _ => Err(format!(
            "'{text}' is not a valid logging level. Possible values for 'logging_level' flag are: \
             'INFO', 'WARNING', 'ERROR'."
        )),
    }
}

/// One line as the log has it, for a main that fails before its logger is installed.
pub fn line_now(severity: Severity, file: &str, line: u32, text: &str) -> String {
    let thread = nix::unistd::gettid().as_raw();
    line::format(severity, &chrono::Local::now(), thread, (file, line), text)
}

/// The logger of this OS process; clones share it.
#[derive(Clone)]
pub struct Logging {
    shared: Arc<Shared>,
}

struct Shared {
    sink: Sink,
    start_level: i32,
    /// Set while [`Logging::set_level`] is in force.
    toggled: std::sync::Mutex<Option<Toggle>>,
    is_toggled: AtomicBool,
    toggled_level: AtomicI32,
}

#[derive(Clone, Copy)]
struct Toggle {
    until: Instant,
}

/// Makes `config` the process-wide logger. Only mains and driver initialization call this.
pub fn install(config: LogConfig) -> Result<Logging, LogError> {
    let logging = open(config)?;
    let subscriber = layer::subscriber(logging.clone());
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::AlreadyInstalled)?;
    logging.announce();
    Ok(logging)
}

/// A logger that is not installed: only [`Logging::write`] uses it.
fn open(config: LogConfig) -> Result<Logging, LogError> {
    let start_level = config.verbose;
    let shared = Shared {
        sink: Sink::open(config)?,
        start_level,
        toggled: std::sync::Mutex::new(None),
        is_toggled: AtomicBool::new(false),
        toggled_level: AtomicI32::new(0),
    };
    Ok(Logging {
        shared: Arc::new(shared),
    })
}

impl Logging {
    /// The file behind `/master/log` and `/slave/log`: the link of the minimum level.
    pub fn log_file(&self) -> Option<PathBuf> {
        self.shared.sink.link()
    }

    /// Writes one line now, e.g. a fatal one before a main aborts.
    pub fn write(&self, severity: Severity, file: &str, line: u32, text: &str) {
        self.shared.sink.write(severity, file, line, text);
    }

    /// With a log directory the files exist from the first moment on.
    fn announce(&self) {
        if self.log_file().is_some() {
            let level = self.shared.sink.level();
            let text = format!("{} level logging started!", level.name());
            self.write(level, "logging.rs", line!(), &text);
        }
    }

    /// The verbose level in force.
    pub fn level(&self) -> i32 {
        if !self.shared.is_toggled.load(Ordering::Relaxed) {
            return self.shared.start_level;
        }
        let mut toggled = self
            .shared
            .toggled
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if toggled.is_some_and(|toggle| toggle.until > Instant::now()) {
            return self.shared.toggled_level.load(Ordering::Relaxed);
        }
        *toggled = None;
        self.shared.is_toggled.store(false, Ordering::Relaxed);
        self.shared.start_level
    }

    /// Sets the verbose level for a time (`SET_LOGGING_LEVEL`); a second call replaces the first.
    pub fn set_level(&self, level: i32, duration: Duration) -> Result<(), String> {
        if level < 0 {
            return Err(format!("Invalid level '{level}'"));
        }
        if level < self.shared.start_level {
            return Err(format!("'{level}' < original level"));
        }
        let mut toggled = self
            .shared
            .toggled
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let until = now
            .checked_add(duration)
            .unwrap_or(now + Duration::from_secs(u32::MAX.into()));
        *toggled = Some(Toggle { until });
        self.shared.toggled_level.store(level, Ordering::Relaxed);
        self.shared.is_toggled.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
