//! Operations as conversions. Compat: RES-46, RES-47, OP-10.

use crate::messages::{persistent, reserved, scalar, shared};
use mesos_model::Resources;
use mesos_proto::mesos as pb;
use pb::{
    offer::{Operation, operation},
    resource::reservation_info::Type::Dynamic,
};

fn of_kind(kind: operation::Type) -> Operation {
    Operation {
        r#type: Some(kind as i32),
        ..Default::default()
    }
}

fn reserve(resources: Vec<pb::Resource>) -> Operation {
    let reserve = Some(operation::Reserve {
        resources,
        ..Default::default()
    });
    Operation {
        reserve,
        ..of_kind(operation::Type::Reserve)
    }
}

#[test]
fn reserve_then_create_then_destroy_then_unreserve_is_the_identity() {
    let total = Resources::parse("cpus:4;disk:100", "*").unwrap();
    let disk = reserved(scalar("disk", 10.0), "a", Dynamic);
    let volumes = vec![persistent(disk.clone(), "1")];
    let create = operation::Create {
        volumes: volumes.clone(),
    };
    let destroy = operation::Destroy { volumes };
    let unreserve = operation::Unreserve {
        resources: vec![disk.clone()],
    };
    let steps = [
        reserve(vec![disk]),
        Operation {
            create: Some(create),
            ..of_kind(operation::Type::Create)
        },
        Operation {
            destroy: Some(destroy),
            ..of_kind(operation::Type::Destroy)
        },
        Operation {
            unreserve: Some(unreserve),
            ..of_kind(operation::Type::Unreserve)
        },
    ];
    let mut bag = total.clone();
    for step in &steps {
        bag = bag.apply(step).unwrap();
        assert_eq!(bag.quantities(), total.quantities());
    }
    assert_eq!(bag, total);
}

#[test]
fn an_operation_on_missing_resources_names_both_sides() {
    let total = Resources::parse("cpus:1", "*").unwrap();
    let error = total.apply(&reserve(vec![reserved(scalar("cpus", 2.0), "a", Dynamic)]));
    assert_eq!(
        error.unwrap_err().to_string(),
        "cpus:1 does not contain cpus:2"
    );
}

#[test]
fn destroying_one_of_several_shared_copies_fails() {
    let volume = shared(persistent(reserved(scalar("disk", 5.0), "a", Dynamic), "1"));
    let destroy = Operation {
        destroy: Some(operation::Destroy {
            volumes: vec![volume.clone()],
        }),
        ..of_kind(operation::Type::Destroy)
    };
    let one = Resources::from_proto(std::slice::from_ref(&volume));
    assert!(one.apply(&destroy).is_ok());
    let error = (&one + &one).apply(&destroy).unwrap_err().to_string();
    assert!(
        error.ends_with("cannot be removed due to additional shared copies"),
        "{error}"
    );
}

#[test]
fn grow_and_shrink_change_the_volume_by_the_amount() {
    let disk = |size| reserved(scalar("disk", size), "a", Dynamic);
    let volume = persistent(disk(10.0), "1");
    let total = Resources::from_proto(&[volume.clone(), disk(30.0)]);
    let grow = operation::GrowVolume {
        volume: volume.clone(),
        addition: disk(5.0),
    };
    let grown = Operation {
        grow_volume: Some(grow),
        ..of_kind(operation::Type::GrowVolume)
    };
    let expected = Resources::from_proto(&[persistent(disk(15.0), "1"), disk(25.0)]);
    assert_eq!(total.apply(&grown).unwrap(), expected);

    let subtract = pb::value::Scalar { value: 4.0 };
    let shrink = operation::ShrinkVolume { volume, subtract };
    let shrunk = Operation {
        shrink_volume: Some(shrink),
        ..of_kind(operation::Type::ShrinkVolume)
    };
    let expected = Resources::from_proto(&[persistent(disk(6.0), "1"), disk(34.0)]);
    assert_eq!(total.apply(&shrunk).unwrap(), expected);
}

#[test]
fn non_speculative_operations_have_no_conversion() {
    let error = Resources::new()
        .apply(&of_kind(operation::Type::CreateDisk))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Cannot get conversions: Operation not supported"
    );
}
