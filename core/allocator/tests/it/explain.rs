//! Figures and explanations. Compat: sections 9.8 and 9.11.

use crate::world::{World, agent_spec, constraints_of_hostname, quota, resources, spec_of};
use mesos_allocator::{Config, ConstraintError, Event, OfferConstraints, Reason};
use mesos_model::{AgentId, FrameworkId, Role};
use mesos_proto::mesos::scheduler as sched;
use sched::attribute_constraint::predicate::{self as p, Predicate};

fn metric(world: &World, name: &str) -> Option<f64> {
    let metrics = world.allocator.metrics(world.now);
    metrics
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, value)| *value)
}

#[test]
fn metrics_follow_totals_shares_filters_and_quota() {
    // HierarchicalAllocatorTest.ResourceMetrics, ResourceMetricsUninitialized, AllocationRunsMetric,
    // ActiveOfferFiltersMetrics, DominantShareMetrics, QuotaMetrics
    let mut world = World::new(Config::default());
    assert_eq!(
        metric(&world, "allocator/mesos/resources/cpus/total"),
        Some(0.0)
    );
    assert_eq!(metric(&world, "allocator/mesos/allocation_runs"), Some(0.0));
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_agent("s2", resources("cpus:2;mem:1024"));
    world.add_framework("f", &["r"]);
    world.settle();
    assert_eq!(metric(&world, "allocator/mesos/allocation_runs"), Some(1.0));
    assert_eq!(
        metric(&world, "allocator/mesos/resources/cpus/total"),
        Some(4.0)
    );
    assert_eq!(
        metric(&world, "allocator/mesos/resources/mem/offered_or_allocated"),
        Some(2048.0)
    );
    assert_eq!(
        metric(&world, "allocator/mesos/roles/r/shares/dominant"),
        Some(1.0)
    );
    assert_eq!(
        metric(&world, "allocator/mesos/offer_filters/roles/r/active"),
        Some(0.0)
    );
    world.decline_all(Some(5.0));
    assert_eq!(
        metric(&world, "allocator/mesos/roles/r/shares/dominant"),
        Some(0.0)
    );
    assert_eq!(
        metric(&world, "allocator/mesos/offer_filters/roles/r/active"),
        Some(2.0)
    );
    world.advance(std::time::Duration::from_secs(6));
    assert_eq!(
        metric(&world, "allocator/mesos/offer_filters/roles/r/active"),
        Some(0.0)
    );
    let quota = quota("cpus:1", "cpus:8;mem:1");
    world.tell(Event::QuotaUpdated {
        role: Role::new("r"),
        quota,
    });
    let prefix = "allocator/mesos/quota/roles/r/resources";
    assert_eq!(
        metric(&world, &format!("{prefix}/cpus/guarantee")),
        Some(1.0)
    );
    assert_eq!(metric(&world, &format!("{prefix}/mem/limit")), Some(1.0));
    assert_eq!(metric(&world, &format!("{prefix}/cpus/consumed")), None);
    world.accept_of("f");
    assert_eq!(
        metric(&world, &format!("{prefix}/cpus/consumed")),
        Some(4.0)
    );
    let root = "allocator/mesos/quota/roles//resources/cpus/consumed";
    assert_eq!(metric(&world, root), Some(4.0));
}

#[test]
fn shares_are_those_of_the_sorters() {
    let mut world = World::new(Config::default());
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_agent("s2", resources("cpus:2;mem:1024"));
    world.tell(Event::WeightsUpdated {
        weights: vec![(Role::new("heavy"), 2.0)],
    });
    world.add_framework("f", &["heavy"]);
    world.settle();
    world.add_framework("g", &["light"]);
    world.settle();
    let shares = world.allocator.shares(world.now);
    let role = |name: &str| {
        let mut roles = shares.iter();
        roles.find(|it| it.role == Role::new(name)).expect("a role")
    };
    let heavy = role("heavy");
    assert_eq!(
        (heavy.weight, heavy.share),
        (2.0, 0.5),
        "all of it, by its weight"
    );
    assert_eq!(heavy.frameworks[0].share, 1.0);
    assert_eq!(heavy.frameworks[0].filters, 0);
    assert_eq!((role("light").share, role("light").weight), (0.0, 1.0));
    world.decline_of("f", Some(1000.0));
    let shares = world.allocator.shares(world.now);
    let heavy = shares.iter().find(|it| it.role == Role::new("heavy"));
    assert_eq!(heavy.expect("a role").frameworks[0].filters, 2);
}

fn reasons(world: &World, framework: &str) -> Vec<(Reason, usize)> {
    let framework = FrameworkId::new(framework);
    let outlook = world
        .allocator
        .explain(world.now, &framework)
        .expect("a known framework");
    let (_, role) = outlook.roles.into_iter().next().expect("one role");
    role.agents.into_iter().collect()
}

#[test]
fn it_says_why_a_framework_gets_no_offers() {
    let mut world = World::new(Config::default());
    world.add_framework("f", &["r"]);
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_agent("s2", resources("cpus:2;mem:1024;gpus:1"));
    world.add_agent("s3", resources("cpus:0.001;mem:1"));
    world.settle();
    world.decline_of("f", Some(1000.0));
    world.add_agent("s4", resources("cpus:2;mem:1024"));
    world.tell(Event::AgentDeactivated {
        agent: AgentId::new("s4"),
    });
    assert_eq!(
        reasons(&world, "f"),
        [
            (Reason::AgentInactive, 1),
            (Reason::BelowMinimum, 1),
            (Reason::Declined, 1),
            (Reason::GpuAgent, 1),
        ]
    );
    let outlook = world.allocator.explain(world.now, &FrameworkId::new("f"));
    let role = &outlook.expect("a known framework").roles[&Role::new("r")];
    assert_eq!(
        role.declined_for,
        Some(std::time::Duration::from_secs(1000))
    );
    world.add_framework("g", &["r"]);
    world.batch();
    assert!(reasons(&world, "f").contains(&(Reason::NothingAvailable, 1)));
    assert!(
        world
            .allocator
            .explain(world.now, &FrameworkId::new("nobody"))
            .is_none()
    );
}

#[test]
fn constraints_exclude_agents() {
    // ALC-34
    let mut world = World::new(Config::default());
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_agent("s2", resources("cpus:2;mem:1024"));
    let mut spec = spec_of(&["r", "free"]);
    spec.constraints = constraints_of_hostname("r", "s2");
    spec.suppressed = [Role::new("free")].into();
    world.add_framework_as("f", spec.clone());
    let offers = world.settle();
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].agent.as_str(), "s2");
    let outlook = world
        .allocator
        .constraints_outlook(&FrameworkId::new("f"))
        .expect("known");
    assert_eq!(outlook.suppressed_roles, [Role::new("free")]);
    assert_eq!(
        outlook.excluded_agents[&Role::new("r")],
        [AgentId::new("s1")]
    );
    // Roles without an entry are unconstrained.
    spec.suppressed.clear();
    world.tell(Event::FrameworkUpdated {
        framework: FrameworkId::new("f"),
        spec,
    });
    assert_eq!(world.batch()[0].role.as_str(), "free");
}

/// Whether a constraint on an attribute keeps role r off the agent of `rack:a;slots:4`.
fn excludes(attribute: &str, predicate: Predicate) -> Result<bool, ConstraintError> {
    use sched::attribute_constraint as wire;
    let mut spec = agent_spec("host");
    spec.attributes = mesos_model::attribute::parse("rack:a;slots:4").expect("attributes");
    let constraint = sched::AttributeConstraint {
        selector: wire::Selector {
            selector: Some(wire::selector::Selector::AttributeName(
                attribute.to_owned(),
            )),
        },
        predicate: wire::Predicate {
            predicate: Some(predicate),
        },
    };
    let group = sched::offer_constraints::role_constraints::Group {
        attribute_constraints: vec![constraint],
    };
    let groups = sched::offer_constraints::RoleConstraints {
        groups: vec![group],
    };
    let message = sched::OfferConstraints {
        role_constraints: [("r".to_owned(), groups)].into(),
    };
    OfferConstraints::compile(&message).map(|compiled| compiled.exclude(&Role::new("r"), &spec))
}

#[test]
fn constraints_of_attributes_follow_the_table() {
    // ALC-36
    let exists = || Predicate::Exists(p::Exists {});
    let absent = || Predicate::NotExists(p::NotExists {});
    let is = |text: &str| {
        Predicate::TextEquals(p::TextEquals {
            value: text.to_owned(),
        })
    };
    let is_not = |text: &str| {
        Predicate::TextNotEquals(p::TextNotEquals {
            value: text.to_owned(),
        })
    };
    let like = |regex: &str| {
        Predicate::TextMatches(p::TextMatches {
            regex: regex.to_owned(),
        })
    };
    let unlike = |regex: &str| {
        Predicate::TextNotMatches(p::TextNotMatches {
            regex: regex.to_owned(),
        })
    };
    let rows = [
        ("rack", like("[a-c]"), false),
        ("rack", like("[b-c]"), true),
        ("none", like(".*"), true),
        ("slots", like("x"), false),
        ("rack", unlike("[a-c]"), true),
        ("rack", unlike("b"), false),
        ("none", unlike(".*"), false),
        ("slots", unlike("4"), false),
        ("rack", exists(), false),
        ("none", exists(), true),
        ("rack", absent(), true),
        ("none", absent(), false),
        ("rack", is("a"), false),
        ("rack", is("b"), true),
        ("none", is("a"), true),
        ("slots", is("a"), false),
        ("rack", is_not("a"), true),
        ("rack", is_not("b"), false),
        ("none", is_not("a"), false),
        ("slots", is_not("4"), false),
    ];
    for (attribute, predicate, expected) in rows {
        assert_eq!(
            excludes(attribute, predicate.clone()),
            Ok(expected),
            "{attribute} {predicate:?}"
        );
    }
}

#[test]
fn defective_constraints_are_refused() {
    // ALC-35
    let role_constraints = [("r".to_owned(), Default::default())].into();
    let message = sched::OfferConstraints { role_constraints };
    let refused = OfferConstraints::compile(&message);
    assert_eq!(refused, Err(ConstraintError::NoGroups("r".to_owned())));
}
