//! Laws of the algebra over generated bags. Compat: RES-31..RES-38.

use crate::messages::{persistent, reserved, scalar, shared};
use mesos_model::{ResourceQuantities, Resources};
use mesos_proto::mesos as pb;
use pb::{resource::reservation_info::Type, value};
use proptest::prelude::*;

fn amount() -> impl Strategy<Value = f64> {
    (1u32..20_000).prop_map(|milli| f64::from(milli) / 1000.0)
}

fn plain() -> impl Strategy<Value = pb::Resource> {
    let scalars = (
        prop::sample::select(vec!["cpus", "mem", "disk", "gpus", "foo"]),
        amount(),
    )
        .prop_map(|(name, amount)| scalar(name, amount));
    let ranges = prop::collection::vec((0u64..60, 0u64..8), 1..5).prop_map(|list| {
        let range = list.iter().map(|&(begin, n)| value::Range {
            begin: begin * 10,
            end: begin * 10 + n,
        });
        let mut range: Vec<_> = range.collect();
        range.sort_by_key(|r| r.begin);
        range.dedup_by_key(|r| r.begin);
        pb::Resource {
            name: "ports".to_owned(),
            r#type: value::Type::Ranges as i32,
            ranges: Some(value::Ranges { range }),
            ..Default::default()
        }
    });
    let sets = prop::collection::btree_set("[a-e]", 1..4).prop_map(|items| pb::Resource {
        name: "set".to_owned(),
        r#type: value::Type::Set as i32,
        set: Some(value::Set {
            item: items.into_iter().collect(),
        }),
        ..Default::default()
    });
    prop_oneof![3 => scalars, 1 => ranges, 1 => sets]
}

fn entry() -> impl Strategy<Value = pb::Resource> {
    let role = prop::option::of(prop::sample::select(vec!["a", "b"]));
    let dynamic = prop::option::of(Just("/x"));
    (plain(), role, dynamic, any::<bool>()).prop_map(|(resource, role, below, revocable)| {
        let Some(role) = role else {
            let mut resource = resource;
            resource.revocable = revocable.then(Default::default);
            return resource;
        };
        let resource = reserved(resource, role, Type::Static);
        match below {
            Some(below) => reserved(resource, &format!("{role}{below}"), Type::Dynamic),
            None => resource,
        }
    })
}

fn volume() -> impl Strategy<Value = pb::Resource> {
    (1u32..3, "[pq]", any::<bool>()).prop_map(|(size, id, many)| {
        let disk = reserved(scalar("disk", f64::from(size)), "a", Type::Dynamic);
        let volume = persistent(disk, &id);
        if many { shared(volume) } else { volume }
    })
}

fn bag() -> impl Strategy<Value = Resources> {
    let entries = prop::collection::vec(prop_oneof![5 => entry(), 1 => volume()], 0..10);
    entries.prop_map(|list| Resources::from_proto(&list))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn addition_commutes(a in bag(), b in bag()) {
        prop_assert_eq!(&a + &b, &b + &a);
    }

    #[test]
    fn addition_associates(a in bag(), b in bag(), c in bag()) {
        prop_assert_eq!(&(&a + &b) + &c, &a + &(&b + &c));
    }

    #[test]
    fn a_sum_contains_both_sides(a in bag(), b in bag()) {
        let sum = &a + &b;
        prop_assert!(sum.contains(&a) && sum.contains(&b));
    }

    #[test]
    fn what_is_contained_can_be_taken_out_and_put_back(a in bag(), b in bag()) {
        let sum = &a + &b;
        prop_assert_eq!(&(&sum - &b) + &b, sum);
    }

    #[test]
    fn taking_everything_leaves_nothing(a in bag()) {
        prop_assert!((&a - &a).is_empty());
    }

    #[test]
    fn scalars_and_volumes_subtract_exactly(a in bag(), b in bag()) {
        // Ranges and sets are no multisets: the overlap of both sides goes too.
        let (a, b) = (a.scalars(), b.scalars());
        let sum = &a + &b;
        prop_assert_eq!(&sum - &b, a);
    }

    #[test]
    fn messages_round_trip(a in bag()) {
        let single = a.filter(|entry| entry.copies() == 1);
        prop_assert_eq!(Resources::from_proto(&single.to_proto()), single);
    }

    #[test]
    fn quantities_add_up(a in bag(), b in bag()) {
        let (a, b) = (a.scalars().non_shared(), b.scalars().non_shared());
        let mut sum = a.scalar_quantities();
        sum.add(&b.scalar_quantities());
        prop_assert_eq!(&sum, &(&a + &b).scalar_quantities());
        sum.subtract(&b.scalar_quantities());
        prop_assert_eq!(sum, a.scalar_quantities());
    }

    #[test]
    fn quantities_print_and_parse_back(a in bag()) {
        let quantities = a.scalar_quantities();
        prop_assume!(!quantities.is_empty());
        let text = quantities.to_string().replace("; ", ";");
        prop_assert_eq!(ResourceQuantities::parse(&text).unwrap(), quantities);
    }

    #[test]
    fn printed_plain_lists_parse_back(a in prop::collection::vec(plain(), 1..6)) {
        let bag = Resources::from_proto(&a);
        let text = bag.to_string().replace("; ", ";");
        prop_assert_eq!(Resources::parse(&text, "*").unwrap(), bag);
    }

    #[test]
    fn what_find_finds_is_contained(a in bag(), b in bag()) {
        if let Some(found) = a.find(&b.non_shared()) {
            prop_assert!(a.contains(&found));
        }
    }

    #[test]
    fn shrinking_respects_the_target(a in bag(), b in bag(), seed in any::<usize>()) {
        let target = b.scalar_quantities();
        let shrunk = a.scalars().shrink_to_quantities(&target, &mut |n| seed % n);
        prop_assert!(target.contains(&shrunk.scalar_quantities()));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-c0-9:;()\\[\\]{}., *-]{0,24}") {
        let _ = Resources::parse(&text, "*");
    }
}
