//! Brings the bytes of all steps, several at a time.
//!
//! The first failure stops what has not begun; what runs is left to end, and of several failures the
//! one of the earliest item counts.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mesos_sandbox::fetcher::uri::Source;

use super::{DOWNLOADS_MAX, Error, ftp, hadoop, http, plan::Destination, plan::Step};

/// What became of each download.
#[derive(Debug, Default)]
pub struct Downloads {
    failures: BTreeMap<usize, Error>,
}

impl Downloads {
    /// The failure of the earliest step, in the order of the command.
    pub fn first_failure(mut self) -> Option<(usize, Error)> {
        self.failures.pop_first()
    }
}

/// Steps whose bytes are brought here. Local files that go to the sandbox are copied when their
/// turn comes.
fn is_download(step: &Step) -> bool {
    match (&step.destination, &step.source) {
        (Destination::CacheFile(_), _) | (Destination::Sandbox { .. }, Source::Local(_)) => false,
        (Destination::NewCacheFile(_), _)
        | (Destination::Sandbox { .. }, Source::Http(_) | Source::Ftp(_) | Source::Hadoop(_)) => {
            true
        }
    }
}

/// # Errors
/// No runtime for the transfers; failures of single transfers are kept in the result.
pub fn all(steps: &[Step], stall: Duration) -> Result<Downloads, Error> {
    let (http, others): (Vec<&Step>, Vec<&Step>) = steps
        .iter()
        .filter(|step| is_download(step))
        .partition(|step| matches!(step.source, Source::Http(_)));
    let failures = Mutex::new(BTreeMap::new());
    let stopped = AtomicBool::new(false);
    let record = |step: &Step, result: Result<(), Error>| {
        if let Err(error) = result {
            stopped.store(true, Ordering::Relaxed);
            failures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(step.index, error);
        }
    };
    if !http.is_empty() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        runtime.block_on(http_all(&http, stall, &stopped, &record))?;
    }
    let queue = Mutex::new(others.into_iter().collect::<VecDeque<_>>());
    let next = || {
        queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    };
    let workers = queue
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .len()
        .min(DOWNLOADS_MAX);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(step) = next().filter(|_| !stopped.load(Ordering::Relaxed)) {
                    record(step, blocking(step, stall));
                }
            });
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(Downloads { failures })
}

async fn http_all(
    steps: &[&Step],
    stall: Duration,
    stopped: &AtomicBool,
    record: &impl Fn(&Step, Result<(), Error>),
) -> Result<(), Error> {
    let client = http::Client::new(stall)?;
    let queue = Mutex::new(steps.iter().copied().collect::<VecDeque<_>>());
    let worker = async || {
        loop {
            let step = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some(step) = step.filter(|_| !stopped.load(Ordering::Relaxed)) else {
                return;
            };
            let Source::Http(url) = &step.source else {
                continue;
            };
            announce(step, url);
            let part = part_path(step.destination.path());
            let result = client
                .download(url, &part)
                .await
                .and_then(|()| finish(&part, step.destination.path()));
            if result.is_err() {
                // It may not have been created, and a leftover is hidden and harmless.
                let _ = std::fs::remove_file(&part);
            }
            record(step, result);
        }
    };
    let workers = (0..DOWNLOADS_MAX.min(steps.len())).map(|_| worker());
    futures_util::future::join_all(workers).await;
    Ok(())
}

fn announce(step: &Step, url: &str) {
    tracing::info!("Fetching URI '{url}'");
    if let Destination::Sandbox { .. } = step.destination {
        tracing::info!("Fetching '{url}' directly into the sandbox directory");
    }
    let to = match &step.destination {
        Destination::Sandbox { .. } => &step.target,
        Destination::NewCacheFile(path) | Destination::CacheFile(path) => path,
    };
    tracing::info!("Downloading resource from '{url}' to '{}'", to.display());
}

fn part_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// A download has its name only when it is complete.
fn finish(part: &Path, path: &Path) -> Result<(), Error> {
    std::fs::rename(part, path).map_err(|source| Error::File {
        what: "rename",
        path: part.into(),
        source,
    })
}

fn blocking(step: &Step, stall: Duration) -> Result<(), Error> {
    let path = step.destination.path();
    let part = part_path(path);
    let result = match &step.source {
        Source::Local(from) => {
            tracing::info!("Fetching URI '{}'", step.uri.value);
            let copied = std::fs::copy(from, &part).map(drop);
            copied.map_err(|source| Error::Copy {
                from: from.clone(),
                to: part.clone(),
                source,
            })
        }
        Source::Ftp(url) => {
            announce(step, url);
            ftp::download(url, &part, stall)
        }
        Source::Hadoop(url) => {
            announce(step, url);
            hadoop::copy_to_local(url, &part)
        }
        Source::Http(_) => Ok(()),
    };
    let result = result.and_then(|()| finish(&part, path));
    if result.is_err() {
        // It may not have been created, and a leftover is hidden and harmless.
        let _ = std::fs::remove_file(&part);
    }
    result
}
