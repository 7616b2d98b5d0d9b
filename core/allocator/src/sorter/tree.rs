//! A tree of path components with clients at its leaves, and what they hold. Compat: ALC-11, ALC-15.
//!
//! A path that is a client and has sub-clients is an inner node with a virtual leaf named `.`.
//! A leaf keeps its number for as long as it is a client, whatever happens around it.

use super::{Cursor, Totals};
use crate::{
    amounts::Amounts,
    config::SorterKind,
    index::{Number, Table},
};
use hashbrown::HashMap;
use smallvec::SmallVec;
use std::{collections::VecDeque, sync::Arc};

const VIRTUAL: &str = ".";

/// A node of a sorter; the handle of a client is the number of its leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeNo(u32);

impl Number for NodeNo {
    fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("tables hold fewer than 2^32 rows"))
    }
    fn at(self) -> usize {
        self.0 as usize
    }
}

/// Whether client paths are split at slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Tree,
    Flat,
}

/// Whose holdings a node sums up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// One client alone.
    Client,
    /// All clients at or below a path.
    Below(&'a str),
    All,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<C> {
    Inner,
    Leaf { client: C, active: bool },
}

/// A child in the order of its parent, with the key it was last placed by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    /// Inactive clients are kept behind all others, so that nobody walks past them.
    pub(super) inactive: bool,
    pub(super) share: f64,
    pub(super) count: u64,
    pub(super) node: NodeNo,
}

impl Child {
    /// A child that was not placed yet.
    fn new(node: NodeNo) -> Self {
        Self {
            inactive: false,
            share: 0.0,
            count: 0,
            node,
        }
    }
}

#[derive(Debug)]
pub(super) struct Node<C> {
    pub(super) path: Arc<str>,
    pub(super) parent: Option<NodeNo>,
    pub(super) kind: Kind<C>,
    /// In order. A deque, because who is served moves from the front to the back.
    pub(super) children: VecDeque<Child>,
    pub(super) allocated: Amounts,
    pub(super) count: u64,
    /// Read once: an inner node without own client keeps what it first saw (ALC-15).
    pub(super) weight: Option<f64>,
    /// The key it was last placed by.
    pub(super) placed: (bool, f64, u64),
    pub(super) moved: bool,
}

/// Clients in the order they are to be served.
#[derive(Debug)]
pub(crate) struct Sorter<C> {
    pub(super) kind: SorterKind,
    shape: Shape,
    pub(super) nodes: Table<NodeNo, Node<C>>,
    pub(super) root: NodeNo,
    by_path: HashMap<Arc<str>, NodeNo, foldhash::fast::FixedState>,
    weights: HashMap<Arc<str>, f64, foldhash::fast::FixedState>,
    /// Nodes whose key changed since the order was settled.
    pub(super) moved: Vec<NodeNo>,
    pub(super) stale: bool,
    pub(super) settled_for: u64,
    pub(super) relative: Vec<(C, f64)>,
    clients: usize,
}

impl<C: Copy> Sorter<C> {
    pub(crate) fn new(kind: SorterKind, shape: Shape) -> Self {
        let mut nodes = Table::new();
        let root = nodes.insert(Node::new("".into(), None, Kind::Inner));
        Self {
            kind,
            shape,
            nodes,
            root,
            by_path: HashMap::default(),
            weights: HashMap::default(),
            moved: Vec::new(),
            stale: false,
            settled_for: 0,
            relative: Vec::new(),
            clients: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clients == 0
    }

    /// Adds an inactive client holding nothing. The path must not be a client yet.
    pub(crate) fn add(&mut self, path: &str, client: C) -> NodeNo {
        let mut parent = self.root;
        if self.shape == Shape::Tree {
            for (slash, _) in path.match_indices('/') {
                parent = self.inner(parent, &path[..slash]);
            }
        }
        self.clients += 1;
        self.stale = true;
        let kind = Kind::Leaf {
            client,
            active: false,
        };
        match self.by_path.get(path).copied() {
            Some(inner) => self.insert(inner, format!("{path}/{VIRTUAL}").into(), kind),
            None => self.insert(parent, path.into(), kind),
        }
    }

    fn insert(&mut self, parent: NodeNo, path: Arc<str>, kind: Kind<C>) -> NodeNo {
        let node = self
            .nodes
            .insert(Node::new(path.clone(), Some(parent), kind));
        self.nodes[parent].children.push_back(Child::new(node));
        self.by_path.insert(path, node);
        node
    }

    /// The inner node of a path, made if necessary.
    fn inner(&mut self, parent: NodeNo, path: &str) -> NodeNo {
        let Some(found) = self.by_path.get(path).copied() else {
            return self.insert(parent, path.into(), Kind::Inner);
        };
        if matches!(self.nodes[found].kind, Kind::Inner) {
            return found;
        }
        self.unlink(parent, found);
        let leaf_path: Arc<str> = format!("{path}/{VIRTUAL}").into();
        let inner = self.insert(parent, path.into(), Kind::Inner);
        let leaf = &mut self.nodes[found];
        leaf.parent = Some(inner);
        leaf.path = leaf_path.clone();
        let (allocated, count) = (leaf.allocated.clone(), leaf.count);
        let weight = leaf.weight.take();
        let node = &mut self.nodes[inner];
        (node.allocated, node.count, node.weight) = (allocated, count, weight);
        node.children.push_back(Child::new(found));
        self.by_path.insert(leaf_path, found);
        inner
    }

    fn unlink(&mut self, parent: NodeNo, child: NodeNo) {
        self.nodes[parent]
            .children
            .retain(|entry| entry.node != child);
    }

    /// Removes a client together with what it holds.
    pub(crate) fn remove(&mut self, leaf: NodeNo) {
        let held = self.nodes[leaf].allocated.clone();
        self.adjust(leaf, |allocated| allocated.subtract(&held));
        self.clients -= 1;
        self.stale = true;
        self.moved.clear();
        let mut node = leaf;
        while let Some(parent) = self.nodes[node].parent {
            self.unlink(parent, node);
            let removed = self.nodes.remove(node);
            self.by_path.remove(&removed.path);
            if parent == self.root || !self.nodes[parent].children.is_empty() {
                self.collapse(parent);
                return;
            }
            node = parent;
        }
    }

    /// An inner node whose only child is its virtual leaf becomes that leaf again.
    fn collapse(&mut self, inner: NodeNo) {
        let children = &self.nodes[inner].children;
        let (Some(only), 1) = (children.front().copied(), children.len()) else {
            return;
        };
        let Some(parent) = self.nodes[inner].parent else {
            return;
        };
        let is_virtual = self.nodes[only.node].path.len() == self.nodes[inner].path.len() + 2
            && self.nodes[only.node].path.ends_with("/.");
        if !is_virtual {
            return;
        }
        self.unlink(parent, inner);
        let gone = self.nodes.remove(inner);
        let leaf = &mut self.nodes[only.node];
        self.by_path.remove(&leaf.path);
        (leaf.path, leaf.parent) = (gone.path.clone(), Some(parent));
        (leaf.count, leaf.weight) = (gone.count, gone.weight);
        self.by_path.insert(gone.path, only.node);
        self.nodes[parent].children.push_back(Child::new(only.node));
    }

    pub(crate) fn set_active(&mut self, leaf: NodeNo, now_active: bool) {
        let Kind::Leaf { active, .. } = &mut self.nodes[leaf].kind else {
            return;
        };
        if *active != now_active {
            *active = now_active;
            self.stale |= self.kind == SorterKind::Random;
            self.mark_moved(leaf);
        }
    }

    pub(crate) fn allocated(&self, leaf: NodeNo) -> &Amounts {
        &self.nodes[leaf].allocated
    }

    /// Everything all clients hold.
    pub(crate) fn allocated_in_all(&self) -> &Amounts {
        &self.nodes[self.root].allocated
    }

    /// Counts one allocation and what it gives (ALC-13).
    pub(crate) fn charge(&mut self, leaf: NodeNo, amounts: &Amounts) {
        let mut at = Some(leaf);
        while let Some(node) = at {
            self.nodes[node].count += 1;
            at = self.nodes[node].parent;
        }
        self.adjust(leaf, |allocated| allocated.add(amounts));
    }

    pub(crate) fn uncharge(&mut self, leaf: NodeNo, amounts: &Amounts) {
        self.adjust(leaf, |allocated| allocated.subtract(amounts));
    }

    /// Changes what a client and all nodes above it hold, without counting an allocation.
    pub(crate) fn adjust(&mut self, leaf: NodeNo, change: impl Fn(&mut Amounts)) {
        let mut at = Some(leaf);
        while let Some(node) = at {
            change(&mut self.nodes[node].allocated);
            self.mark_moved(node);
            at = self.nodes[node].parent;
        }
    }

    /// As `adjust`, for the lowest `levels` nodes only (shared resources count once per agent in
    /// every node).
    pub(crate) fn adjust_lowest(
        &mut self,
        leaf: NodeNo,
        levels: usize,
        change: impl Fn(&mut Amounts),
    ) {
        let mut at = Some(leaf);
        for _ in 0..levels {
            let Some(node) = at else {
                return;
            };
            change(&mut self.nodes[node].allocated);
            self.mark_moved(node);
            at = self.nodes[node].parent;
        }
    }

    /// Whose holdings the nodes from a client up to the root sum up.
    pub(crate) fn scopes(&self, leaf: NodeNo) -> impl Iterator<Item = Scope<'_>> {
        std::iter::successors(Some(leaf), |node| self.nodes[*node].parent).map(|node| {
            let row = &self.nodes[node];
            match (&row.kind, row.parent) {
                (Kind::Leaf { .. }, _) => Scope::Client,
                (Kind::Inner, Some(_)) => Scope::Below(&row.path),
                (Kind::Inner, None) => Scope::All,
            }
        })
    }

    fn mark_moved(&mut self, node: NodeNo) {
        let row = &mut self.nodes[node];
        if !row.moved && row.parent.is_some() {
            row.moved = true;
            self.moved.push(node);
        }
    }

    /// Sets the weight of a path. Paths that are no client keep what they have read (ALC-15).
    pub(crate) fn set_weight(&mut self, path: &str, weight: f64) {
        self.weights.insert(path.into(), weight);
        self.stale = true;
        let Some(found) = self.by_path.get(path).copied() else {
            return;
        };
        let has_client = matches!(self.nodes[found].kind, Kind::Leaf { .. })
            || self
                .by_path
                .contains_key(format!("{path}/{VIRTUAL}").as_str());
        if has_client {
            self.nodes[found].weight = Some(weight);
        }
    }

    pub(super) fn weight(&mut self, node: NodeNo) -> f64 {
        let row = &mut self.nodes[node];
        let weights = &self.weights;
        *row.weight
            .get_or_insert_with(|| weights.get(&row.path).copied().unwrap_or(1.0))
    }

    /// Brings the order up to date and returns a position at its start.
    pub(crate) fn start(&mut self, totals: &Totals) -> Cursor<C> {
        match self.kind {
            SorterKind::Drf => {
                self.settle(totals);
                let mut stack = SmallVec::new();
                stack.push((self.root, 0));
                Cursor::Drf(stack)
            }
            SorterKind::Random => {
                self.weigh();
                Cursor::Random(self.relative.clone())
            }
        }
    }
}

impl<C> Node<C> {
    fn new(path: Arc<str>, parent: Option<NodeNo>, kind: Kind<C>) -> Self {
        Self {
            path,
            parent,
            kind,
            children: VecDeque::new(),
            allocated: Amounts::default(),
            count: 0,
            weight: None,
            placed: (false, 0.0, 0),
            moved: false,
        }
    }
}
