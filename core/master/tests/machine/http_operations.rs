//! Operations that have ids, and their feedback. Compat: OFR-9, OPS-1, OPS-2, OPS-4, OPS-5, OPS-6, §7.6.

use mesos_master::event::{Event, Message};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, OperationState,
        framework_info::capability::Type as Capability,
        offer::{Operation, operation},
        resource::{self, reservation_info},
        scheduler::{Call, call},
        slave_info::capability::Type as AgentCapability,
    },
    v1::{self, scheduler::event::Type as EventType},
};

use crate::{
    cluster::{Cluster, agent, framework_info, scalar, slave_info},
    http::Client,
};

const FEEDBACK: &[AgentCapability] = &[
    AgentCapability::ResourceProvider,
    AgentCapability::AgentOperationFeedback,
];

fn cluster_with(extra: &[AgentCapability]) -> (Cluster, pb::SlaveId, Client) {
    let mut cluster = Cluster::new();
    cluster.register(1, slave_info("host"), extra);
    let registered = cluster.take::<internal::SlaveRegisteredMessage>(&agent(1));
    let mut info = framework_info("f");
    info.failover_timeout = Some(1000.0);
    info.roles = vec!["r".to_owned()];
    info.principal = Some("p".to_owned());
    info.capabilities = [Capability::MultiRole, Capability::ReservationRefinement]
        .map(|kind| pb::framework_info::Capability {
            r#type: Some(kind as i32),
        })
        .to_vec();
    let client = Client::new(&mut cluster, 1, info);
    (cluster, registered[0].slave_id.clone(), client)
}

/// RESERVE of one cpu, named.
fn reserve(id: &str) -> Operation {
    let resource = pb::Resource {
        reservations: vec![resource::ReservationInfo {
            r#type: Some(reservation_info::Type::Dynamic as i32),
            role: Some("r".to_owned()),
            principal: Some("p".to_owned()),
            ..resource::ReservationInfo::default()
        }],
        ..scalar("cpus", 1.0)
    };
    Operation {
        r#type: Some(operation::Type::Reserve as i32),
        id: Some(pb::OperationId {
            value: id.to_owned(),
        }),
        reserve: Some(operation::Reserve {
            resources: vec![resource],
            ..operation::Reserve::default()
        }),
        ..Operation::default()
    }
}

fn accept(cluster: &mut Cluster, client: &mut Client, operation: Operation) {
    let accept = call::Accept {
        offer_ids: client.offers(cluster),
        operations: vec![operation],
        filters: Some(pb::Filters {
            refuse_seconds: Some(0.0),
        }),
    };
    let call = Call {
        accept: Some(accept),
        ..Call::default()
    };
    client.accepted(cluster, call::Type::Accept, call);
}

fn status(id: &str, state: OperationState, uuid: Option<u8>) -> pb::OperationStatus {
    pb::OperationStatus {
        operation_id: Some(pb::OperationId {
            value: id.to_owned(),
        }),
        state: state as i32,
        uuid: uuid.map(|byte| pb::Uuid {
            value: uuid_bytes(byte),
        }),
        ..pb::OperationStatus::default()
    }
}

fn uuid_bytes(byte: u8) -> bytes::Bytes {
    vec![byte, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0].into()
}

fn report(
    cluster: &mut Cluster,
    client: &Client,
    slave: &pb::SlaveId,
    operation: Option<pb::Uuid>,
    status: pb::OperationStatus,
) {
    let message = internal::UpdateOperationStatusMessage {
        framework_id: Some(client.id.clone()),
        slave_id: Some(slave.clone()),
        latest_status: Some(status.clone()),
        status,
        operation_uuid: operation,
    };
    cluster.message(&agent(1), Message::UpdateOperationStatus(Box::new(message)));
}

fn statuses(client: &mut Client, cluster: &Cluster) -> Vec<v1::OperationStatus> {
    let events = client.events(cluster).into_iter();
    events
        .filter_map(|event| event.update_operation_status)
        .map(|update| update.status)
        .collect()
}

fn acknowledge(slave: &pb::SlaveId, operation: &str, uuid: u8) -> Call {
    Call {
        acknowledge_operation_status: Some(call::AcknowledgeOperationStatus {
            slave_id: Some(slave.clone()),
            resource_provider_id: None,
            uuid: uuid_bytes(uuid),
            operation_id: pb::OperationId {
                value: operation.to_owned(),
            },
        }),
        ..Call::default()
    }
}

fn operations_left(cluster: &mut Cluster) -> usize {
    let snapshot = cluster.snapshot();
    let agent = snapshot.agents.iter().next().expect("one agent");
    agent.operations.len()
}

#[test]
fn ops_5_an_acknowledged_end_removes_the_operation() {
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    accept(&mut cluster, &mut client, reserve("o"));
    let applied = cluster.take::<internal::ApplyOperationMessage>(&agent(1));
    let uuid = applied[0].operation_uuid.clone();
    let finished = status("o", OperationState::OperationFinished, Some(7));
    report(&mut cluster, &client, &slave, Some(uuid.clone()), finished);
    let told = statuses(&mut client, &cluster);
    assert_eq!(told[0].state(), v1::OperationState::OperationFinished);
    let by_master = cluster.take::<internal::AcknowledgeOperationStatusMessage>(&agent(1));
    assert_eq!(by_master, [], "the framework acknowledges (OPS-4)");
    assert_eq!(operations_left(&mut cluster), 1);
    let kind = call::Type::AcknowledgeOperationStatus;
    client.accepted(&mut cluster, kind, acknowledge(&slave, "x", 7));
    client.accepted(&mut cluster, kind, acknowledge(&slave, "o", 8));
    let ignored = cluster.take::<internal::AcknowledgeOperationStatusMessage>(&agent(1));
    assert_eq!(ignored, [], "another operation, another status");
    client.accepted(&mut cluster, kind, acknowledge(&slave, "o", 7));
    let passed = cluster.take::<internal::AcknowledgeOperationStatusMessage>(&agent(1));
    assert_eq!(passed[0].operation_uuid, uuid);
    assert_eq!(operations_left(&mut cluster), 0);
    let snapshot = cluster.snapshot();
    let counters = &snapshot.counters.master;
    assert_eq!(counters.invalid_operation_status_update_acknowledgements, 2);
    assert_eq!(counters.valid_operation_status_update_acknowledgements, 1);
}

#[test]
fn ops_4_a_last_status_without_uuid_is_not_waited_for() {
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    accept(&mut cluster, &mut client, reserve("o"));
    let applied = cluster.take::<internal::ApplyOperationMessage>(&agent(1));
    let uuid = applied[0].operation_uuid.clone();
    let dropped = status("o", OperationState::OperationDropped, None);
    report(&mut cluster, &client, &slave, Some(uuid), dropped);
    assert_eq!(statuses(&mut client, &cluster).len(), 1);
    assert_eq!(operations_left(&mut cluster), 0);
}

#[test]
fn ofr_9_and_ops_6_operations_with_ids_need_http_and_an_agent_with_feedback() {
    let (mut cluster, _, mut client) = cluster_with(&[]);
    accept(&mut cluster, &mut client, reserve("o"));
    let told = statuses(&mut client, &cluster);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].state(), v1::OperationState::OperationError);
    assert!(told[0].message().contains("RESOURCE_PROVIDER"));
    assert_eq!((&told[0].uuid, &told[0].agent_id), (&None, &None));
    let (mut cluster, _, mut client) = cluster_with(&[AgentCapability::ResourceProvider]);
    accept(&mut cluster, &mut client, reserve("o"));
    let told = statuses(&mut client, &cluster);
    assert!(told[0].message().contains("AGENT_OPERATION_FEEDBACK"));
    // Without an id nobody is told.
    let (mut cluster, _, mut client) = cluster_with(FEEDBACK);
    let mut wrong = reserve("o");
    wrong.id = None;
    wrong.reserve = None;
    accept(&mut cluster, &mut client, wrong);
    assert_eq!(statuses(&mut client, &cluster), []);
}

#[test]
fn ops_1_an_answer_without_operation_uuid_is_forwarded() {
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    let gone = status("o", OperationState::OperationGoneByOperator, None);
    report(&mut cluster, &client, &slave, None, gone);
    let told = statuses(&mut client, &cluster);
    assert_eq!(told[0].state(), v1::OperationState::OperationGoneByOperator);
    let snapshot = cluster.snapshot();
    assert_eq!(snapshot.counters.master.invalid_operation_status_updates, 0);
}

#[test]
fn ops_2_an_unknown_operation_is_counted_and_forwarded() {
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    let unknown = pb::Uuid {
        value: uuid_bytes(9),
    };
    let failed = || status("o", OperationState::OperationFailed, Some(1));
    report(
        &mut cluster,
        &client,
        &slave,
        Some(unknown.clone()),
        failed(),
    );
    assert_eq!(statuses(&mut client, &cluster).len(), 1);
    let nowhere = pb::SlaveId { value: "x".into() };
    report(
        &mut cluster,
        &client,
        &nowhere,
        Some(unknown.clone()),
        failed(),
    );
    assert_eq!(statuses(&mut client, &cluster), [], "an unknown agent");
    cluster.event(Event::StreamClosed {
        stream: client.stream,
    });
    report(&mut cluster, &client, &slave, Some(unknown), failed());
    assert_eq!(client.kinds(&cluster), [], "nobody is connected");
    let snapshot = cluster.snapshot();
    assert_eq!(snapshot.counters.master.invalid_operation_status_updates, 3);
}

#[test]
fn operations_are_reconciled_by_the_table() {
    use OperationState as S;
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    accept(&mut cluster, &mut client, reserve("known"));
    client.events(&cluster);
    let reconcile = |cluster: &mut Cluster,
                     client: &mut Client,
                     asked: Vec<(&str, Option<&pb::SlaveId>, bool)>| {
        let operation = |(id, slave, provider): (&str, Option<&pb::SlaveId>, bool)| {
            call::reconcile_operations::Operation {
                operation_id: pb::OperationId {
                    value: id.to_owned(),
                },
                slave_id: slave.cloned(),
                resource_provider_id: provider
                    .then(|| pb::ResourceProviderId { value: "p".into() }),
            }
        };
        let call = Call {
            reconcile_operations: Some(call::ReconcileOperations {
                operations: asked.into_iter().map(operation).collect(),
            }),
            ..Call::default()
        };
        client.accepted(cluster, call::Type::ReconcileOperations, call);
        let told = statuses(client, cluster);
        told.iter()
            .map(|status| {
                assert_eq!(status.uuid, None);
                status.state
            })
            .collect::<Vec<i32>>()
    };
    let pending = S::OperationPending as i32;
    let unknown = S::OperationUnknown as i32;
    assert_eq!(reconcile(&mut cluster, &mut client, vec![]), [pending]);
    assert_eq!(
        reconcile(
            &mut cluster,
            &mut client,
            vec![
                ("known", None, false),
                ("a", None, false),
                ("b", Some(&slave), false),
                ("c", Some(&pb::SlaveId { value: "x".into() }), false),
            ]
        ),
        [pending, unknown, unknown, unknown]
    );
    let asked = vec![("d", Some(&slave), true)];
    assert_eq!(reconcile(&mut cluster, &mut client, asked), [0; 0]);
    let forwarded = cluster.take::<internal::ReconcileOperationsMessage>(&agent(1));
    assert_eq!(forwarded[0].framework_id.as_ref(), Some(&client.id));
    let operation = &forwarded[0].operations[0];
    assert_eq!(
        operation.operation_id.as_ref().map(|id| id.value.as_str()),
        Some("d")
    );
    // After a restart the agent is only known from the registry.
    let mut cluster = Cluster::restart(cluster.registry.clone(), |_| {});
    let mut client = Client::new(&mut cluster, 2, framework_info("f"));
    let asked = vec![("e", Some(&slave), false)];
    let recovering = S::OperationRecovering as i32;
    assert_eq!(reconcile(&mut cluster, &mut client, asked), [recovering]);
    cluster.advance(std::time::Duration::from_secs(601));
    let asked = vec![("e", Some(&slave), false)];
    let unreachable = S::OperationUnreachable as i32;
    assert_eq!(reconcile(&mut cluster, &mut client, asked), [unreachable]);
    assert!(!client.kinds(&cluster).contains(&EventType::Error));
}

#[test]
fn agt_33_operations_of_an_unreachable_agent_are_told_of() {
    let (mut cluster, slave, mut client) = cluster_with(FEEDBACK);
    accept(&mut cluster, &mut client, reserve("named"));
    let mut nameless = reserve("x");
    nameless.id = None;
    accept(&mut cluster, &mut client, nameless);
    client.events(&cluster);
    // Nobody answers the pings any more.
    cluster.advance(std::time::Duration::from_secs(100));
    let told = statuses(&mut client, &cluster);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].state(), v1::OperationState::OperationUnreachable);
    assert_eq!(told[0].operation_id.as_ref().unwrap().value, "named");
    assert_eq!(told[0].agent_id.as_ref().unwrap().value, slave.value);
    assert_eq!(told[0].uuid, None);
}
