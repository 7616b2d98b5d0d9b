//! Invariants over random histories: no resource is offered twice, what is held and free makes the
//! total, suppressed roles get nothing, filters hold until they end, limits hold.
//!
//! Compat: ALC-26, ALC-28, RES-55; HierarchicalAllocatorTest.NoDoubleAccounting.

use crate::world::{Lease, World, quota, resources, shared_volume, spec_of};
use mesos_allocator::{Config, Event, Recovery, SorterKind};
use mesos_model::{AgentId, FrameworkId, Instant, Role};
use proptest::prelude::*;
use std::{collections::BTreeSet, time::Duration};

const ROLES: [&str; 5] = ["a", "a/x", "b", "b/y", "c"];

#[derive(Clone, Debug)]
enum Step {
    AddAgent(usize),
    RemoveAgent(usize),
    GrowAgent(usize, u64),
    AddFramework(usize, usize, bool),
    RemoveFramework(usize),
    Suppress(usize),
    Revive(usize),
    Deactivate(usize),
    Activate(usize),
    Decline(usize, u64),
    Accept(usize),
    Finish(usize),
    Quota(usize, u64),
    Weight(usize, u8),
    Wait(u64),
    Failover,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..6_usize).prop_map(Step::AddAgent),
        1 => (0..6_usize).prop_map(Step::RemoveAgent),
        1 => (0..6_usize, 1..8_u64).prop_map(|(a, cpus)| Step::GrowAgent(a, cpus)),
        3 => (0..5_usize, 0..5_usize, any::<bool>())
            .prop_map(|(f, role, all)| Step::AddFramework(f, role, all)),
        1 => (0..5_usize).prop_map(Step::RemoveFramework),
        1 => (0..5_usize).prop_map(Step::Suppress),
        1 => (0..5_usize).prop_map(Step::Revive),
        1 => (0..5_usize).prop_map(Step::Deactivate),
        1 => (0..5_usize).prop_map(Step::Activate),
        4 => (0..20_usize, 0..5_u64).prop_map(|(at, s)| Step::Decline(at, s)),
        3 => (0..20_usize).prop_map(Step::Accept),
        2 => (0..5_usize).prop_map(Step::Finish),
        1 => (0..5_usize, 0..9_u64).prop_map(|(role, cpus)| Step::Quota(role, cpus)),
        1 => (0..5_usize, 1..4_u8).prop_map(|(role, weight)| Step::Weight(role, weight)),
        6 => (1..2500_u64).prop_map(Step::Wait),
        1 => Just(Step::Failover),
    ];
    proptest::collection::vec(step, 1..60)
}

/// A world with what the invariants need to remember.
struct Watched {
    world: World,
    suppressed: BTreeSet<String>,
    filters: Vec<(Lease, Instant)>,
    limits: Vec<(String, u64)>,
}

impl Watched {
    fn name(framework: usize) -> String {
        format!("f{framework}")
    }

    fn exists(&self, framework: usize) -> bool {
        let id = FrameworkId::new(&Self::name(framework));
        self.world.allocator.explain(self.world.now, &id).is_some()
    }

    fn forget_filters(&mut self, framework: &str) {
        self.filters
            .retain(|(lease, _)| lease.framework.as_str() != framework);
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::AddAgent(a) => self.add_agent(a),
            Step::RemoveAgent(a) => {
                let agent = AgentId::new(&format!("s{a}"));
                self.world.totals.remove(&agent);
                self.world.offers.retain(|lease| lease.agent != agent);
                self.world.used.retain(|lease| lease.agent != agent);
                self.filters.retain(|(lease, _)| lease.agent != agent);
                self.world.tell(Event::AgentRemoved { agent });
            }
            Step::GrowAgent(a, cpus) => self.grow_agent(a, cpus),
            Step::AddFramework(f, role, all) => self.add_framework(f, role, all),
            Step::RemoveFramework(f) => self.remove_framework(f),
            Step::Decline(at, seconds) => self.decline(at, seconds),
            Step::Accept(at) => {
                if let Some(lease) = self.world.offers.get(at).cloned() {
                    self.world.accept(&lease);
                }
            }
            Step::Finish(f) => self.world.finish_of(&Self::name(f)),
            Step::Quota(role, cpus) => self.set_quota(role, cpus),
            Step::Weight(role, weight) => {
                let weights = vec![(Role::new(ROLES[role]), f64::from(weight))];
                self.world.tell(Event::WeightsUpdated { weights });
            }
            Step::Wait(ms) => self.wait(Duration::from_millis(ms)),
            Step::Failover => self.fail_over(),
            Step::Suppress(f) | Step::Revive(f) | Step::Deactivate(f) | Step::Activate(f) => {
                self.change_framework(step, f);
            }
        }
    }

    fn add_agent(&mut self, a: usize) {
        let id = format!("s{a}");
        if self.world.totals.contains_key(&AgentId::new(&id)) {
            return;
        }
        let mut total = resources("cpus:2;mem:1024;disk:1000;ports:[1-10]");
        if a.is_multiple_of(2) {
            total += resources("cpus(a):1;mem(b/y):512;cpus!:1");
        }
        if a.is_multiple_of(3) {
            total += shared_volume("a", &id, 64);
        }
        self.world.add_agent(&id, total);
    }

    fn grow_agent(&mut self, a: usize, cpus: u64) {
        let agent = AgentId::new(&format!("s{a}"));
        let Some(total) = self.world.totals.get_mut(&agent) else {
            return;
        };
        *total += resources(&format!("cpus:{cpus}"));
        let (spec, total) = (crate::world::agent_spec(agent.as_str()), total.clone());
        self.world.tell(Event::AgentUpdated { agent, spec, total });
    }

    fn add_framework(&mut self, f: usize, role: usize, all: bool) {
        if self.exists(f) {
            return;
        }
        let roles = if all { &ROLES[..] } else { &ROLES[role..=role] };
        let mut spec = spec_of(roles);
        spec.capabilities.shared_resources = all;
        spec.capabilities.revocable_resources = role.is_multiple_of(2);
        self.world.add_framework_as(&Self::name(f), spec);
    }

    /// A new master: agents come back with what is in use, frameworks come back when they like.
    fn fail_over(&mut self) {
        self.world.restart();
        self.suppressed.clear();
        self.filters.clear();
        self.limits.clear();
    }

    fn remove_framework(&mut self, f: usize) {
        if !self.exists(f) {
            return;
        }
        let name = Self::name(f);
        let framework = FrameworkId::new(&name);
        self.world
            .offers
            .retain(|lease| lease.framework != framework);
        self.world.used.retain(|lease| lease.framework != framework);
        self.world.tell(Event::FrameworkRemoved { framework });
        self.suppressed.remove(&name);
        self.forget_filters(&name);
    }

    fn change_framework(&mut self, step: &Step, f: usize) {
        let name = Self::name(f);
        if !self.exists(f) {
            return;
        }
        let (framework, roles) = (FrameworkId::new(&name), BTreeSet::new());
        match step {
            Step::Suppress(_) => {
                self.suppressed.insert(name);
                self.world
                    .tell(Event::OffersSuppressed { framework, roles });
            }
            Step::Revive(_) => {
                self.suppressed.remove(&name);
                self.forget_filters(&name);
                self.world.tell(Event::OffersRevived { framework, roles });
            }
            Step::Deactivate(_) => {
                self.forget_filters(&name);
                self.world.tell(Event::FrameworkDeactivated { framework });
            }
            _ => self.world.tell(Event::FrameworkActivated { framework }),
        }
    }

    fn decline(&mut self, at: usize, seconds: u64) {
        let Some(lease) = self.world.offers.get(at).cloned() else {
            return;
        };
        self.world.decline(&lease, Some(seconds as f64));
        if seconds > 0 {
            let until = self.world.now + Duration::from_secs(seconds);
            self.filters.push((lease, until));
        }
    }

    fn set_quota(&mut self, role: usize, cpus: u64) {
        let role = ROLES[role]
            .split('/')
            .next()
            .expect("a first component")
            .to_owned();
        // Zero takes the quota away; a small guarantee comes with every limit.
        let quota = match cpus {
            0 => quota("", ""),
            _ => quota(&format!("cpus:{}", cpus / 2), &format!("cpus:{cpus}")),
        };
        self.limits.retain(|(limited, _)| *limited != role);
        if cpus > 0 {
            self.limits.push((role.clone(), cpus));
        }
        self.world.tell(Event::QuotaUpdated {
            role: Role::new(&role),
            quota,
        });
    }

    fn wait(&mut self, by: Duration) {
        let end = self.world.now + by;
        loop {
            let held = self.held_by_limited_roles();
            let offers = self.world.settle();
            self.judge(&offers, &held);
            let next = self.world.next_deadline().max(self.world.now);
            if next > end {
                break;
            }
            self.world.now = next;
        }
        self.world.now = end;
    }

    /// Unreserved non-revocable thousandths of cpus per limited role. What frameworks that are not
    /// back yet use does not count against limits.
    fn held_by_limited_roles(&self) -> Vec<i64> {
        let is_here = |lease: &&Lease| {
            self.world
                .allocator
                .explain(self.world.now, &lease.framework)
                .is_some()
        };
        let all = || {
            self.world
                .offers
                .iter()
                .chain(&self.world.used)
                .filter(is_here)
        };
        let of = |role: &str| {
            let mine = all().filter(|l| l.role.as_str().split('/').next() == Some(role));
            mine.map(unreserved_cpus).sum()
        };
        self.limits.iter().map(|(role, _)| of(role)).collect()
    }

    fn judge(&self, offers: &[Lease], held_before: &[i64]) {
        for offer in offers {
            let name = offer.framework.as_str();
            assert!(
                !self.suppressed.contains(name),
                "{name} is suppressed: {offer:?}"
            );
            for (refused, until) in &self.filters {
                let concerned = refused.framework == offer.framework
                    && refused.role == offer.role
                    && refused.agent == offer.agent
                    && *until > self.world.now;
                let covered = refused
                    .resources
                    .unallocated()
                    .contains(&offer.resources.unallocated());
                assert!(
                    !(concerned && covered),
                    "refused until {until:?}: {offer:?}"
                );
            }
        }
        let held_after = self.held_by_limited_roles();
        for ((before, after), (role, cpus)) in held_before.iter().zip(&held_after).zip(&self.limits)
        {
            let limit = i64::try_from(*cpus).expect("small") * 1000;
            assert!(
                after <= before || *after <= limit,
                "{role} has {after} of {limit}"
            );
        }
        assert_eq!(self.world.allocator.unbalanced(), 0);
    }
}

fn unreserved_cpus(lease: &Lease) -> i64 {
    let relevant = lease
        .resources
        .filter(|r| r.is_unreserved() && !r.is_revocable());
    relevant.milli(&mesos_model::resources::Name::Cpus)
}

fn play(sorter: SorterKind, recovery: Recovery, steps: &[Step]) {
    let world = World::new(Config {
        sorter,
        recovery,
        ..Config::default()
    });
    let (suppressed, filters, limits) = (BTreeSet::new(), Vec::new(), Vec::new());
    let mut watched = Watched {
        world,
        suppressed,
        filters,
        limits,
    };
    for step in steps {
        watched.take(step);
        watched.world.check();
    }
    watched.wait(Duration::from_secs(2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn books_balance_whatever_happens(steps in steps()) {
        play(SorterKind::Drf, Recovery::NextBatch, &steps);
    }

    #[test]
    fn books_balance_with_random_order_and_immediate_runs(steps in steps()) {
        play(SorterKind::Random, Recovery::AtOnce, &steps);
    }
}

#[test]
fn equal_histories_give_equal_offers() {
    let play = || {
        let mut world = World::new(Config::default());
        for agent in 0..20 {
            world.add_agent(&format!("s{agent}"), resources("cpus:2;mem:1024"));
        }
        for framework in 0..7 {
            let role = format!("r{}", framework % 3);
            world.add_framework(&format!("f{framework}"), &[&role]);
        }
        let mut log = String::new();
        for _ in 0..5 {
            log += &format!("{:?}\n", world.batch());
            world.decline_all(Some(0.0));
        }
        log
    };
    assert_eq!(play(), play());
}
