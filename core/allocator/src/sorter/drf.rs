//! Dominant resource fairness. Compat: ALC-12, ALC-13, ALC-14, ALC-16.
//!
//! Every placement changes one path of the tree. The children of a node are kept sorted, so that
//! settling the order after a placement costs a search and a move per level and not a sort.

use super::{
    NodeNo, Sorter, Totals,
    tree::{Child, Kind},
};
use smallvec::SmallVec;
use std::cmp::Ordering;

impl<C: Copy> Sorter<C> {
    /// Inactive last; lower share first, then fewer allocations, then the path.
    fn compare(&self, left: &Child, right: &Child) -> Ordering {
        let by_key = left
            .inactive
            .cmp(&right.inactive)
            .then_with(|| left.share.total_cmp(&right.share))
            .then(left.count.cmp(&right.count));
        by_key.then_with(|| self.nodes[left.node].path.cmp(&self.nodes[right.node].path))
    }

    fn key(&mut self, node: NodeNo, totals: &Totals) -> Child {
        let share = totals.dominant(&self.nodes[node].allocated) / self.weight(node);
        let row = &self.nodes[node];
        Child {
            inactive: matches!(row.kind, Kind::Leaf { active: false, .. }),
            share,
            count: row.count,
            node,
        }
    }

    /// The weighted dominant share of a client.
    pub(crate) fn share(&self, leaf: NodeNo, totals: &Totals) -> f64 {
        let node = &self.nodes[leaf];
        totals.dominant(&node.allocated) / node.weight.unwrap_or(1.0)
    }

    pub(super) fn settle(&mut self, totals: &Totals) {
        if self.stale || self.settled_for != totals.version() {
            self.settle_all(totals);
            return;
        }
        while let Some(node) = self.moved.pop() {
            self.settle_one(node, totals);
        }
    }

    fn settle_all(&mut self, totals: &Totals) {
        let inner: Vec<NodeNo> = self.nodes.numbers().collect();
        for node in inner {
            self.nodes[node].moved = false;
            let mut children = std::mem::take(&mut self.nodes[node].children);
            for child in &mut children {
                *child = self.key(child.node, totals);
                self.nodes[child.node].placed = (child.inactive, child.share, child.count);
            }
            children
                .make_contiguous()
                .sort_unstable_by(|left, right| self.compare(left, right));
            self.nodes[node].children = children;
        }
        self.moved.clear();
        self.stale = false;
        self.settled_for = totals.version();
    }

    /// Moves one node to its place among its siblings.
    fn settle_one(&mut self, node: NodeNo, totals: &Totals) {
        self.nodes[node].moved = false;
        let Some(parent) = self.nodes[node].parent else {
            return;
        };
        let (inactive, share, count) = self.nodes[node].placed;
        let new = self.key(node, totals);
        self.nodes[node].placed = (new.inactive, new.share, new.count);
        let siblings = &self.nodes[parent].children;
        if siblings.len() == 1 {
            self.nodes[parent].children[0] = new;
            return;
        }
        let old = Child {
            inactive,
            share,
            count,
            node,
        };
        let from = siblings.partition_point(|at| self.compare(at, &old).is_lt());
        debug_assert!(
            siblings[from].node == node,
            "placed by the key it was searched with"
        );
        self.nodes[parent].children.remove(from);
        let siblings = &self.nodes[parent].children;
        let to = siblings.partition_point(|at| self.compare(at, &new).is_lt());
        self.nodes[parent].children.insert(to, new);
    }

    /// Pre-order over active leaves.
    pub(super) fn next_by_share(&self, stack: &mut SmallVec<[(NodeNo, usize); 4]>) -> Option<C> {
        loop {
            let (node, at) = stack.last_mut()?;
            let Some(child) = self.nodes[*node].children.get(*at) else {
                stack.pop();
                continue;
            };
            *at += 1;
            match self.nodes[child.node].kind {
                Kind::Inner => stack.push((child.node, 0)),
                Kind::Leaf {
                    client,
                    active: true,
                } => return Some(client),
                // All that follow in this node are inactive, too.
                Kind::Leaf { active: false, .. } => {
                    stack.pop();
                }
            }
        }
    }
}
