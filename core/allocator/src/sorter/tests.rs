use super::*;
use crate::{amounts::Amounts, config::SorterKind};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn amounts(cpus: i64, mem: i64) -> Amounts {
    let mut amounts = Amounts::default();
    amounts.add_at(0, cpus * 1000);
    amounts.add_at(1, mem * 1000);
    amounts
}

/// A sorter whose clients are named, over a total of cpus 100, mem 100.
struct Order {
    sorter: Sorter<usize>,
    totals: Totals,
    names: Vec<String>,
    leaves: BTreeMap<String, NodeNo>,
}

impl Order {
    fn new(kind: SorterKind) -> Self {
        let mut totals = Totals::new([]);
        totals.replace(&Amounts::default(), &amounts(100, 100));
        let sorter = Sorter::new(kind, Shape::Tree);
        Self {
            sorter,
            totals,
            names: Vec::new(),
            leaves: BTreeMap::new(),
        }
    }

    fn with(paths: &[&str]) -> Self {
        let mut order = Self::new(SorterKind::Drf);
        paths.iter().for_each(|path| order.add(path));
        order
    }

    fn add_inactive(&mut self, path: &str) {
        self.names.push(path.to_owned());
        let leaf = self.sorter.add(path, self.names.len() - 1);
        self.leaves.insert(path.to_owned(), leaf);
    }

    fn add(&mut self, path: &str) {
        self.add_inactive(path);
        self.sorter.set_active(self.leaves[path], true);
    }

    fn remove(&mut self, path: &str) {
        let leaf = self.leaves.remove(path).expect("a client");
        self.sorter.remove(leaf);
    }

    fn charge(&mut self, path: &str, cpus: i64, mem: i64) {
        self.sorter.charge(self.leaves[path], &amounts(cpus, mem));
    }

    fn uncharge(&mut self, path: &str, cpus: i64, mem: i64) {
        self.sorter.uncharge(self.leaves[path], &amounts(cpus, mem));
    }

    fn sorted(&mut self) -> Vec<String> {
        let mut random = Random::new(1);
        let mut cursor = self.sorter.start(&self.totals);
        let clients = std::iter::from_fn(|| self.sorter.next(&mut cursor, &mut random));
        clients.map(|client| self.names[client].clone()).collect()
    }
}

#[test]
fn order_follows_dominant_shares_over_changes() {
    // DRFSorterTest.DRF
    let mut order = Order::with(&["a", "b"]);
    order.charge("a", 5, 5);
    order.charge("b", 6, 6);
    assert_eq!(order.sorted(), ["a", "b"]);
    order.add("c");
    order.charge("c", 1, 1);
    order.add("d");
    order.charge("d", 3, 1);
    assert_eq!(order.sorted(), ["c", "d", "a", "b"]);
    order.remove("a");
    order.charge("b", 2, 1);
    order.uncharge("b", 6, 6);
    assert_eq!(order.sorted(), ["c", "b", "d"]);
    order.sorter.set_active(order.leaves["d"], false);
    assert_eq!(order.sorted(), ["c", "b"]);
}

#[test]
fn weights_divide_shares() {
    // DRFSorterTest.WDRF, DRFSorterTest.UpdateWeight
    let mut order = Order::with(&["a", "b"]);
    order.charge("a", 6, 6);
    order.charge("b", 4, 4);
    assert_eq!(order.sorted(), ["b", "a"]);
    order.sorter.set_weight("a", 2.0);
    assert_eq!(order.sorted(), ["a", "b"]);
}

#[test]
fn equal_shares_go_by_past_allocations_then_by_path() {
    // DRFSorterTest.AllocationCountTieBreak
    let mut order = Order::with(&["b", "a"]);
    assert_eq!(order.sorted(), ["a", "b"]);
    order.charge("a", 3, 3);
    order.uncharge("a", 3, 3);
    assert_eq!(order.sorted(), ["b", "a"]);
}

#[test]
fn subtree_shares_steer_siblings_and_leaves_come_in_pre_order() {
    // DRFSorterTest.HierarchicalAllocation, HierarchicalIterationOrder
    let mut order = Order::with(&["a", "b/c", "b/d"]);
    order.charge("a", 20, 0);
    order.charge("b/c", 5, 0);
    order.charge("b/d", 10, 0);
    assert_eq!(order.sorted(), ["b/c", "b/d", "a"]);
    order.charge("b/c", 30, 0);
    assert_eq!(order.sorted(), ["a", "b/d", "b/c"]);
}

#[test]
fn a_child_turns_a_leaf_into_an_inner_node_with_a_virtual_leaf() {
    // DRFSorterTest.AddChildToLeaf, AddChildToInternal, AddChildToInactiveLeaf
    let mut order = Order::with(&["a", "b"]);
    order.charge("a", 10, 0);
    order.charge("b", 6, 0);
    order.add("a/c");
    order.charge("a/c", 5, 0);
    assert_eq!(order.sorted(), ["b", "a/c", "a"]);
    order.uncharge("a", 10, 0);
    assert_eq!(order.sorted(), ["a", "a/c", "b"]);
    order.add("x/y");
    order.charge("x/y", 7, 0);
    order.add_inactive("x");
    order.add("x/z");
    assert_eq!(order.sorted(), ["a", "a/c", "b", "x/z", "x/y"]);
}

#[test]
fn removal_collapses_a_lone_virtual_leaf() {
    // CommonSorterTest.RemoveLeafCollapseParent, RemoveLeafCollapseParentInactive
    let mut order = Order::with(&["a", "b"]);
    order.charge("a", 4, 0);
    order.charge("b", 6, 0);
    order.add("a/c");
    order.charge("a/c", 5, 0);
    assert_eq!(order.sorted(), ["b", "a", "a/c"]);
    order.remove("a/c");
    assert_eq!(order.sorted(), ["a", "b"]);
    assert_eq!(*order.sorter.allocated_in_all(), amounts(10, 0));
    order.sorter.set_active(order.leaves["a"], false);
    order.add("a/c");
    order.remove("a/c");
    assert_eq!(order.sorted(), ["b"]);
}

#[test]
fn a_weight_on_an_inner_node_scales_its_subtree() {
    // DRFSorterTest.ChangeWeightOnSubtree
    let mut order = Order::new(SorterKind::Drf);
    order.sorter.set_weight("b", 3.0);
    ["a", "b/c", "b/d"].iter().for_each(|path| order.add(path));
    order.charge("a", 6, 0);
    order.charge("b/c", 4, 0);
    order.charge("b/d", 10, 0);
    assert_eq!(order.sorted(), ["b/c", "b/d", "a"]);
    // An inner node without own client keeps the weight it first saw (ALC-15).
    order.sorter.set_weight("b", 1.0);
    assert_eq!(order.sorted(), ["b/c", "b/d", "a"]);
}

#[test]
fn a_new_total_changes_the_order() {
    // DRFSorterTest.UpdateTotal
    let mut order = Order::with(&["a", "b"]);
    order.charge("a", 1, 2);
    order.charge("b", 2, 1);
    assert_eq!(order.sorted(), ["a", "b"]);
    order.totals.replace(&amounts(100, 100), &amounts(100, 50));
    assert_eq!(order.sorted(), ["b", "a"]);
}

#[test]
fn excluded_names_do_not_count() {
    // HierarchicalAllocatorTest.DRFWithFairnessExclusion
    let mut order = Order::with(&["a", "b"]);
    order.totals = Totals::new([0]);
    order
        .totals
        .replace(&Amounts::default(), &amounts(100, 100));
    order.charge("a", 90, 1);
    order.charge("b", 1, 2);
    assert_eq!(order.sorted(), ["a", "b"]);
}

#[test]
fn the_random_sorter_picks_by_relative_weight() {
    // RandomSorterTest.HierarchicalProbabilityDistribution: a 1, b 2 with children c 1, d 3.
    let mut order = Order::new(SorterKind::Random);
    order.sorter.set_weight("b", 2.0);
    order.sorter.set_weight("b/d", 3.0);
    ["a", "b/c", "b/d"].iter().for_each(|path| order.add(path));
    let mut random = Random::new(7);
    let mut first = [0_u32; 3];
    for _ in 0..12_000 {
        let mut cursor = order.sorter.start(&order.totals);
        let client = order
            .sorter
            .next(&mut cursor, &mut random)
            .expect("three clients");
        first[client] += 1;
    }
    let expected = [4000.0, 2000.0, 6000.0];
    for (seen, expected) in first.iter().zip(expected) {
        assert!((f64::from(*seen) - expected).abs() < 300.0, "{first:?}");
    }
}

#[test]
fn the_random_sorter_lists_every_active_client_once() {
    let mut order = Order::new(SorterKind::Random);
    ["a", "b/c", "b/d", "e"]
        .iter()
        .for_each(|path| order.add(path));
    order.sorter.set_active(order.leaves["e"], false);
    let mut sorted = order.sorted();
    sorted.sort();
    assert_eq!(sorted, ["a", "b/c", "b/d"]);
}

#[derive(Clone, Debug)]
enum Change {
    Toggle(usize),
    Charge(usize, i64, i64),
    Uncharge(usize),
    Weight(usize, u8),
    Total(i64),
    Look,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let paths = PATHS.len();
    let change = prop_oneof![
        2 => (0..paths).prop_map(Change::Toggle),
        6 => (0..paths, 0..20_i64, 0..20_i64).prop_map(|(at, c, m)| Change::Charge(at, c, m)),
        3 => (0..paths).prop_map(Change::Uncharge),
        1 => (0..paths, 1..5_u8).prop_map(|(at, w)| Change::Weight(at, w)),
        1 => (50..200_i64).prop_map(Change::Total),
        4 => Just(Change::Look),
    ];
    proptest::collection::vec(change, 1..80)
}

const PATHS: [&str; 8] = ["a", "a/b", "a/b/c", "a/d", "e", "f/g", "f/h", "i"];

proptest! {
    /// Moving single nodes gives the order that sorting everything gives.
    #[test]
    fn settling_step_by_step_is_sorting(changes in changes()) {
        let mut order = Order::with(&["z"]);
        let mut held: BTreeMap<usize, Amounts> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Toggle(at) if order.leaves.contains_key(PATHS[at]) => {
                    order.remove(PATHS[at]);
                    held.remove(&at);
                }
                Change::Toggle(at) => order.add(PATHS[at]),
                Change::Charge(at, cpus, mem) if order.leaves.contains_key(PATHS[at]) => {
                    order.charge(PATHS[at], cpus, mem);
                    held.entry(at).or_default().add(&amounts(cpus, mem));
                }
                Change::Uncharge(at) if order.leaves.contains_key(PATHS[at]) => {
                    let amounts = held.remove(&at).unwrap_or_default();
                    order.sorter.uncharge(order.leaves[PATHS[at]], &amounts);
                }
                Change::Charge(..) | Change::Uncharge(_) => {}
                Change::Weight(at, weight) => order.sorter.set_weight(PATHS[at], weight.into()),
                Change::Total(cpus) => {
                    let old = order.totals.amounts().clone();
                    order.totals.replace(&old, &amounts(cpus, 100));
                }
                Change::Look => {
                    let settled = order.sorted();
                    order.sorter.stale = true;
                    prop_assert_eq!(settled, order.sorted());
                }
            }
            let mut sum = Amounts::default();
            held.values().for_each(|held| sum.add(held));
            prop_assert_eq!(order.sorter.allocated_in_all(), &sum);
        }
    }
}
