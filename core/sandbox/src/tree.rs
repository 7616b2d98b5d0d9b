//! Ending a whole process tree, and signalling one.
//!
//! A tree is the process, its descendants, and everything that shares a session or process group
//! with one of them. Members are stopped as they are found, so that none can fork away between
//! looking and killing; the search repeats until it finds nobody new. Processes that left the tree
//! (double fork and a session of their own) are found by a mark in their start environment.
//!
//! Compat: agent part 2 §23.7 (posix: kill); part 1 §16.2.4 (signal with sessions and groups).

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use nix::sys::signal::{Signal, kill};
use rustix::process::{PidfdFlags, pidfd_open};

use crate::{
    procfs::{Pid, ProcessIdentity, ProcessTable, Stat, command_line},
    scan::{Scan, scan},
};

/// Rounds of stop-then-kill before giving up.
pub const DESTROY_ROUNDS_MAX: u32 = 50;
/// How long one round waits for killed processes to vanish.
const ROUND_WAIT: Duration = Duration::from_millis(200);
/// Searches of one round; more than this means forks outrun us, and killing thins them out.
const SEARCHES_MAX: u32 = 20;

/// How processes that left the tree are recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// They started with this sandbox as `MESOS_DIRECTORY`.
    Sandbox(Vec<u8>),
    /// They became children of the caller, which adopts orphans and starts nothing else that is
    /// younger than the tree.
    Adopted,
}

impl Mark {
    /// The mark every executor carries: its sandbox.
    pub fn sandbox(directory: &Path) -> Self {
        Self::Sandbox(directory.as_os_str().as_bytes().to_vec())
    }
}

/// What a destroy did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Killed {
    pub processes: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    #[error("{left} processes of the tree at pid {root} survive being killed")]
    Survivors { root: Pid, left: usize },
}

/// Whether a search for members also looks at sessions and process groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Descendants,
    SessionsAndGroups,
}

/// Where members are looked for: who adopts orphans has them all below itself.
fn look(mark: Option<&Mark>) -> Arc<Scan> {
    match mark {
        Some(Mark::Adopted) => Arc::new(Scan::below_caller()),
        Some(Mark::Sandbox(_)) | None => scan(),
    }
}

/// The processes a search starts from: the root, who shares its session or group, who was seen
/// before, and who carries the mark.
fn seeds(
    scan: &Scan,
    known: &HashMap<i32, u64>,
    root: ProcessIdentity,
    mark: Option<&Mark>,
) -> Vec<Pid> {
    let table = &scan.table;
    let mut seeds = Vec::new();
    if table
        .get(root.pid)
        .is_none_or(|stat| stat.started == root.started)
    {
        // The number of a dead leader stays taken as long as its session or group has members.
        seeds.push(root.pid);
        seeds.extend(table.in_session(root.pid.raw()).map(|stat| stat.pid));
        seeds.extend(table.in_group(root.pid.raw()).map(|stat| stat.pid));
    }
    let is_known =
        |pid: &Pid, started: u64| table.get(*pid).is_some_and(|stat| stat.started == started);
    let known = known
        .iter()
        .filter_map(|(pid, started)| Some((Pid::new(*pid)?, *started)));
    seeds.extend(
        known
            .filter(|(pid, started)| is_known(pid, *started))
            .map(|(pid, _)| pid),
    );
    let is_younger = |pid: &Pid| {
        table
            .get(*pid)
            .is_some_and(|stat| stat.started >= root.started)
    };
    match mark {
        Some(Mark::Sandbox(sandbox)) => {
            seeds.extend(scan.orphans(sandbox).iter().copied().filter(is_younger))
        }
        Some(Mark::Adopted) => {
            seeds.extend(
                table
                    .children(Pid::caller())
                    .map(|stat| stat.pid)
                    .filter(is_younger),
            );
        }
        None => {}
    }
    seeds
}

/// The live members of a tree, the root first if it lives.
fn members(
    scan: &Scan,
    known: &HashMap<i32, u64>,
    root: ProcessIdentity,
    mark: Option<&Mark>,
) -> Vec<Stat> {
    let table = &scan.table;
    let mut found: HashMap<i32, &Stat> = HashMap::new();
    let mut pending = seeds(scan, known, root, mark);
    // The caller's own session and group are shared with innocents.
    let own = Stat::read(Pid::caller()).map(|stat| (stat.session, stat.group));
    let mut sessions: HashSet<i32> = own.iter().map(|(session, _)| *session).collect();
    let mut groups: HashSet<i32> = own.iter().map(|(_, group)| *group).collect();
    while let Some(pid) = pending.pop() {
        let Some(stat) = table.get(pid) else { continue };
        if pid == Pid::caller() || pid.raw() == 1 || found.insert(pid.raw(), stat).is_some() {
            continue;
        }
        pending.extend(table.children(pid).map(|child| child.pid));
        if sessions.insert(stat.session) {
            pending.extend(table.in_session(stat.session).map(|other| other.pid));
        }
        if groups.insert(stat.group) {
            pending.extend(table.in_group(stat.group).map(|other| other.pid));
        }
    }
    let mut members: Vec<Stat> = found
        .into_values()
        .filter(|stat| !stat.is_zombie())
        .cloned()
        .collect();
    members.sort_unstable_by_key(|stat| (stat.pid != root.pid, stat.pid));
    members
}

/// Which of these trees still have live members; one look for all.
pub fn survivors(trees: &[(ProcessIdentity, Option<Mark>)]) -> Vec<bool> {
    let scan = scan();
    let none = HashMap::new();
    let lives = |(root, mark): &(ProcessIdentity, Option<Mark>)| {
        !members(&scan, &none, *root, mark.as_ref()).is_empty()
    };
    trees.iter().map(lives).collect()
}

fn signal(pid: Pid, signal: Signal) {
    // A process that is gone needs no signal; one of another user cannot be in a tree of ours.
    let _ = kill(pid.to_nix(), signal);
}

/// Kills a process and everything it started.
///
/// # Errors
/// Something still lives after [`DESTROY_ROUNDS_MAX`] rounds (a process that hangs in the kernel).
pub fn destroy(root: ProcessIdentity, mark: Option<&Mark>) -> Result<Killed, DestroyError> {
    let mut known: HashMap<i32, u64> = HashMap::new();
    if root.exists() {
        // Nearly always this is all there is, and it needs no look at other processes.
        let below = || {
            ProcessTable::below(root.pid)
                .iter()
                .filter(|stat| !stat.is_zombie())
                .cloned()
                .collect()
        };
        kill_all(&stop_all(below, &mut known));
    }
    let mut left = 0;
    for _ in 0..DESTROY_ROUNDS_MAX {
        let known_before = known.clone();
        let doomed = stop_all(
            || members(&look(mark), &known_before, root, mark),
            &mut known,
        );
        left = doomed.len();
        if doomed.is_empty() {
            return Ok(Killed {
                processes: known.len(),
            });
        }
        kill_all(&doomed);
    }
    Err(DestroyError::Survivors {
        root: root.pid,
        left,
    })
}

/// Stops members until a search finds nobody new; returns all that live.
fn stop_all(search: impl Fn() -> Vec<Stat>, known: &mut HashMap<i32, u64>) -> Vec<Stat> {
    let mut stopped: HashSet<(i32, u64)> = HashSet::new();
    for _ in 0..SEARCHES_MAX {
        let found = search();
        let is_fresh = |stat: &&Stat| !stopped.contains(&(stat.pid.raw(), stat.started));
        let fresh: Vec<&Stat> = found.iter().filter(is_fresh).collect();
        if fresh.is_empty() {
            return found;
        }
        for stat in fresh {
            signal(stat.pid, Signal::SIGSTOP);
            stopped.insert((stat.pid.raw(), stat.started));
            known.insert(stat.pid.raw(), stat.started);
        }
    }
    search()
}

/// Kills, and waits within bounds until they are gone or zombies (their parent may be slow).
fn kill_all(doomed: &[Stat]) {
    doomed
        .iter()
        .for_each(|stat| signal(stat.pid, Signal::SIGKILL));
    let deadline = Instant::now() + ROUND_WAIT;
    for stat in doomed {
        await_end(stat, deadline);
    }
}

/// A descriptor of a process is readable when it has ended, also as a zombie.
fn await_end(stat: &Stat, deadline: Instant) {
    let Ok(descriptor) = pidfd_open(stat.pid.to_rustix(), PidfdFlags::empty()) else {
        return;
    };
    if Stat::read(stat.pid).is_none_or(|now| now.started != stat.started) {
        return;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = rustix::event::Timespec::try_from(left).expect("less than a second fits");
    let mut polled = [rustix::event::PollFd::new(
        &descriptor,
        rustix::event::PollFlags::IN,
    )];
    // Waking early only means that the next round looks again.
    let _ = rustix::event::poll(&mut polled, Some(&timeout));
}

/// Sends a signal to a process, its descendants and, if asked, all below the caller that share
/// sessions or groups with them. Returns the listing of the trees signalled.
pub fn signal_tree(root: ProcessIdentity, number: i32, reach: Reach) -> String {
    let scan = Scan::below_caller();
    let targets: Vec<Stat> = match reach {
        Reach::Descendants => scan
            .table
            .descendants(root.pid)
            .into_iter()
            .cloned()
            .collect(),
        Reach::SessionsAndGroups => members(&scan, &HashMap::new(), root, None),
    };
    let listing = listing(&scan.table, &targets);
    if let Ok(number) = Signal::try_from(number) {
        // Parents first: a shell that dies of the signal does not start the next command.
        targets.iter().for_each(|stat| signal(stat.pid, number));
    }
    listing
}

/// Draws the trees that a set of processes forms.
pub fn listing(table: &ProcessTable, members: &[Stat]) -> String {
    let pids: HashSet<i32> = members.iter().map(|stat| stat.pid.raw()).collect();
    let roots = members.iter().filter(|stat| !pids.contains(&stat.parent));
    let trees: Vec<String> = roots
        .map(|root| {
            let mut text = String::new();
            draw(table, &pids, root, &mut vec![], &mut text);
            text
        })
        .collect();
    format!("[ \n{}\n]", trees.join(", \n"))
}

/// One line per process, with rails that join children to parents. `rails` says for each level
/// whether more siblings follow there.
fn draw(
    table: &ProcessTable,
    pids: &HashSet<i32>,
    stat: &Stat,
    rails: &mut Vec<bool>,
    out: &mut String,
) {
    let children: Vec<&Stat> = table
        .children(stat.pid)
        .filter(|child| pids.contains(&child.pid.raw()))
        .collect();
    let (last, above) = rails
        .split_last()
        .map_or((None, &[][..]), |(last, above)| (Some(*last), above));
    for more in above {
        out.push_str(if *more { " |" } else { "  " });
    }
    out.push_str(match last {
        None => "-",
        Some(true) => " |-",
        Some(false) => " \\-",
    });
    out.push_str(if children.is_empty() { "--" } else { "+-" });
    // Writing to a string cannot fail.
    let _ = write!(out, " {} {} ", stat.pid, command_line(stat));
    let count = children.len();
    for (index, child) in children.into_iter().enumerate() {
        out.push('\n');
        rails.push(index + 1 < count);
        draw(table, pids, child, rails, out);
        rails.pop();
    }
}
