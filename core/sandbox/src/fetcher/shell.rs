//! Runs the fetcher program for containers and keeps the cache's books up to date.
//!
//! Compat: agent part 2 §20.1 rules 1, 3, 4, 8, 11, 13, 14.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use mesos_proto::mesos::{CommandInfo, fetcher::FetcherInfo};
use tokio::sync::oneshot;

use super::{
    INFO_VARIABLE, PROGRAM, SIZES_VARIABLE,
    cache::{Cache, Effect, Event, FetchId, Settings, Wanted},
    uri::{self, Source, UriError},
};
use crate::{
    exit::WaitStatus,
    launcher::{LaunchError, Launcher},
    procfs::ProcessIdentity,
    spec::{LaunchSpec, Program, Stream},
    user::{Credentials, UserError},
};

/// What an agent's flags say about fetching.
#[derive(Clone, Debug)]
pub struct Config {
    pub cache_directory: PathBuf,
    pub cache_bytes: u64,
    /// Where the fetcher program is.
    pub launcher_directory: PathBuf,
    pub frameworks_home: Option<PathBuf>,
    pub hadoop_home: Option<PathBuf>,
    pub stall_timeout: Duration,
}

/// One container's fetch.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub container: &'a str,
    pub sandbox: &'a Path,
    /// The container's user; a user of the command beats it.
    pub user: Option<&'a str>,
    pub command: &'a CommandInfo,
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Uri(#[from] UriError),
    #[error(transparent)]
    User(#[from] UserError),
    #[error("Failed to create '{}': {source}", path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("Failed to run the fetcher: {0}")]
    Launch(#[from] LaunchError),
    #[error("Failed to fetch all URIs for container '{container}': {status}")]
    Failed {
        container: String,
        status: WaitStatus,
    },
    #[error("The fetch for container '{container}' was given up")]
    Abandoned { container: String },
}

/// Figures for `containerizer/fetcher/*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub task_fetches_succeeded: u64,
    pub task_fetches_failed: u64,
    pub cache_size_total_bytes: u64,
    pub cache_size_used_bytes: u64,
}

struct Run {
    info: Box<FetcherInfo>,
    downloads: Vec<PathBuf>,
}

#[derive(Default)]
struct Waiting {
    runs: HashMap<FetchId, oneshot::Sender<Run>>,
}

struct Books {
    cache: Cache,
    waiting: Waiting,
}

struct Inner {
    config: Config,
    launcher: Launcher,
    books: Mutex<Books>,
    next_id: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
}

/// Fetches for all containers of an agent. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

impl Fetcher {
    /// Starts with an empty cache: what an earlier life left is removed.
    ///
    /// # Errors
    /// The old cache cannot be removed.
    pub fn new(config: Config, launcher: Launcher) -> io::Result<Self> {
        match fs::remove_dir_all(&config.cache_directory) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let cache = Cache::new(Settings {
            directory: config.cache_directory.clone(),
            capacity_bytes: config.cache_bytes,
            frameworks_home: config
                .frameworks_home
                .as_ref()
                .map(|home| home.to_string_lossy().into_owned()),
            stall_timeout: config.stall_timeout,
        });
        let books = Mutex::new(Books {
            cache,
            waiting: Waiting::default(),
        });
        let (next_id, succeeded, failed) = <(AtomicU64, AtomicU64, AtomicU64)>::default();
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                launcher,
                books,
                next_id,
                succeeded,
                failed,
            }),
        })
    }

    pub fn counters(&self) -> Counters {
        let books = self.inner.books();
        Counters {
            task_fetches_succeeded: self.inner.succeeded.load(Ordering::Relaxed),
            task_fetches_failed: self.inner.failed.load(Ordering::Relaxed),
            cache_size_total_bytes: books.cache.capacity_bytes(),
            cache_size_used_bytes: books.cache.used_bytes(),
        }
    }

    /// Fetches everything a command names into the sandbox. Dropping the future kills the program
    /// and takes the fetch out of the books.
    ///
    /// # Errors
    /// A URI breaks a rule, or the program failed; the sandbox's stderr tells more.
    pub async fn fetch(&self, request: Request<'_>) -> Result<(), FetchError> {
        let result = self.inner.fetch(&request).await;
        if !request.command.uris.is_empty() {
            let counter = if result.is_ok() {
                &self.inner.succeeded
            } else {
                &self.inner.failed
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

/// Takes a fetch out of the books unless it came to its end.
struct Claim<'a> {
    inner: &'a Inner,
    fetch: FetchId,
    is_settled: bool,
}

impl Claim<'_> {
    fn settle(mut self, event: Event) {
        self.is_settled = true;
        self.inner.tell(event);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.inner.books().waiting.runs.remove(&self.fetch);
            self.inner.tell(Event::Failed { fetch: self.fetch });
        }
    }
}

/// Kills a program's tree unless it has ended.
struct Running<'a> {
    launcher: &'a Launcher,
    process: Option<ProcessIdentity>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.process
            && let Err(error) = self.launcher.destroy(process, None)
        {
            tracing::warn!("Failed to kill the fetcher: {error}");
        }
    }
}

impl Inner {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self, request: &Request<'_>) -> Result<(), FetchError> {
        for uri in &request.command.uris {
            uri::validate(uri)?;
            Source::of(&uri.value, self.config.frameworks_home.as_deref())?;
        }
        let user = request.command.user.as_deref().or(request.user);
        create_streams(request.sandbox, user)?;
        if request.command.uris.is_empty() {
            return Ok(());
        }
        let fetch = FetchId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let wanted = Wanted {
            user: user.map(str::to_owned),
            sandbox: request.sandbox.to_owned(),
            uris: request.command.uris.clone(),
        };
        let (sender, receiver) = oneshot::channel();
        let claim = Claim {
            inner: self,
            fetch,
            is_settled: false,
        };
        let sizes_wanted = self.request(fetch, wanted, sender);
        if !sizes_wanted.is_empty() {
            let sizes = self.sizes(fetch, &sizes_wanted).await;
            self.tell(Event::SizesFound { fetch, sizes });
        }
        let abandoned = || FetchError::Abandoned {
            container: request.container.to_owned(),
        };
        let run = receiver.await.map_err(|_| abandoned())?;
        let status = self.run(request.sandbox, &run.info).await?;
        if !status.is_success() {
            return Err(FetchError::Failed {
                container: request.container.to_owned(),
                status,
            });
        }
        let sizes = run
            .downloads
            .iter()
            .map(|path| fs::metadata(path).ok().map(|file| file.len()))
            .collect();
        claim.settle(Event::Succeeded { fetch, sizes });
        Ok(())
    }

    /// Enters a fetch into the books; returns the URIs whose size has to be found out.
    fn request(&self, fetch: FetchId, wanted: Wanted, sender: oneshot::Sender<Run>) -> Vec<String> {
        let mut books = self.books();
        books.waiting.runs.insert(fetch, sender);
        let files = books.cache.files_of(&wanted);
        let vanished = files.into_iter().filter(|file| !file.exists()).collect();
        let mut effects = Vec::new();
        books.cache.on(
            Event::Requested {
                fetch,
                wanted,
                vanished,
            },
            &mut effects,
        );
        perform(&mut books.waiting, effects)
    }

    fn tell(&self, event: Event) {
        let mut books = self.books();
        let mut effects = Vec::new();
        books.cache.on(event, &mut effects);
        perform(&mut books.waiting, effects);
    }

    /// Sizes in the order asked for; local ones are looked at, the others asked of the program.
    async fn sizes(&self, fetch: FetchId, uris: &[String]) -> Vec<Result<u64, String>> {
        let mut sizes: Vec<Option<Result<u64, String>>> =
            uris.iter().map(|uri| self.local_size(uri)).collect();
        let remote: Vec<&String> = uris
            .iter()
            .zip(&sizes)
            .filter(|(_, size)| size.is_none())
            .map(|(uri, _)| uri)
            .collect();
        if !remote.is_empty() {
            let found = self.remote_sizes(fetch, &remote).await;
            let missing = || Err("the size is not known".to_owned());
            let mut found = found.into_iter().chain(std::iter::repeat_with(missing));
            sizes
                .iter_mut()
                .filter(|size| size.is_none())
                .for_each(|size| *size = found.next());
        }
        sizes
            .into_iter()
            .map(|size| size.expect("both kinds are filled in"))
            .collect()
    }

    fn local_size(&self, uri: &str) -> Option<Result<u64, String>> {
        match Source::of(uri, self.config.frameworks_home.as_deref()) {
            Ok(Source::Local(path)) => {
                let size = fs::metadata(&path).map(|file| file.len());
                Some(
                    size.map_err(|error| {
                        format!("failed to look at '{}': {error}", path.display())
                    }),
                )
            }
            Ok(Source::Http(_) | Source::Ftp(_) | Source::Hadoop(_)) => None,
            Err(error) => Some(Err(error.to_string())),
        }
    }

    async fn remote_sizes(&self, fetch: FetchId, uris: &[&String]) -> Vec<Result<u64, String>> {
        let all = |reason: &str| uris.iter().map(|_| Err(reason.to_owned())).collect();
        let directory = &self.config.cache_directory;
        let answer = directory.join(format!(".sizes-{}", fetch.0));
        if let Err(error) = fs::create_dir_all(directory) {
            return all(&format!(
                "failed to create '{}': {error}",
                directory.display()
            ));
        }
        let list = serde_json::Value::from(uris.iter().map(|uri| uri.as_str()).collect::<Vec<_>>())
            .to_string();
        let mut spec = self.program((SIZES_VARIABLE.to_owned(), list));
        (spec.stdout, spec.stderr) = (Stream::File(answer.clone()), Stream::Null);
        let ended = self.run_to_end(&spec).await;
        let text = fs::read(&answer).unwrap_or_default();
        // Whoever could not be written cannot be removed; both leave nothing.
        let _ = fs::remove_file(&answer);
        match ended {
            Ok(status) if status.is_success() => parse_sizes(&text),
            Ok(status) => all(&format!("the fetcher {status}")),
            Err(error) => all(&error.to_string()),
        }
    }

    async fn run(&self, sandbox: &Path, info: &FetcherInfo) -> Result<WaitStatus, FetchError> {
        let json = String::from_utf8_lossy(&mesos_proto::json::to_sorted_vec(info)).into_owned();
        let mut spec = self.program((INFO_VARIABLE.to_owned(), json));
        spec.stdout = Stream::File(sandbox.join("stdout"));
        spec.stderr = Stream::File(sandbox.join("stderr"));
        self.run_to_end(&spec).await
    }

    fn program(&self, work: (String, String)) -> LaunchSpec {
        let file = self
            .config
            .launcher_directory
            .join(PROGRAM)
            .to_string_lossy()
            .into_owned();
        let mut spec = LaunchSpec::new(Program::Exec {
            file,
            argv: vec![PROGRAM.to_owned()],
        });
        spec.environment =
            program_environment(std::env::vars_os(), self.config.hadoop_home.as_deref());
        spec.environment.push(work);
        spec
    }

    async fn run_to_end(&self, spec: &LaunchSpec) -> Result<WaitStatus, FetchError> {
        let process = self.launcher.launch(spec)?;
        let mut running = Running {
            launcher: &self.launcher,
            process: Some(process),
        };
        let (sender, receiver) = oneshot::channel();
        // The receiver is gone when the fetch was given up, and then nobody wants to know.
        self.launcher.watch(process, move |status| {
            let _ = sender.send(status);
        });
        let status = receiver.await.ok().flatten();
        running.process = None;
        Ok(status.unwrap_or(WaitStatus::KILLED))
    }
}

/// Carries effects out; returns the URIs whose size is asked for.
fn perform(waiting: &mut Waiting, effects: Vec<Effect>) -> Vec<String> {
    let mut sizes = Vec::new();
    for effect in effects {
        match effect {
            Effect::FindSizes { uris, .. } => sizes.extend(uris),
            Effect::Run {
                fetch,
                info,
                downloads,
            } => {
                if let Some(sender) = waiting.runs.remove(&fetch) {
                    // A fetch that is being dropped takes itself out of the books.
                    drop(sender.send(Run { info, downloads }));
                }
            }
            Effect::Delete(path) => {
                if let Err(error) = fs::remove_file(&path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(
                        "Failed to delete '{}' from the fetcher cache: {error}",
                        path.display()
                    );
                }
            }
            Effect::WarnBypass { uri, reason } => {
                tracing::warn!("Fetching URI '{uri}' without the cache: {reason}");
            }
        }
    }
    sizes
}

/// The agent's variables that reach the program: not its own settings, apart from those of logging.
fn program_environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
    hadoop_home: Option<&Path>,
) -> Vec<(String, String)> {
    const KEPT: [&str; 6] = [
        "MESOS_EXTERNAL_LOG_FILE",
        "MESOS_INITIALIZE_DRIVER_LOGGING",
        "MESOS_LOG_DIR",
        "MESOS_LOGBUFSECS",
        "MESOS_LOGGING_LEVEL",
        "MESOS_QUIET",
    ];
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let is_kept = |name: &str| {
        KEPT.contains(&name) || !(name.starts_with("MESOS_") || name.starts_with("LIBPROCESS_"))
    };
    let kept = variables.filter_map(text).filter(|(name, _)| is_kept(name));
    let mut environment: BTreeMap<String, String> = kept.collect();
    if let Some(home) = hadoop_home {
        environment.insert(
            "HADOOP_HOME".to_owned(),
            home.to_string_lossy().into_owned(),
        );
    }
    environment.insert("LIBPROCESS_IP".to_owned(), "127.0.0.1".to_owned());
    environment.into_iter().collect()
}

/// A JSON list: a number for each size known, a text for each that is not.
fn parse_sizes(text: &[u8]) -> Vec<Result<u64, String>> {
    let values: Vec<serde_json::Value> = serde_json::from_slice(text).unwrap_or_default();
    let size = |value: &serde_json::Value| {
        let reason = || value.as_str().unwrap_or("the size is not known").to_owned();
        value.as_u64().ok_or_else(reason)
    };
    values.iter().map(size).collect()
}

/// `stdout` and `stderr` exist before anything writes to them, empty and owned by the user.
fn create_streams(sandbox: &Path, user: Option<&str>) -> Result<(), FetchError> {
    use std::os::unix::fs::{OpenOptionsExt, fchown};
    let owner = user
        .map(Credentials::of)
        .transpose()?
        .filter(|user| !user.is_caller());
    for name in ["stdout", "stderr"] {
        let path = sandbox.join(name);
        let failed = |source| FetchError::Create {
            path: path.clone(),
            source,
        };
        let mut options = fs::OpenOptions::new();
        options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .custom_flags(libc::O_NOFOLLOW);
        let file = options.open(&path).map_err(failed)?;
        if let Some(owner) = &owner {
            fchown(&file, Some(owner.uid), Some(owner.gid)).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_settings_do_not_reach_the_program() {
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let agent = [
            pair("MESOS_WORK_DIR", "/w"),
            pair("MESOS_LOG_DIR", "/l"),
            pair("LIBPROCESS_SSL_ENABLED", "1"),
        ];
        let names: Vec<String> = program_environment(agent.into_iter(), Some(Path::new("/h")))
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["HADOOP_HOME", "LIBPROCESS_IP", "MESOS_LOG_DIR"]);
    }

    #[test]
    fn sizes_come_as_numbers_or_reasons() {
        assert_eq!(
            parse_sizes(b"[5,\"404\",null]"),
            [
                Ok(5),
                Err("404".into()),
                Err("the size is not known".into())
            ]
        );
        assert_eq!(parse_sizes(b"garbage"), []);
    }
}
