//! The books of the fetcher's cache: which file holds which URI, who uses it, what must go.
//!
//! No IO: sizes, presence of files and results come in as events, work goes out as effects. A
//! fetch owns the entries it asks for first; later fetches wait for them. All entries of a fetch
//! are claimed in one step, so that fetches wait only for earlier ones and never in a circle.
//!
//! Compat: agent part 2 §20.1 rules 2, 6–10, 12.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    time::Duration,
};

use mesos_proto::mesos::{
    DurationInfo,
    command_info::Uri,
    fetcher::{FetcherInfo, fetcher_info},
};

use super::uri::base_name;

/// A longer base name is cut to its ends in the cache.
const BASE_NAME_CHARS_MAX: usize = 20;
const BASE_NAME_END_CHARS: usize = 10;

/// One fetch of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FetchId(pub u64);

/// What the cache knows a file by: the user and the URI.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    pub fn of(user: Option<&str>, uri: &str) -> Self {
        Self(user.map_or_else(|| uri.to_owned(), |user| format!("{user}@{uri}")))
    }
}

/// What a container wants fetched. The URIs have been validated.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub user: Option<String>,
    pub sandbox: PathBuf,
    pub uris: Vec<Uri>,
}

#[derive(Debug)]
pub enum Event {
    /// `vanished`: those of [`Cache::files_of`] that are not on disk.
    Requested {
        fetch: FetchId,
        wanted: Wanted,
        vanished: HashSet<PathBuf>,
    },
    /// The answer to [`Effect::FindSizes`], in its order.
    SizesFound {
        fetch: FetchId,
        sizes: Vec<Result<u64, String>>,
    },
    /// The fetcher program ended well; the sizes of [`Effect::Run::downloads`], in their order.
    Succeeded {
        fetch: FetchId,
        sizes: Vec<Option<u64>>,
    },
    /// The fetcher program failed, or the fetch was given up at any point.
    Failed { fetch: FetchId },
}

#[derive(Debug, PartialEq)]
pub enum Effect {
    FindSizes {
        fetch: FetchId,
        uris: Vec<String>,
    },
    /// Run the fetcher program; `downloads` are the cache files it will make.
    Run {
        fetch: FetchId,
        info: Box<FetcherInfo>,
        downloads: Vec<PathBuf>,
    },
    Delete(PathBuf),
    /// A cached item is fetched past the cache.
    WarnBypass {
        uri: String,
        reason: String,
    },
}

/// Fixed properties of a cache.
#[derive(Clone, Debug)]
pub struct Settings {
    pub directory: PathBuf,
    pub capacity_bytes: u64,
    pub frameworks_home: Option<String>,
    pub stall_timeout: Duration,
}

#[derive(Debug)]
enum State {
    /// Its owner finds out the size or downloads it; these fetches wait.
    Pending {
        owner: FetchId,
        waiting: Vec<FetchId>,
    },
    Complete,
}

#[derive(Debug)]
struct Entry {
    state: State,
    directory: PathBuf,
    file_name: String,
    /// Space accounted for; none before the reservation.
    size: u64,
    references: u32,
    last_used: u64,
}

impl Entry {
    fn path(&self) -> PathBuf {
        self.directory.join(&self.file_name)
    }
}

/// How an item of a fetch is going to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Serving {
    Bypass,
    Own(Key),
    Await(Key),
    Retrieve(Key),
}

#[derive(Debug)]
struct Fetch {
    wanted: Wanted,
    servings: Vec<Serving>,
    /// Entries held; one reference each.
    held: Vec<Key>,
    sizing: Vec<Key>,
    running: bool,
}

/// The cache's books.
#[derive(Debug)]
pub struct Cache {
    settings: Settings,
    entries: HashMap<Key, Entry>,
    fetches: BTreeMap<FetchId, Fetch>,
    used_bytes: u64,
    serial: u64,
    uses: u64,
}

impl Cache {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            entries: HashMap::new(),
            fetches: BTreeMap::new(),
            used_bytes: 0,
            serial: 0,
            uses: 0,
        }
    }

    pub fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    pub fn capacity_bytes(&self) -> u64 {
        self.settings.capacity_bytes
    }

    /// The directory that holds a user's files.
    pub fn directory_of(&self, user: Option<&str>) -> PathBuf {
        match user {
            Some(user) => self.settings.directory.join(user),
            None => self.settings.directory.clone(),
        }
    }

    /// The complete files a request would use; whoever asks looks whether they still exist.
    pub fn files_of(&self, wanted: &Wanted) -> Vec<PathBuf> {
        let cached = wanted.uris.iter().filter(|uri| uri.cache.unwrap_or(false));
        let keys = cached.map(|uri| Key::of(wanted.user.as_deref(), &uri.value));
        let entries = keys.filter_map(|key| self.entries.get(&key));
        entries
            .filter(|entry| matches!(entry.state, State::Complete))
            .map(Entry::path)
            .collect()
    }

    pub fn on(&mut self, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Requested {
                fetch,
                wanted,
                vanished,
            } => self.on_requested(fetch, wanted, &vanished, out),
            Event::SizesFound { fetch, sizes } => self.on_sizes(fetch, sizes, out),
            Event::Succeeded { fetch, sizes } => self.on_succeeded(fetch, &sizes, out),
            Event::Failed { fetch } => self.on_failed(fetch, out),
        }
    }

    fn on_requested(
        &mut self,
        id: FetchId,
        wanted: Wanted,
        vanished: &HashSet<PathBuf>,
        out: &mut Vec<Effect>,
    ) {
        let mut fetch = Fetch {
            servings: Vec::new(),
            held: Vec::new(),
            sizing: Vec::new(),
            running: false,
            wanted,
        };
        let mut uris = Vec::new();
        for uri in &fetch.wanted.uris {
            if !uri.cache.unwrap_or(false) {
                fetch.servings.push(Serving::Bypass);
                continue;
            }
            let key = Key::of(fetch.wanted.user.as_deref(), &uri.value);
            self.forget_vanished(&key, vanished);
            let serving = self.claim(id, &key, uri, fetch.wanted.user.as_deref());
            if matches!(serving, Serving::Own(_)) {
                fetch.sizing.push(key.clone());
                uris.push(uri.value.clone());
            }
            self.hold(&mut fetch.held, &key);
            fetch.servings.push(serving);
        }
        self.fetches.insert(id, fetch);
        if uris.is_empty() {
            return self.run_if_ready(id, out);
        }
        out.push(Effect::FindSizes { fetch: id, uris });
    }

    /// A file that somebody removed is no entry any more; fetches that hold it keep only the hold.
    fn forget_vanished(&mut self, key: &Key, vanished: &HashSet<PathBuf>) {
        let gone = |entry: &Entry| {
            matches!(entry.state, State::Complete) && vanished.contains(&entry.path())
        };
        if self.entries.get(key).is_some_and(gone) {
            let entry = self.entries.remove(key).expect("it was just looked at");
            self.used_bytes -= entry.size;
            self.fetches
                .values_mut()
                .for_each(|fetch| fetch.held.retain(|held| held != key));
        }
    }

    fn claim(&mut self, id: FetchId, key: &Key, uri: &Uri, user: Option<&str>) -> Serving {
        if let Some(entry) = self.entries.get_mut(key) {
            return match &mut entry.state {
                // A second mention in one command shares the download.
                State::Pending { owner, .. } if *owner == id => Serving::Retrieve(key.clone()),
                State::Pending { waiting, .. } => {
                    waiting.push(id);
                    Serving::Await(key.clone())
                }
                State::Complete => Serving::Retrieve(key.clone()),
            };
        }
        self.serial += 1;
        let entry = Entry {
            state: State::Pending {
                owner: id,
                waiting: Vec::new(),
            },
            directory: self.directory_of(user),
            file_name: cache_file_name(self.serial, &uri.value),
            size: 0,
            references: 0,
            last_used: 0,
        };
        self.entries.insert(key.clone(), entry);
        Serving::Own(key.clone())
    }

    fn hold(&mut self, held: &mut Vec<Key>, key: &Key) {
        self.uses += 1;
        let entry = self
            .entries
            .get_mut(key)
            .expect("a claimed key has an entry");
        entry.last_used = self.uses;
        if held.contains(key) {
            return;
        }
        entry.references += 1;
        held.push(key.clone());
    }

    fn on_sizes(&mut self, id: FetchId, sizes: Vec<Result<u64, String>>, out: &mut Vec<Effect>) {
        let Some(fetch) = self.fetches.get_mut(&id) else {
            return;
        };
        let keys = std::mem::take(&mut fetch.sizing);
        let unknown = || Err("its size is not known".to_owned());
        let sizes = sizes.into_iter().chain(std::iter::repeat_with(unknown));
        for (key, size) in keys.iter().zip(sizes) {
            let reserved = size.and_then(|size| self.reserve(key, size, out));
            if let Err(reason) = reserved {
                self.abandon(key, Some(&reason), out);
            }
        }
        self.run_if_ready(id, out);
    }

    /// Makes room by removing the least recently used files that nobody holds; all or nothing.
    fn reserve(&mut self, key: &Key, size: u64, out: &mut Vec<Effect>) -> Result<(), String> {
        let capacity = self.settings.capacity_bytes;
        let Some(needed) = self.used_bytes.saturating_add(size).checked_sub(capacity) else {
            return self.account(key, size);
        };
        let evictable =
            |entry: &Entry| entry.references == 0 && matches!(entry.state, State::Complete);
        let mut candidates: Vec<(&Key, &Entry)> = self
            .entries
            .iter()
            .filter(|(_, entry)| evictable(entry))
            .collect();
        candidates.sort_unstable_by_key(|(_, entry)| entry.last_used);
        let mut freed = 0;
        let mut victims = Vec::new();
        for (victim, entry) in candidates {
            if freed >= needed {
                break;
            }
            freed += entry.size;
            victims.push(victim.clone());
        }
        if freed < needed {
            return Err(format!(
                "not enough space in the cache: {size} bytes needed, {capacity} is its size"
            ));
        }
        for victim in victims {
            let entry = self.entries.remove(&victim).expect("victims are entries");
            self.used_bytes -= entry.size;
            out.push(Effect::Delete(entry.path()));
        }
        self.account(key, size)
    }

    fn account(&mut self, key: &Key, size: u64) -> Result<(), String> {
        let entry = self.entries.get_mut(key).ok_or("the entry is gone")?;
        entry.size = size;
        self.used_bytes += size;
        Ok(())
    }

    /// An entry that will not come: whoever wanted it goes past the cache.
    fn abandon(&mut self, key: &Key, reason: Option<&str>, out: &mut Vec<Effect>) {
        let Some(entry) = self.entries.remove(key) else {
            return;
        };
        self.used_bytes -= entry.size;
        let mut affected = Vec::new();
        if let State::Pending { owner, waiting } = entry.state {
            affected.push(owner);
            affected.extend(waiting);
        }
        for fetch in self.fetches.values_mut() {
            fetch.held.retain(|held| held != key);
        }
        for id in &affected {
            let Some(fetch) = self.fetches.get_mut(id) else {
                continue;
            };
            for (serving, uri) in fetch.servings.iter_mut().zip(&fetch.wanted.uris) {
                let concerned = match serving {
                    Serving::Own(k) | Serving::Await(k) | Serving::Retrieve(k) => k == key,
                    Serving::Bypass => false,
                };
                if concerned && !fetch.running {
                    *serving = Serving::Bypass;
                    let reason = reason
                        .unwrap_or("the download it waited for failed")
                        .to_owned();
                    out.push(Effect::WarnBypass {
                        uri: uri.value.clone(),
                        reason,
                    });
                }
            }
        }
        for id in affected.into_iter().skip(1) {
            self.run_if_ready(id, out);
        }
    }

    fn run_if_ready(&mut self, id: FetchId, out: &mut Vec<Effect>) {
        let Some(fetch) = self.fetches.get_mut(&id) else {
            return;
        };
        let waits = fetch
            .servings
            .iter()
            .any(|serving| matches!(serving, Serving::Await(_)));
        if fetch.running || waits || !fetch.sizing.is_empty() {
            return;
        }
        fetch.running = true;
        let fetch = &self.fetches[&id];
        let mut downloads = Vec::new();
        let items = fetch
            .servings
            .iter()
            .zip(&fetch.wanted.uris)
            .map(|(serving, uri)| {
                let (action, key) = match serving {
                    Serving::Bypass | Serving::Await(_) => {
                        (fetcher_info::item::Action::BypassCache, None)
                    }
                    Serving::Own(key) => (fetcher_info::item::Action::DownloadAndCache, Some(key)),
                    Serving::Retrieve(key) => {
                        (fetcher_info::item::Action::RetrieveFromCache, Some(key))
                    }
                };
                let entry = key.and_then(|key| self.entries.get(key));
                if let (Serving::Own(_), Some(entry)) = (serving, entry) {
                    downloads.push(entry.path());
                }
                let cache_filename = entry.map(|entry| entry.file_name.clone());
                fetcher_info::Item {
                    uri: uri.clone(),
                    action: action as i32,
                    cache_filename,
                }
            });
        let items = items.collect();
        let stall = i64::try_from(self.settings.stall_timeout.as_nanos()).unwrap_or(i64::MAX);
        let info = FetcherInfo {
            sandbox_directory: path_text(&fetch.wanted.sandbox),
            cache_directory: Some(path_text(&self.directory_of(fetch.wanted.user.as_deref()))),
            items,
            user: fetch.wanted.user.clone(),
            frameworks_home: self.settings.frameworks_home.clone(),
            stall_timeout: Some(DurationInfo { nanoseconds: stall }),
        };
        out.push(Effect::Run {
            fetch: id,
            info: Box::new(info),
            downloads,
        });
    }

    fn on_succeeded(&mut self, id: FetchId, sizes: &[Option<u64>], out: &mut Vec<Effect>) {
        let Some(fetch) = self.fetches.get(&id) else {
            return;
        };
        let owned: Vec<Key> = fetch
            .servings
            .iter()
            .filter_map(Serving::owned)
            .cloned()
            .collect();
        let sizes = sizes.iter().copied().chain(std::iter::repeat(None));
        for (key, actual) in owned.iter().zip(sizes) {
            self.complete(key, actual, out);
        }
        self.release(id);
    }

    /// What came is as large as announced, or smaller; anything else is not kept.
    fn complete(&mut self, key: &Key, actual: Option<u64>, out: &mut Vec<Effect>) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let Some(actual) = actual.filter(|actual| *actual <= entry.size) else {
            out.push(Effect::Delete(entry.path()));
            return self.abandon(key, None, out);
        };
        self.used_bytes -= entry.size - actual;
        entry.size = actual;
        let State::Pending { waiting, .. } = std::mem::replace(&mut entry.state, State::Complete)
        else {
            return;
        };
        for id in waiting {
            if let Some(fetch) = self.fetches.get_mut(&id) {
                let awaited = Serving::Await(key.clone());
                let servings = fetch
                    .servings
                    .iter_mut()
                    .filter(|serving| **serving == awaited);
                servings.for_each(|serving| *serving = Serving::Retrieve(key.clone()));
            }
            self.run_if_ready(id, out);
        }
    }

    fn on_failed(&mut self, id: FetchId, out: &mut Vec<Effect>) {
        let Some(fetch) = self.fetches.get(&id) else {
            return;
        };
        let owned: Vec<Key> = fetch
            .servings
            .iter()
            .filter_map(Serving::owned)
            .cloned()
            .collect();
        self.release(id);
        for key in owned {
            if let Some(entry) = self.entries.get(&key) {
                out.push(Effect::Delete(entry.path()));
            }
            self.abandon(&key, None, out);
        }
    }

    fn release(&mut self, id: FetchId) {
        let Some(fetch) = self.fetches.remove(&id) else {
            return;
        };
        for key in &fetch.held {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.references -= 1;
            }
        }
        for entry in self.entries.values_mut() {
            if let State::Pending { waiting, .. } = &mut entry.state {
                waiting.retain(|waiter| *waiter != id);
            }
        }
    }
}

impl Serving {
    fn owned(&self) -> Option<&Key> {
        match self {
            Self::Own(key) => Some(key),
            Self::Bypass | Self::Await(_) | Self::Retrieve(_) => None,
        }
    }
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// `c<serial>-<base>`, a long base cut to its two ends.
fn cache_file_name(serial: u64, uri: &str) -> String {
    let base: Vec<char> = base_name(uri).unwrap_or_default().chars().collect();
    if base.len() <= BASE_NAME_CHARS_MAX {
        return format!("c{serial}-{}", base.iter().collect::<String>());
    }
    let head: String = base[..BASE_NAME_END_CHARS].iter().collect();
    let tail: String = base[base.len() - BASE_NAME_END_CHARS..].iter().collect();
    format!("c{serial}-{head}_{tail}")
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
