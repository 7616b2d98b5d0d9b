//! Entries, bags, text and forms. Compat: RES-1..RES-45.

use crate::messages::{on_source, persistent, reserved, scalar, shared};
use mesos_model::{
    Resource, ResourceLimits, ResourceQuantities, Resources, Role,
    resources::{Name, format, validate},
};
use mesos_proto::mesos::resource::{disk_info::source::Type as Source, reservation_info::Type};

fn parse(text: &str) -> Resources {
    Resources::parse(text, "*").unwrap()
}

#[test]
fn text_lists_print_as_the_original_prints_them() {
    let cases = [
        ("cpus:4;mem:1024.5", "cpus:4; mem:1024.5"),
        ("cpus:1;cpus:2", "cpus:3"),
        ("cpus(role):4", "cpus(reservations: [(STATIC,role)]):4"),
        ("ports:[31000-32000, 1-5]", "ports:[1-5, 31000-32000]"),
        ("disks:{sda1, sdb}", "disks:{sda1, sdb}"),
        ("cpus:0", "{}"),
    ];
    for (text, printed) in cases {
        assert_eq!(parse(text).to_string(), printed, "{text}");
    }
}

#[test]
fn malformed_text_lists_give_the_recorded_errors() {
    let cases = [
        ("cpus:x", "Bad type for resource cpus value x type TEXT"),
        (
            "cpus",
            "Bad value for resources, missing or extra ':' in cpus",
        ),
        (
            "cpus(a/../b):1",
            "Role 'a/../b' cannot include '..' as a component",
        ),
        (
            "cpus:-1",
            "Failed to parse resource cpus value -1 error Invalid scalar value '-1':Negative \
             values not supported",
        ),
        (
            "cpus)a(:1",
            "Bad value for resources, mismatched parentheses in cpus)a(:1",
        ),
        (
            "a:1;a:[1-2]",
            "Resources with the same name ('a') but different types are not allowed",
        ),
        ("cpus:0.0001", "Invalid scalar resource: value <= 0"),
    ];
    for (text, error) in cases {
        assert_eq!(
            Resources::parse(text, "*").unwrap_err().to_string(),
            error,
            "{text}"
        );
    }
}

#[test]
fn invalid_entries_are_dropped_and_equal_metadata_merges() {
    let bag = Resources::from_proto(&[
        scalar("cpus", 1.0),
        scalar("", 5.0),
        scalar("cpus", -1.0),
        scalar("cpus", f64::NAN),
        scalar("cpus", 0.5),
        reserved(scalar("cpus", 2.0), "a", Type::Static),
    ]);
    assert_eq!(
        bag.to_string(),
        "cpus:1.5; cpus(reservations: [(STATIC,a)]):2"
    );
}

#[test]
fn the_raw_double_survives_until_the_first_arithmetic() {
    let bag = Resources::from_proto(&[scalar("cpus", 1.00049)]);
    assert_eq!(bag.to_proto()[0].scalar.unwrap().value, 1.00049);
    let sum = &bag + &bag;
    assert_eq!(sum.to_proto()[0].scalar.unwrap().value, 2.0);
}

#[test]
fn subtracting_too_much_erases_the_entry() {
    let left = parse("cpus:1;mem:5") - &parse("cpus:2");
    assert_eq!(left.to_string(), "mem:5");
}

#[test]
fn persistent_volumes_and_mounts_never_merge() {
    let disk = || reserved(scalar("disk", 10.0), "a", Type::Static);
    let volumes = [
        persistent(disk(), "1"),
        persistent(disk(), "2"),
        persistent(disk(), "1"),
    ];
    let bag = Resources::from_proto(&volumes);
    assert_eq!(bag.len(), 3);
    assert!(bag.contains(&Resources::from_proto(&volumes)));
    assert!(!Resources::from_proto(&volumes[..2]).contains(&bag));

    let mount = on_source(scalar("disk", 10.0), Source::Mount);
    let mounts = Resources::from_proto(&[mount.clone(), mount]);
    assert_eq!(mounts.len(), 2);
    let smaller = Resource::from_proto(&on_source(scalar("disk", 5.0), Source::Mount)).unwrap();
    assert!(!mounts.contains_entry(&smaller));

    let path = on_source(scalar("disk", 10.0), Source::Path);
    assert_eq!(Resources::from_proto(&[path.clone(), path]).len(), 1);
}

#[test]
fn shared_volumes_are_counted() {
    let volume = shared(persistent(
        reserved(scalar("disk", 10.0), "a", Type::Static),
        "1",
    ));
    let one = Resources::from_proto(std::slice::from_ref(&volume));
    let two = Resources::from_proto(&[volume.clone(), volume]);
    assert_eq!(two.len(), 1);
    assert_eq!(
        two.to_string(),
        "disk(reservations: [(STATIC,a)])[1:path]<SHARED>:10<2>"
    );
    assert!(two.contains(&one) && !one.contains(&two));
    let left = &two - &one;
    assert_eq!(left, one);
    assert!((&left - &one).is_empty());
}

#[test]
fn single_resources_are_refused_with_the_known_texts() {
    let stacked = reserved(
        reserved(scalar("cpus", 1.0), "a", Type::Dynamic),
        "b",
        Type::Dynamic,
    );
    let cases = [
        (
            reserved(scalar("cpus", 1.0), "*", Type::Static),
            "Invalid reservation: role \"*\" cannot be reserved",
        ),
        (
            stacked,
            "Invalid refined reservation: role 'b' is not a refinement of 'a'",
        ),
        (
            persistent(scalar("cpus", 1.0), "1"),
            "DiskInfo should not be set for cpus resource",
        ),
        (
            shared(scalar("disk", 1.0)),
            "Only persistent volumes can be shared",
        ),
        (
            shared(scalar("cpus", 1.0)),
            "Resource cpus cannot be shared",
        ),
    ];
    for (resource, text) in cases {
        assert_eq!(validate(&resource).unwrap_err().to_string(), text);
    }
}

#[test]
#[allow(deprecated, reason = "the older forms live in deprecated fields")]
fn forms_convert_into_each_other() {
    let dynamic = reserved(scalar("cpus", 1.0), "a", Type::Dynamic);
    let mut old = dynamic.clone();
    format::downgrade(&mut old).unwrap();
    assert_eq!(old.role(), "a");
    assert!(old.reservation.is_some() && old.reservations.is_empty());
    let mut back = old.clone();
    format::upgrade(&mut back);
    assert_eq!(back, dynamic);
    assert_eq!(
        Resources::from_proto(&[old]),
        Resources::from_proto(std::slice::from_ref(&dynamic))
    );

    let mut endpoint = dynamic.clone();
    format::to_endpoint(&mut endpoint);
    assert!(endpoint.role() == "a" && endpoint.reservations.len() == 1);
    assert!(validate(&endpoint).is_ok());

    let mut refined = reserved(dynamic, "a/b", Type::Dynamic);
    let text = format::downgrade(&mut refined).unwrap_err().to_string();
    assert_eq!(
        text,
        "Cannot downgrade resources containing refined reservations"
    );
}

#[test]
fn find_prefers_the_role_then_unreserved_then_anything() {
    let total = parse("cpus(a):2;cpus:2;cpus(b):2");
    let found = |text: &str| total.find(&parse(text)).map(|bag| bag.to_string());
    assert_eq!(
        found("cpus(a):1").unwrap(),
        "cpus(reservations: [(STATIC,a)]):1"
    );
    assert_eq!(found("cpus:1").unwrap(), "cpus:1");
    assert_eq!(
        found("cpus(a):3").unwrap(),
        "cpus(reservations: [(STATIC,a)]):2; cpus:1"
    );
    assert_eq!(found("cpus(a):7"), None);
}

#[test]
fn shrinking_keeps_indivisible_disks_out() {
    let mount = on_source(scalar("disk", 10.0), Source::Mount);
    let bag = Resources::from_proto(&[mount, scalar("cpus", 4.0), scalar("mem", 64.0)]);
    let target = ResourceQuantities::parse("cpus:1;disk:5").unwrap();
    assert_eq!(
        bag.shrink_to_quantities(&target, &mut |_| 0).to_string(),
        "cpus:1"
    );
    let limits = ResourceLimits::parse("cpus:1;disk:0").unwrap();
    let mut shrunk = bag
        .shrink_to_limits(&limits, &mut |n| n - 1)
        .quantities()
        .to_string();
    shrunk.retain(|c| c != ' ');
    assert_eq!(shrunk, "cpus:1;mem:64");
}

#[test]
fn allocation_is_part_of_the_identity() {
    let (a, b) = (Role::new("a"), Role::new("b"));
    let bag = parse("cpus:1");
    let mut both = &bag.allocated(&a) + &bag.allocated(&b);
    assert_eq!(
        both.to_string(),
        "cpus(allocated: a):1; cpus(allocated: b):1"
    );
    assert!(!bag.contains(&bag.allocated(&a)));
    assert_eq!(both.allocations().len(), 2);
    both.unallocate();
    assert_eq!(both.to_string(), "cpus:2");
}

#[test]
fn quantities_and_limits_follow_their_own_rules() {
    let mut quantities = ResourceQuantities::parse("mem:10;cpus:1;cpus:2;disk:0").unwrap();
    assert_eq!(quantities.to_string(), "cpus:3; mem:10");
    quantities.subtract(&ResourceQuantities::parse("cpus:5;gpus:1").unwrap());
    assert_eq!(quantities.to_string(), "mem:10");
    let error = ResourceQuantities::parse("cpus:x").unwrap_err().to_string();
    assert_eq!(
        error,
        "Failed to parse 'x' to quantity: only scalar values are allowed"
    );

    let mut limits = ResourceLimits::parse("cpus:2;gpus:0").unwrap();
    assert!(limits.contains_quantities(&ResourceQuantities::parse("cpus:2;mem:9").unwrap()));
    assert!(!limits.contains_quantities(&ResourceQuantities::parse("gpus:1").unwrap()));
    limits.subtract(&ResourceQuantities::parse("cpus:5").unwrap());
    assert_eq!(limits.get(&Name::Cpus), Some(0));
    assert_eq!(limits.get(&Name::Mem), None);
}

#[test]
fn checkpointed_resources_apply_to_the_declared_ones() {
    let declared = parse("cpus:4;disk:100");
    let volume = persistent(reserved(scalar("disk", 40.0), "a", Type::Dynamic), "1");
    let checkpointed = Resources::from_proto(std::slice::from_ref(&volume));
    let total = declared.apply_checkpointed(&checkpointed).unwrap();
    assert_eq!(total.needing_checkpoint(), checkpointed);
    assert_eq!(total.disk_mb(), Some(100));
    let error = parse("disk:10")
        .apply_checkpointed(&checkpointed)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "Incompatible agent resources: disk:10 does not contain disk:40"
    );
}

#[test]
fn json_lists_take_roles_and_defaults() {
    let text = r#"[{"name":"cpus","type":"SCALAR","scalar":{"value":2}},
        {"name":"mem","type":"SCALAR","scalar":{"value":512},"role":"a"},
        {"name":"ports","type":"RANGES","ranges":{"range":[{"begin":1,"end":2}]},
         "reservations":[{"type":"STATIC","role":"b"}]}]"#;
    let bag = Resources::parse(text, "d").unwrap();
    assert_eq!(
        bag.to_string(),
        "cpus(reservations: [(STATIC,d)]):2; mem(reservations: [(STATIC,a)]):512; \
         ports(reservations: [(STATIC,b)]):[1-2]"
    );
}

#[test]
fn malformed_json_lists_are_refused() {
    let error = |text: &str| Resources::parse(text, "*").unwrap_err().to_string();
    assert_eq!(
        error(r#"[{"name":"cpus"}]"#),
        "Some JSON resources were not formatted properly: Missing required fields: type"
    );
    assert!(error("[{").starts_with("Bad value for resources, missing or extra ':' in [{"));
    let revocable = r#"[{"name":"cpus","type":"SCALAR","scalar":{"value":2},"revocable":{}}]"#;
    assert!(error(revocable).starts_with("Revocable resources cannot be specified"));
}

#[test]
fn an_entry_stays_lean() {
    // The allocator keeps and copies hundreds of thousands of these.
    assert!(size_of::<Resource>() <= 96, "{}", size_of::<Resource>());
    assert!(size_of::<(Name, i64)>() <= 32);
}
