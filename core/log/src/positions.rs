//! Sets of positions, as intervals: a log that was truncated late has few holes, but they can be long.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::Position;

/// Disjoint intervals that do not touch; the key is an interval's first position, the value its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    intervals: BTreeMap<Position, Position>,
}

impl Positions {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// How many positions there are, not intervals.
    #[must_use]
    pub fn count(&self) -> u64 {
        let lengths = self.intervals.iter().map(|(first, last)| last - first);
        lengths.fold(0, |sum, length| {
            sum.saturating_add(length).saturating_add(1)
        })
    }

    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        let before = self.intervals.range(..=position).next_back();
        before.is_some_and(|(_, last)| *last >= position)
    }

    /// Adds an interval; an empty one adds nothing.
    pub fn insert(&mut self, range: RangeInclusive<Position>) {
        let (mut first, mut last) = range.into_inner();
        if first > last {
            return;
        }
        // Whatever overlaps or touches becomes part of it.
        let reach = last.saturating_add(1);
        let before = self.intervals.range(..=reach).rev();
        let joined: Vec<(Position, Position)> = before
            .map(|(first, last)| (*first, *last))
            .take_while(|(_, end)| end.saturating_add(1) >= first)
            .collect();
        for (start, end) in joined {
            self.intervals.remove(&start);
            first = first.min(start);
            last = last.max(end);
        }
        self.intervals.insert(first, last);
    }

    pub fn remove(&mut self, position: Position) {
        let before = self.intervals.range(..=position).next_back();
        let Some((first, last)) = before.map(|(first, last)| (*first, *last)) else {
            return;
        };
        if last < position {
            return;
        }
        self.intervals.remove(&first);
        if first < position {
            self.intervals.insert(first, position - 1);
        }
        if position < last {
            self.intervals.insert(position + 1, last);
        }
    }

    /// Takes away every position of another set.
    pub fn remove_all(&mut self, other: &Self) {
        for (first, last) in &other.intervals {
            // From the one that may reach into it on.
            let before = self.intervals.range(..=*last).rev();
            let met: Vec<(Position, Position)> = before
                .map(|(start, end)| (*start, *end))
                .take_while(|(_, end)| end >= first)
                .collect();
            for (start, end) in met {
                self.intervals.remove(&start);
                if start < *first {
                    self.intervals.insert(start, first - 1);
                }
                if end > *last {
                    self.intervals.insert(last + 1, end);
                }
            }
        }
    }

    pub fn remove_below(&mut self, begin: Position) {
        let mut kept = self.intervals.split_off(&begin);
        if let Some((_, last)) = self.intervals.last_key_value()
            && *last >= begin
        {
            kept.insert(begin, *last);
        }
        self.intervals = kept;
    }

    /// From the lowest on.
    pub fn iter(&self) -> impl Iterator<Item = Position> {
        let intervals = self.intervals.iter();
        intervals.flat_map(|(first, last)| *first..=*last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Change {
        Insert(Position, Position),
        Remove(Position),
        RemoveBelow(Position),
        RemoveAll(Vec<(Position, Position)>),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0..40u64, 0..40u64).prop_map(|(first, last)| Change::Insert(first, last)),
            (0..40u64).prop_map(Change::Remove),
            (0..40u64).prop_map(Change::RemoveBelow),
            proptest::collection::vec((0..40u64, 0..40u64), 0..4).prop_map(Change::RemoveAll),
        ]
    }

    proptest! {
        #[test]
        fn intervals_are_a_set(changes in proptest::collection::vec(change(), 0..60)) {
            let mut positions = Positions::default();
            let mut set = BTreeSet::new();
            for change in changes {
                match change {
                    Change::Insert(first, last) => {
                        positions.insert(first..=last);
                        set.extend(first..=last);
                    }
                    Change::Remove(position) => {
                        positions.remove(position);
                        set.remove(&position);
                    }
                    Change::RemoveBelow(begin) => {
                        positions.remove_below(begin);
                        set.retain(|position| *position >= begin);
                    }
                    Change::RemoveAll(ranges) => {
                        let mut other = Positions::default();
                        for (first, last) in ranges {
                            other.insert(first..=last);
                        }
                        positions.remove_all(&other);
                        set.retain(|position| !other.contains(*position));
                    }
                }
                prop_assert!(positions.iter().eq(set.iter().copied()));
                prop_assert!((0..41).all(|one| positions.contains(one) == set.contains(&one)));
                prop_assert_eq!(positions.is_empty(), set.is_empty());
                prop_assert_eq!(positions.count(), set.len() as u64);
                let intervals: Vec<_> = positions.intervals.iter().collect();
                prop_assert!(intervals.windows(2).all(|pair| *pair[0].1 + 1 < *pair[1].0));
            }
        }
    }
}
