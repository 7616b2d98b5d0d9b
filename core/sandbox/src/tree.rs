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
    path::Path,
    time::{Duration, Instant},
};

use nix::sys::signal::{Signal, kill};

use crate::procfs::{Pid, ProcessIdentity, ProcessTable, Stat, command_line, environment_has};

/// Rounds of stop-then-kill before giving up.
pub const DESTROY_ROUNDS_MAX: u32 = 50;
/// How long one round waits for killed processes to vanish.
const ROUND_WAIT: Duration = Duration::from_millis(200);
/// How often vanishing is looked at.
const POLL: Duration = Duration::from_millis(2);
/// Searches of one round; more than this means forks outrun us, and killing thins them out.
const SEARCHES_MAX: u32 = 20;

/// How processes that left the tree are recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An environment entry (`NAME=value`) that every process of a container was started with.
    Environment(Vec<u8>),
    /// They became children of the caller, which adopts orphans and starts nothing else that is
    /// younger than the tree.
    Adopted,
}

impl Mark {
    pub fn environment(name: &str, value: &str) -> Self {
        Self::Environment(format!("{name}={value}").into_bytes())
    }

    /// The mark every executor carries: its sandbox.
    pub fn sandbox(directory: &Path) -> Self {
        Self::environment("MESOS_DIRECTORY", &directory.to_string_lossy())
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

/// Who adopts orphans: init, or a subreaper, which is the caller or above it.
fn orphanage(table: &ProcessTable) -> HashSet<i32> {
    let mut above = HashSet::from([1]);
    let mut next = Some(Pid::caller());
    while let Some(pid) = next.filter(|pid| above.insert(pid.raw())) {
        next = table.get(pid).and_then(|stat| Pid::new(stat.parent));
    }
    above
}

/// The live members of a tree, the root first if it lives.
fn members(table: &ProcessTable, known: &HashMap<i32, u64>, root: ProcessIdentity, mark: Option<&Mark>) -> Vec<Stat> {
    let mut found: HashMap<i32, Stat> = HashMap::new();
    let mut sessions: HashSet<i32> = HashSet::new();
    let mut groups: HashSet<i32> = HashSet::new();
    let root_is_same = table.get(root.pid).is_none_or(|stat| stat.started == root.started);
    if root_is_same {
        // The number of a dead leader stays taken as long as its session or group has members.
        sessions.insert(root.pid.raw());
        groups.insert(root.pid.raw());
    }
    let orphanage = orphanage(table);
    let is_marked = |stat: &Stat| match mark {
        _ if stat.started < root.started || !orphanage.contains(&stat.parent) => false,
        Some(Mark::Environment(entry)) => environment_has(stat.pid, entry),
        Some(Mark::Adopted) => stat.parent == Pid::caller().raw(),
        None => false,
    };
    let mut pending: Vec<Pid> = table
        .iter()
        .filter(|stat| {
            (stat.pid == root.pid && root_is_same)
                || known.get(&stat.pid.raw()) == Some(&stat.started)
                || sessions.contains(&stat.session)
                || groups.contains(&stat.group)
                || is_marked(stat)
        })
        .map(|stat| stat.pid)
        .collect();
    let own = table.get(Pid::caller()).map(|stat| (stat.session, stat.group));
    while let Some(pid) = pending.pop() {
        let Some(stat) = table.get(pid) else { continue };
        if pid == Pid::caller() || pid.raw() == 1 || found.contains_key(&pid.raw()) {
            continue;
        }
        found.insert(pid.raw(), stat.clone());
        pending.extend(table.children(pid).map(|child| child.pid));
        // The caller's own session and group are shared with innocents.
        if own.is_none_or(|(session, _)| session != stat.session) && sessions.insert(stat.session) {
            pending.extend(table.iter().filter(|other| other.session == stat.session).map(|other| other.pid));
        }
        if own.is_none_or(|(_, group)| group != stat.group) && groups.insert(stat.group) {
            pending.extend(table.iter().filter(|other| other.group == stat.group).map(|other| other.pid));
        }
    }
    let mut members: Vec<Stat> = found.into_values().filter(|stat| !stat.is_zombie()).collect();
    members.sort_unstable_by_key(|stat| (stat.pid != root.pid, stat.pid));
    members
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
    let mut left = 0;
    for _ in 0..DESTROY_ROUNDS_MAX {
        let doomed = stop_all(root, mark, &mut known);
        left = doomed.len();
        if doomed.is_empty() {
            return Ok(Killed { processes: known.len() });
        }
        for stat in &doomed {
            signal(stat.pid, Signal::SIGKILL);
        }
        await_gone(&doomed);
    }
    Err(DestroyError::Survivors { root: root.pid, left })
}

/// Stops members until a search finds nobody new; returns all that live.
fn stop_all(root: ProcessIdentity, mark: Option<&Mark>, known: &mut HashMap<i32, u64>) -> Vec<Stat> {
    let mut stopped: HashSet<(i32, u64)> = HashSet::new();
    for _ in 0..SEARCHES_MAX {
        let found = members(&ProcessTable::read(), known, root, mark);
        let fresh: Vec<&Stat> = found.iter().filter(|stat| !stopped.contains(&(stat.pid.raw(), stat.started))).collect();
        if fresh.is_empty() {
            return found;
        }
        for stat in fresh {
            signal(stat.pid, Signal::SIGSTOP);
            stopped.insert((stat.pid.raw(), stat.started));
            known.insert(stat.pid.raw(), stat.started);
        }
    }
    members(&ProcessTable::read(), known, root, mark)
}

/// Waits until the killed are gone or zombies (their parent may be slow to reap), within bounds.
fn await_gone(doomed: &[Stat]) {
    let deadline = Instant::now() + ROUND_WAIT;
    let lives = |stat: &Stat| Stat::read(stat.pid).is_some_and(|now| now.started == stat.started && !now.is_zombie());
    while Instant::now() < deadline && doomed.iter().any(lives) {
        pause(POLL);
    }
}

fn pause(duration: Duration) {
    let timeout = rustix::event::Timespec::try_from(duration).expect("a few milliseconds fit");
    // Nothing is polled: the call only waits, and waking early is harmless.
    let _ = rustix::event::poll(&mut [], Some(&timeout));
}

/// Sends a signal to a process, its descendants and, if asked, all that share sessions or groups
/// with them. Returns the listing of the trees signalled.
pub fn signal_tree(root: ProcessIdentity, number: i32, reach: Reach) -> String {
    let table = ProcessTable::read();
    let targets: Vec<Stat> = match reach {
        Reach::Descendants => table.descendants(root.pid).into_iter().cloned().collect(),
        Reach::SessionsAndGroups => members(&table, &HashMap::new(), root, None),
    };
    let listing = listing(&table, &targets);
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
fn draw(table: &ProcessTable, pids: &HashSet<i32>, stat: &Stat, rails: &mut Vec<bool>, out: &mut String) {
    let children: Vec<&Stat> = table.children(stat.pid).filter(|child| pids.contains(&child.pid.raw())).collect();
    let (last, above) = rails.split_last().map_or((None, &[][..]), |(last, above)| (Some(*last), above));
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
