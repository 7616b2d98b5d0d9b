//! What may make a bundle welcome that nobody wanted before: so that runs look only at who may have
//! changed their mind about agents that are otherwise as they were.

use crate::index::FrameworkNo;
use std::collections::VecDeque;

/// How many changes are told apart; agents not looked at for longer are looked at as if new.
const CHANGES_MAX: usize = 64;

/// Who may have changed their mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    Nobody,
    One(FrameworkNo),
    Many,
}

/// A log of changes, numbered by generation.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    generation: u64,
    log: VecDeque<(u64, FrameworkNo)>,
    /// Everything up to here is no longer told apart.
    forgotten: u64,
}

impl Changes {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// A framework came, woke up, revived or was updated.
    pub(crate) fn of(&mut self, framework: FrameworkNo) {
        self.generation += 1;
        self.log.push_back((self.generation, framework));
        if self.log.len() > CHANGES_MAX
            && let Some((oldest, _)) = self.log.pop_front()
        {
            self.forgotten = oldest;
        }
    }

    /// Something changed that concerns everybody.
    pub(crate) fn of_all(&mut self) {
        self.generation += 1;
        self.forgotten = self.generation;
        self.log.clear();
    }

    pub(crate) fn since(&self, generation: u64) -> Changed {
        if generation < self.forgotten {
            return Changed::Many;
        }
        let mut found = Changed::Nobody;
        for (at, framework) in self.log.iter().rev() {
            if *at <= generation {
                break;
            }
            match found {
                Changed::Nobody => found = Changed::One(*framework),
                Changed::One(known) if known == *framework => {}
                Changed::One(_) | Changed::Many => return Changed::Many,
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_apart_until_there_are_too_many() {
        let (one, two) = (FrameworkNo(1), FrameworkNo(2));
        let mut changes = Changes::default();
        let start = changes.generation();
        assert_eq!(changes.since(start), Changed::Nobody);
        changes.of(one);
        changes.of(one);
        assert_eq!(changes.since(start), Changed::One(one));
        let later = changes.generation();
        changes.of(two);
        assert_eq!(changes.since(start), Changed::Many);
        assert_eq!(changes.since(later), Changed::One(two));
        for _ in 0..=CHANGES_MAX {
            changes.of(two);
        }
        assert_eq!(changes.since(later), Changed::Many);
        changes.of_all();
        assert_eq!(changes.since(changes.generation()), Changed::Nobody);
        assert_eq!(changes.since(changes.generation() - 1), Changed::Many);
    }
}
