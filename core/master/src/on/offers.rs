//! Making offers out of what the allocator hands out. Compat: W3, OFR-1, OFR-2, OFR-3, OFR-4.

use bytes::Bytes;
use mesos_allocator::{Held, RoleOffer};
use mesos_model::{AgentId, FrameworkId, OfferId, Resources, Role, resources::format};
use mesos_proto::{internal, mesos as pb, wire};
use prost::{Message, Name};

use crate::{
    context::Context,
    event::Timer,
    ledger::Withdrawal,
    machine::Master,
    state::{Agent, Framework, OfferRecord},
};

impl Master {
    /// The allocator's callback.
    pub(crate) fn offer(&mut self, cx: &mut Context<'_>, id: FrameworkId, roles: Vec<RoleOffer>) {
        let usable = self
            .frameworks
            .get(&id)
            .is_some_and(|framework| framework.connected() && framework.active);
        let mut offers = wire::Composer::new();
        let mut pids: Vec<String> = Vec::new();
        for RoleOffer { role, agents } in roles {
            for (agent, resources) in agents {
                let reachable = self
                    .agents
                    .get(&agent)
                    .is_some_and(|agent| agent.connected && agent.active);
                if !usable || !reachable {
                    self.recover(cx, &id, &agent, resources, None, Held::Offered);
                    continue;
                }
                if let Some((offer, pid)) = self.make_offer(cx, &id, &role, &agent, resources) {
                    offers = offers.bytes(1, &offer);
                    pids.push(pid);
                }
            }
        }
        if pids.is_empty() {
            return;
        }
        cx.debug(format!("Sending {} offers to framework {id}", pids.len()));
        let message = pids
            .iter()
            .fold(offers, |message, pid| message.string(2, pid));
        let name = internal::ResourceOffersMessage::NAME;
        self.send_framework_bytes(cx, &id, name, message.finish());
    }

    fn make_offer(
        &mut self,
        cx: &mut Context<'_>,
        framework_id: &FrameworkId,
        role: &Role,
        agent_id: &AgentId,
        resources: Resources,
    ) -> Option<(Bytes, String)> {
        let id = self.offers.next_id(&self.identity.id);
        let agent = self.agents.get(agent_id)?;
        let framework = self.frameworks.get(framework_id)?;
        let offer = offer_bytes(wire_offer(&id, framework, role, agent, &resources), agent);
        let pid = agent.pid.to_string();
        self.add_offer(OfferRecord {
            id: id.clone(),
            framework: framework_id.clone(),
            agent: agent_id.clone(),
            role: role.as_arc().clone(),
            resources,
        });
        if let Some(timeout) = self.config.offer_timeout {
            cx.arm(Timer::Offer { offer: id }, timeout);
        }
        Some((offer, pid))
    }

    pub(super) fn on_offer_timeout(&mut self, cx: &mut Context<'_>, offer: &OfferId) {
        if self.offers.by_id.contains_key(offer) {
            cx.info(format!("Offer {offer} was held too long: rescinding it"));
            self.withdraw_offer(cx, offer, Withdrawal::Rescind, None);
        }
    }
}

/// The offer as that framework can read it (OFR-2, OFR-3).
fn wire_offer(
    id: &OfferId,
    framework: &Framework,
    role: &Role,
    agent: &Agent,
    resources: &Resources,
) -> pb::Offer {
    let mut sent = resources.to_proto();
    sent.retain(|resource| resource.name != "ephemeral_ports");
    let capabilities = framework.capabilities;
    let mut allocation_info = Some(pb::resource::AllocationInfo {
        role: Some(role.to_string()),
    });
    if !capabilities.multi_role {
        allocation_info = None;
        for resource in &mut sent {
            resource.allocation_info = None;
        }
    }
    if !capabilities.reservation_refinement {
        // The allocator gives refined reservations only to frameworks that can read them.
        let _ = format::downgrade_all(&mut sent);
    }
    let info = agent.info.get();
    let executor_ids = framework.executors_by_agent.get(&agent.id);
    pb::Offer {
        id: id.to_proto(),
        framework_id: framework.id.to_proto(),
        slave_id: agent.id.to_proto(),
        hostname: info.hostname.clone(),
        url: Some(pb::Url {
            scheme: "http".to_owned(),
            address: pb::Address {
                hostname: Some(info.hostname.clone()),
                ip: Some(agent.pid.address.ip().to_string()),
                port: i32::from(agent.pid.address.port()),
            },
            path: Some(format!("/{}", agent.pid.id)),
            ..pb::Url::default()
        }),
        domain: info.domain.clone(),
        resources: sent,
        attributes: info.attributes.clone(),
        executor_ids: executor_ids
            .into_iter()
            .flatten()
            .map(mesos_model::ExecutorId::to_proto)
            .collect(),
        unavailability: None,
        allocation_info,
    }
}

/// The encoded offer: what the agent says of itself keeps the fields that we do not know.
fn offer_bytes(mut offer: pb::Offer, agent: &Agent) -> Bytes {
    if !agent.info.has_unknown() {
        return offer.encode_to_vec().into();
    }
    offer.attributes.clear();
    offer.domain = None;
    let info = agent.info.bytes();
    let mut extra = wire::Composer::new();
    for attribute in wire::submessages(info, &[5]) {
        extra = extra.bytes(7, &attribute);
    }
    for domain in wire::submessages(info, &[10]) {
        extra = extra.bytes(11, &domain);
    }
    let mut bytes = offer.encode_to_vec();
    bytes.extend_from_slice(&extra.finish());
    bytes.into()
}
