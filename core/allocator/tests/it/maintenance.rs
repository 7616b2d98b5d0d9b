//! Inverse offers. Compat: ALC-27, the last part of section 9.6.

use crate::world::{agent_spec, resources, spec_of};
use mesos_allocator::{Allocator, Command, Config, Event, InverseAnswer, Unavailability};
use mesos_model::{AgentId, FrameworkId, Instant, Resources, Role};
use std::time::Duration;

const PLAN: Unavailability = Unavailability {
    start_ns: 1,
    duration_ns: None,
};

struct Cluster {
    allocator: Allocator,
    now: Instant,
}

impl Cluster {
    fn tell(&mut self, event: Event) -> Vec<Command> {
        let mut out = Vec::new();
        self.allocator.on(self.now, event, &mut out);
        out
    }

    /// The agents a framework is asked to leave in one more batch.
    fn invitations(&mut self) -> Vec<String> {
        self.now = self.now + Duration::from_secs(1);
        let mut agents = Vec::new();
        for command in self.tell(Event::Tick) {
            match command {
                Command::InverseOffer { agents: asked, .. } => {
                    assert!(asked.iter().all(|(_, plan)| *plan == PLAN));
                    agents.extend(asked.into_iter().map(|(agent, _)| agent.to_string()));
                }
                Command::Offer { .. } => {}
            }
        }
        agents
    }

    fn answer(&mut self, answer: Option<InverseAnswer>, refuse_seconds: Option<f64>) {
        let (agent, framework) = (AgentId::new("s1"), FrameworkId::new("f"));
        self.tell(Event::InverseOfferUpdated {
            agent,
            framework,
            answer,
            refuse_seconds,
        });
    }
}

/// f uses s1 and not s2; both are to go away.
fn cluster() -> Cluster {
    let mut cluster = Cluster {
        allocator: Allocator::new(Config::default()),
        now: Instant(1),
    };
    let framework = FrameworkId::new("f");
    let spec = spec_of(&["r"]);
    let (active, used) = (true, vec![]);
    cluster.tell(Event::FrameworkAdded {
        framework: framework.clone(),
        spec,
        active,
        used,
    });
    let roles = Default::default();
    cluster.tell(Event::OffersSuppressed {
        framework: framework.clone(),
        roles,
    });
    let mut held: Resources = resources("cpus:1");
    held.allocate(&Role::new("r"));
    for (id, used) in [("s1", vec![(framework, held)]), ("s2", vec![])] {
        cluster.tell(Event::AgentAdded {
            agent: AgentId::new(id),
            spec: agent_spec(id),
            total: resources("cpus:2;mem:512"),
            used,
            unavailability: Some(PLAN),
        });
        // Inverse offers concern inactive agents as well.
        cluster.tell(Event::AgentDeactivated {
            agent: AgentId::new(id),
        });
    }
    cluster
}

#[test]
fn who_uses_an_agent_is_asked_once_to_leave_it() {
    // HierarchicalAllocatorTest.MaintenanceInverseOffers
    let mut cluster = cluster();
    assert_eq!(cluster.invitations(), ["s1"]);
    assert!(cluster.invitations().is_empty(), "it is outstanding");
    cluster.answer(Some(InverseAnswer::Accepted), None);
    let answers = cluster.allocator.inverse_answers(&AgentId::new("s1"));
    assert_eq!(answers, [(FrameworkId::new("f"), InverseAnswer::Accepted)]);
    assert_eq!(cluster.invitations(), ["s1"]);
}

#[test]
fn a_declined_inverse_offer_is_not_repeated_while_its_filter_lasts() {
    let mut cluster = cluster();
    assert_eq!(cluster.invitations(), ["s1"]);
    cluster.answer(Some(InverseAnswer::Declined), Some(2.5));
    assert!(cluster.invitations().is_empty());
    assert!(cluster.invitations().is_empty());
    assert_eq!(cluster.invitations(), ["s1"]);
}

#[test]
fn revive_and_a_new_plan_drop_inverse_filters() {
    let mut cluster = cluster();
    cluster.invitations();
    cluster.answer(None, Some(1000.0));
    let (framework, roles) = (FrameworkId::new("f"), Default::default());
    cluster.tell(Event::OffersRevived { framework, roles });
    assert_eq!(cluster.invitations(), ["s1"]);
    cluster.answer(None, Some(1000.0));
    let (agent, unavailability) = (AgentId::new("s1"), Some(PLAN));
    cluster.tell(Event::UnavailabilityUpdated {
        agent: agent.clone(),
        unavailability,
    });
    assert_eq!(cluster.invitations(), ["s1"]);
    cluster.tell(Event::UnavailabilityUpdated {
        agent,
        unavailability: None,
    });
    assert!(cluster.invitations().is_empty());
}
