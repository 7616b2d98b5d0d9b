//! Messages of the master, the old form and Event.
//!
//! Compat: S15, S18, S23, S28, W2. Everything but errors and framework messages counts only from the leader and while
//! connected.

use bytes::Bytes;
use mesos_process::Upid;

use super::{Callback, Effect, Machine, OfferOrigin};
use crate::splice;

impl Machine {
    pub(super) fn on_message(
        &mut self,
        from: &Upid,
        name: &str,
        body: &Bytes,
        out: &mut Vec<Effect>,
    ) {
        if self.aborted {
            return;
        }
        let part = |number| splice::message(body, number).unwrap_or_default();
        match name {
            "mesos.internal.FrameworkRegisteredMessage" => {
                self.on_framework_registered(from, part(1), part(2), out)
            }
            "mesos.internal.FrameworkReregisteredMessage" => {
                self.on_framework_reregistered(from, &part(1), part(2), out);
            }
            "mesos.internal.FrameworkErrorMessage" => {
                out.push(Effect::Fail(splice::text(body, 2).unwrap_or_default()));
            }
            "mesos.internal.ExecutorToFrameworkMessage" => {
                let (agent_id, executor_id, data) = (part(1), part(3), part(4));
                Self::callback(
                    Callback::FrameworkMessage {
                        executor_id,
                        agent_id,
                        data,
                    },
                    out,
                );
            }
            "mesos.scheduler.Event" => self.on_event(from, body, out),
            _ if !self.connected || !self.is_leader(from) => {}
            "mesos.internal.ResourceOffersMessage" => {
                let pids = splice::messages(body, 2).iter().map(parse_pid).collect();
                self.on_offers(splice::messages(body, 1), pids, out);
            }
            "mesos.internal.RescindResourceOfferMessage" => self.on_rescind(part(1), out),
            "mesos.internal.StatusUpdateMessage" => {
                let pid = splice::message(body, 2).map(|pid| parse_pid(&pid));
                self.on_status_update(&part(1), pid.as_ref(), out);
            }
            "mesos.internal.LostSlaveMessage" => self.on_slave_lost(part(1), out),
            "mesos.internal.ExitedExecutorMessage" => {
                let status = splice::number(body, 4).unwrap_or(0) as i32;
                Self::callback(
                    Callback::ExecutorLost {
                        executor_id: part(3),
                        agent_id: part(1),
                        status,
                    },
                    out,
                );
            }
            _ => {}
        }
    }

    fn on_event(&mut self, from: &Upid, event: &Bytes, out: &mut Vec<Effect>) {
        let part = |path: &[u32]| splice::at(event, path).unwrap_or_default();
        let open = self.connected && self.is_leader(from);
        match splice::number(event, 1) {
            Some(1) => self.on_subscribed(from, part(&[2, 1]), out),
            Some(5) => {
                let (agent_id, executor_id, data) = (part(&[6, 1]), part(&[6, 2]), part(&[6, 3]));
                Self::callback(
                    Callback::FrameworkMessage {
                        executor_id,
                        agent_id,
                        data,
                    },
                    out,
                );
            }
            Some(7) => out.push(Effect::Fail(
                String::from_utf8_lossy(&part(&[8, 1])).into_owned(),
            )),
            Some(2) if open => {
                let offers = splice::messages(&part(&[3]), 1);
                let pids = offers.iter().map(pid_of_url).collect();
                self.on_offers(offers, pids, out);
            }
            Some(3) if open => self.on_rescind(part(&[4, 1]), out),
            Some(4) if open => self.on_update_event(&part(&[5, 1]), out),
            Some(6) if open => match splice::at(event, &[7, 2]) {
                None => self.on_slave_lost(part(&[7, 1]), out),
                Some(executor_id) => {
                    let status = splice::number(&part(&[7]), 3).unwrap_or(0) as i32;
                    Self::callback(
                        Callback::ExecutorLost {
                            executor_id,
                            agent_id: part(&[7, 1]),
                            status,
                        },
                        out,
                    );
                }
            },
            _ => {}
        }
    }

    fn on_offers(&mut self, offers: Vec<Bytes>, pids: Vec<Upid>, out: &mut Vec<Effect>) {
        if offers.is_empty() {
            return;
        }
        for (offer, agent) in offers.iter().zip(pids) {
            if agent.is_null() {
                continue;
            }
            let part = |number| {
                splice::message(offer, number)
                    .map(|id| splice::id(&id))
                    .unwrap_or_default()
            };
            self.offers.insert(
                part(1),
                OfferOrigin {
                    agent_id: part(3),
                    agent,
                },
            );
        }
        Self::callback(Callback::ResourceOffers { offers }, out);
    }

    fn on_rescind(&mut self, offer_id: Bytes, out: &mut Vec<Effect>) {
        self.offers.remove(&splice::id(&offer_id));
        Self::callback(Callback::OfferRescinded { offer_id }, out);
    }

    fn on_slave_lost(&mut self, agent_id: Bytes, out: &mut Vec<Effect>) {
        self.agents.remove(&splice::id(&agent_id));
        Self::callback(Callback::SlaveLost { agent_id }, out);
    }
}

fn parse_pid(pid: &Bytes) -> Upid {
    Upid::parse(&String::from_utf8_lossy(pid))
}

/// The agent's pid out of `Offer.url`: the path without slashes, and the address.
fn pid_of_url(offer: &Bytes) -> Upid {
    let url = splice::message(offer, 8).unwrap_or_default();
    let path = splice::text(&url, 3).unwrap_or_default();
    let address = splice::message(&url, 2).unwrap_or_default();
    let host = splice::text(&address, 2)
        .or_else(|| splice::text(&address, 1))
        .unwrap_or_default();
    let port = splice::number(&address, 3).unwrap_or(0);
    Upid::parse(&format!("{}@{host}:{port}", path.trim_matches('/')))
}
