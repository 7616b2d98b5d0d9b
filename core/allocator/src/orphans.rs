//! Resources in use by frameworks that have not come back yet: nobody's share, but not available.
//! Compat: MasterAllocatorTest.SlaveReregistersFirst.

use crate::{books::Books, index::AgentNo};
use hashbrown::HashMap;
use mesos_model::{FrameworkId, Resources};
use std::collections::{BTreeMap, BTreeSet};

/// Where frameworks that are not here have resources in use. Only looked up, never iterated.
pub(crate) type Whereabouts = HashMap<FrameworkId, BTreeSet<AgentNo>, foldhash::fast::FixedState>;

impl Books {
    pub(crate) fn orphan(&mut self, agent: AgentNo, owner: FrameworkId, resources: Resources) {
        self.whereabouts
            .entry(owner.clone())
            .or_default()
            .insert(agent);
        let orphans = &mut self.agents[agent].orphans;
        match orphans.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, orphans)) => *orphans += resources,
            None => orphans.push((owner, resources)),
        }
    }

    /// Hands over what a framework that came back has in use.
    pub(crate) fn adopt(&mut self, owner: &FrameworkId) -> BTreeMap<AgentNo, Resources> {
        let agents = self.whereabouts.remove(owner).unwrap_or_default();
        let found = agents.into_iter().filter_map(|agent| {
            let orphans = &mut self.agents[agent].orphans;
            let at = orphans.iter().position(|(known, _)| known == owner)?;
            Some((agent, orphans.swap_remove(at).1))
        });
        found.collect()
    }

    /// Takes back what a framework that is not here no longer uses.
    pub(crate) fn recover_orphan(
        &mut self,
        agent: AgentNo,
        owner: &FrameworkId,
        resources: &Resources,
    ) {
        let orphans = &mut self.agents[agent].orphans;
        let Some(at) = orphans.iter().position(|(known, _)| known == owner) else {
            return;
        };
        orphans[at].1 -= resources;
        if orphans[at].1.is_empty() {
            orphans.swap_remove(at);
            self.forget_whereabouts(agent, owner);
        }
    }

    /// The agent is going away.
    pub(crate) fn forget_orphans(&mut self, agent: AgentNo) {
        for (owner, _) in std::mem::take(&mut self.agents[agent].orphans) {
            self.forget_whereabouts(agent, &owner);
        }
    }

    fn forget_whereabouts(&mut self, agent: AgentNo, owner: &FrameworkId) {
        let Some(agents) = self.whereabouts.get_mut(owner) else {
            return;
        };
        agents.remove(&agent);
        if agents.is_empty() {
            self.whereabouts.remove(owner);
        }
    }
}
