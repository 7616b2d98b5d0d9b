//! From a `FetcherInfo` to the steps of a fetch: where each item comes from and goes.

use std::path::{Path, PathBuf};

use mesos_proto::mesos::{
    command_info::Uri,
    fetcher::{FetcherInfo, fetcher_info::Item, fetcher_info::item::Action},
};
use mesos_sandbox::fetcher::uri::{self, Source};

use super::Error;

/// Where the bytes of an item arrive first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A hidden name in the sandbox until its turn comes.
    Sandbox { temporary: PathBuf },
    /// A file of the cache, which this fetch makes.
    NewCacheFile(PathBuf),
    /// A file of the cache, which is there.
    CacheFile(PathBuf),
}

impl Destination {
    pub fn path(&self) -> &Path {
        match self {
            Self::Sandbox { temporary } => temporary,
            Self::NewCacheFile(path) | Self::CacheFile(path) => path,
        }
    }
}

/// One item of the work.
#[derive(Clone, Debug)]
pub struct Step {
    pub index: usize,
    pub uri: Uri,
    pub source: Source,
    pub destination: Destination,
    /// The item's final path below the sandbox.
    pub target: PathBuf,
}

/// # Errors
/// A URI that breaks a rule, or a cached item without a cache file.
pub fn steps(info: &FetcherInfo) -> Result<Vec<Step>, Error> {
    let step = |(index, item): (usize, &Item)| {
        let failed = |source: Error| Error::Item {
            uri: item.uri.value.clone(),
            source: Box::new(source),
        };
        step(info, index, item).map_err(failed)
    };
    info.items.iter().enumerate().map(step).collect()
}

fn step(info: &FetcherInfo, index: usize, item: &Item) -> Result<Step, Error> {
    uri::validate(&item.uri)?;
    let home = info.frameworks_home.as_deref().map(Path::new);
    let source = Source::of(&item.uri.value, home)?;
    let sandbox = Path::new(&info.sandbox_directory);
    let target = sandbox.join(uri::destination(&item.uri)?);
    let cache_file = || {
        let directory = info.cache_directory.as_deref().ok_or(Error::NoCacheFile)?;
        let name = item
            .cache_filename
            .as_deref()
            .filter(|name| !name.contains('/'))
            .ok_or(Error::NoCacheFile)?;
        Ok::<_, Error>(Path::new(directory).join(name))
    };
    let destination = match item.action() {
        Action::BypassCache => {
            let name = format!(".fetch-{}-{index}", std::process::id());
            Destination::Sandbox {
                temporary: sandbox.join(name),
            }
        }
        Action::DownloadAndCache => Destination::NewCacheFile(cache_file()?),
        Action::RetrieveFromCache => Destination::CacheFile(cache_file()?),
    };
    Ok(Step {
        index,
        uri: item.uri.clone(),
        source,
        destination,
        target,
    })
}
