//! Outstanding offers. Compat: OFR-2, OFR-4 (ids are never reused).

use std::{collections::HashMap, sync::Arc};

use mesos_model::{AgentId, FrameworkId, OfferId, Resources};

/// One outstanding offer.
#[derive(Debug)]
pub struct OfferRecord {
    pub id: OfferId,
    pub framework: FrameworkId,
    pub agent: AgentId,
    /// The role that the resources are allocated to.
    pub role: Arc<str>,
    /// As the allocator gave them: allocated to `role`.
    pub resources: Resources,
}

/// All outstanding offers and the counter behind their ids.
#[derive(Debug, Default)]
pub struct Offers {
    pub by_id: HashMap<OfferId, Arc<OfferRecord>>,
    next: u64,
}

impl Offers {
    /// `<master id>-O<n>`, n from 0 (RES-62).
    pub fn next_id(&mut self, master_id: &str) -> OfferId {
        let id = format!("{master_id}-O{}", self.next);
        self.next += 1;
        id.into()
    }
}
