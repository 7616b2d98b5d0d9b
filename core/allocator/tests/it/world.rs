//! A cluster in a few words: drives the allocator as the master would, and checks after every step
//! that nothing is offered twice and nothing is lost.

use mesos_allocator::{
    AgentSpec, Allocator, Command, Config, Event, FrameworkSpec, Held, OfferConstraints, Quota,
    Unavailability,
};
use mesos_model::{
    AgentId, FrameworkId, Instant, Resource, ResourceLimits, ResourceQuantities, Resources, Role,
    capability::AgentCapabilities,
};
use std::{collections::BTreeMap, time::Duration};

/// An offer the master has not heard back about, or resources in use.
#[derive(Clone, Debug)]
pub struct Lease {
    pub framework: FrameworkId,
    pub role: Role,
    pub agent: AgentId,
    pub resources: Resources,
}

pub struct World {
    pub allocator: Allocator,
    pub now: Instant,
    interval: Duration,
    config: Config,
    pub totals: BTreeMap<AgentId, Resources>,
    pub offers: Vec<Lease>,
    pub used: Vec<Lease>,
}

/// `cpus:1;mem(role):32`, a name followed by `!` is revocable.
pub fn resources(text: &str) -> Resources {
    let mut sum = Resources::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let revocable = part.contains('!');
        let parsed = Resources::parse(&part.replace('!', ""), "*").expect("a resource list");
        for entry in parsed.iter() {
            let mut entry: Resource = entry.clone();
            if revocable {
                entry.set_revocable(true);
            }
            sum.add(entry);
        }
    }
    sum
}

/// A shared persistent volume reserved to a role.
pub fn shared_volume(role: &str, id: &str, megabytes: u64) -> Resources {
    let json = format!(
        r#"[{{"name":"disk","type":"SCALAR","scalar":{{"value":{megabytes}}},"shared":{{}},
        "reservations":[{{"type":"STATIC","role":"{role}"}}],
        "disk":{{"persistence":{{"id":"{id}"}},"volume":{{"container_path":"v","mode":"RW"}}}}}}]"#
    );
    let messages = mesos_model::resources::parse_messages(&json, "*").expect("a volume");
    Resources::from_proto(&messages)
}

pub fn spec_of(roles: &[&str]) -> FrameworkSpec {
    let mut spec = FrameworkSpec {
        roles: roles.iter().map(|role| Role::new(role)).collect(),
        ..FrameworkSpec::default()
    };
    spec.capabilities.multi_role = true;
    spec
}

pub fn agent_spec(host: &str) -> AgentSpec {
    let capabilities = AgentCapabilities {
        multi_role: true,
        hierarchical_role: true,
        reservation_refinement: true,
        ..AgentCapabilities::default()
    };
    AgentSpec {
        hostname: host.to_owned(),
        capabilities,
        ..AgentSpec::default()
    }
}

pub fn quota(guarantees: &str, limits: &str) -> Quota {
    Quota {
        guarantees: ResourceQuantities::parse(guarantees).expect("quantities"),
        limits: ResourceLimits::parse(limits).expect("limits"),
    }
}

impl World {
    pub fn new(config: Config) -> Self {
        let interval = config.allocation_interval;
        Self {
            allocator: Allocator::new(config.clone()),
            config,
            now: Instant::from_nanos(1_000_000_000),
            interval,
            totals: BTreeMap::new(),
            offers: Vec::new(),
            used: Vec::new(),
        }
    }

    /// A new allocator, told by the agents what is in use on them; all offers are void.
    pub fn restart(&mut self) {
        self.allocator = Allocator::new(self.config.clone());
        self.offers.clear();
        for (agent, total) in self.totals.clone() {
            let mine = |lease: &&Lease| lease.agent == agent;
            let used = self.used.iter().filter(mine);
            let used = used
                .map(|l| (l.framework.clone(), l.resources.clone()))
                .collect();
            let (spec, unavailability) = (agent_spec(agent.as_str()), None);
            self.tell(Event::AgentAdded {
                agent,
                spec,
                total,
                used,
                unavailability,
            });
        }
    }

    /// Sends one event without letting the allocator run.
    pub fn tell(&mut self, event: Event) {
        let mut out = Vec::new();
        self.allocator.on(self.now, event, &mut out);
        assert!(out.is_empty(), "only a tick makes offers");
    }

    /// Lets a pending run happen; returns the new offers.
    pub fn settle(&mut self) -> Vec<Lease> {
        let mut new = Vec::new();
        while self.next_deadline() <= self.now {
            let mut out = Vec::new();
            self.allocator.on(self.now, Event::Tick, &mut out);
            for command in out {
                match command {
                    Command::Offer { framework, roles } => {
                        for offer in roles {
                            for (agent, resources) in offer.agents {
                                let (framework, role) = (framework.clone(), offer.role.clone());
                                new.push(Lease {
                                    framework,
                                    role,
                                    agent,
                                    resources,
                                });
                            }
                        }
                    }
                    Command::InverseOffer { .. } => {}
                }
            }
        }
        self.offers.extend(new.iter().cloned());
        self.check();
        new
    }

    pub fn next_deadline(&self) -> Instant {
        self.allocator.next_deadline().expect("batches never end")
    }

    /// What is offered until one batch later.
    pub fn batch(&mut self) -> Vec<Lease> {
        self.advance(self.interval)
    }

    /// Time passes; every deadline on the way is met in time.
    pub fn advance(&mut self, by: Duration) -> Vec<Lease> {
        let end = self.now + by;
        let mut new = self.settle();
        while self.next_deadline() <= end {
            self.now = self.next_deadline().max(self.now);
            new.extend(self.settle());
        }
        self.now = end;
        new
    }

    pub fn add_agent(&mut self, id: &str, total: Resources) {
        self.add_agent_as(id, agent_spec(id), total, vec![], None);
    }

    pub fn add_agent_as(
        &mut self,
        id: &str,
        spec: AgentSpec,
        total: Resources,
        used: Vec<Lease>,
        unavailability: Option<Unavailability>,
    ) {
        let agent = AgentId::new(id);
        self.totals.insert(agent.clone(), total.clone());
        let told = used
            .iter()
            .map(|lease| (lease.framework.clone(), lease.resources.clone()));
        let told = told.collect();
        self.used.extend(used);
        self.tell(Event::AgentAdded {
            agent,
            spec,
            total,
            used: told,
            unavailability,
        });
    }

    pub fn add_framework(&mut self, id: &str, roles: &[&str]) {
        self.add_framework_as(id, spec_of(roles));
    }

    pub fn add_framework_as(&mut self, id: &str, spec: FrameworkSpec) {
        let framework = FrameworkId::new(id);
        let mine = self
            .used
            .iter()
            .filter(|lease| lease.framework == framework);
        let used = mine
            .map(|lease| (lease.agent.clone(), lease.resources.clone()))
            .collect();
        self.tell(Event::FrameworkAdded {
            framework,
            spec,
            active: true,
            used,
        });
    }

    /// Returns one offer.
    pub fn decline(&mut self, lease: &Lease, refuse_seconds: Option<f64>) {
        let at = self
            .offers
            .iter()
            .position(|offer| same(offer, lease))
            .expect("an open offer");
        self.offers.remove(at);
        self.tell(Event::ResourcesRecovered {
            framework: lease.framework.clone(),
            agent: lease.agent.clone(),
            resources: lease.resources.clone(),
            refuse_seconds,
            held: Held::Offered,
        });
    }

    pub fn decline_all(&mut self, refuse_seconds: Option<f64>) {
        for lease in self.offers.clone() {
            self.decline(&lease, refuse_seconds);
        }
    }

    pub fn decline_of(&mut self, framework: &str, refuse_seconds: Option<f64>) {
        for lease in self.offers.clone() {
            if lease.framework.as_str() == framework {
                self.decline(&lease, refuse_seconds);
            }
        }
    }

    /// Uses a whole offer.
    pub fn accept(&mut self, lease: &Lease) {
        let at = self
            .offers
            .iter()
            .position(|offer| same(offer, lease))
            .expect("an open offer");
        let lease = self.offers.remove(at);
        self.tell(Event::OfferedBecameAllocated {
            framework: lease.framework.clone(),
            agent: lease.agent.clone(),
            resources: lease.resources.clone(),
        });
        self.used.push(lease);
    }

    pub fn accept_of(&mut self, framework: &str) {
        for lease in self.offers.clone() {
            if lease.framework.as_str() == framework {
                self.accept(&lease);
            }
        }
    }

    /// Ends everything a framework uses.
    pub fn finish_of(&mut self, framework: &str) {
        let (mine, rest) = self
            .used
            .drain(..)
            .partition(|lease| lease.framework.as_str() == framework);
        self.used = rest;
        let mine: Vec<Lease> = mine;
        for lease in mine {
            self.tell(Event::ResourcesRecovered {
                framework: lease.framework,
                agent: lease.agent,
                resources: lease.resources,
                refuse_seconds: None,
                held: Held::Allocated,
            });
        }
    }

    /// No resource is held twice, and what is held and free makes the total.
    pub fn check(&self) {
        let mut left = self.totals.clone();
        for lease in self.offers.iter().chain(&self.used) {
            let Some(left) = left.get_mut(&lease.agent) else {
                continue;
            };
            let held = lease.resources.unallocated().non_shared();
            assert!(
                left.contains(&held),
                "{lease:?} is given twice; left is {left}"
            );
            *left -= &held;
        }
        for (agent, left) in &left {
            let free = self.allocator.available(agent).expect("a known agent");
            assert_eq!(free, left, "what is free on {agent}");
        }
        self.allocator.check_books();
    }
}

fn same(left: &Lease, right: &Lease) -> bool {
    left.framework == right.framework
        && left.role == right.role
        && left.agent == right.agent
        && left.resources == right.resources
}

pub fn constraints_of_hostname(role: &str, hostname: &str) -> OfferConstraints {
    use mesos_proto::mesos::scheduler as sched;
    use sched::{attribute_constraint as wire, offer_constraints::RoleConstraints};
    let constraint = sched::AttributeConstraint {
        selector: wire::Selector {
            selector: Some(wire::selector::Selector::PseudoattributeType(
                wire::selector::PseudoattributeType::Hostname as i32,
            )),
        },
        predicate: wire::Predicate {
            predicate: Some(wire::predicate::Predicate::TextEquals(
                wire::predicate::TextEquals {
                    value: hostname.to_owned(),
                },
            )),
        },
    };
    let group = sched::offer_constraints::role_constraints::Group {
        attribute_constraints: vec![constraint],
    };
    let message = sched::OfferConstraints {
        role_constraints: [(
            role.to_owned(),
            RoleConstraints {
                groups: vec![group],
            },
        )]
        .into(),
    };
    OfferConstraints::compile(&message).expect("valid constraints")
}
