//! The books: who holds what, and every sum that depends on it.
//! Compat: ALC-2, ALC-3, ALC-4, ALC-12, RES-55.
//!
//! Invariant: what an agent's members and orphans hold plus what is available is its total (shared
//! resources aside, and unless an update shrank the total below what is held); the sorters and the
//! role tree hold exactly the sums of what agents say their members hold.

use crate::{
    agents::Agent,
    amounts::{Amounts, Names},
    config::Config,
    event::FrameworkSpec,
    filter::Filters,
    frameworks::{Framework, Member},
    index::{AgentNo, FrameworkNo, MemberNo, Number, Numbers, RoleNo, Table},
    orphans::Whereabouts,
    roles::Roles,
    sorter::{NodeNo, Scope, Shape, Sorter, Totals},
};
use mesos_model::{
    AgentId, FrameworkId, Resource, Resources, Role, resources::Name, role::is_strict_subrole,
};

#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) names: Names,
    pub(crate) totals: Totals,
    pub(crate) agents: Table<AgentNo, Agent>,
    pub(crate) agent_numbers: Numbers<AgentId, AgentNo>,
    pub(crate) frameworks: Table<FrameworkNo, Framework>,
    pub(crate) framework_numbers: Numbers<FrameworkId, FrameworkNo>,
    pub(crate) members: Table<MemberNo, Member>,
    pub(crate) roles: Roles,
    /// The roles that have frameworks, in their order.
    pub(crate) sorter: Sorter<RoleNo>,
    pub(crate) whereabouts: Whereabouts,
    versions: u64,
    /// Members whose minimum differs from the global one.
    pub(crate) own_minimums: usize,
    /// Entries that came back although nobody held them.
    pub(crate) unbalanced: u64,
}

impl Books {
    pub(crate) fn new(config: &Config) -> Self {
        let mut names = Names::new();
        let excluded = config.fair_sharing_excluded_resource_names.iter();
        let excluded: Vec<usize> = excluded.map(|name| names.slot(&Name::new(name))).collect();
        Self {
            names,
            totals: Totals::new(excluded),
            agents: Table::new(),
            agent_numbers: Numbers::new(),
            frameworks: Table::new(),
            framework_numbers: Numbers::new(),
            members: Table::new(),
            roles: Roles::new(config.sorter),
            sorter: Sorter::new(config.sorter, Shape::Tree),
            whereabouts: Whereabouts::default(),
            versions: 0,
            own_minimums: 0,
            unbalanced: 0,
        }
    }

    pub(crate) fn next_version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    // Agents.

    /// Replaces the total of an agent: shares, reservations and what is left follow.
    pub(crate) fn set_total(&mut self, agent: AgentNo, total: Resources) {
        let scalars = self.names.scalars(&total);
        self.totals
            .replace(&self.agents[agent].total_scalars, &scalars);
        self.agents[agent].total_scalars = scalars;
        self.set_reservations(agent, &total);
        self.agents[agent].set_total(total);
        self.refresh(agent);
    }

    fn set_reservations(&mut self, agent: AgentNo, total: &Resources) {
        let mut reservations: Vec<(RoleNo, Amounts)> = Vec::new();
        for entry in total.iter() {
            let Some(role) = entry.reservation_role() else {
                continue;
            };
            let role = self.roles.ensure(role.as_str());
            let amounts = self.scalar(entry);
            match reservations.iter_mut().find(|(found, _)| *found == role) {
                Some((_, sum)) => sum.add(&amounts),
                None => reservations.push((role, amounts)),
            }
        }
        for (role, amounts) in &reservations {
            self.roles.reserve(*role, amounts);
        }
        for (role, amounts) in std::mem::replace(&mut self.agents[agent].reservations, reservations)
        {
            self.roles.unreserve(role, &amounts);
        }
    }

    pub(crate) fn refresh(&mut self, agent: AgentNo) {
        let version = self.next_version();
        self.agents[agent].refresh(&mut self.names, version);
    }

    fn scalar(&mut self, entry: &Resource) -> Amounts {
        let mut amounts = Amounts::default();
        if entry.milli() != 0 {
            amounts.add_at(self.names.slot(entry.name()), entry.milli());
        }
        amounts
    }

    // Frameworks in roles.

    /// The framework in a role, tracked from now on if it was not (ALC-3).
    pub(crate) fn track(&mut self, framework: FrameworkNo, role: &Role) -> MemberNo {
        if let Some(found) = self.frameworks[framework].members.get(role) {
            return *found;
        }
        let number = self.roles.ensure(role.as_str());
        let member = self.members.insert(Member {
            framework,
            role: number,
            subscribed: false,
            suppressed: false,
            leaf: NodeNo::new(0),
            agents: 0,
            filters: Filters::default(),
            min_allocatable: None,
            constrained: false,
            capabilities: self.frameworks[framework].spec.capabilities,
        });
        if self.roles[number].leaf.is_none() {
            let leaf = self.sorter.add(role.as_str(), number);
            self.sorter.set_active(leaf, true);
            self.roles[number].leaf = Some(leaf);
        }
        let id = self.frameworks[framework].id.clone();
        let leaf = self.roles[number].frameworks.add(id.as_str(), member);
        self.members[member].leaf = leaf;
        self.frameworks[framework]
            .members
            .insert(role.clone(), member);
        member
    }

    /// Forgets a framework in a role it neither is subscribed to nor holds anything in.
    pub(crate) fn untrack_if_unneeded(&mut self, member: MemberNo) {
        let row = &self.members[member];
        if row.subscribed || row.agents > 0 {
            return;
        }
        let Member {
            framework,
            role,
            leaf,
            min_allocatable,
            ..
        } = self.members.remove(member);
        self.own_minimums -= usize::from(min_allocatable.is_some());
        let name = self.roles[role].role.clone();
        self.frameworks[framework].members.remove(&name);
        self.roles[role].frameworks.remove(leaf);
        if self.roles[role].frameworks.is_empty() {
            let leaf = self.roles[role]
                .leaf
                .take()
                .expect("a role with frameworks is a client");
            self.sorter.remove(leaf);
            self.roles.prune(role);
        }
    }

    /// A client is active iff its framework is, and it is subscribed and not suppressed (ALC-4).
    pub(crate) fn update_activity(&mut self, member: MemberNo) {
        let row = &self.members[member];
        let active = self.frameworks[row.framework].active && row.subscribed && !row.suppressed;
        self.roles[row.role].frameworks.set_active(row.leaf, active);
    }

    /// Copies the settings of a framework's spec to one of its members.
    pub(crate) fn configure(&mut self, member: MemberNo, spec: &FrameworkSpec) {
        let role = self.roles[self.members[member].role].role.clone();
        let minimum = spec.min_allocatable.get(&role).map(|alternatives| {
            alternatives
                .iter()
                .map(|alternative| self.names.quantities(alternative))
                .collect()
        });
        let row = &mut self.members[member];
        self.own_minimums += usize::from(minimum.is_some());
        self.own_minimums -= usize::from(row.min_allocatable.is_some());
        row.min_allocatable = minimum;
        row.constrained = spec
            .constraints
            .roles()
            .any(|constrained| *constrained == role);
        row.capabilities = spec.capabilities;
    }

    // Holding and releasing.

    /// Whether the scope holds the shared resource on the agent.
    fn holds_shared(
        &self,
        agent: AgentNo,
        member: MemberNo,
        scope: Scope<'_>,
        of: &Resource,
    ) -> bool {
        let role = self.members[member].role;
        let is_within = |holder: MemberNo| match scope {
            Scope::All => true,
            Scope::Client => self.members[holder].role == role,
            Scope::Below(path) => {
                let name = self.roles[self.members[holder].role].role.as_str();
                name == path || is_strict_subrole(name, path)
            }
        };
        let is_same = |entry: &Resource| {
            let mut entry = entry.clone();
            entry.unallocate();
            entry.same_entry(of)
        };
        let mut holders = self.agents[agent]
            .held
            .iter()
            .filter(|(holder, _)| is_within(*holder));
        holders.any(|(_, held)| held.iter().any(is_same))
    }

    /// Notes that a member now holds resources of an agent (allocation role set), in all sums but
    /// `available`. `counted`: this is an allocation in the sense of ALC-13.
    pub(crate) fn hold(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        resources: Resources,
        counted: Counted,
    ) {
        if resources.is_empty() {
            return;
        }
        let plain = self.names.scalars_if(&resources, |r| !r.is_shared());
        self.charge(member, &plain, counted);
        let quota = self
            .names
            .scalars_if(&resources, |r| r.is_unreserved() && !r.is_revocable());
        self.charge_quota(member, &quota);
        let reserved = self
            .names
            .scalars_if(&resources, |r| !r.is_unreserved() && !r.is_shared());
        self.roles.reserved_offered.add(&reserved);
        for entry in resources.iter().filter(|entry| entry.is_shared()) {
            self.adjust_shared(agent, member, entry, Amounts::add);
        }
        self.add_held(agent, member, resources);
    }

    /// The part of `hold` that concerns shares.
    pub(crate) fn charge(&mut self, member: MemberNo, amounts: &Amounts, counted: Counted) {
        let Member { role, leaf, .. } = self.members[member];
        let role_leaf = self.roles[role]
            .leaf
            .expect("a role with frameworks is a client");
        match counted {
            Counted::Yes => {
                self.sorter.charge(role_leaf, amounts);
                self.roles[role].frameworks.charge(leaf, amounts);
            }
            Counted::No => {
                self.sorter
                    .adjust(role_leaf, |allocated| allocated.add(amounts));
                self.roles[role]
                    .frameworks
                    .adjust(leaf, |allocated| allocated.add(amounts));
            }
        }
    }

    pub(crate) fn charge_quota(&mut self, member: MemberNo, amounts: &Amounts) {
        self.roles
            .upwards(self.members[member].role, |node| node.offered.add(amounts));
    }

    pub(crate) fn add_held(&mut self, agent: AgentNo, member: MemberNo, resources: Resources) {
        let held = &mut self.agents[agent].held;
        match held.iter_mut().find(|(holder, _)| *holder == member) {
            Some((_, held)) => *held += resources,
            None => {
                held.push((member, resources));
                self.members[member].agents += 1;
            }
        }
    }

    /// Charges or frees a shared resource in every sum that holds no other copy of it.
    fn adjust_shared(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        entry: &Resource,
        change: fn(&mut Amounts, &Amounts),
    ) {
        let amounts = self.scalar(entry);
        let mut bare = entry.clone();
        bare.unallocate();
        let Member { role, leaf, .. } = self.members[member];
        let is_held_by_member = self.agents[agent]
            .held_by(member)
            .is_some_and(|held| held.iter().any(|own| own.same_entry(entry)));
        if is_held_by_member {
            return;
        }
        let role_leaf = self.roles[role]
            .leaf
            .expect("a role with frameworks is a client");
        let free = |scope: &Scope<'_>| !self.holds_shared(agent, member, *scope, &bare);
        let levels = self.sorter.scopes(role_leaf).take_while(free).count();
        let is_first = free(&Scope::All);
        self.roles[role]
            .frameworks
            .adjust(leaf, |allocated| change(allocated, &amounts));
        self.sorter
            .adjust_lowest(role_leaf, levels, |allocated| change(allocated, &amounts));
        if is_first {
            change(&mut self.roles.reserved_offered, &amounts);
        }
    }

    /// Takes resources from a member, as far as it holds them; returns what was taken. `available`
    /// and the member's tracking are up to the caller.
    pub(crate) fn release(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        resources: &Resources,
    ) -> Resources {
        let Some(at) = self.agents[agent]
            .held
            .iter()
            .position(|(holder, _)| *holder == member)
        else {
            self.unbalanced += 1;
            return Resources::new();
        };
        let resources = self.clip(agent, at, resources);
        let held = &mut self.agents[agent].held;
        held[at].1 -= &resources;
        if held[at].1.is_empty() {
            held.swap_remove(at);
            self.members[member].agents -= 1;
        }
        let plain = self.names.scalars_if(&resources, |r| !r.is_shared());
        let Member { role, leaf, .. } = self.members[member];
        let role_leaf = self.roles[role]
            .leaf
            .expect("a role with frameworks is a client");
        self.sorter.uncharge(role_leaf, &plain);
        self.roles[role].frameworks.uncharge(leaf, &plain);
        let quota = self
            .names
            .scalars_if(&resources, |r| r.is_unreserved() && !r.is_revocable());
        self.roles
            .upwards(role, |node| node.offered.subtract(&quota));
        let reserved = self
            .names
            .scalars_if(&resources, |r| !r.is_unreserved() && !r.is_shared());
        self.roles.reserved_offered.subtract(&reserved);
        for entry in resources.iter().filter(|entry| entry.is_shared()) {
            self.adjust_shared(agent, member, entry, Amounts::subtract);
        }
        resources
    }

    /// Reserved scalars that are neither offered nor used.
    pub(crate) fn unallocated_reservations(&self) -> Amounts {
        let mut reserved = Amounts::default();
        for (_, node) in self.roles.iter().filter(|(_, node)| node.parent.is_none()) {
            reserved.add(&node.reserved);
        }
        reserved.minus_floored(&self.roles.reserved_offered)
    }

    /// The entries of `resources` that are really held; the rest is a caller's mistake.
    fn clip(&mut self, agent: AgentNo, at: usize, resources: &Resources) -> Resources {
        let held = &self.agents[agent].held[at].1;
        if held.contains(resources) {
            return resources.clone();
        }
        self.unbalanced += 1;
        resources.filter(|entry| held.contains_entry(entry))
    }

    /// Notes that held resources went from offered to used.
    pub(crate) fn use_held(&mut self, agent: AgentNo, member: MemberNo, resources: &Resources) {
        let quota = self
            .names
            .scalars_if(resources, |r| r.is_unreserved() && !r.is_revocable());
        self.roles
            .upwards(self.members[member].role, |node| node.used.add(&quota));
        let used = &mut self.agents[agent].used;
        match used.iter_mut().find(|(user, _)| *user == member) {
            Some((_, used)) => *used += resources,
            None => used.push((member, resources.clone())),
        }
    }

    /// The opposite of `use_held`, as far as the resources are known to be in use.
    pub(crate) fn unuse_held(&mut self, agent: AgentNo, member: MemberNo, resources: &Resources) {
        let used = &mut self.agents[agent].used;
        let Some(at) = used.iter().position(|(user, _)| *user == member) else {
            return;
        };
        let relevant = |r: &Resource| r.is_unreserved() && !r.is_revocable();
        let mut freed = self.names.scalars_if(&used[at].1, relevant);
        used[at].1 -= resources;
        freed.subtract(&self.names.scalars_if(&used[at].1, relevant));
        if used[at].1.is_empty() {
            used.swap_remove(at);
        }
        self.roles
            .upwards(self.members[member].role, |node| node.used.subtract(&freed));
    }
}

/// Whether an allocation counts for the tie-breaker of ALC-13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Yes,
    No,
}
