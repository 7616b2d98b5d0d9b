//! Where lines go: stderr and the files of their own and all lower severities.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chrono::Local;

use super::file::{LogFile, Naming};
use super::line::{self, Severity};
use super::{LogConfig, LogError};

pub(super) struct Sink {
    level: Severity,
    /// Less severe lines are not written to stderr.
    stderr_from: Severity,
    files: Option<(Naming, Mutex<[LogFile; 4]>)>,
}

impl Sink {
    pub fn open(config: LogConfig) -> Result<Self, LogError> {
        let stderr_from = if config.quiet {
            Severity::Fatal
        } else {
            config.level
        };
        let files = match config.log_dir {
            None => None,
            Some(directory) => {
                std::fs::create_dir_all(&directory).map_err(|source| LogError::Directory {
                    path: directory.clone(),
                    source,
                })?;
                let naming = Naming {
                    directory,
                    program: config.program,
                    host: host(),
                    user: user(),
                };
                Some((naming, Mutex::new(Severity::ALL.map(LogFile::new))))
            }
        };
        Ok(Self {
            level: config.level,
            stderr_from,
            files,
        })
    }

    pub fn level(&self) -> Severity {
        self.level
    }

    pub fn link(&self) -> Option<PathBuf> {
        self.files
            .as_ref()
            .map(|(naming, _)| naming.link(self.level))
    }

    pub fn write(&self, severity: Severity, file: &str, line: u32, text: &str) {
        if severity < self.level {
            return;
        }
        let now = Local::now();
        let thread = nix::unistd::gettid().as_raw();
        let text = line::format(severity, &now, thread, (file, line), text);
        if severity >= self.stderr_from {
            // Nobody can be told when stderr is gone.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
        let Some((naming, files)) = &self.files else {
            return;
        };
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        for (target, level) in files.iter_mut().zip(Severity::ALL) {
            if level <= severity && level >= self.level {
                // A full disk must not stop the daemon.
                let _ = target.write(naming, &now, &text);
            }
        }
    }
}

fn host() -> String {
    nix::unistd::gethostname().map_or_else(
        |_| "(unknown)".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn user() -> String {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}
