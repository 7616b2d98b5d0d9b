//! Every call of an HTTP framework reaches what it is for. Compat: HTTP-30, FWK-5, STS-7, STS-10 … STS-12.

use std::time::Duration;

use mesos_model::Role;
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState,
        scheduler::{Call, call},
    },
    v1::scheduler::event::Type as EventType,
};

use crate::{
    cluster::{Cluster, agent, command_task, driver, framework_info, launch, resources},
    http::Client,
};

/// A framework whose custom executor runs one task.
fn running() -> (Cluster, pb::SlaveId, Client) {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let mut client = Client::new(&mut cluster, 1, framework_info("f"));
    let mut task = command_task("t", &slave, resources(1.0, 64.0));
    task.executor = Some(pb::ExecutorInfo {
        executor_id: executor(),
        command: task.command.take(),
        ..pb::ExecutorInfo::default()
    });
    let accept = call::Accept {
        offer_ids: client.offers(&mut cluster),
        operations: vec![launch(vec![task])],
        filters: Some(pb::Filters {
            refuse_seconds: Some(0.0),
        }),
    };
    let call = Call {
        accept: Some(accept),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Accept, call);
    (cluster, slave, client)
}

fn executor() -> pb::ExecutorId {
    pb::ExecutorId { value: "e".into() }
}

fn task_id() -> pb::TaskId {
    pb::TaskId { value: "t".into() }
}

#[test]
fn a_kill_a_message_and_a_shutdown_reach_the_agent() {
    let (mut cluster, slave, client) = running();
    let kill = Call {
        kill: Some(call::Kill {
            task_id: task_id(),
            ..call::Kill::default()
        }),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Kill, kill);
    let killed = cluster.take::<internal::KillTaskMessage>(&agent(1));
    assert_eq!(killed[0].task_id, task_id());
    let message = Call {
        message: Some(call::Message {
            slave_id: slave.clone(),
            executor_id: executor(),
            data: vec![1, 2].into(),
        }),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Message, message);
    let told = cluster.take::<internal::FrameworkToExecutorMessage>(&agent(1));
    assert_eq!(
        (&told[0].framework_id, &*told[0].data),
        (&client.id, &[1, 2][..])
    );
    let shutdown = Call {
        shutdown: Some(call::Shutdown {
            executor_id: executor(),
            slave_id: slave,
        }),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Shutdown, shutdown);
    let ended = cluster.take::<internal::ShutdownExecutorMessage>(&agent(1));
    assert_eq!(ended[0].executor_id, Some(executor()));
}

#[test]
fn an_update_is_acknowledged_to_the_agent_and_a_terminal_one_ends_the_task() {
    let (mut cluster, slave, mut client) = running();
    let uuid = cluster.update(1, &client.id, &slave, "t", TaskState::TaskFinished, 3);
    let events = client.events(&cluster);
    let update = events.last().and_then(|event| event.update.as_ref());
    assert_eq!(
        update.and_then(|update| update.status.uuid.clone()),
        Some(uuid.clone())
    );
    let acknowledge = Call {
        acknowledge: Some(call::Acknowledge {
            slave_id: slave,
            task_id: task_id(),
            uuid: uuid.clone(),
        }),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Acknowledge, acknowledge);
    let told = cluster.take::<internal::StatusUpdateAcknowledgementMessage>(&agent(1));
    assert_eq!(told[0].uuid, uuid);
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(
        (framework.tasks.len(), framework.completed_tasks.len()),
        (0, 1)
    );
}

#[test]
fn offers_are_declined_suppressed_and_revived() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let mut client = Client::new(&mut cluster, 1, framework_info("f"));
    let offer_ids = client.offers(&mut cluster);
    assert_eq!(offer_ids.len(), 1);
    let decline = Call {
        decline: Some(call::Decline {
            offer_ids,
            filters: Some(pb::Filters {
                refuse_seconds: Some(1000.0),
            }),
        }),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Decline, decline);
    cluster.advance(Duration::from_secs(5));
    assert_eq!(client.kinds(&cluster), [], "the filter holds");
    client.accepted(&mut cluster, call::Type::Suppress, Call::default());
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(framework.suppressed, [Role::new("*")]);
    client.accepted(&mut cluster, call::Type::Revive, Call::default());
    cluster.advance(Duration::from_secs(1));
    assert_eq!(
        client.kinds(&cluster),
        [EventType::Offers],
        "no filter is left"
    );
    let request = Call {
        request: Some(call::Request::default()),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Request, request);
    let snapshot = cluster.snapshot();
    assert_eq!(snapshot.counters.master.messages_resource_request, 1);
}

#[test]
fn a_teardown_ends_the_framework_and_its_stream() {
    let (mut cluster, _, client) = running();
    client.accepted(&mut cluster, call::Type::Teardown, Call::default());
    assert!(client.is_closed(&cluster));
    let told = cluster.take::<internal::ShutdownFrameworkMessage>(&agent(1));
    assert_eq!(told[0].framework_id, client.id);
    let snapshot = cluster.snapshot();
    assert_eq!(snapshot.completed_frameworks[0].completed_tasks.len(), 1);
}

#[test]
fn fwk_5_drivers_cannot_speak_of_operations() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let acknowledge = Call {
        acknowledge_operation_status: Some(call::AcknowledgeOperationStatus {
            slave_id: Some(slave),
            uuid: vec![1, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0].into(),
            ..call::AcknowledgeOperationStatus::default()
        }),
        ..Call::default()
    };
    let kind = call::Type::AcknowledgeOperationStatus;
    cluster.framework_call(&driver(1), &id, kind, acknowledge);
    let reconcile = Call {
        reconcile_operations: Some(call::ReconcileOperations::default()),
        ..Call::default()
    };
    let kind = call::Type::ReconcileOperations;
    cluster.framework_call(&driver(1), &id, kind, reconcile);
    let told = cluster.take::<internal::AcknowledgeOperationStatusMessage>(&agent(1));
    assert_eq!(told, []);
    let told = cluster.take::<internal::UpdateOperationStatusMessage>(&driver(1));
    assert_eq!(told, []);
    assert_eq!(cluster.errors(1), [""; 0], "they are just dropped");
    let snapshot = cluster.snapshot();
    let counters = &snapshot.counters.master;
    assert_eq!(counters.messages_reconcile_operations, 0);
    assert_eq!(counters.invalid_operation_status_update_acknowledgements, 1);
}
