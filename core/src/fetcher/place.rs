//! Puts an item that has arrived where the task expects it: copied, extracted, made executable.
//!
//! Compat: agent part 2 §20.2 rules 5–7.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use mesos_proto::mesos::fetcher::FetcherInfo;
use mesos_sandbox::fetcher::uri::Source;

use super::{
    Error,
    extract::{self, Kind},
    plan::{Destination, Step},
};

const EXECUTABLE_MODE: u32 = 0o755;

/// Returns the item's path in the sandbox.
///
/// # Errors
/// What kept it from getting there.
pub fn place(step: &Step, info: &FetcherInfo) -> Result<PathBuf, Error> {
    let sandbox = Path::new(&info.sandbox_directory);
    make_parents(&step.target)?;
    match &step.destination {
        Destination::Sandbox { temporary } => direct(step, temporary, sandbox),
        Destination::NewCacheFile(file) => from_cache(step, file, sandbox),
        Destination::CacheFile(file) => {
            tracing::info!("Fetching URI '{}'", step.uri.value);
            from_cache(step, file, sandbox)
        }
    }
}

fn make_parents(target: &Path) -> Result<(), Error> {
    let Some(parent) = target.parent() else {
        return Ok(());
    };
    fs::create_dir_all(parent).map_err(|source| Error::File {
        what: "create",
        path: parent.into(),
        source,
    })
}

fn direct(step: &Step, temporary: &Path, sandbox: &Path) -> Result<PathBuf, Error> {
    match &step.source {
        Source::Local(from) => {
            tracing::info!("Fetching URI '{}'", step.uri.value);
            tracing::info!(
                "Fetching '{}' directly into the sandbox directory",
                step.uri.value
            );
            copy(from, &step.target)?;
        }
        Source::Http(_) | Source::Ftp(_) | Source::Hadoop(_) => {
            let failed = |source| Error::File {
                what: "rename",
                path: temporary.into(),
                source,
            };
            fs::rename(temporary, &step.target).map_err(failed)?;
        }
    }
    match step.handling() {
        Handling::MakeExecutable => make_executable(&step.target),
        Handling::Extract(kind) => {
            extract::extract(kind, &step.target, &step.target, sandbox)?;
            Ok(sandbox.to_owned())
        }
        Handling::Keep { warn } => {
            if warn {
                step.warn_not_an_archive();
            }
            Ok(step.target.clone())
        }
    }
}

fn from_cache(step: &Step, file: &Path, sandbox: &Path) -> Result<PathBuf, Error> {
    tracing::info!("Fetching URI '{}' from cache", step.uri.value);
    match step.handling() {
        Handling::MakeExecutable => {
            copy(file, &step.target)?;
            make_executable(&step.target)
        }
        // The archive itself stays in the cache.
        Handling::Extract(kind) => {
            extract::extract(kind, file, &step.target, sandbox)?;
            Ok(sandbox.to_owned())
        }
        Handling::Keep { warn } => {
            if warn {
                step.warn_not_an_archive();
            }
            copy(file, &step.target)?;
            Ok(step.target.clone())
        }
    }
}

/// What happens to an item that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handling {
    MakeExecutable,
    Extract(Kind),
    Keep { warn: bool },
}

impl Step {
    /// An executable is never extracted; whether anything is, the destination's name decides.
    fn handling(&self) -> Handling {
        if self.uri.executable.unwrap_or(false) {
            return Handling::MakeExecutable;
        }
        if !self.uri.extract.unwrap_or(true) {
            return Handling::Keep { warn: false };
        }
        let name = self
            .target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        Kind::of(&name).map_or(Handling::Keep { warn: true }, Handling::Extract)
    }

    fn warn_not_an_archive(&self) {
        tracing::warn!(
            "Copying instead of extracting resource from URI with 'extract' flag, because it does not seem to be an archive: {}",
            self.uri.value
        );
    }
}

/// Replaces what is at the target, also a link, so that nothing is written through it.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |source| Error::Copy {
        from: from.into(),
        to: to.into(),
        source,
    };
    if fs::metadata(from).map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    match fs::remove_file(to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    fs::copy(from, to).map(drop).map_err(failed)
}

fn make_executable(path: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::File {
        what: "make executable",
        path: path.into(),
        source,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(EXECUTABLE_MODE)).map_err(failed)?;
    Ok(path.to_owned())
}
