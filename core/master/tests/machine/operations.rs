//! Reservations and volumes in ACCEPT.

use mesos_master::event::Message;
use mesos_proto::{
    internal,
    mesos::{
        self as pb, OperationState,
        framework_info::capability::Type as Capability,
        offer::{Operation, operation},
        resource::{self, disk_info, reservation_info},
        slave_info::capability::Type as AgentCapability,
    },
};

use crate::cluster::{
    Cluster, agent, command_task, driver, framework_info, launch, scalar, slave_info,
};

const PROVIDER: &[AgentCapability] = &[
    AgentCapability::ResourceProvider,
    AgentCapability::AgentOperationFeedback,
];

fn reserving() -> pb::FrameworkInfo {
    let mut info = framework_info("f");
    for kind in [Capability::MultiRole, Capability::ReservationRefinement] {
        info.capabilities.push(pb::framework_info::Capability {
            r#type: Some(kind as i32),
        });
    }
    info.roles = vec!["r".to_owned()];
    info.principal = Some("p".to_owned());
    info
}

fn reserved(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        reservations: vec![resource::ReservationInfo {
            r#type: Some(reservation_info::Type::Dynamic as i32),
            role: Some("r".to_owned()),
            principal: Some("p".to_owned()),
            ..resource::ReservationInfo::default()
        }],
        allocation_info: Some(resource::AllocationInfo {
            role: Some("r".to_owned()),
        }),
        ..scalar(name, value)
    }
}

fn volume(id: &str, value: f64) -> pb::Resource {
    let persistence = disk_info::Persistence {
        id: id.to_owned(),
        principal: Some("p".to_owned()),
    };
    let volume = pb::Volume {
        container_path: "data".to_owned(),
        mode: pb::volume::Mode::Rw as i32,
        ..pb::Volume::default()
    };
    let disk = resource::DiskInfo {
        persistence: Some(persistence),
        volume: Some(volume),
        ..resource::DiskInfo::default()
    };
    pb::Resource {
        disk: Some(Box::new(disk)),
        ..reserved("disk", value)
    }
}

fn reserve(resources: Vec<pb::Resource>) -> Operation {
    Operation {
        r#type: Some(operation::Type::Reserve as i32),
        reserve: Some(operation::Reserve {
            resources,
            ..operation::Reserve::default()
        }),
        ..Operation::default()
    }
}

fn create(volumes: Vec<pb::Resource>) -> Operation {
    Operation {
        r#type: Some(operation::Type::Create as i32),
        create: Some(operation::Create { volumes }),
        ..Operation::default()
    }
}

fn cluster_with(extra: &[AgentCapability]) -> (Cluster, pb::SlaveId, pb::FrameworkId) {
    let mut cluster = Cluster::new();
    let mut info = slave_info("host");
    info.resources.push(scalar("disk", 1000.0));
    cluster.register(1, info, extra);
    let slave = cluster
        .take::<internal::SlaveRegisteredMessage>(&agent(1))
        .remove(0)
        .slave_id;
    let id = cluster.framework_as(1, reserving());
    (cluster, slave, id)
}

#[test]
fn ofr_12_operations_build_on_each_other_and_the_rest_is_offered_without_filter() {
    let (mut cluster, slave, id) = cluster_with(PROVIDER);
    let offers = cluster.offers(1);
    let task = command_task(
        "t",
        &slave,
        vec![
            reserved("cpus", 1.0),
            scalar("mem", 64.0),
            volume("v", 10.0),
        ],
    );
    let operations = vec![
        reserve(vec![reserved("cpus", 2.0), reserved("disk", 100.0)]),
        create(vec![volume("v", 10.0)]),
        launch(vec![task]),
    ];
    cluster.accept(1, &id, &[&offers[0]], operations);
    assert_eq!(cluster.states(1), [], "nothing was refused");
    let applied = cluster.take::<internal::ApplyOperationMessage>(&agent(1));
    assert_eq!(applied.len(), 2, "OFR-16");
    assert_eq!(applied[0].framework_id.as_ref(), Some(&id));
    assert_eq!(applied[0].resource_version_uuid.uuid.value.len(), 16);
    assert_eq!(cluster.take::<internal::RunTaskMessage>(&agent(1)).len(), 1);
    let snapshot = cluster.snapshot();
    let total = &snapshot.agents.iter().next().unwrap().total;
    assert_eq!(total.reserved("r").cpus(), Some(2.0));
    assert_eq!(total.persistent_volumes().len(), 1);
    assert_eq!(snapshot.agents.iter().next().unwrap().operations.len(), 2);
    let again = cluster.offers(1);
    let cpus: Vec<_> = again[0]
        .resources
        .iter()
        .filter(|r| r.name == "cpus")
        .collect();
    assert_eq!(
        cpus.len(),
        2,
        "one reserved and two unreserved cpus are left: {cpus:?}"
    );
}

#[test]
fn ofr_16_older_agents_get_the_whole_checkpointed_list() {
    let (mut cluster, _, id) = cluster_with(&[]);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![reserve(vec![reserved("cpus", 2.0)])],
    );
    assert!(
        cluster
            .take::<internal::ApplyOperationMessage>(&agent(1))
            .is_empty()
    );
    let lists = cluster.take::<internal::CheckpointResourcesMessage>(&agent(1));
    assert_eq!(lists[0].resources.len(), 1);
    assert_eq!(lists[0].resources[0].allocation_info, None);
}

#[test]
fn op_rules_a_bad_operation_is_skipped_and_the_next_goes_on() {
    let (mut cluster, slave, id) = cluster_with(PROVIDER);
    let offers = cluster.offers(1);
    let mut foreign = reserved("cpus", 1.0);
    foreign.reservations[0].principal = Some("somebody else".to_owned());
    let task = command_task("t", &slave, vec![scalar("cpus", 1.0), scalar("mem", 64.0)]);
    let named = Operation {
        id: Some(pb::OperationId { value: "o".into() }),
        ..reserve(vec![reserved("cpus", 1.0)])
    };
    let operations = vec![
        reserve(vec![foreign]),
        reserve(vec![reserved("cpus", 100.0)]),
        create(vec![volume("v", 10.0)]),
        named,
        launch(vec![task]),
    ];
    cluster.accept(1, &id, &[&offers[0]], operations);
    assert!(
        cluster
            .take::<internal::ApplyOperationMessage>(&agent(1))
            .is_empty()
    );
    assert_eq!(cluster.take::<internal::RunTaskMessage>(&agent(1)).len(), 1);
    assert_eq!(
        cluster.errors(1).len(),
        1,
        "OFR-9: drivers cannot name operations"
    );
}

#[test]
fn ops_4_the_master_acknowledges_for_drivers_and_forgets_ended_operations() {
    let (mut cluster, slave, id) = cluster_with(PROVIDER);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![reserve(vec![reserved("cpus", 2.0)])],
    );
    let applied = cluster
        .take::<internal::ApplyOperationMessage>(&agent(1))
        .remove(0);
    let status = pb::OperationStatus {
        state: OperationState::OperationFinished as i32,
        uuid: Some(pb::Uuid {
            value: vec![7; 16].into(),
        }),
        ..pb::OperationStatus::default()
    };
    let message = internal::UpdateOperationStatusMessage {
        framework_id: Some(id),
        slave_id: Some(slave),
        latest_status: Some(status.clone()),
        status,
        operation_uuid: Some(applied.operation_uuid.clone()),
    };
    cluster.message(&agent(1), Message::UpdateOperationStatus(Box::new(message)));
    let acknowledged = cluster.take::<internal::AcknowledgeOperationStatusMessage>(&agent(1));
    assert_eq!(acknowledged[0].operation_uuid, applied.operation_uuid);
    assert!(
        cluster
            .snapshot()
            .agents
            .iter()
            .next()
            .unwrap()
            .operations
            .is_empty()
    );
}

#[test]
fn agt_50_oversubscribed_resources_replace_the_earlier_ones_and_rescind_offers() {
    let (mut cluster, slave, _) = cluster_with(PROVIDER);
    let mut info = reserving();
    info.capabilities.push(pb::framework_info::Capability {
        r#type: Some(Capability::RevocableResources as i32),
    });
    cluster.framework_as(2, info);
    let revocable = |value| pb::Resource {
        revocable: Some(resource::RevocableInfo {}),
        ..scalar("cpus", value)
    };
    let update = |list: Vec<pb::Resource>| internal::UpdateSlaveMessage {
        slave_id: slave.clone(),
        oversubscribed_resources: list,
        ..internal::UpdateSlaveMessage::default()
    };
    cluster.message(
        &agent(1),
        Message::UpdateSlave(Box::new(update(vec![revocable(3.0)]))),
    );
    let total = |cluster: &mut Cluster| {
        cluster
            .snapshot()
            .agents
            .iter()
            .next()
            .unwrap()
            .total
            .revocable()
            .cpus()
    };
    assert_eq!(total(&mut cluster), Some(3.0));
    cluster.offers(1);
    cluster.message(
        &agent(1),
        Message::UpdateSlave(Box::new(update(vec![revocable(1.0)]))),
    );
    assert_eq!(total(&mut cluster), Some(1.0));
    let keep = internal::UpdateSlaveMessage {
        update_oversubscribed_resources: Some(false),
        ..update(Vec::new())
    };
    cluster.message(&agent(1), Message::UpdateSlave(Box::new(keep)));
    assert_eq!(total(&mut cluster), Some(1.0));
    let rescinded: usize = [1, 2]
        .map(|n| {
            cluster
                .take::<internal::RescindResourceOfferMessage>(&driver(n))
                .len()
        })
        .iter()
        .sum();
    assert!(rescinded <= 2);
}

const FOREIGN: &str = "unknown-framework";

/// A disk of the provider `p`.
fn provided(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        provider_id: Some(pb::ResourceProviderId { value: "p".into() }),
        ..scalar(name, value)
    }
}

/// An operation of a framework that this master has never heard of.
fn orphan(state: OperationState) -> pb::Operation {
    let info = Operation {
        r#type: Some(operation::Type::CreateDisk as i32),
        create_disk: Some(operation::CreateDisk {
            source: provided("disk", 40.0),
            target_type: disk_info::source::Type::Mount as i32,
            ..operation::CreateDisk::default()
        }),
        ..Operation::default()
    };
    pb::Operation {
        framework_id: Some(pb::FrameworkId {
            value: FOREIGN.into(),
        }),
        info,
        latest_status: pb::OperationStatus {
            state: state as i32,
            ..pb::OperationStatus::default()
        },
        uuid: pb::Uuid {
            value: vec![9; 16].into(),
        },
        ..pb::Operation::default()
    }
}

fn providers(slave: &pb::SlaveId, with: bool) -> internal::UpdateSlaveMessage {
    use internal::update_slave_message as update;
    let provider = update::ResourceProvider {
        info: Some(pb::ResourceProviderInfo {
            id: Some(pb::ResourceProviderId { value: "p".into() }),
            r#type: "t".into(),
            name: "n".into(),
            ..pb::ResourceProviderInfo::default()
        }),
        total_resources: vec![provided("disk", 100.0)],
        operations: update::Operations {
            operations: vec![orphan(OperationState::OperationPending)],
        },
        resource_version_uuid: pb::Uuid {
            value: vec![1; 16].into(),
        },
    };
    internal::UpdateSlaveMessage {
        slave_id: slave.clone(),
        update_oversubscribed_resources: Some(false),
        resource_providers: Some(update::ResourceProviders {
            providers: with.then_some(provider).into_iter().collect(),
        }),
        ..internal::UpdateSlaveMessage::default()
    }
}

/// The provider's disk in the agent's total, and how many operations there are.
fn shown(cluster: &mut Cluster) -> (f64, usize) {
    let snapshot = cluster.snapshot();
    let agent = snapshot.agents.iter().next().expect("registered");
    let mine = agent.total.iter().filter(|r| r.provider_id().is_some());
    let milli: i64 = mine.map(|resource| resource.milli()).sum();
    (milli as f64 / 1000.0, agent.operations.len())
}

fn update(cluster: &mut Cluster, message: internal::UpdateSlaveMessage) {
    cluster.message(&agent(1), Message::UpdateSlave(Box::new(message)));
}

#[test]
fn agt_52_operations_of_a_provider_that_left_leave_with_it() {
    let (mut cluster, slave, _) = cluster_with(PROVIDER);
    update(&mut cluster, providers(&slave, true));
    assert_eq!(shown(&mut cluster).1, 1);
    update(&mut cluster, providers(&slave, false));
    assert_eq!(shown(&mut cluster), (0.0, 0));
}

#[test]
fn agt_55_an_orphan_withholds_what_it_consumes_and_is_acknowledged_after_ten_minutes() {
    let (mut cluster, slave, _) = cluster_with(PROVIDER);
    cluster.reregister(1, &slave, |_| {});
    update(&mut cluster, providers(&slave, true));
    assert_eq!(shown(&mut cluster), (60.0, 1));
    update(&mut cluster, providers(&slave, true));
    assert_eq!(
        shown(&mut cluster),
        (60.0, 1),
        "the same again changes nothing"
    );
    let status = pb::OperationStatus {
        state: OperationState::OperationFailed as i32,
        uuid: Some(pb::Uuid {
            value: vec![7; 16].into(),
        }),
        ..pb::OperationStatus::default()
    };
    let message = internal::UpdateOperationStatusMessage {
        framework_id: Some(pb::FrameworkId {
            value: FOREIGN.into(),
        }),
        slave_id: Some(slave),
        latest_status: Some(status.clone()),
        status,
        operation_uuid: Some(orphan(OperationState::OperationPending).uuid),
    };
    let ended = Message::UpdateOperationStatus(Box::new(message.clone()));
    cluster.message(&agent(1), ended);
    assert_eq!(shown(&mut cluster), (100.0, 1), "it is the agent's again");
    let acknowledged = |cluster: &mut Cluster| {
        cluster
            .take::<internal::AcknowledgeOperationStatusMessage>(&agent(1))
            .len()
    };
    assert_eq!(acknowledged(&mut cluster), 0, "its framework may come back");
    cluster.now.wall.0 += 601.0;
    let again = Message::UpdateOperationStatus(Box::new(message));
    cluster.message(&agent(1), again);
    assert_eq!(acknowledged(&mut cluster), 1);
    assert_eq!(shown(&mut cluster), (100.0, 0));
}
