//! Operations, shared volumes, providers and other uses of what was offered.
//! Compat: ALC-24, ALC-26, RES-55, OFR-13, OFR-14, HTTP-17.

use crate::world::{Lease, World, agent_spec, quota, resources, shared_volume, spec_of};
use mesos_allocator::{Config, Event, UpdateAvailableError};
use mesos_model::{
    AgentId, FrameworkId, Resources, Role,
    resources::{Conversion, Reservation},
};

fn world() -> World {
    World::new(Config::default())
}

fn allocated(mut resources: Resources, role: &str) -> Resources {
    resources.allocate(&Role::new(role));
    resources
}

fn reserved(text: &str, role: &str) -> Resources {
    resources(text).push_reservation(&Reservation::dynamic(&Role::new(role), None))
}

/// Converts a part of an offer, on both sides.
fn convert(world: &mut World, lease: &Lease, consumed: Resources, converted: Resources) -> Lease {
    let conversion = Conversion::new(consumed.clone(), converted.clone());
    world.tell(Event::AllocationUpdated {
        framework: lease.framework.clone(),
        agent: lease.agent.clone(),
        conversions: vec![conversion],
    });
    let at = world
        .offers
        .iter()
        .position(|offer| offer.agent == lease.agent)
        .expect("open");
    let mut after = lease.clone();
    after.resources -= &consumed;
    after.resources += &converted;
    world.offers[at] = after.clone();
    if !consumed.is_empty() {
        let total = world.totals.get_mut(&lease.agent).expect("a known agent");
        *total -= &consumed.unallocated();
        *total += &converted.unallocated();
    }
    world.check();
    after
}

#[test]
fn an_operation_changes_the_allocation_and_defeats_the_filter_of_the_leftovers() {
    // HierarchicalAllocatorTest.UpdateAllocation; the long filter of ALC-26.
    let mut world = world();
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_framework("f", &["r"]);
    let offer = world.settle().remove(0);
    let consumed = allocated(resources("cpus:1"), "r");
    let converted = allocated(reserved("cpus:1", "r"), "r");
    let after = convert(&mut world, &offer, consumed.clone(), converted.clone());
    // The reserved cpu returns without filter, the rest with a long one (OFR-14).
    let untouched = after.resources.filter(|entry| entry.is_unreserved());
    world.offers.clear();
    for (resources, refuse_seconds) in [(converted, None), (untouched, Some(1000.0))] {
        let (framework, agent) = (after.framework.clone(), after.agent.clone());
        let held = mesos_allocator::Held::Offered;
        world.tell(Event::ResourcesRecovered {
            framework,
            agent,
            resources,
            refuse_seconds,
            held,
        });
    }
    let offers = world.batch();
    assert_eq!(
        offers.len(),
        1,
        "no subset of what was refused: everything is offered again"
    );
    assert_eq!(offers[0].resources, after.resources);
}

#[test]
fn a_conversion_may_remove_resources_from_allocation_and_total() {
    // HierarchicalAllocatorTest.UpdateAllocationRemoveResources
    let mut world = world();
    world.add_agent("s1", resources("cpus:100;mem:100"));
    world.add_framework("f", &["r"]);
    let offer = world.settle().remove(0);
    let mem = offer
        .resources
        .filter(|entry| !entry.is_unreserved() || entry.name().as_str() == "mem");
    convert(&mut world, &offer, mem, Resources::new());
    world.decline_all(Some(0.0));
    let offers = world.batch();
    assert_eq!(offers[0].resources.unallocated(), resources("cpus:100"));
}

#[test]
fn reserving_what_is_held_leaves_quota_accounting_unchanged() {
    // HierarchicalAllocatorTest.QuotaAccountingReserveAllocatedResources, …UnreserveAllocatedResources
    let mut world = world();
    let limited = quota("", "cpus:2");
    world.tell(Event::QuotaUpdated {
        role: Role::new("r"),
        quota: limited,
    });
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_framework("f", &["r"]);
    let offer = world.settle().remove(0);
    let consumed = allocated(resources("cpus:2"), "r");
    let converted = allocated(reserved("cpus:2", "r"), "r");
    let held = |world: &World| {
        let metrics = world.allocator.metrics(world.now);
        let name = "allocator/mesos/quota/roles/r/resources/cpus/offered_or_allocated";
        metrics
            .iter()
            .find(|(found, _)| found == name)
            .expect("the metric")
            .1
    };
    assert_eq!(held(&world), 2.0);
    let after = convert(&mut world, &offer, consumed.clone(), converted.clone());
    assert_eq!(held(&world), 2.0);
    convert(&mut world, &after, converted, consumed);
    assert_eq!(held(&world), 2.0);
    world.add_agent("s2", resources("cpus:2;mem:1024"));
    assert_eq!(
        world.batch()[0].resources.unallocated(),
        resources("mem:1024")
    );
}

#[test]
fn operator_operations_need_free_resources() {
    // HierarchicalAllocatorTest.UpdateAvailableSuccess, …UpdateAvailableFail
    let mut world = world();
    world.add_agent("s1", resources("cpus:100;mem:100"));
    let agent = AgentId::new("s1");
    let reserve = [Conversion::new(
        resources("cpus:25"),
        reserved("cpus:25", "r"),
    )];
    world
        .allocator
        .update_available(&agent, &reserve)
        .expect("all is free");
    let after = &resources("cpus:75;mem:100") + &reserved("cpus:25", "r");
    world.totals.insert(agent.clone(), after.clone());
    world.check();
    world.add_framework("f", &["r"]);
    assert_eq!(world.settle()[0].resources.unallocated(), after);
    let refused = world.allocator.update_available(&agent, &reserve);
    assert!(matches!(
        refused,
        Err(UpdateAvailableError::NotAvailable(_))
    ));
    world.check();
    let unknown = AgentId::new("s9");
    let refused = world.allocator.update_available(&unknown, &reserve);
    assert_eq!(refused, Err(UpdateAvailableError::UnknownAgent(unknown)));
}

fn shared_world() -> World {
    let mut world = world();
    let total = &resources("cpus:4;mem:1024") + &shared_volume("r", "v", 64);
    world.add_agent("s1", total);
    world
}

fn add_sharing_framework(world: &mut World, id: &str) {
    let mut spec = spec_of(&["r"]);
    spec.capabilities.shared_resources = true;
    world.add_framework_as(id, spec);
}

#[test]
fn shared_volumes_go_to_capable_frameworks_only() {
    // HierarchicalAllocatorTest.SharedResourcesCapability
    let mut world = shared_world();
    world.add_framework("f1", &["r"]);
    assert_eq!(
        world.settle()[0].resources.unallocated(),
        resources("cpus:4;mem:1024")
    );
    add_sharing_framework(&mut world, "f2");
    world.decline_all(Some(0.0));
    let offers = world.batch();
    assert!(
        offers
            .iter()
            .any(|offer| !offer.resources.shared().is_empty())
    );
}

#[test]
fn a_shared_volume_is_offered_to_one_framework_at_a_time_even_while_in_use() {
    // HierarchicalAllocatorTestWithParam.AllocateSharedResources,
    // HierarchicalAllocatorTestWithReservations.SharedAllocatedResourceQuotaAccounting
    let mut world = shared_world();
    add_sharing_framework(&mut world, "f1");
    let first = world.settle();
    assert_eq!(first.len(), 1);
    assert!(!first[0].resources.shared().is_empty());
    world.accept_of("f1");
    let (agent, spec) = (AgentId::new("s1"), agent_spec("s1"));
    let total = &world.totals[&agent] + &resources("cpus:2;mem:512");
    world.totals.insert(agent.clone(), total.clone());
    world.tell(Event::AgentUpdated { agent, spec, total });
    add_sharing_framework(&mut world, "f2");
    let offers = world.batch();
    assert_eq!(offers.len(), 1, "{offers:?}");
    assert_eq!(offers[0].framework.as_str(), "f2");
    assert_eq!(offers[0].resources.shared().len(), 1);
    // Charged once, however often held.
    let metrics = world.allocator.metrics(world.now);
    let of = |name: &str| {
        metrics
            .iter()
            .find(|(found, _)| found == name)
            .expect("a metric")
            .1
    };
    assert_eq!(
        of("allocator/mesos/resources/disk/offered_or_allocated"),
        64.0
    );
    assert_eq!(of("allocator/mesos/resources/disk/total"), 64.0);
    world.finish_of("f1");
    world.decline_all(None);
    world.check();
    let metrics = world.allocator.metrics(world.now);
    let of = |name: &str| {
        metrics
            .iter()
            .find(|(found, _)| found == name)
            .expect("a metric")
            .1
    };
    assert_eq!(
        of("allocator/mesos/resources/disk/offered_or_allocated"),
        0.0
    );
}

#[test]
fn extra_copies_of_a_shared_volume_leave_the_total_alone() {
    // OFR-13, HierarchicalAllocatorTest.UpdateAllocationSharedPersistentVolume
    let mut world = shared_world();
    add_sharing_framework(&mut world, "f");
    let offer = world.settle().remove(0);
    let copy = offer.resources.shared();
    let after = convert(&mut world, &offer, Resources::new(), copy.clone());
    assert_eq!(
        after
            .resources
            .shared()
            .iter()
            .next()
            .expect("the volume")
            .copies(),
        2
    );
    world.decline(&after, None);
    assert_eq!(world.allocator.unbalanced(), 0);
    assert_eq!(world.batch().len(), 1);
}

#[test]
fn what_an_unknown_framework_uses_is_not_offered() {
    // HierarchicalAllocatorTest.AddAgentWithUnknownFrameworkAndMaintenance,
    // MasterAllocatorTest.SlaveReregistersFirst, FrameworkReregistersFirst
    let mut world = world();
    let lease = Lease {
        framework: FrameworkId::new("f"),
        role: Role::new("r"),
        agent: AgentId::new("s1"),
        resources: allocated(resources("cpus:1;mem:512"), "r"),
    };
    let spec = agent_spec("s1");
    world.add_agent_as("s1", spec, resources("cpus:2;mem:1024"), vec![lease], None);
    world.add_framework("g", &["r"]);
    assert_eq!(
        world.batch()[0].resources.unallocated(),
        resources("cpus:1;mem:512")
    );
    world.add_framework("f", &["r"]);
    assert!(world.batch().is_empty());
    world.finish_of("f");
    let offers = world.batch();
    assert_eq!(
        offers[0].resources.unallocated(),
        resources("cpus:1;mem:512")
    );
}

#[test]
fn an_unknown_framework_may_end_its_tasks() {
    let mut world = world();
    let lease = Lease {
        framework: FrameworkId::new("f"),
        role: Role::new("r"),
        agent: AgentId::new("s1"),
        resources: allocated(resources("cpus:2;mem:512"), "r"),
    };
    let total = resources("cpus:2;mem:512");
    world.add_agent_as("s1", agent_spec("s1"), total, vec![lease], None);
    world.check();
    world.finish_of("f");
    world.add_framework("g", &["r"]);
    assert_eq!(world.batch().len(), 1);
}

#[test]
fn a_provider_extends_an_agent() {
    // HierarchicalAllocatorTest.AddResourceProvider
    let mut world = world();
    world.add_agent("s1", resources("cpus:1;mem:512"));
    world.add_framework("f", &["r"]);
    world.settle();
    let (agent, total) = (AgentId::new("s1"), resources("disk:100"));
    let used = allocated(resources("disk:40"), "r");
    world
        .totals
        .insert(agent.clone(), resources("cpus:1;mem:512;disk:100"));
    world.used.push(Lease {
        framework: FrameworkId::new("f"),
        role: Role::new("r"),
        agent: agent.clone(),
        resources: used.clone(),
    });
    let used = vec![(FrameworkId::new("f"), used)];
    world.tell(Event::ResourceProviderAdded { agent, total, used });
    world.check();
    world.decline_all(None);
    let offers = world.batch();
    assert_eq!(
        offers[0].resources.unallocated(),
        resources("cpus:1;mem:512;disk:60")
    );
}

#[test]
fn a_total_may_shrink_below_what_is_held() {
    // HierarchicalAllocatorTest.UpdateSlaveTotalResources, AddResourceProviderOverallocated
    let mut world = world();
    world.add_agent("s1", resources("cpus:4;mem:512"));
    world.add_framework("f", &["r"]);
    let offer = world.settle().remove(0);
    let (agent, spec) = (AgentId::new("s1"), agent_spec("s1"));
    let total = resources("cpus:2;mem:256");
    let mut out = Vec::new();
    let updated = Event::AgentUpdated {
        agent: agent.clone(),
        spec,
        total,
    };
    world.allocator.on(world.now, updated, &mut out);
    assert!(world.allocator.available(&agent).expect("known").is_empty());
    world.totals.insert(agent, resources("cpus:2;mem:256"));
    world.decline(&offer, Some(0.0));
    assert_eq!(
        world.batch()[0].resources.unallocated(),
        resources("cpus:2;mem:256")
    );
}

#[test]
fn attribute_changes_drop_the_filters_of_an_agent() {
    // HierarchicalAllocatorTest.RemoveFilters
    let mut world = world();
    let total = resources("cpus:2;mem:1024");
    world.add_agent("s1", total.clone());
    world.add_framework("f", &["r"]);
    world.settle();
    world.decline_all(Some(1000.0));
    assert!(world.batch().is_empty());
    let mut spec = agent_spec("s1");
    spec.attributes = mesos_model::attribute::parse("rack:a").expect("attributes");
    world.tell(Event::AgentUpdated {
        agent: AgentId::new("s1"),
        spec,
        total,
    });
    assert_eq!(world.settle().len(), 1);
}

#[test]
fn what_was_never_held_does_not_come_back() {
    let mut world = world();
    world.add_agent("s1", resources("cpus:2;mem:1024"));
    world.add_framework("f", &["r"]);
    let offer = world.settle().remove(0);
    world.decline(&offer, Some(0.0));
    world.tell(Event::ResourcesRecovered {
        framework: offer.framework,
        agent: offer.agent,
        resources: offer.resources,
        refuse_seconds: None,
        held: mesos_allocator::Held::Offered,
    });
    world.check();
    assert!(world.allocator.unbalanced() > 0);
    assert_eq!(world.batch().len(), 1);
}
