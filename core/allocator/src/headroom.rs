//! What has to be kept back for guarantees not yet satisfied. Compat: ALC-22, preparation of 9.6.
//!
//! Headroom is counted over all agents, not only over the candidates of a run.

use crate::{amounts::Amounts, books::Books};

#[derive(Clone, Debug, Default)]
pub(crate) struct Headroom {
    /// Unsatisfied guarantees of all roles.
    required: Amounts,
    /// Unreserved non-revocable scalars that are neither offered nor used.
    available: Amounts,
}

impl Headroom {
    pub(crate) fn of(books: &Books) -> Self {
        let mut required = Amounts::default();
        if !books.roles.has_guarantees() {
            return Self::default();
        }
        for (_, node) in books
            .roles
            .iter()
            .filter(|(_, node)| !node.guarantees.is_nothing())
        {
            required.add(&node.unsatisfied());
        }
        if required.is_nothing() {
            return Self::default();
        }
        let mut available = books.totals.amounts().clone();
        available.subtract(books.sorter.allocated_in_all());
        available.subtract(&books.unallocated_reservations());
        for (_, agent) in books.agents.iter() {
            available.subtract(&agent.facts.revocable);
        }
        Self {
            required,
            available,
        }
    }

    pub(crate) fn is_required(&self) -> bool {
        !self.required.is_nothing()
    }

    /// What may be given beyond guarantees.
    pub(crate) fn spare(&self) -> Amounts {
        self.available.minus_floored(&self.required)
    }

    /// A guarantee was satisfied by `amounts`.
    pub(crate) fn satisfy(&mut self, amounts: &Amounts) {
        self.required.subtract_floored(amounts);
    }

    /// `amounts` of unreserved non-revocable scalars were given away.
    pub(crate) fn take(&mut self, amounts: &Amounts) {
        self.available.subtract(amounts);
    }
}
