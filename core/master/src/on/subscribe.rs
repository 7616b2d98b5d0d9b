//! SUBSCRIBE: validation, and new frameworks. Known ids continue in `resubscribe`.
//!
//! Compat: FWK-7 and the list of §6.2, FWK-8, FWK-9, FWK-10.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use mesos_allocator::{FrameworkSpec, MinAllocatable, OfferConstraints};
use mesos_model::{FrameworkId, ResourceQuantities, Role, role, validate};
use mesos_process::Upid;
use mesos_proto::{
    Raw, internal,
    mesos::{self as pb, scheduler},
    wire,
};

use crate::{
    context::Context,
    effect::Effect,
    machine::Master,
    state::{Connection, Framework, FrameworkCapabilities, FrameworkState, frameworks::TaskLimits},
};

/// Where a subscription comes from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub connection: Connection,
    /// The driver asked for failover.
    pub force: bool,
}

/// A subscription of either protocol.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub source: Source,
    pub info: Raw<pb::FrameworkInfo>,
    pub suppressed: Vec<String>,
    pub constraints: Option<scheduler::OfferConstraints>,
}

impl Subscription {
    /// The info with its unknown fields, if the call had some.
    pub fn info(
        info: pb::FrameworkInfo,
        original: Option<&Bytes>,
        path: &[u32],
    ) -> Raw<pb::FrameworkInfo> {
        let slice = original.and_then(|bytes| wire::submessages(bytes, path).pop());
        // Copied, so that it does not keep the whole message alive.
        let slice = slice.map(|bytes| Bytes::copy_from_slice(&bytes));
        slice
            .and_then(|bytes| Raw::from_bytes(bytes).ok())
            .unwrap_or_else(|| Raw::new(info))
    }

    /// A subscription by one of the older register messages.
    pub fn legacy(from: &Upid, info: Raw<pb::FrameworkInfo>, force: bool) -> Self {
        let source = Source {
            connection: Connection::Driver(from.clone()),
            force,
        };
        Self {
            source,
            info,
            suppressed: Vec::new(),
            constraints: None,
        }
    }
}

/// What validation made of a subscription or an update.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub constraints: OfferConstraints,
    pub wire_constraints: Option<Arc<scheduler::OfferConstraints>>,
    pub suppressed: BTreeSet<Role>,
}

/// The timeout is seconds; it must fit into 2^63 nanoseconds.
fn check_failover_timeout(seconds: f64) -> Result<(), String> {
    let limit = i64::MAX as f64 / 1e9;
    if seconds.is_nan() || seconds.abs() > limit {
        return Err(format!(
            "The framework failover_timeout ({seconds}) is invalid: it does not fit a duration"
        ));
    }
    Ok(())
}

/// The alternatives of an OfferFilters (ALC-29), which validation has seen.
fn min_allocatable(filters: &pb::OfferFilters) -> Option<MinAllocatable> {
    let min = filters.min_allocatable_resources.as_ref()?;
    Some(
        min.quantities
            .iter()
            .map(|set| ResourceQuantities::from_map(&set.quantities))
            .collect(),
    )
}

/// What the allocator has to know of a framework.
pub(crate) fn spec(info: &pb::FrameworkInfo, checked: &Checked) -> FrameworkSpec {
    let filters = |(name, filters): (&String, &pb::OfferFilters)| {
        Some((Role::new(name), min_allocatable(filters)?))
    };
    FrameworkSpec {
        roles: role::framework_roles(info).into_iter().collect(),
        suppressed: checked.suppressed.clone(),
        capabilities: FrameworkCapabilities::of(info),
        min_allocatable: info.offer_filters.iter().filter_map(filters).collect(),
        constraints: checked.constraints.clone(),
    }
}

impl Master {
    /// Items 1 to 8 and 10 of §6.2.
    pub(crate) fn check_subscription(
        &self,
        info: &pb::FrameworkInfo,
        suppressed: &[String],
        constraints: Option<scheduler::OfferConstraints>,
    ) -> Result<Checked, String> {
        validate::framework::validate(info).map_err(|e| e.to_string())?;
        check_failover_timeout(info.failover_timeout())?;
        let id = info
            .id
            .as_ref()
            .map(FrameworkId::from)
            .filter(|id| !id.as_str().is_empty());
        let roles = role::framework_roles(info);
        if let Some(refused) = roles.iter().find(|role| !self.roles.is_whitelisted(role)) {
            return Err(format!(
                "Roles '{refused}' are not present in the master's --roles"
            ));
        }
        let suppressed: BTreeSet<Role> = suppressed.iter().map(|role| Role::new(role)).collect();
        if let Some(stray) = suppressed.iter().find(|role| !roles.contains(role)) {
            return Err(format!(
                "Suppressed role '{stray}' is not contained in the list of roles"
            ));
        }
        if info.user == "root" && !self.config.root_submissions {
            return Err(
                "User 'root' is not allowed to run frameworks without --root_submissions set"
                    .to_owned(),
            );
        }
        if id.is_some_and(|id| self.frameworks.is_completed(&id)) {
            return Err("Framework has been removed".to_owned());
        }
        let compiled = constraints
            .as_ref()
            .map(OfferConstraints::compile)
            .transpose();
        let compiled = compiled.map_err(|e| format!("Offer constraints are not valid: {e}"))?;
        Ok(Checked {
            constraints: compiled.unwrap_or_default(),
            wire_constraints: constraints.map(Arc::new),
            suppressed,
        })
    }

    pub(crate) fn subscribe(&mut self, cx: &mut Context<'_>, subscription: Subscription) {
        let Subscription {
            source,
            info,
            suppressed,
            constraints,
        } = subscription;
        let id = info
            .get()
            .id
            .as_ref()
            .map(FrameworkId::from)
            .filter(|id| !id.as_str().is_empty());
        match id {
            None => self.counters.master.messages_register_framework += 1,
            Some(_) => self.counters.master.messages_reregister_framework += 1,
        }
        cx.info(format!(
            "Received subscription request for framework '{}' at {}",
            info.get().name,
            peer(&source.connection)
        ));
        let checked = self
            .check_subscription(&info, &suppressed, constraints)
            .and_then(|checked| {
                self.check_principal(&source.connection, &info)?;
                Ok(checked)
            });
        let checked = match checked {
            Ok(checked) => checked,
            Err(problem) => {
                cx.warn(format!(
                    "Refusing subscription of framework '{}': {problem}",
                    info.get().name
                ));
                refuse(cx, &source.connection, problem);
                return;
            }
        };
        let Some(id) = id else {
            self.subscribe_new(cx, &source, info, &checked);
            return;
        };
        if self.frameworks.get(&id).is_none() {
            // FWK-10: a master that has never heard of it believes the framework.
            self.recover_framework(cx, &id, info.clone());
        }
        self.resubscribe(cx, &id, &source, info, &checked);
    }

    fn subscribe_new(
        &mut self,
        cx: &mut Context<'_>,
        source: &Source,
        mut info: Raw<pb::FrameworkInfo>,
        checked: &Checked,
    ) {
        if let Connection::Driver(pid) = &source.connection
            && let Some(id) = self.frameworks.by_pid(pid).cloned()
        {
            // FWK-8: the driver asks again because the answer has not reached it.
            self.send_registered(cx, &id);
            return;
        }
        let id = self.frameworks.next_id(&self.identity.id);
        info.edit(|info| info.id = Some(id.to_proto()));
        let mut framework = Framework::recovered(id.clone(), info, self.config.tasks);
        framework.state = FrameworkState::Connected;
        framework.active = true;
        framework.registered_time = cx.now.wall;
        framework.reregistered_time = cx.now.wall;
        framework.suppressed = checked.suppressed.iter().cloned().collect();
        framework
            .offer_constraints
            .clone_from(&checked.wire_constraints);
        let spec = spec(&framework.info, checked);
        cx.info(format!(
            "Subscribing framework '{}' as {id} at {}",
            framework.name(),
            peer(&source.connection)
        ));
        self.frameworks.insert(framework);
        self.connect_framework(cx, &id, &source.connection);
        self.send_registered(cx, &id);
        let added = mesos_allocator::Event::FrameworkAdded {
            framework: id,
            spec,
            active: true,
            used: Vec::new(),
        };
        self.tell_allocator(cx, added);
    }

    /// Binds and watches a connection.
    pub(crate) fn connect_framework(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        connection: &Connection,
    ) {
        self.frameworks.bind(id, connection.clone());
        match connection {
            Connection::Driver(pid) => {
                cx.link(pid);
                let framework = self.frameworks.get(id);
                if let Some(principal) =
                    framework.and_then(|framework| framework.info.get().principal.as_deref())
                {
                    self.counters.add_principal(principal);
                }
            }
            Connection::Http(_) => {}
        }
    }

    pub(crate) fn send_registered(&mut self, cx: &mut Context<'_>, id: &FrameworkId) {
        let message = internal::FrameworkRegisteredMessage {
            framework_id: id.to_proto(),
            master_info: self.identity.info.clone(),
        };
        self.send_framework(cx, id, &message);
        self.begin_heartbeats(cx, id);
    }

    /// A framework that only agents, or its own subscription, told about (AGT-20, FWK-10, FWK-26).
    pub(crate) fn recover_framework(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        mut info: Raw<pb::FrameworkInfo>,
    ) {
        if info.get().id.is_none() {
            info.edit(|info| info.id = Some(id.to_proto()));
        }
        cx.info(format!("Recovering framework '{}' {id}", info.get().name));
        let limits: TaskLimits = self.config.tasks;
        let framework = Framework::recovered(id.clone(), info, limits);
        let spec = spec(&framework.info, &Checked::default());
        self.frameworks.insert(framework);
        let added = mesos_allocator::Event::FrameworkAdded {
            framework: id.clone(),
            spec,
            active: false,
            used: Vec::new(),
        };
        self.tell_allocator(cx, added);
    }
}

/// A refusal: an error message, and the end of an HTTP stream.
pub(crate) fn refuse(cx: &mut Context<'_>, connection: &Connection, message: String) {
    let error = internal::FrameworkErrorMessage { message };
    match connection {
        Connection::Driver(pid) => cx.send(pid, &error),
        Connection::Http(stream) => {
            use prost::{Message, Name};
            let name = internal::FrameworkErrorMessage::NAME;
            cx.out.push(Effect::Stream {
                stream: *stream,
                name,
                body: error.encode_to_vec().into(),
            });
            cx.out.push(Effect::CloseStream { stream: *stream });
        }
    }
}

pub(crate) fn peer(connection: &Connection) -> String {
    match connection {
        Connection::Driver(pid) => pid.to_string(),
        Connection::Http(_) => "an HTTP stream".to_owned(),
    }
}
