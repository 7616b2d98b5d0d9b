//! The order in which clients (roles, or the frameworks of a role) are served.
//! Compat: ALC-11..ALC-17.

mod drf;
mod random;
mod share;
mod tree;

pub(crate) use share::Totals;
pub(crate) use tree::{NodeNo, Scope, Shape, Sorter};

#[cfg(test)]
mod tests;

use crate::random::Random;
use smallvec::SmallVec;

/// A position in the order of one sorter; the order must not be settled again while it is used.
#[derive(Debug)]
pub(crate) enum Cursor<C> {
    Drf(SmallVec<[(NodeNo, usize); 4]>),
    Random(Vec<(C, f64)>),
}

impl<C: Copy> Sorter<C> {
    /// The next active client.
    pub(crate) fn next(&self, cursor: &mut Cursor<C>, random: &mut Random) -> Option<C> {
        match cursor {
            Cursor::Drf(stack) => self.next_by_share(stack),
            Cursor::Random(left) => random::pick(left, random),
        }
    }
}
