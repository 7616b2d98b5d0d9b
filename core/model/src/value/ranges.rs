//! Inclusive integer ranges. Compat: RES-6..RES-9.

use std::{borrow::Cow, fmt, sync::Arc};

/// One inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    pub begin: u64,
    pub end: u64,
}

/// A list of ranges, in the order it came until the first arithmetic; clones share storage.
#[derive(Clone, Debug, Default)]
pub struct Ranges(Arc<[Range]>);

impl Ranges {
    pub fn new(list: impl IntoIterator<Item = Range>) -> Self {
        Self(list.into_iter().collect())
    }

    pub fn as_slice(&self) -> &[Range] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many integers lie in the ranges.
    pub fn count(&self) -> u64 {
        let lengths = self
            .0
            .iter()
            .map(|r| r.end.saturating_sub(r.begin).saturating_add(1));
        lengths.fold(0, u64::saturating_add)
    }

    pub fn coalesced(&self) -> Self {
        match coalesce(&self.0) {
            Cow::Borrowed(_) => self.clone(),
            Cow::Owned(list) => Self(list.into()),
        }
    }

    /// Whether every range of `other` lies inside one of ours.
    pub fn contains(&self, other: &Ranges) -> bool {
        if Arc::ptr_eq(&self.0, &other.0) {
            return true;
        }
        let (left, right) = (coalesce(&self.0), coalesce(&other.0));
        right.iter().all(|wanted| {
            // Sorted and disjoint: only the last range that begins at or before can hold it.
            let after = left.partition_point(|have| have.begin <= wanted.begin);
            after > 0 && left[after - 1].end >= wanted.end
        })
    }

    pub fn add(&mut self, other: &Ranges) {
        let mut all = Vec::with_capacity(self.0.len() + other.0.len());
        all.extend_from_slice(&self.0);
        all.extend_from_slice(&other.0);
        self.0 = coalesce(&all).into_owned().into();
    }

    /// Takes `other` out; the result is sorted. Either side empty leaves `self` untouched (RES-7).
    pub fn subtract(&mut self, other: &Ranges) {
        if self.is_empty() || other.is_empty() {
            return;
        }
        let mut left = self.0.to_vec();
        left.sort_unstable();
        let right = coalesce(&other.0);
        let mut result = Vec::with_capacity(left.len() + right.len());
        for range in left {
            cut(range, &right, &mut result);
        }
        self.0 = result.into();
    }
}

/// Appends what of `range` is not covered by the sorted, disjoint `holes`.
fn cut(range: Range, holes: &[Range], result: &mut Vec<Range>) {
    let mut begin = range.begin;
    let first = holes.partition_point(|hole| hole.end < range.begin);
    for hole in &holes[first..] {
        if hole.begin > range.end {
            break;
        }
        if hole.begin > begin {
            result.push(Range {
                begin,
                end: hole.begin - 1,
            });
        }
        if hole.end >= range.end {
            return;
        }
        begin = hole.end + 1;
    }
    result.push(Range {
        begin,
        end: range.end,
    });
}

/// Sorts and joins overlapping and adjacent ranges; borrows when there is nothing to do.
fn coalesce(list: &[Range]) -> Cow<'_, [Range]> {
    let normal = list
        .windows(2)
        .all(|w| w[0].end < w[1].begin.saturating_sub(1));
    if normal {
        return Cow::Borrowed(list);
    }
    let mut sorted = list.to_vec();
    sorted.sort_unstable();
    let mut joined: Vec<Range> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.begin <= last.end.saturating_add(1) => {
                last.end = last.end.max(range.end);
            }
            Some(_) | None => joined.push(range),
        }
    }
    Cow::Owned(joined)
}

impl PartialEq for Ranges {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || coalesce(&self.0) == coalesce(&other.0)
    }
}

impl Eq for Ranges {}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, range) in self.0.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}-{}", range.begin, range.end)?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(list: &[(u64, u64)]) -> Ranges {
        Ranges::new(list.iter().map(|&(begin, end)| Range { begin, end }))
    }

    #[test]
    fn adjacent_and_overlapping_ranges_join() {
        let mut sum = ranges(&[(1, 3)]);
        sum.add(&ranges(&[(4, 5), (10, 12), (11, 20)]));
        assert_eq!(sum.to_string(), "[1-5, 10-20]");
        assert_eq!(ranges(&[(4, 5), (1, 3)]), ranges(&[(1, 5)]));
    }

    #[test]
    fn containment_needs_a_single_covering_range() {
        assert!(ranges(&[(1, 3), (4, 9)]).contains(&ranges(&[(2, 8)])));
        assert!(!ranges(&[(1, 3), (5, 9)]).contains(&ranges(&[(2, 8)])));
    }

    #[test]
    fn subtraction_splits_and_handles_the_extremes() {
        let mut left = ranges(&[(0, u64::MAX)]);
        left.subtract(&ranges(&[(5, 9), (u64::MAX, u64::MAX)]));
        assert_eq!(left, ranges(&[(0, 4), (10, u64::MAX - 1)]));
        left.subtract(&ranges(&[(0, u64::MAX)]));
        assert!(left.is_empty());
    }

    #[test]
    fn the_order_stays_until_the_first_arithmetic() {
        assert_eq!(ranges(&[(7, 9), (1, 2)]).to_string(), "[7-9, 1-2]");
    }
}
