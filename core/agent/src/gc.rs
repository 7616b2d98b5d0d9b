//! Which directories are to be removed, and when.
//!
//! Compat: agent §15.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mesos_model::clock::Instant;

pub struct Gc {
    delay: Duration,
    headroom: f64,
    due: BTreeMap<PathBuf, Instant>,
    removing: BTreeSet<PathBuf>,
    /// The last computed age limit of a sandbox.
    age_max: Duration,
}

impl Gc {
    pub fn new(delay: Duration, headroom: f64) -> Self {
        let mut gc = Self {
            delay,
            headroom,
            due: BTreeMap::new(),
            removing: BTreeSet::new(),
            age_max: Duration::ZERO,
        };
        gc.age_max = gc.age_allowed(0.0);
        gc
    }

    /// Puts a path on the list; a second call moves its time.
    pub fn schedule(&mut self, now: Instant, path: PathBuf) {
        self.due.insert(path, now + self.delay);
    }

    /// Puts a path on the list that has had part of its time already.
    pub fn schedule_aged(&mut self, now: Instant, path: PathBuf, age: Duration) {
        self.due.insert(path, now + self.delay.saturating_sub(age));
    }

    /// Takes a path off the list because it is needed again.
    pub fn unschedule(&mut self, path: &Path) {
        self.due.remove(path);
    }

    /// Whether the path, or something it lies in, is being removed right now.
    pub fn is_removing(&self, path: &Path) -> bool {
        path.ancestors().any(|at| self.removing.contains(at))
    }

    /// Starts the removal of everything older than the disk's use allows.
    pub fn prune(&mut self, now: Instant, used: f64) -> Vec<PathBuf> {
        self.age_max = self.age_allowed(used);
        let horizon = now + self.delay.saturating_sub(self.age_max);
        let ripe: Vec<PathBuf> = self
            .due
            .iter()
            .filter(|(_, due)| **due <= horizon)
            .map(|(p, _)| p.clone())
            .collect();
        for path in &ripe {
            self.due.remove(path);
            self.removing.insert(path.clone());
        }
        ripe
    }

    pub fn removed(&mut self, path: &Path) {
        self.removing.remove(path);
    }

    pub fn pending(&self) -> usize {
        self.due.len() + self.removing.len()
    }

    pub fn age_max(&self) -> Duration {
        self.age_max
    }

    fn age_allowed(&self, used: f64) -> Duration {
        self.delay
            .mul_f64((1.0 - self.headroom - used).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn an_idle_disk_keeps_sandboxes_for_nine_tenths_of_the_delay() {
        let mut gc = Gc::new(WEEK, 0.1);
        assert!(gc.prune(at(0), 0.0).is_empty());
        assert_eq!(gc.age_max().as_secs(), 544_320);
    }

    #[test]
    fn a_full_disk_removes_at_once() {
        let mut gc = Gc::new(WEEK, 0.1);
        gc.schedule(at(0), "/a".into());
        assert!(gc.prune(at(1), 0.2).is_empty());
        assert_eq!(gc.prune(at(2), 0.95), [PathBuf::from("/a")]);
        assert!(gc.is_removing(Path::new("/a/b")));
        gc.removed(Path::new("/a"));
        assert!(!gc.is_removing(Path::new("/a/b")));
    }

    #[test]
    fn what_an_earlier_agent_left_is_removed_by_its_own_age() {
        let mut gc = Gc::new(WEEK, 0.1);
        gc.schedule_aged(at(0), "/new".into(), Duration::ZERO);
        gc.schedule_aged(at(0), "/old".into(), WEEK / 2);
        gc.schedule_aged(at(0), "/older".into(), WEEK * 2);
        assert_eq!(gc.prune(at(0), 0.0), [PathBuf::from("/older")]);
        let later = at(0) + WEEK / 2;
        assert_eq!(gc.prune(later, 0.0), [PathBuf::from("/old")]);
    }

    #[test]
    fn an_unscheduled_path_stays() {
        let mut gc = Gc::new(WEEK, 0.1);
        gc.schedule(at(0), "/a".into());
        gc.unschedule(Path::new("/a"));
        assert!(gc.prune(at(1), 1.0).is_empty());
    }
}
