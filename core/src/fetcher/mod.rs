//! The program `mesos-fetcher`: brings what a command names into a sandbox.
//!
//! It runs as the task's user, one process for all URIs of a container. Network items are
//! downloaded side by side; then all items are put in place in the order of the command, so that
//! what a later item overwrites is the same as if they had come one by one.
//!
//! Compat: agent part 2 §20.2.

mod download;
mod extract;
mod ftp;
mod hadoop;
mod http;
mod place;
mod plan;
mod sizes;

use std::{path::PathBuf, time::Duration};

use mesos_proto::mesos::fetcher::FetcherInfo;
use mesos_sandbox::{
    Credentials,
    fetcher::{INFO_VARIABLE, SIZES_VARIABLE, uri::UriError},
};

pub use plan::{Destination, Step};

/// Downloads at a time.
const DOWNLOADS_MAX: usize = 8;
/// A transfer that brings nothing for so long is given up, unless the work says otherwise.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Why an item, or all, could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Missing {INFO_VARIABLE} environment variable")]
    NoWork,
    #[error("Failed to parse {INFO_VARIABLE}: {0}")]
    BadWork(String),
    #[error(transparent)]
    Uri(#[from] UriError),
    #[error(transparent)]
    User(#[from] mesos_sandbox::user::UserError),
    #[error("Failed to change to user '{user}': {source}")]
    ChangeUser {
        user: String,
        source: std::io::Error,
    },
    #[error("Failed to create the cache directory '{}': {source}", path.display())]
    CacheDirectory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("No cache file is named for it")]
    NoCacheFile,
    #[error("Failed to {what} '{}': {source}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("Failed to copy '{}' to '{}': {source}", from.display(), to.display())]
    Copy {
        from: PathBuf,
        to: PathBuf,
        source: std::io::Error,
    },
    #[error("Error downloading resource: {0}")]
    Http(String),
    #[error("Unexpected HTTP response code: {0}")]
    HttpStatus(u16),
    #[error("Error downloading resource: nothing came for {}", mesos_model::units::format_duration((*.0).into()))]
    Stalled(Duration),
    #[error("Error downloading resource: {0}")]
    Ftp(String),
    #[error("ftps is not built into this fetcher")]
    FtpsNotBuilt,
    #[error("Failed to run the Hadoop client: {0}")]
    Hadoop(String),
    #[error("Failed to extract '{}': {reason}", archive.display())]
    Extract { archive: PathBuf, reason: String },
    #[error("Failed to start the downloads: {0}")]
    Runtime(std::io::Error),
    #[error("Failed to fetch '{uri}': {source}")]
    Item { uri: String, source: Box<Error> },
}

/// Does the work that the environment describes. Must be called before threads are started, as it
/// changes the user of the process.
///
/// # Errors
/// What the first item that failed, in the order of the command, failed of.
pub fn run() -> Result<(), Error> {
    if let Ok(list) = std::env::var(SIZES_VARIABLE) {
        return sizes::run(&list);
    }
    let work = std::env::var(INFO_VARIABLE).map_err(|_| Error::NoWork)?;
    tracing::info!("Fetcher Info: {work}");
    let info: FetcherInfo = mesos_proto::json::from_slice(work.as_bytes())
        .map_err(|error| Error::BadWork(error.to_string()))?;
    prepare(&info)?;
    fetch(&info)
}

/// Creates the cache directory and becomes the user.
fn prepare(info: &FetcherInfo) -> Result<(), Error> {
    use mesos_proto::mesos::fetcher::fetcher_info::item::Action;
    let user = info.user.as_deref().map(Credentials::of).transpose()?;
    let uses_cache = info
        .items
        .iter()
        .any(|item| item.action() != Action::BypassCache);
    if let (true, Some(directory)) = (uses_cache, &info.cache_directory) {
        let failed = |source| Error::CacheDirectory {
            path: directory.into(),
            source,
        };
        std::fs::create_dir_all(directory).map_err(failed)?;
        if let Some(user) = user.as_ref().filter(|user| !user.is_caller()) {
            std::os::unix::fs::chown(directory, Some(user.uid), Some(user.gid)).map_err(failed)?;
        }
    }
    let Some(user) = user else { return Ok(()) };
    let name = info.user.clone().unwrap_or_default();
    user.assume().map_err(|source| Error::ChangeUser {
        user: name,
        source: source.into(),
    })
}

fn fetch(info: &FetcherInfo) -> Result<(), Error> {
    let steps = plan::steps(info)?;
    let stall = info
        .stall_timeout
        .as_ref()
        .and_then(|timeout| u64::try_from(timeout.nanoseconds).ok());
    let result = fetch_steps(
        &steps,
        info,
        stall.map_or(STALL_TIMEOUT, Duration::from_nanos),
    );
    if result.is_err() {
        remove_temporaries(&steps);
    }
    result
}

fn fetch_steps(steps: &[Step], info: &FetcherInfo, stall: Duration) -> Result<(), Error> {
    let failed = |step: &Step, source| Error::Item {
        uri: step.uri.value.clone(),
        source: Box::new(source),
    };
    if let Some((index, error)) = download::all(steps, stall)?.first_failure() {
        return Err(failed(&steps[index], error));
    }
    for step in steps {
        let path = place::place(step, info).map_err(|error| failed(step, error))?;
        tracing::info!("Fetched '{}' to '{}'", step.uri.value, path.display());
    }
    tracing::info!(
        "Successfully fetched all URIs into '{}'",
        info.sandbox_directory
    );
    Ok(())
}

/// A failed fetch leaves only what has its final name.
fn remove_temporaries(steps: &[Step]) {
    for step in steps {
        if let Destination::Sandbox { temporary } = &step.destination {
            // Most are not there.
            let _ = std::fs::remove_file(temporary);
        }
    }
}
