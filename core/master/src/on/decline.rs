//! DECLINE. Compat: OFR-17 (ownership is not checked), ALC-25.

use mesos_model::{FrameworkId, OfferId};
use mesos_proto::mesos::{Filters, scheduler::call};

use crate::{context::Context, ledger::Withdrawal, machine::Master};

/// A call without filters behaves as if it carried the default ones (OFR-14).
pub(super) fn refuse_seconds(filters: Option<&Filters>) -> Option<f64> {
    Some(filters.cloned().unwrap_or_default().refuse_seconds())
}

impl Master {
    pub(super) fn on_decline(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        decline: call::Decline,
    ) {
        self.counters.master.messages_decline_offers += 1;
        let refuse = refuse_seconds(decline.filters.as_ref());
        cx.debug(format!(
            "Framework {id} declines {} offers",
            decline.offer_ids.len()
        ));
        for offer in decline.offer_ids.iter().map(OfferId::from) {
            if !self.offers.by_id.contains_key(&offer) {
                cx.warn(format!(
                    "Ignoring decline of offer {offer}: it is no longer valid"
                ));
                continue;
            }
            if let Some(framework) = self.frameworks.get_mut(id) {
                framework.counters_mut().offers_declined += 1;
            }
            self.withdraw_offer(cx, &offer, Withdrawal::Discard, refuse);
        }
    }
}
