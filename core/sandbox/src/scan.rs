//! One reading of `/proc` for many who need one at the same time.
//!
//! Ending a thousand containers asks a thousand times who is left. A reading serves everybody who
//! asked before it began; the start environments, which do not change, are read once per process.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::procfs::{Pid, ProcessTable, environment_value};

/// The variable every process of a container starts with: its sandbox.
pub const SANDBOX_VARIABLE: &str = "MESOS_DIRECTORY";

/// All processes, and where the orphans among them came from.
#[derive(Debug, Default)]
pub struct Scan {
    pub table: ProcessTable,
    orphans: HashMap<Vec<u8>, Vec<Pid>>,
}

impl Scan {
    /// The tree of the caller, who has adopted all orphans there are.
    pub fn below_caller() -> Self {
        Self {
            table: ProcessTable::below(Pid::caller()),
            orphans: HashMap::new(),
        }
    }

    /// The processes that belong to a sandbox and have lost their parents, or never had one in it.
    pub fn orphans(&self, sandbox: &[u8]) -> &[Pid] {
        self.orphans.get(sandbox).map_or(&[], Vec::as_slice)
    }
}

#[derive(Default)]
struct Shared {
    last: Option<(Instant, Arc<Scan>)>,
    /// The sandbox of each process looked at, by pid and start time.
    sandboxes: HashMap<(i32, u64), Option<Vec<u8>>>,
}

/// A reading that began after this call.
pub fn scan() -> Arc<Scan> {
    static SHARED: Mutex<Option<Shared>> = Mutex::new(None);
    let asked = Instant::now();
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let shared = shared.get_or_insert_default();
    if let Some((began, scan)) = &shared.last
        && *began > asked
    {
        return scan.clone();
    }
    let began = Instant::now();
    let table = ProcessTable::read();
    let orphans = orphans(&table, &mut shared.sandboxes);
    let scan = Arc::new(Scan { table, orphans });
    shared.last = Some((began, scan.clone()));
    scan
}

fn orphans(
    table: &ProcessTable,
    sandboxes: &mut HashMap<(i32, u64), Option<Vec<u8>>>,
) -> HashMap<Vec<u8>, Vec<Pid>> {
    let adopters = adopters(table);
    let mut orphans: HashMap<Vec<u8>, Vec<Pid>> = HashMap::new();
    let mut seen = HashMap::with_capacity(sandboxes.len());
    for stat in table.iter().filter(|stat| adopters.contains(&stat.parent)) {
        let key = (stat.pid.raw(), stat.started);
        let known = sandboxes.remove(&key);
        let sandbox = known.unwrap_or_else(|| environment_value(stat.pid, SANDBOX_VARIABLE));
        if let Some(sandbox) = &sandbox {
            orphans.entry(sandbox.clone()).or_default().push(stat.pid);
        }
        seen.insert(key, sandbox);
    }
    // What was not seen is gone.
    *sandboxes = seen;
    orphans
}

/// Who adopts orphans: init, or a subreaper, which is the caller or above it.
fn adopters(table: &ProcessTable) -> HashSet<i32> {
    let mut above = HashSet::from([1]);
    let mut next = Some(Pid::caller());
    while let Some(pid) = next.filter(|pid| above.insert(pid.raw())) {
        next = table.get(pid).and_then(|stat| Pid::new(stat.parent));
    }
    above
}
