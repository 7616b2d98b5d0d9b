//! One log file of one severity: `PROGRAM.HOST.USER.log.SEVERITY.YYYYMMDD-HHMMSS.PID` and the link
//! `PROGRAM.SEVERITY` to the newest.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Local};

use super::line::{self, Severity};

/// A file of this size is followed by a new one.
const MAX_FILE_BYTES: u64 = 1800 * 1024 * 1024;

/// What all files of one program have in common.
#[derive(Clone, Debug)]
pub struct Naming {
    pub directory: PathBuf,
    pub program: String,
    pub host: String,
    pub user: String,
}

impl Naming {
    pub fn link(&self, severity: Severity) -> PathBuf {
        self.directory
            .join(format!("{}.{}", self.program, severity.name()))
    }

    fn file_name(&self, severity: Severity, time: &DateTime<Local>) -> String {
        let Self {
            program,
            host,
            user,
            ..
        } = self;
        format!(
            "{program}.{host}.{user}.log.{}.{}.{}",
            severity.name(),
            time.format("%Y%m%d-%H%M%S"),
            std::process::id()
        )
    }
}

/// The file of one severity, made at its first line.
#[derive(Debug)]
pub struct LogFile {
    severity: Severity,
    open: Option<(File, u64)>,
}

impl LogFile {
    pub fn new(severity: Severity) -> Self {
        Self {
            severity,
            open: None,
        }
    }

    pub fn write(&mut self, naming: &Naming, now: &DateTime<Local>, text: &str) -> io::Result<()> {
        if self
            .open
            .as_ref()
            .is_none_or(|(_, size)| *size >= MAX_FILE_BYTES)
        {
            self.open = Some(create(naming, self.severity, now)?);
        }
        let Some((file, size)) = &mut self.open else {
            return Ok(());
        };
        file.write_all(text.as_bytes())?;
        *size += text.len() as u64;
        Ok(())
    }
}

fn create(naming: &Naming, severity: Severity, now: &DateTime<Local>) -> io::Result<(File, u64)> {
    let name = naming.file_name(severity, now);
    let path = naming.directory.join(&name);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o664)
        .open(&path)?;
    let header = line::file_header(now, &naming.host);
    file.write_all(header.as_bytes())?;
    // Logging goes on without the link when it cannot be made.
    let _ = relink(&naming.link(severity), &name);
    Ok((file, header.len() as u64))
}

fn relink(link: &Path, target: &str) -> io::Result<()> {
    match std::fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    symlink(target, link)
}
