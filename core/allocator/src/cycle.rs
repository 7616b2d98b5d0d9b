//! One allocation run. Compat: ALC-5, ALC-6, ALC-16, ALC-18, ALC-19, ALC-23, ALC-33, section 9.6.
//!
//! Budget for an agent whose whole rest goes to one framework: one order settled by a search and a
//! move in the role sorter and in one framework sorter (below a microsecond at a thousand roles),
//! one look at a member, two copies of the handful of entries offered. Agents that nobody wanted and
//! about which nothing changed since are not looked at again.

use crate::{
    Allocator,
    agents::Agent,
    allocator::LastRun,
    books::Counted,
    changes::Changed,
    command::{Command, RoleOffer},
    frameworks::is_allocatable,
    headroom::Headroom,
    index::{AgentNo, FrameworkNo, MemberNo, RoleNo},
};
use hashbrown::HashMap;
use mesos_model::{Instant, Resources};

/// Something given away in this run.
#[derive(Debug)]
pub(crate) struct Placed {
    framework: FrameworkNo,
    member: MemberNo,
    agent: AgentNo,
    resources: Resources,
}

/// What a run keeps in mind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) now: Instant,
    pub(crate) headroom: Headroom,
    /// Roles that are still to be satisfied in stage 1.
    pub(crate) due: usize,
    placed: Vec<Placed>,
    /// Shared resources offered in this run: not to be offered again in it (RES-55).
    shared: HashMap<AgentNo, Resources, foldhash::fast::FixedState>,
    /// Nothing but the agent's own state and the generation decides about offers.
    is_repeatable: bool,
    /// The first end of a filter that suppressed an offer of the current agent.
    pub(crate) first_filter_end: Option<Instant>,
    examined: usize,
}

/// How it went on with one framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Offered, or this framework cannot have it: on to the next framework.
    Next,
    /// There is nothing for this role: on to the next role.
    NextRole,
}

/// Whose turn it may be with an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    Nobody,
    Of(MemberNo),
    Anybody,
}

impl Run {
    pub(crate) fn shared_offered(&self, agent: AgentNo) -> Option<&Resources> {
        self.shared.get(&agent)
    }

    pub(crate) fn note_filter(&mut self, until: Instant) {
        self.first_filter_end = Some(
            self.first_filter_end
                .map_or(until, |first| first.min(until)),
        );
    }
}

impl Allocator {
    pub(crate) fn run(&mut self, now: Instant, out: &mut Vec<Command>) {
        let since = self.candidates.since.take().unwrap_or(now);
        let candidates = self.take_candidates();
        self.runs += 1;
        let mut run = Run {
            now,
            headroom: Headroom::of(&self.books),
            due: self.books.roles.mark_due(),
            placed: Vec::with_capacity(candidates.len()),
            shared: HashMap::default(),
            is_repeatable: self.books.roles.quotas == 0,
            first_filter_end: None,
            examined: 0,
        };
        let mut agents: Vec<AgentNo> = candidates
            .iter()
            .copied()
            .filter(|agent| self.may_be_offered(*agent))
            .collect();
        if run.due > 0 {
            self.random.shuffle(&mut agents);
            for agent in &agents {
                self.satisfy_guarantees(*agent, &mut run);
            }
        }
        self.random.shuffle(&mut agents);
        for agent in &agents {
            self.share_fairly(*agent, &mut run);
        }
        let (latency, agents_examined) = (now.since(since), run.examined);
        let offers = self.send_offers(run.placed, out);
        self.last_run = LastRun {
            agents_examined,
            offers,
            latency,
        };
        self.invite_to_leave(now, &candidates, out);
    }

    fn take_candidates(&mut self) -> Vec<AgentNo> {
        let mut candidates = std::mem::take(&mut self.candidates.agents);
        if std::mem::take(&mut self.candidates.all) {
            candidates = self.books.agents.numbers().collect();
        }
        for agent in &candidates {
            self.books.agents[*agent].is_candidate = false;
        }
        candidates
    }

    fn may_be_offered(&self, agent: AgentNo) -> bool {
        let agent = &self.books.agents[agent];
        agent.activated && self.is_whitelisted(agent)
    }

    pub(crate) fn is_whitelisted(&self, agent: &Agent) -> bool {
        self.whitelist
            .as_ref()
            .is_none_or(|hostnames| hostnames.contains(&agent.spec.hostname))
    }

    /// Stage 2: the rest of an agent, role by role and framework by framework.
    fn share_fairly(&mut self, agent: AgentNo, run: &mut Run) {
        run.first_filter_end = None;
        let interest = self.interest(agent, run);
        if interest == Interest::Nobody {
            return;
        }
        run.examined += 1;
        let before = run.placed.len();
        match interest {
            Interest::Nobody => {}
            Interest::Of(member) => {
                self.offer_to(agent, member, run);
            }
            Interest::Anybody => {
                let mut roles = self.books.sorter.start(&self.books.totals);
                while let Some(role) = self.books.sorter.next(&mut roles, &mut self.random) {
                    if self.books.agents[agent].available.is_empty() {
                        break;
                    }
                    self.share_with_role(agent, role, run);
                }
            }
        }
        if run.is_repeatable && run.placed.len() == before && !run.shared.contains_key(&agent) {
            let until = run.first_filter_end.unwrap_or(Instant(u64::MAX));
            self.books.agents[agent].fruitless = Some((self.changes.generation(), until));
        }
    }

    /// Who may want what an agent has left.
    fn interest(&self, number: AgentNo, run: &mut Run) -> Interest {
        let agent = &self.books.agents[number];
        if agent.available.is_empty()
            || self.books.own_minimums == 0 && !is_allocatable(&self.minimum, &agent.facts.counts)
        {
            return Interest::Nobody;
        }
        let Some((generation, until)) = agent.fruitless else {
            return Interest::Anybody;
        };
        if !run.is_repeatable || until < run.now {
            return Interest::Anybody;
        }
        match self.changes.since(generation) {
            Changed::Nobody => Interest::Nobody,
            Changed::Many => Interest::Anybody,
            Changed::One(framework) => {
                run.first_filter_end = Some(until);
                self.sole_interest(framework)
            }
        }
    }

    /// With several roles the order decides which of them gets it.
    fn sole_interest(&self, framework: FrameworkNo) -> Interest {
        let Some(framework) = self.books.frameworks.get(framework) else {
            return Interest::Nobody;
        };
        let interested = |member: &&MemberNo| {
            let row = &self.books.members[**member];
            framework.active && row.subscribed && !row.suppressed
        };
        let mut members = framework.members.values().filter(interested);
        match (members.next(), members.next()) {
            (None, _) => Interest::Nobody,
            (Some(member), None) => Interest::Of(*member),
            (Some(_), Some(_)) => Interest::Anybody,
        }
    }

    fn share_with_role(&mut self, agent: AgentNo, role: RoleNo, run: &mut Run) {
        let mut frameworks = self.books.roles[role].frameworks.start(&self.books.totals);
        loop {
            let sorter = &self.books.roles[role].frameworks;
            let Some(member) = sorter.next(&mut frameworks, &mut self.random) else {
                return;
            };
            let step = self.offer_to(agent, member, run);
            if step == Step::NextRole || self.books.agents[agent].available.is_empty() {
                return;
            }
        }
    }

    fn offer_to(&mut self, agent: AgentNo, member: MemberNo, run: &mut Run) -> Step {
        let top = self.books.roles[self.books.members[member].role].top;
        let is_simple = self.books.agents[agent].facts.plain
            && self.books.roles[top].limits.is_empty()
            && !run.headroom.is_required();
        if is_simple {
            self.offer_whole(agent, member, run)
        } else {
            self.offer_fair_part(agent, member, run)
        }
    }

    /// The usual case: nothing special about the agent's rest, no quota in the way.
    fn offer_whole(&mut self, agent: AgentNo, member: MemberNo, run: &mut Run) -> Step {
        if !self.is_eligible(agent, member) {
            return Step::Next;
        }
        let row = &self.books.agents[agent];
        let minimum = self.books.members[member]
            .min_allocatable
            .as_ref()
            .unwrap_or(&self.minimum);
        if !is_allocatable(minimum, &row.facts.counts) {
            return Step::Next;
        }
        let filters = &mut self.books.members[member].filters;
        if let Some(until) = filters.refuse(agent, &row.available, row.version, run.now) {
            run.note_filter(until);
            return Step::Next;
        }
        let resources = std::mem::take(&mut self.books.agents[agent].available);
        let facts = std::mem::take(&mut self.books.agents[agent].facts);
        self.books.agents[agent].version = self.books.next_version();
        self.books.agents[agent].fruitless = None;
        self.books.charge(member, &facts.scalars, Counted::Yes);
        self.books.charge_quota(member, &facts.quota);
        let offered = self.allocated_to(member, resources);
        self.books.add_held(agent, member, offered.clone());
        self.record(agent, member, offered, run);
        Step::Next
    }

    fn allocated_to(&self, member: MemberNo, mut resources: Resources) -> Resources {
        resources.allocate(&self.books.roles[self.books.members[member].role].role);
        resources
    }

    fn record(&self, agent: AgentNo, member: MemberNo, resources: Resources, run: &mut Run) {
        let framework = self.books.members[member].framework;
        run.placed.push(Placed {
            framework,
            member,
            agent,
            resources,
        });
    }

    /// Gives a part of what is available to a member (step h).
    pub(crate) fn place(
        &mut self,
        agent: AgentNo,
        member: MemberNo,
        resources: Resources,
        run: &mut Run,
    ) {
        let mut left = self.books.agents[agent].available.clone();
        left -= &resources.non_shared();
        let shared = resources.shared();
        if !shared.is_empty() {
            *run.shared.entry(agent).or_default() += shared;
        }
        let version = self.books.next_version();
        self.books.agents[agent].set_available(&mut self.books.names, left, version);
        let offered = self.allocated_to(member, resources);
        self.books
            .hold(agent, member, offered.clone(), Counted::Yes);
        self.record(agent, member, offered, run);
    }

    /// One command per framework, one entry per role and agent.
    fn send_offers(&self, mut placed: Vec<Placed>, out: &mut Vec<Command>) -> usize {
        placed.sort_by_key(|placed| (placed.framework, placed.member, placed.agent));
        let mut offers = 0;
        let mut last: Option<(FrameworkNo, MemberNo, AgentNo)> = None;
        for Placed {
            framework,
            member,
            agent,
            resources,
        } in placed
        {
            if last.is_none_or(|(known, ..)| known != framework) {
                let framework = self.books.frameworks[framework].id.clone();
                out.push(Command::Offer {
                    framework,
                    roles: Vec::new(),
                });
            }
            let Some(Command::Offer { roles, .. }) = out.last_mut() else {
                return offers;
            };
            if last.is_none_or(|(_, known, _)| known != member) {
                let role = self.books.roles[self.books.members[member].role]
                    .role
                    .clone();
                roles.push(RoleOffer {
                    role,
                    agents: Vec::new(),
                });
            }
            let Some(RoleOffer { agents, .. }) = roles.last_mut() else {
                return offers;
            };
            match agents.last_mut() {
                Some((_, more)) if last == Some((framework, member, agent)) => *more += resources,
                Some(_) | None => {
                    offers += 1;
                    agents.push((self.books.agents[agent].id.clone(), resources));
                }
            }
            last = Some((framework, member, agent));
        }
        offers
    }

    /// Inverse offers, to whoever holds something on an agent that is to go away.
    fn invite_to_leave(&mut self, now: Instant, agents: &[AgentNo], out: &mut Vec<Command>) {
        let mut invitations: Vec<(FrameworkNo, AgentNo)> = Vec::new();
        for number in agents {
            let agent = &mut self.books.agents[*number];
            let Some(maintenance) = &mut agent.maintenance else {
                continue;
            };
            for (member, _) in &agent.held {
                let framework = self.books.members[*member].framework;
                let row = &self.books.frameworks[framework];
                let is_filtered = row
                    .inverse_filters
                    .get(number)
                    .is_some_and(|until| *until >= now);
                if row.active && !is_filtered && maintenance.outstanding.insert(framework) {
                    invitations.push((framework, *number));
                }
            }
        }
        invitations.sort();
        for group in invitations.chunk_by(|left, right| left.0 == right.0) {
            let framework = self.books.frameworks[group[0].0].id.clone();
            let agents = group.iter().filter_map(|(_, number)| {
                let agent = &self.books.agents[*number];
                let maintenance = agent.maintenance.as_ref()?;
                Some((agent.id.clone(), maintenance.unavailability))
            });
            out.push(Command::InverseOffer {
                framework,
                agents: agents.collect(),
            });
        }
    }
}
