//! Prints the sizes of URIs, for the agent's reservations in the cache.
//!
//! The answer is one JSON list on stdout: a number for a size, a text for the reason of none.

use std::{
    collections::VecDeque,
    io::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use mesos_sandbox::fetcher::uri::Source;
use serde_json::Value;

use super::{DOWNLOADS_MAX, Error, ftp, hadoop, http};

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// # Errors
/// The list is not one, or the transfers cannot be started; single failures are in the answer.
pub fn run(list: &str) -> Result<(), Error> {
    let uris: Vec<String> =
        serde_json::from_str(list).map_err(|error| Error::BadWork(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let sizes = runtime.block_on(all(&uris))?;
    let answer = Value::from(sizes).to_string();
    let written = |source| Error::File {
        what: "write",
        path: "stdout".into(),
        source,
    };
    std::io::stdout()
        .write_all(answer.as_bytes())
        .map_err(written)
}

async fn all(uris: &[String]) -> Result<Vec<Value>, Error> {
    let client = http::Client::new(TIMEOUT)?;
    let queue = Mutex::new(uris.iter().enumerate().collect::<VecDeque<_>>());
    let sizes = Mutex::new(vec![Value::Null; uris.len()]);
    let worker = async || {
        loop {
            let next = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some((index, uri)) = next else { return };
            let size = match size(&client, uri).await {
                Ok(size) => Value::from(size),
                Err(error) => Value::from(error.to_string()),
            };
            sizes.lock().unwrap_or_else(PoisonError::into_inner)[index] = size;
        }
    };
    futures_util::future::join_all((0..DOWNLOADS_MAX.min(uris.len())).map(|_| worker())).await;
    Ok(sizes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

async fn size(client: &http::Client, uri: &str) -> Result<u64, Error> {
    match Source::of(uri, None)? {
        Source::Http(url) => client.size(&url).await,
        Source::Ftp(url) => ftp::size(&url, TIMEOUT),
        Source::Hadoop(url) => hadoop::size(&url),
        Source::Local(path) => {
            let size = std::fs::metadata(&path).map(|file| file.len());
            size.map_err(|source| Error::File {
                what: "look at",
                path,
                source,
            })
        }
    }
}
