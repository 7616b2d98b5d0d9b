//! Registration of new agents. Compat: AGT-4, AGT-2, AGT-3, AGT-6 … AGT-10, AGT-28 (first ping).

use std::collections::HashMap;

use bytes::Bytes;
use mesos_allocator::{AgentSpec, Event as Allocation};
use mesos_model::{AgentId, Resources, capability::AgentCapabilities, resources::format, validate};
use mesos_process::Upid;
use mesos_proto::{Raw, internal, mesos as pb, wire};

use crate::{
    context::Context,
    event::Original,
    machine::Master,
    registrar::{Operation, RemovalReason, Then},
    state::{Agent, agents::Observer},
};

/// The oldest agents that may join (AGT-6).
const MINIMUM_VERSION: (u64, u64, u64) = (1, 0, 0);

/// What a (re-)registration says about the agent itself.
pub(super) struct Introduction<'a> {
    pub info: &'a pb::SlaveInfo,
    pub version: Option<&'a str>,
}

impl Master {
    pub(super) fn on_register_agent(
        &mut self,
        cx: &mut Context<'_>,
        from: Upid,
        message: Box<internal::RegisterSlaveMessage>,
        original: Original,
    ) {
        self.counters.master.messages_register_slave += 1;
        if !self.agent_may_join(cx, &from) {
            return;
        }
        if self.agents.sets.registering.contains(&from) {
            cx.info(format!(
                "Ignoring registration of agent at {from}: already in progress"
            ));
            return;
        }
        let introduction = Introduction {
            info: &message.slave,
            version: message.version.as_deref(),
        };
        let checked = validate::agent::validate_register(&message).map_err(|e| e.to_string());
        let checked = checked.and_then(|()| self.check_introduction(&introduction));
        if let Err(problem) = checked {
            cx.warn(format!(
                "Dropping registration of agent at {from}: {problem}"
            ));
            return;
        }
        if let Some(id) = self.agents.by_pid(&from).cloned()
            && let Some(agent) = self.agents.get(&id)
        {
            if agent.connected {
                cx.info(format!(
                    "Agent {id} at {from} is already registered: answering again"
                ));
                self.send_agent_registered(cx, &id);
                return;
            }
            // AGT-8: the agent that was there is gone; its successor registers again right after the removal.
            cx.info(format!(
                "Removing disconnected agent {id}: a new agent registers from {from}"
            ));
            self.begin_agent_removal(cx, &id, RemovalReason::Replaced);
        }
        let id = self.agents.next_id(&self.identity.id);
        let mut info = slave_info(&message.slave, original.as_ref(), &[1]);
        info.edit(|info| info.id = Some(id.to_proto()));
        self.agents.sets.registering.insert(from.clone());
        let admit = Operation::Admit(Box::new(stored_info(&info)));
        self.registrar.apply(
            admit,
            Then::Register {
                pid: from,
                id,
                message,
                info,
            },
        );
    }

    /// AGT-6, AGT-7: what is wrong with an agent, whatever its past.
    pub(super) fn check_introduction(&self, agent: &Introduction<'_>) -> Result<(), String> {
        let version = agent.version.ok_or("it has no version")?;
        if parse_version(version).is_none_or(|version| version < MINIMUM_VERSION) {
            return Err(format!(
                "version {version} is not supported, the oldest supported is 1.0.0"
            ));
        }
        if agent.info.domain.is_some() && self.config.domain.is_none() {
            return Err("it has a domain, but this master has none".to_owned());
        }
        if agent.info.domain.is_none() && self.config.require_agent_domain {
            return Err("it has no domain, but --require_agent_domain is set".to_owned());
        }
        Ok(())
    }

    /// The registry admitted the agent.
    pub(super) fn agent_admitted(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Result<(), String>,
        pid: Upid,
        id: AgentId,
        message: &internal::RegisterSlaveMessage,
        info: Raw<pb::SlaveInfo>,
    ) {
        self.agents.sets.registering.remove(&pid);
        if let Err(problem) = outcome {
            cx.warn(format!("Agent {id} at {pid} was not admitted: {problem}"));
            return;
        }
        let checkpointed = Resources::from_proto(&message.checkpointed_resources);
        let Ok(total) =
            Resources::from_proto(&info.get().resources).apply_checkpointed(&checkpointed)
        else {
            cx.warn(format!(
                "Agent {id} at {pid} has checkpointed resources that do not fit its resources"
            ));
            self.registrar.apply(Operation::Remove(id), Then::Nothing);
            return;
        };
        let capabilities = AgentCapabilities::from_proto(&message.agent_capabilities);
        let version = message.version.clone().unwrap_or_default();
        cx.info(format!(
            "Registered agent {id} at {pid} ({}) with {total}",
            info.get().hostname
        ));
        self.counters.master.slave_registrations += 1;
        let agent = self.new_agent(cx, id.clone(), pid, info, &version, capabilities, total);
        let agent = Agent {
            resource_version: message.resource_version_uuid.clone(),
            ..agent
        };
        self.enter_agent(cx, agent, Vec::new());
        self.send_agent_registered(cx, &id);
    }

    /// A record of an agent that is connected and, unless deactivated, active.
    #[allow(
        clippy::too_many_arguments,
        reason = "every field of a record is given once, here"
    )]
    pub(super) fn new_agent(
        &mut self,
        cx: &Context<'_>,
        id: AgentId,
        pid: Upid,
        info: Raw<pb::SlaveInfo>,
        version: &str,
        capabilities: AgentCapabilities,
        total: Resources,
    ) -> Agent {
        let number = self.agents.next_observer();
        let active = !self.agents.sets.deactivated.contains(&id);
        Agent {
            hostname: info.get().hostname.as_str().into(),
            ip: *pid.address.ip(),
            id,
            pid,
            info,
            version: version.into(),
            capabilities,
            registered_time: cx.now.wall,
            reregistered_time: None,
            epoch: 0,
            connected: true,
            active,
            estimated_drain_start: None,
            resource_version: None,
            total,
            used: HashMap::new(),
            offered: Resources::new(),
            offers: Default::default(),
            tasks: HashMap::new(),
            executors: HashMap::new(),
            killed: HashMap::new(),
            operations: HashMap::new(),
            providers: HashMap::new(),
            observer: Observer {
                number,
                ..Observer::default()
            },
        }
    }

    /// Enters a record into the tables and the allocator, watches it and begins to ping it.
    pub(super) fn enter_agent(
        &mut self,
        cx: &mut Context<'_>,
        agent: Agent,
        used: Vec<(mesos_model::FrameworkId, Resources)>,
    ) {
        let (id, number) = (agent.id.clone(), agent.observer.number);
        self.agents.sets.forget_removed(&id);
        cx.link(&agent.pid);
        cx.out.push(crate::effect::Effect::OpenObserver { number });
        let added = Allocation::AgentAdded {
            agent: id.clone(),
            spec: AgentSpec::of(&agent.info, agent.capabilities),
            total: agent.total.clone(),
            used,
            unavailability: None,
        };
        let active = agent.active;
        self.agents.insert(agent);
        self.tell_allocator(cx, added);
        if !active {
            self.tell_allocator(cx, Allocation::AgentDeactivated { agent: id.clone() });
        }
        self.ping(cx, &id);
    }

    fn send_agent_registered(&self, cx: &mut Context<'_>, id: &AgentId) {
        let message = internal::SlaveRegisteredMessage {
            slave_id: id.to_proto(),
            connection: Some(self.connection()),
        };
        self.send_agent(cx, id, &message);
    }

    /// How long an agent may hear no ping before it looks for its master again.
    pub(super) fn connection(&self) -> internal::MasterSlaveConnection {
        let total = self.config.agent_ping_timeout.as_secs_f64()
            * f64::from(self.config.max_agent_ping_timeouts);
        internal::MasterSlaveConnection {
            total_ping_timeout_seconds: Some(total),
        }
    }
}

/// The info with its unknown fields, if the message had some.
pub(super) fn slave_info(
    info: &pb::SlaveInfo,
    original: Option<&Bytes>,
    path: &[u32],
) -> Raw<pb::SlaveInfo> {
    let slice = original.and_then(|bytes| wire::submessages(bytes, path).pop());
    // Copied, so that it does not keep the whole message alive.
    let slice = slice.map(|bytes| Bytes::copy_from_slice(&bytes));
    slice
        .and_then(|bytes| Raw::from_bytes(bytes).ok())
        .unwrap_or_else(|| Raw::new(info.clone()))
}

/// The registry holds resources in the form that older masters read (REG-2).
pub(super) fn stored_info(info: &Raw<pb::SlaveInfo>) -> pb::SlaveInfo {
    let mut stored = info.get().clone();
    // A refined reservation has no older form: it stays as it is.
    let _ = format::downgrade_all(&mut stored.resources);
    stored
}

/// `major.minor.patch`; a pre-release is older than its release (AGT-10).
fn parse_version(text: &str) -> Option<(u64, u64, u64)> {
    let (text, _build) = text.split_once('+').unwrap_or((text, ""));
    let (numbers, pre_release) = text
        .split_once('-')
        .map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let mut parts = numbers.split('.').map(|part| part.parse::<u64>().ok());
    let mut next = || parts.next().unwrap_or(Some(0));
    let version = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    match (pre_release, version) {
        (None, version) => Some(version),
        (Some(_), (major, minor, 0)) => {
            let minor_before = minor.checked_sub(1).map(|minor| (major, minor, u64::MAX));
            Some(
                minor_before
                    .or_else(|| Some((major.checked_sub(1)?, u64::MAX, u64::MAX)))
                    .unwrap_or((0, 0, 0)),
            )
        }
        (Some(_), (major, minor, patch)) => Some((major, minor, patch - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agt_10_pre_releases_are_older() {
        assert!(parse_version("1.0.0").unwrap() >= MINIMUM_VERSION);
        assert!(parse_version("1.11.0").unwrap() >= MINIMUM_VERSION);
        assert!(parse_version("1.0.0-rc2").unwrap() < MINIMUM_VERSION);
        assert!(parse_version("1.2.0-rc1").unwrap() >= MINIMUM_VERSION);
        assert!(parse_version("0.28.2").unwrap() < MINIMUM_VERSION);
        assert!(parse_version("x").is_none() && parse_version("").is_none());
    }
}
