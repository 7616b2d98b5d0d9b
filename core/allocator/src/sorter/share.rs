//! What shares are fractions of. Compat: ALC-12.

use crate::amounts::Amounts;
use smallvec::SmallVec;

/// The scalars of all agents, and the names that do not count.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    amounts: Amounts,
    excluded: SmallVec<[usize; 2]>,
    version: u64,
}

impl Totals {
    pub(crate) fn new(excluded: impl IntoIterator<Item = usize>) -> Self {
        Self {
            amounts: Amounts::default(),
            excluded: excluded.into_iter().collect(),
            version: 1,
        }
    }

    pub(crate) fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    /// Changes with every change of the amounts: shares computed for another version are stale.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn replace(&mut self, old: &Amounts, new: &Amounts) {
        if old == new {
            return;
        }
        self.amounts.add(new);
        self.amounts.subtract(old);
        self.version += 1;
    }

    /// The largest fraction over all names, unweighted.
    pub(crate) fn dominant(&self, allocated: &Amounts) -> f64 {
        let mut share = 0.0_f64;
        for (slot, total) in self.amounts.iter() {
            if total > 0 && !self.excluded.contains(&slot) {
                share = share.max(allocated.at(slot) as f64 / total as f64);
            }
        }
        share
    }
}
