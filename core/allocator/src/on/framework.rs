//! Frameworks come, go, sleep, wake and change. Compat: ALC-3, ALC-28, rows 1 to 4 of table 9.3.

use crate::{
    Allocator,
    books::Counted,
    event::FrameworkSpec,
    frameworks::Framework,
    index::{AgentNo, FrameworkNo, MemberNo},
};
use mesos_model::{AgentId, FrameworkId, Instant, Resources};
use std::collections::BTreeMap;

impl Allocator {
    pub(crate) fn on_framework_added(
        &mut self,
        now: Instant,
        id: FrameworkId,
        spec: FrameworkSpec,
        active: bool,
        used: Vec<(AgentId, Resources)>,
    ) {
        if self.books.framework_numbers.get(&id).is_some() {
            self.on_framework_removed(&id);
        }
        let framework = self.books.frameworks.insert(Framework {
            id: id.clone(),
            active,
            spec: FrameworkSpec::default(),
            members: BTreeMap::new(),
            inverse_filters: BTreeMap::new(),
        });
        self.books.framework_numbers.insert(id, framework);
        self.subscribe(framework, spec);
        self.adopt(framework, used);
        self.changes.of(framework);
        if active {
            self.trigger_all(now);
        }
    }

    /// Makes the subscription exactly what `spec` says.
    fn subscribe(&mut self, framework: FrameworkNo, spec: FrameworkSpec) {
        self.books.frameworks[framework].spec.capabilities = spec.capabilities;
        for role in &spec.roles {
            let member = self.books.track(framework, role);
            let suppressed = spec.suppressed.contains(role);
            let row = &mut self.books.members[member];
            if row.suppressed && !suppressed {
                row.filters.clear();
            }
            (row.subscribed, row.suppressed) = (true, suppressed);
        }
        let members: Vec<_> = self.books.frameworks[framework]
            .members
            .clone()
            .into_iter()
            .collect();
        for (role, member) in members {
            self.books.configure(member, &spec);
            if !spec.roles.contains(&role) {
                let row = &mut self.books.members[member];
                (row.subscribed, row.suppressed) = (false, false);
                row.filters.clear();
            }
            self.books.update_activity(member);
            self.books.untrack_if_unneeded(member);
        }
        self.books.frameworks[framework].spec = spec;
    }

    /// Takes over what a framework used before it, or the master, came back.
    fn adopt(&mut self, framework: FrameworkNo, used: Vec<(AgentId, Resources)>) {
        let id = self.books.frameworks[framework].id.clone();
        let mut found = self.books.adopt(&id);
        let mut told: BTreeMap<AgentNo, Resources> = BTreeMap::new();
        for (agent, resources) in used {
            if let Some(agent) = self.books.agent_numbers.get(&agent) {
                *told.entry(agent).or_default() += resources;
            }
        }
        // What the master says now is newer than what the agent said when it came.
        found.append(&mut told);
        for (agent, resources) in found {
            self.take_over(framework, agent, &resources);
            self.books.refresh(agent);
        }
    }

    /// Books resources as used by a framework.
    pub(crate) fn take_over(
        &mut self,
        framework: FrameworkNo,
        agent: AgentNo,
        resources: &Resources,
    ) {
        for (role, resources) in resources.allocations() {
            let member = self.books.track(framework, &role);
            let spec = self.books.frameworks[framework].spec.clone();
            self.books.configure(member, &spec);
            self.books.use_held(agent, member, &resources);
            self.books.hold(agent, member, resources, Counted::Yes);
        }
    }

    pub(crate) fn on_framework_removed(&mut self, id: &FrameworkId) {
        let Some(framework) = self.books.framework_numbers.remove(id) else {
            return;
        };
        let members: Vec<MemberNo> = self.books.frameworks[framework]
            .members
            .values()
            .copied()
            .collect();
        let agents: Vec<_> = self.books.agents.numbers().collect();
        for agent in agents {
            let mut freed = false;
            for member in &members {
                freed |= self.free(agent, *member);
            }
            if freed {
                self.books.refresh(agent);
            }
            if let Some(maintenance) = &mut self.books.agents[agent].maintenance {
                maintenance.outstanding.remove(&framework);
                maintenance.answers.remove(&framework);
            }
        }
        for member in members {
            self.books.members[member].subscribed = false;
            self.books.untrack_if_unneeded(member);
        }
        self.books.frameworks.remove(framework);
    }

    /// Takes everything a member holds on an agent; whether that was anything.
    pub(crate) fn free(&mut self, agent: AgentNo, member: MemberNo) -> bool {
        let Some(held) = self.books.agents[agent].held_by(member).cloned() else {
            return false;
        };
        self.books.unuse_held(agent, member, &held);
        self.books.release(agent, member, &held);
        true
    }

    pub(crate) fn on_framework_activated(&mut self, now: Instant, id: &FrameworkId) {
        let Some(framework) = self.books.framework_numbers.get(id) else {
            return;
        };
        self.books.frameworks[framework].active = true;
        self.update_activities(framework);
        self.changes.of(framework);
        self.trigger_all(now);
    }

    /// Filters go, suppression stays.
    pub(crate) fn on_framework_deactivated(&mut self, id: &FrameworkId) {
        let Some(framework) = self.books.framework_numbers.get(id) else {
            return;
        };
        let row = &mut self.books.frameworks[framework];
        row.active = false;
        row.inverse_filters.clear();
        self.update_activities(framework);
        let members = self.books.frameworks[framework].members.values();
        for member in members {
            self.books.members[*member].filters.clear();
        }
    }

    fn update_activities(&mut self, framework: FrameworkNo) {
        let members: Vec<MemberNo> = self.books.frameworks[framework]
            .members
            .values()
            .copied()
            .collect();
        for member in members {
            self.books.update_activity(member);
        }
    }

    pub(crate) fn on_framework_updated(&mut self, id: &FrameworkId, spec: FrameworkSpec) {
        let Some(framework) = self.books.framework_numbers.get(id) else {
            return;
        };
        self.subscribe(framework, spec);
        self.changes.of(framework);
    }
}
