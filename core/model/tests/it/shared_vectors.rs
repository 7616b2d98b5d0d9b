//! The vectors of `tests/data/resources.tsv`, to which the C++ classes are held, too.

use mesos_model::resources::Resources;

fn parsed(text: &str) -> Resources {
    Resources::parse(text, "*").unwrap()
}

fn or_none(found: Option<impl ToString>) -> String {
    found.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

/// The bag that the operation makes.
fn made(operation: &str, left: &Resources, right: &str) -> Resources {
    match operation {
        "add" => left + &parsed(right),
        "subtract" => left - &parsed(right),
        "unreserved" => left.unreserved(),
        "reserved" if right.is_empty() => left.reserved_to_any(),
        "reserved" => left.reserved(right),
        "to_unreserved" => left.to_unreserved(),
        "allocatable_to" => left.allocatable_to(right),
        "pop" => left.pop_reservation(),
        "named" => left.named(right),
        "scalars" => left.scalars(),
        "shrink" => {
            let amount = parsed(&format!("cpus:{right}"));
            let target = amount.scalar_quantities();
            left.shrink_to_quantities(&target, &mut |_| 0)
        }
        other => panic!("unknown operation {other}"),
    }
}

fn holds(row: &[&str]) -> bool {
    let [operation, left, right, expected] = *row else {
        panic!("four cells: {row:?}");
    };
    let bag = Resources::parse(left, "*");
    if operation == "parse" {
        return match bag {
            Ok(bag) => expected != "error" && bag == parsed(expected),
            Err(_) => expected == "error",
        };
    }
    let bag = bag.unwrap();
    match operation {
        "text" => bag.to_string() == expected,
        "contains" => bag.contains(&parsed(right)).to_string() == expected,
        "equal" => (bag == parsed(right)).to_string() == expected,
        "cpus" => or_none(bag.cpus()) == expected,
        "mem" => or_none(bag.mem_mb()) == expected,
        "ports" => or_none(bag.ports()) == expected,
        "find" if expected == "none" => bag.find(&parsed(right)).is_none(),
        "find" => bag.find(&parsed(right)).unwrap() == parsed(expected),
        _ => made(operation, &bag, right) == parsed(expected),
    }
}

#[test]
fn resources_follow_the_vectors_that_bind_every_language() {
    let text = include_str!("../../../../tests/data/resources.tsv");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(rows.len() > 50);
    let wrong: Vec<_> = rows.iter().filter(|row| !holds(row)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
