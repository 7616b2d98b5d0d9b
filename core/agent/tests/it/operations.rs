//! Compat: agent §13.

use mesos_agent::effect::Effect;
use mesos_agent::event::Message;
use mesos_model::Resources;
use mesos_proto::internal::*;
use mesos_proto::mesos::offer::operation::{Reserve, Type};
use mesos_proto::mesos::{self, OperationState};

use crate::harness::*;

fn reserve(rig: &Rig) -> ApplyOperationMessage {
    let mut message = rig_version(rig);
    let mut resources = Resources::parse("cpus(dev):1", "*").unwrap().to_proto();
    for reservation in resources.iter_mut().flat_map(|r| &mut r.reservations) {
        reservation.set_type(mesos::resource::reservation_info::Type::Dynamic);
    }
    message.operation_info.set_type(Type::Reserve);
    message.operation_info.reserve = Some(Reserve {
        resources,
        source: Vec::new(),
    });
    message
}

fn rig_version(rig: &Rig) -> ApplyOperationMessage {
    ApplyOperationMessage {
        framework_id: Some(framework_id()),
        operation_uuid: mesos::Uuid {
            value: vec![3; 16].into(),
        },
        resource_version_uuid: ResourceVersionUuid {
            resource_provider_id: None,
            uuid: rig.agent.resource_version(),
        },
        ..Default::default()
    }
}

#[test]
fn a_reservation_is_on_disk_before_it_is_reported() {
    let mut rig = Rig::registered();
    let message = reserve(&rig);
    let effects = rig.by_master(Message::ApplyOperation(message));
    let lines = disk(&effects);
    assert_eq!(
        lines[0],
        "write meta/resources/resources_and_operations.target"
    );
    assert_eq!(lines[1], "write meta/resources/resources.target");
    assert!(lines.contains(&"rename meta/resources/resources.info".to_owned()));
    assert!(lines.contains(&"rename meta/resources/resources_and_operations.state".to_owned()));
    let last = effects
        .iter()
        .rposition(|e| matches!(e, Effect::Disk(_)))
        .unwrap();
    assert!(last < position(&effects, |e| matches!(e, Effect::Send { .. })));
    let status = &sent::<UpdateOperationStatusMessage>(&effects)[0];
    assert_eq!(status.status.state(), OperationState::OperationFinished);
    let state = rig.agent.state_json(&Default::default());
    assert_eq!(state["reserved_resources"]["dev"]["cpus"], 1.0);
}

#[test]
fn an_operation_is_reported_until_acknowledged() {
    let mut rig = Rig::registered();
    let message = reserve(&rig);
    let effects = rig.by_master(Message::ApplyOperation(message));
    let status = sent::<UpdateOperationStatusMessage>(&effects).remove(0);
    assert_eq!(
        sent::<UpdateOperationStatusMessage>(&rig.wait(10.0)).len(),
        1
    );
    let effects = rig.by_master(Message::AcknowledgeOperationStatus(
        AcknowledgeOperationStatusMessage {
            status_uuid: status.status.uuid.unwrap(),
            operation_uuid: status.operation_uuid.unwrap(),
            resource_provider_id: None,
        },
    ));
    assert!(
        disk(&effects)
            .iter()
            .any(|line| line.starts_with("remove meta") && line.contains("operations/"))
    );
    assert!(sent::<UpdateOperationStatusMessage>(&rig.wait(60.0)).is_empty());
}

#[test]
fn an_operation_on_what_is_not_there_is_an_error() {
    let mut rig = Rig::registered();
    let mut message = reserve(&rig);
    for resource in &mut message.operation_info.reserve.as_mut().unwrap().resources {
        resource.scalar = Some(mesos::value::Scalar { value: 1000.0 });
    }
    let effects = rig.by_master(Message::ApplyOperation(message));
    assert_eq!(
        sent::<UpdateOperationStatusMessage>(&effects)[0]
            .status
            .state(),
        OperationState::OperationError
    );
}

#[test]
fn an_unknown_operation_is_dropped_when_reconciled() {
    let mut rig = Rig::registered();
    let asked = reconcile_operations_message::Operation {
        operation_uuid: Some(mesos::Uuid {
            value: vec![9; 16].into(),
        }),
        ..Default::default()
    };
    let effects = rig.by_master(Message::ReconcileOperations(ReconcileOperationsMessage {
        operations: vec![asked],
        framework_id: None,
    }));
    assert_eq!(
        sent::<UpdateOperationStatusMessage>(&effects)[0]
            .status
            .state(),
        OperationState::OperationDropped
    );
}
