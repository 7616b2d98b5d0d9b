//! Waiting for processes: one thread, one epoll set, one descriptor per process.
//!
//! Children are reaped and their status is told; a process that is no child (after a restart of the
//! agent) is only seen to end. Pids cannot be confused: a descriptor names one process for ever, and
//! the start time is compared after it was opened.

use std::{
    collections::HashMap,
    fmt, io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::{
    event::{EventfdFlags, epoll},
    process::{PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid},
};

use crate::{
    exit::WaitStatus,
    procfs::ProcessIdentity,
    tree::{self, Mark},
};

/// Called once, on the reaper's thread.
pub type Ended = Box<dyn FnOnce(Option<WaitStatus>) + Send>;

/// How many endings one wake-up handles.
const EVENTS_PER_WAKE: usize = 256;
/// How many trees one thread kills, one after the other.
const TREES_PER_THREAD: usize = 16;
/// The key of the descriptor that wakes the thread to stop.
const STOP_KEY: u64 = 0;

/// A tree whose remains are to be killed before anybody is told.
type Tree = (ProcessIdentity, Option<Mark>);

struct Watched {
    descriptor: OwnedFd,
    tree: Option<Tree>,
    ended: Ended,
}

/// A process that has ended and whose watcher has not been told yet.
struct Finished {
    tree: Option<Tree>,
    ended: Ended,
    status: Option<WaitStatus>,
}

#[derive(Default)]
struct Shared {
    watched: HashMap<u64, Watched>,
    next_key: u64,
}

/// Watches processes until dropped.
pub struct Reaper {
    epoll: Arc<OwnedFd>,
    stop: Arc<OwnedFd>,
    shared: Arc<Mutex<Shared>>,
}

impl fmt::Debug for Reaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reaper").finish_non_exhaustive()
    }
}

impl Reaper {
    /// # Errors
    /// The kernel gives no descriptor or no thread.
    pub fn start() -> io::Result<Self> {
        let epoll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        let stop = Arc::new(rustix::event::eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?);
        epoll::add(
            &*epoll,
            &*stop,
            epoll::EventData::new_u64(STOP_KEY),
            epoll::EventFlags::IN,
        )?;
        let shared = Arc::new(Mutex::new(Shared {
            watched: HashMap::new(),
            next_key: STOP_KEY + 1,
        }));
        let reaper = Self {
            epoll: epoll.clone(),
            stop: stop.clone(),
            shared: shared.clone(),
        };
        // The thread holds the stop descriptor open, so its number stays the one registered.
        std::thread::Builder::new()
            .name("reaper".to_owned())
            .spawn(move || {
                run(&epoll, &shared);
                drop(stop);
            })?;
        Ok(reaper)
    }

    /// Calls back when the process has ended; at once if it is gone already.
    pub fn watch(&self, process: ProcessIdentity, ended: Ended) {
        self.add(process, None, ended);
    }

    /// Calls back when the process has ended and what it left has been killed.
    pub fn watch_tree(&self, process: ProcessIdentity, mark: Option<Mark>, ended: Ended) {
        self.add(process, Some((process, mark)), ended);
    }

    fn add(&self, process: ProcessIdentity, tree: Option<Tree>, ended: Ended) {
        let descriptor = pidfd_open(process.pid.to_rustix(), PidfdFlags::empty());
        let Some(descriptor) = descriptor.ok().filter(|_| process.exists()) else {
            return finish(vec![Finished {
                tree,
                ended,
                status: None,
            }]);
        };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let key = shared.next_key;
        shared.next_key += 1;
        // Under the lock, so that the thread finds the entry when the process has ended already.
        let added = epoll::add(
            &*self.epoll,
            &descriptor,
            epoll::EventData::new_u64(key),
            epoll::EventFlags::IN,
        );
        if added.is_err() {
            drop(shared);
            return finish(vec![Finished {
                tree,
                ended,
                status: None,
            }]);
        }
        shared.watched.insert(
            key,
            Watched {
                descriptor,
                tree,
                ended,
            },
        );
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // The counter cannot overflow with one write, and nothing else can fail here.
        let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
    }
}

fn run(epoll: &OwnedFd, shared: &Mutex<Shared>) {
    let mut events = Vec::with_capacity(EVENTS_PER_WAKE);
    loop {
        events.clear();
        match epoll::wait(epoll, rustix::buffer::spare_capacity(&mut events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        let mut finished = Vec::with_capacity(events.len());
        for event in &events {
            let key = event.data.u64();
            if key == STOP_KEY {
                return;
            }
            let watched = shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .watched
                .remove(&key);
            let Some(watched) = watched else { continue };
            let status = status_of(&watched.descriptor);
            finished.push(Finished {
                tree: watched.tree,
                ended: watched.ended,
                status,
            });
        }
        finish(finished);
    }
}

/// Tells the watchers. One look serves all trees that ended together; those that left something
/// running are dealt with on threads of their own, as killing can take its time.
fn finish(finished: Vec<Finished>) {
    let trees: Vec<Tree> = finished.iter().filter_map(|one| one.tree.clone()).collect();
    let mut survivors = if trees.is_empty() {
        Vec::new()
    } else {
        tree::survivors(&trees)
    }
    .into_iter();
    let mut remaining = Vec::new();
    for mut one in finished {
        one.tree = one.tree.filter(|_| survivors.next().unwrap_or(false));
        match one.tree {
            Some(_) => remaining.push(one),
            None => (one.ended)(one.status),
        }
    }
    while !remaining.is_empty() {
        let rest = remaining.split_off(remaining.len().min(TREES_PER_THREAD));
        kill_aside(std::mem::replace(&mut remaining, rest));
    }
}

fn kill_aside(trees: Vec<Finished>) {
    // Without a thread nobody would ever hear of these endings.
    std::thread::Builder::new()
        .name("kill-tree".to_owned())
        .spawn(move || trees.into_iter().for_each(kill_and_tell))
        .expect("a thread can be had");
}

fn kill_and_tell(one: Finished) {
    if let Some((process, mark)) = one.tree
        && let Err(error) = tree::destroy(process, mark.as_ref())
    {
        tracing::error!("{error}");
    }
    (one.ended)(one.status);
}

/// Reaps the process if it is a child.
fn status_of(descriptor: &OwnedFd) -> Option<WaitStatus> {
    use std::os::fd::AsFd;
    let status = waitid(
        WaitId::PidFd(descriptor.as_fd()),
        WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
    )
    .ok()??;
    if let Some(code) = status.exit_status() {
        return Some(WaitStatus::exited(
            u8::try_from(code & 0xff).expect("masked to a byte"),
        ));
    }
    Some(WaitStatus::signaled(
        status.terminating_signal()?,
        status.dumped(),
    ))
}
