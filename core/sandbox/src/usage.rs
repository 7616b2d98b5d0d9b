//! What a process tree uses, as `/proc` tells it.
//!
//! Compat: agent part 2 §22 row 4 (posix/cpu, posix/mem): sums over the tree.

use crate::{
    procfs::{ProcessIdentity, ProcessTable, Stat},
    sys,
};

/// Sums over a process and its descendants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    pub cpus_user_time_secs: f64,
    pub cpus_system_time_secs: f64,
    pub mem_rss_bytes: u64,
    pub processes: u32,
    pub threads: u32,
}

impl Usage {
    /// Reads `/proc` for one tree. For many trees use [`Usage::in_table`] with one table.
    pub fn of(process: ProcessIdentity) -> Self {
        Self::in_table(&ProcessTable::read(), process)
    }

    /// Nothing if the process is gone or its number belongs to another one.
    pub fn in_table(table: &ProcessTable, process: ProcessIdentity) -> Self {
        if table
            .get(process.pid)
            .is_none_or(|stat| stat.started != process.started)
        {
            return Self::default();
        }
        let page = sys::page_bytes();
        let ticks = sys::clock_ticks() as f64;
        table
            .descendants(process.pid)
            .iter()
            .fold(Self::default(), |sum, stat| sum.plus(stat, page, ticks))
    }

    fn plus(self, stat: &Stat, page: u64, ticks: f64) -> Self {
        Self {
            cpus_user_time_secs: self.cpus_user_time_secs + stat.user_ticks as f64 / ticks,
            cpus_system_time_secs: self.cpus_system_time_secs + stat.system_ticks as f64 / ticks,
            mem_rss_bytes: self.mem_rss_bytes + stat.rss_pages * page,
            processes: self.processes + 1,
            threads: self.threads + stat.threads,
        }
    }
}
