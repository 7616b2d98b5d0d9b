//! Re-subscription of a known framework: reconnection, failover, return after a master failover.
//!
//! Compat: FWK-11 … FWK-18.

use mesos_allocator::Event as Allocation;
use mesos_model::{FrameworkId, OfferId, Role, validate};
use mesos_proto::{Raw, internal, mesos as pb};

use super::subscribe::{Checked, Source, peer, refuse, spec};
use crate::{
    context::Context,
    ledger::Withdrawal,
    machine::Master,
    state::{Connection, FrameworkState},
};

/// What a re-subscription is.
enum Kind {
    /// Known from agents only (FWK-16).
    Recovered,
    /// The same driver again (FWK-12).
    Reconnection,
    /// A new scheduler takes over (FWK-13, FWK-15).
    Failover,
}

impl Master {
    pub(super) fn resubscribe(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        source: &Source,
        info: Raw<pb::FrameworkInfo>,
        checked: &Checked,
    ) {
        if let Connection::Driver(pid) = &source.connection
            && self.frameworks.by_pid(pid).is_some_and(|other| other != id)
        {
            cx.warn(format!(
                "Dropping subscription of framework {id}: {pid} belongs to another framework"
            ));
            return;
        }
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        if let Err(problem) = validate::framework::validate_resubscription(&framework.info, &info) {
            let problem = problem.to_string();
            cx.warn(format!(
                "Refusing subscription of framework {id}: {problem}"
            ));
            refuse(cx, &source.connection, problem);
            return;
        }
        let same_pid = framework.connection.as_ref() == Some(&source.connection);
        let kind = match &source.connection {
            _ if framework.state == FrameworkState::Recovered => Kind::Recovered,
            Connection::Http(_) => Kind::Failover,
            Connection::Driver(_) if source.force => Kind::Failover,
            Connection::Driver(_) if same_pid => Kind::Reconnection,
            Connection::Driver(pid) => {
                cx.warn(format!(
                    "Refusing subscription of framework {id}: {pid} does not force a failover"
                ));
                refuse(cx, &source.connection, "Framework failed over".to_owned());
                return;
            }
        };
        self.update_framework_info(cx, id, info, checked);
        match kind {
            Kind::Recovered => {
                if let Some(framework) = self.frameworks.get_mut(id) {
                    framework.registered_time = cx.now.wall;
                }
                self.take_connection(cx, id, &source.connection);
                self.send_registered(cx, id);
            }
            Kind::Reconnection => {
                self.withdraw_framework_offers(cx, id, Withdrawal::Rescind);
                self.take_connection(cx, id, &source.connection);
                let message = internal::FrameworkReregisteredMessage {
                    framework_id: id.to_proto(),
                    master_info: self.identity.info.clone(),
                };
                self.send_framework(cx, id, &message);
            }
            Kind::Failover => self.fail_over(cx, id, source, same_pid),
        }
        self.announce_framework(cx, id);
    }

    fn fail_over(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        source: &Source,
        same_pid: bool,
    ) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        cx.info(format!(
            "Framework {id} failed over to {}",
            peer(&source.connection)
        ));
        if framework.connected()
            && !same_pid
            && let Some(old) = framework.connection.clone()
        {
            if let Connection::Driver(pid) = &old {
                self.authentication.forget(pid);
            }
            refuse(cx, &old, "Framework failed over".to_owned());
        }
        self.withdraw_framework_offers(cx, id, Withdrawal::Discard);
        self.take_connection(cx, id, &source.connection);
        self.send_registered(cx, id);
    }

    /// The framework is connected and active from here on.
    fn take_connection(&mut self, cx: &mut Context<'_>, id: &FrameworkId, connection: &Connection) {
        self.connect_framework(cx, id, connection);
        let Some(framework) = self.frameworks.get_mut(id) else {
            return;
        };
        framework.state = FrameworkState::Connected;
        framework.reregistered_time = cx.now.wall;
        framework.epoch += 1;
        let was_active = std::mem::replace(&mut framework.active, true);
        cx.info(format!(
            "Resubscribed framework '{}' {id} at {}",
            framework.name(),
            peer(connection)
        ));
        if !was_active {
            self.tell_allocator(
                cx,
                Allocation::FrameworkActivated {
                    framework: id.clone(),
                },
            );
        }
    }

    /// Replaces the info; user and checkpoint stay what they were (FWK-11, FWK-18).
    pub(super) fn update_framework_info(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        mut info: Raw<pb::FrameworkInfo>,
        checked: &Checked,
    ) {
        let Some(framework) = self.frameworks.get(id) else {
            return;
        };
        let old = framework.info.get();
        let (user, checkpoint) = (old.user.clone(), old.checkpoint);
        if info.get().user != user || info.get().checkpoint() != old.checkpoint() {
            cx.warn(format!(
                "Framework {id} cannot change its user or checkpointing: keeping the old values"
            ));
            info.edit(|info| {
                info.user = user;
                info.checkpoint = checkpoint;
            });
        }
        let roles: Vec<Role> = mesos_model::role::framework_roles(&info);
        let lost = |offer: &OfferId| {
            self.offers
                .by_id
                .get(offer)
                .is_some_and(|o| !roles.iter().any(|r| r.as_str() == &*o.role))
        };
        let lost: Vec<OfferId> = framework
            .offers
            .keys()
            .filter(|offer| lost(offer))
            .cloned()
            .collect();
        for offer in lost {
            self.withdraw_offer(cx, &offer, Withdrawal::Rescind, None);
        }
        let spec = spec(&info, checked);
        if let Some(framework) = self.frameworks.get_mut(id) {
            framework.set_info(info);
            framework.suppressed = checked.suppressed.iter().cloned().collect();
            framework
                .offer_constraints
                .clone_from(&checked.wire_constraints);
        }
        self.tell_allocator(
            cx,
            Allocation::FrameworkUpdated {
                framework: id.clone(),
                spec,
            },
        );
    }
}
