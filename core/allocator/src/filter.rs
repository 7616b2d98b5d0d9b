//! Offer filters: what a framework does not want to hear of for a while.
//! Compat: ALC-25, ALC-26, ALC-28.

use crate::index::AgentNo;
use hashbrown::HashMap;
use mesos_model::{Instant, Resources};
use smallvec::SmallVec;
use std::time::Duration;

const REFUSE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const REFUSE_DEFAULT: Duration = Duration::from_secs(5);

/// Filters one framework may have for one role on one agent; the one ending first makes room.
const FILTERS_PER_AGENT_MAX: usize = 32;

/// How long a `refuse_seconds` of the wire lasts; `None`: no filter (ALC-25).
pub(crate) fn refusal(refuse_seconds: Option<f64>) -> Option<Duration> {
    let seconds = refuse_seconds?;
    if seconds == 0.0 {
        return None;
    }
    if seconds.is_nan() || seconds < 0.0 {
        return Some(REFUSE_DEFAULT);
    }
    if seconds > REFUSE_MAX.as_secs_f64() {
        return Some(REFUSE_MAX);
    }
    let duration = Duration::from_secs_f64(seconds);
    (!duration.is_zero()).then_some(duration)
}

#[derive(Clone, Debug)]
struct Filter {
    refused: Resources,
    /// Still in force for a run at this very moment (ALC-26).
    until: Instant,
    /// The last bundle asked about, by its version, and the answer.
    seen: (u64, bool),
}

/// The filters of one framework in one role.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    by_agent: HashMap<AgentNo, SmallVec<[Filter; 1]>, foldhash::fast::FixedState>,
}

impl Filters {
    pub(crate) fn add(&mut self, agent: AgentNo, refused: Resources, until: Instant, now: Instant) {
        let filters = self.by_agent.entry(agent).or_default();
        filters.retain(|old| {
            let is_covered = old.until <= until && refused.contains(&old.refused);
            old.until >= now && !is_covered
        });
        if filters.len() >= FILTERS_PER_AGENT_MAX {
            let first = (0..filters.len()).min_by_key(|at| filters[*at].until);
            filters.remove(first.expect("a full list has a first filter to end"));
        }
        filters.push(Filter {
            refused,
            until,
            seen: (0, false),
        });
    }

    /// Until when an offer of `bundle` is suppressed, if it is. Equal versions mean equal bundles.
    pub(crate) fn refuse(
        &mut self,
        agent: AgentNo,
        bundle: &Resources,
        version: u64,
        now: Instant,
    ) -> Option<Instant> {
        if self.by_agent.is_empty() {
            return None;
        }
        let filters = self.by_agent.get_mut(&agent)?;
        filters.retain(|filter| filter.until >= now);
        for filter in filters.iter_mut() {
            if filter.seen.0 != version || version == 0 {
                filter.seen = (version, filter.refused.contains(bundle));
            }
            if filter.seen.1 {
                return Some(filter.until);
            }
        }
        if filters.is_empty() {
            self.by_agent.remove(&agent);
        }
        None
    }

    /// As `refuse`, for onlookers.
    pub(crate) fn refused_until(
        &self,
        agent: AgentNo,
        bundle: &Resources,
        now: Instant,
    ) -> Option<Instant> {
        let filters = self.by_agent.get(&agent)?;
        let mut hits = filters
            .iter()
            .filter(|f| f.until >= now && f.refused.contains(bundle));
        hits.next().map(|filter| filter.until)
    }

    pub(crate) fn drop_agent(&mut self, agent: AgentNo) {
        self.by_agent.remove(&agent);
    }

    pub(crate) fn clear(&mut self) {
        self.by_agent = HashMap::default();
    }

    pub(crate) fn active(&self, now: Instant) -> usize {
        self.by_agent
            .values()
            .flatten()
            .filter(|filter| filter.until >= now)
            .count()
    }
}
