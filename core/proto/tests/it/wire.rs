//! What the parser refuses, tolerates and keeps.

use bytes::Bytes;
use mesos_proto::wire::{self, Composer, WireError};
use mesos_proto::{Raw, mesos, v1};
use prost::Message as _;

fn framework() -> mesos::FrameworkInfo {
    mesos::FrameworkInfo {
        user: "root".into(),
        name: "f".into(),
        ..Default::default()
    }
}

#[test]
fn a_missing_required_field_is_refused_at_any_depth() {
    let offers = Composer::new()
        .bytes(1, &Composer::new().string(4, "host").finish())
        .finish();
    let error = wire::check("mesos.internal.ResourceOffersMessage", &offers).unwrap_err();
    let WireError::Missing { fields, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        fields,
        &[
            "offers[0].id",
            "offers[0].framework_id",
            "offers[0].slave_id"
        ]
    );
}

#[test]
fn occurrences_of_a_singular_message_count_together() {
    let message = Composer::new()
        .bytes(1, &Composer::new().string(1, "root").finish())
        .bytes(1, &Composer::new().string(2, "name").finish())
        .finish();
    let subscribe: mesos::scheduler::call::Subscribe = wire::decode(&message).unwrap();
    assert_eq!(subscribe.framework_info.user, "root");
    assert_eq!(subscribe.framework_info.name, "name");
}

#[test]
fn an_undeclared_value_of_a_required_enum_is_a_missing_field() {
    let status = Composer::new()
        .message(1, &mesos::TaskId { value: "t".into() })
        .varint(2, 99)
        .finish();
    let error = wire::decode::<mesos::TaskStatus>(&status).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Failed to parse mesos.TaskStatus: Missing required fields: state"
    );
}

#[test]
fn an_undeclared_value_of_an_optional_enum_leaves_it_unset() {
    let capability = Composer::new().varint(1, 77).finish();
    let master = Composer::new().varint(1, 77).finish();
    assert_eq!(
        wire::decode::<v1::master_info::Capability>(&master)
            .unwrap()
            .r#type,
        None
    );
    assert_eq!(
        wire::decode::<mesos::framework_info::Capability>(&capability)
            .unwrap()
            .r#type,
        None
    );
}

#[test]
fn undeclared_elements_of_a_repeated_enum_vanish() {
    let info = Composer::new()
        .varint(1, 0)
        .varint(1, 5000)
        .varint(1, 1)
        .bytes(1, &[2, 3])
        .finish();
    let scan = wire::check("mesos.CapabilityInfo", &info).unwrap();
    assert!(scan.has_unknown);
    let info: mesos::CapabilityInfo = wire::decode(&info).unwrap();
    assert!(!info.capabilities.contains(&5000));
}

#[test]
fn another_wire_type_on_a_known_number_is_an_unknown_field() {
    let info = Composer::new()
        .string(1, "root")
        .string(2, "f")
        .string(4, "not a double")
        .finish();
    let info: mesos::FrameworkInfo = wire::decode(&info).unwrap();
    assert_eq!(info.failover_timeout, None);
    assert_eq!(info.user, "root");
}

#[test]
fn invalid_utf8_in_a_proto2_string_does_not_lose_the_message() {
    let label = Composer::new()
        .string(1, "key")
        .bytes(2, b"caf\xe9")
        .finish();
    let label: mesos::Label = wire::decode(&label).unwrap();
    assert_eq!(label.value(), "caf\u{fffd}");
}

#[test]
fn malformed_bytes_are_refused_without_panic() {
    for bytes in [
        &b"\x0a"[..],
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x00",
        b"\x0c",
        b"\x0f",
    ] {
        assert!(wire::check("mesos.Offer", bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn nesting_is_limited() {
    let nest = |levels: usize| {
        let mut id = Composer::new().string(1, "c").finish();
        for _ in 0..levels {
            id = Composer::new().string(1, "c").bytes(2, &id).finish();
        }
        wire::decode::<mesos::ContainerId>(&id)
    };
    assert!(nest(50).is_ok());
    assert!(nest(200).is_err());
}

#[test]
fn editing_keeps_unknown_fields_at_every_level() {
    let resource = Composer::new()
        .string(1, "cpus")
        .varint(2, 0)
        .string(500, "new")
        .finish();
    let bytes = Composer::new()
        .message(6, &mesos::SlaveId { value: "s".into() })
        .string(1, "host")
        .bytes(3, &resource)
        .string(501, "also new")
        .finish();
    let mut info = Raw::<mesos::SlaveInfo>::from_bytes(bytes.clone()).unwrap();
    assert!(info.has_unknown());
    assert_eq!(info.bytes(), &bytes);
    let untouched = info.clone();
    info.edit(|i| i.hostname = "other".into());
    assert_eq!(untouched.bytes(), &bytes, "a clone is not affected");
    assert_eq!(
        wire::submessages(info.bytes(), &[501])[..],
        [Bytes::from("also new")]
    );
    assert_eq!(
        wire::submessages(info.bytes(), &[3, 500])[..],
        [Bytes::from("new")]
    );
    assert_eq!(
        wire::decode::<mesos::SlaveInfo>(info.bytes())
            .unwrap()
            .hostname,
        "other"
    );
}

#[test]
fn editing_a_message_of_our_own_encodes_it_anew() {
    let mut raw = Raw::new(framework());
    assert_eq!(raw.bytes(), &framework().encode_to_vec());
    raw.edit(|f| f.name = "g".into());
    assert_eq!(
        wire::decode::<mesos::FrameworkInfo>(raw.bytes())
            .unwrap()
            .name,
        "g"
    );
}

#[test]
fn a_map_value_of_zero_is_written_in_full() {
    let limits = [("cpus".to_owned(), mesos::value::Scalar { value: 0.0 })].into();
    let config = mesos::quota::QuotaConfig {
        role: "r".into(),
        limits,
        ..Default::default()
    };
    let bytes = config.encode_to_vec();
    assert_eq!(bytes.len(), config.encoded_len());
    assert!(bytes.ends_with(b"\x0a\x04cpus\x12\x09\x09\0\0\0\0\0\0\0\0"));
}
