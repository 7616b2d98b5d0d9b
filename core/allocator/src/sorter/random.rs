//! A weighted shuffle of the active clients. Compat: ALC-17.

use super::{NodeNo, Sorter, tree::Kind};
use crate::random::Random;

impl<C: Copy> Sorter<C> {
    /// Computes the relative weights of the active clients, if anything changed.
    pub(super) fn weigh(&mut self) {
        if !self.stale {
            self.moved.clear();
            return;
        }
        self.stale = false;
        self.moved.clear();
        let mut found = Vec::with_capacity(self.relative.len());
        self.weigh_below(self.root, 1.0, &mut found);
        self.relative = found;
    }

    fn weigh_below(&mut self, node: NodeNo, share: f64, found: &mut Vec<(C, f64)>) {
        let mut children: Vec<NodeNo> = self.nodes[node]
            .children
            .iter()
            .map(|child| child.node)
            .collect();
        children.retain(|child| self.has_active(*child));
        let sum: f64 = children.iter().map(|child| self.weight(*child)).sum();
        for child in children {
            let part = share * self.weight(child) / sum;
            match self.nodes[child].kind {
                Kind::Inner => self.weigh_below(child, part, found),
                Kind::Leaf { client, .. } => found.push((client, part)),
            }
        }
    }

    fn has_active(&self, node: NodeNo) -> bool {
        match self.nodes[node].kind {
            Kind::Leaf { active, .. } => active,
            Kind::Inner => self.nodes[node]
                .children
                .iter()
                .any(|c| self.has_active(c.node)),
        }
    }
}

/// Takes one of the rest, with a probability proportional to its weight.
pub(super) fn pick<C: Copy>(left: &mut Vec<(C, f64)>, random: &mut Random) -> Option<C> {
    let sum: f64 = left.iter().map(|(_, weight)| weight).sum();
    let mut point = random.unit() * sum;
    let last = left.len().checked_sub(1)?;
    for at in 0..last {
        point -= left[at].1;
        if point < 0.0 {
            return Some(left.swap_remove(at).0);
        }
    }
    left.pop().map(|(client, _)| client)
}
