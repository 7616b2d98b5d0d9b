//! The master as a machine: owns every table, hands events to `on/*`, publishes snapshots.
//!
//! Compat: ALC-7, REG-15 (messages before recovery are dropped and counted).

use std::sync::Arc;

use mesos_allocator::{Allocator, Command};
use mesos_model::{Instant, Now, WallTime};
use mesos_proto::mesos as pb;

use crate::{
    config::Config,
    context::Context,
    counters::Counters,
    effect::Effect,
    event::{Event, Timer},
    limiter::RemovalLimiter,
    on::authenticate::Authentication,
    random::Random,
    registrar::Registrar,
    snapshot::{AllocatorFigures, Identity, RegistrarFigures, Snapshot},
    state::{Agents, Frameworks, Offers, roles::RoleSettings},
};

/// The version that this master speaks.
pub const VERSION: &str = "1.11.0";

/// The master.
pub struct Master {
    pub(crate) config: Config,
    pub(crate) identity: Arc<Identity>,
    pub(crate) random: Random,
    pub(crate) agents: Agents,
    pub(crate) frameworks: Frameworks,
    pub(crate) offers: Offers,
    pub(crate) roles: Arc<RoleSettings>,
    pub(crate) registrar: Registrar,
    pub(crate) allocator: Allocator,
    pub(crate) limiter: RemovalLimiter,
    pub(crate) counters: Counters,
    pub(crate) authentication: Authentication,
    pub(crate) recovered: bool,
    pub(crate) elected_time: Option<WallTime>,
    pub(crate) leader: Option<Arc<pb::MasterInfo>>,
    commands: Vec<Command>,
    armed: Option<Instant>,
    figures: Arc<AllocatorFigures>,
    sequence: u64,
}

impl Master {
    pub fn new(config: Config) -> Self {
        let mut random = Random::new(config.seed);
        let identity = Arc::new(identity(&config, &mut random));
        let roles = RoleSettings {
            whitelist: config.roles.clone(),
            ..RoleSettings::default()
        };
        Self {
            identity,
            random,
            agents: Agents::default(),
            frameworks: Frameworks::default(),
            offers: Offers::default(),
            roles: Arc::new(roles),
            registrar: Registrar::default(),
            allocator: Allocator::new(config.allocator.clone()),
            limiter: RemovalLimiter::new(config.removal_interval),
            counters: Counters::default(),
            authentication: Authentication::default(),
            recovered: false,
            elected_time: None,
            leader: None,
            commands: Vec::new(),
            armed: None,
            figures: Arc::default(),
            sequence: 0,
            config,
        }
    }

    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Begins: asks for the registry.
    pub fn start(&mut self, _now: Now, out: &mut Vec<Effect>) {
        out.push(Effect::FetchRegistry);
    }

    /// Takes one event.
    pub fn on(&mut self, now: Now, event: Event, out: &mut Vec<Effect>) {
        let cx = &mut Context { now, out };
        match event {
            Event::Message { .. } if !self.recovered => self.counters.master.dropped_messages += 1,
            Event::Message { from, message } => self.on_message(cx, from, message),
            Event::Authenticated {
                number,
                pid,
                result,
            } => self.on_authenticated(cx, number, &pid, result),
            Event::Exited { pid } => self.on_exited(cx, &pid),
            Event::TimerFired(timer) => self.on_timer(cx, timer),
            Event::RegistryFetched { registry } => self.on_registry_fetched(cx, registry),
            Event::RegistryStored { number, result } => self.on_registry_stored(cx, number, result),
            Event::Operator { ticket, request } => self.on_operator(cx, ticket, request),
            Event::SchedulerCall { ticket, request } => {
                self.on_scheduler_call(cx, ticket, *request)
            }
            Event::StreamClosed { stream } => self.on_stream_closed(cx, stream),
        }
    }

    /// Ends a batch of events: stores what the registry has to learn and lets the allocator run if it is due.
    pub fn finish(&mut self, now: Now, out: &mut Vec<Effect>) {
        let cx = &mut Context { now, out };
        self.flush_registry(cx);
        if self
            .allocator
            .next_deadline()
            .is_some_and(|due| due <= now.instant)
        {
            self.tell_allocator(cx, mesos_allocator::Event::Tick);
            self.take_figures(now);
        }
        let Some(due) = self.allocator.next_deadline() else {
            return;
        };
        if self
            .armed
            .is_none_or(|armed| due < armed || armed <= now.instant)
        {
            self.armed = Some(due);
            cx.out.push(Effect::Arm {
                timer: Timer::Allocator,
                at: due,
            });
        }
    }

    /// The allocator's figures are renewed by its runs.
    fn take_figures(&mut self, now: Now) {
        const RUNS: &str = "allocator/mesos/allocation_runs";
        let mut values = self.allocator.metrics(now.instant);
        values.retain(|(name, _)| name != RUNS);
        self.figures = Arc::new(AllocatorFigures {
            allocation_runs: self.allocator.runs(),
            values,
        });
    }

    /// How many allocation runs there were, so that the shell can time them.
    pub fn allocation_runs(&self) -> u64 {
        self.allocator.runs()
    }

    /// Tells the allocator and carries out what it answers.
    pub(crate) fn tell_allocator(&mut self, cx: &mut Context<'_>, event: mesos_allocator::Event) {
        let mut commands = std::mem::take(&mut self.commands);
        self.allocator.on(cx.now.instant, event, &mut commands);
        for command in commands.drain(..) {
            match command {
                Command::Offer { framework, roles } => self.offer(cx, framework, roles),
                // Inverse offers belong to maintenance, which is not built: no agent has an unavailability.
                Command::InverseOffer { .. } => {}
            }
        }
        self.commands = commands;
    }

    /// The picture after the events so far. Costs reference counts, plus a record per changed agent and framework.
    pub fn publish(&mut self, now: Now) -> Arc<Snapshot> {
        self.sequence += 1;
        let agents = self.agents.publish();
        let (frameworks, completed_frameworks) = self.frameworks.publish();
        Arc::new(Snapshot {
            sequence: self.sequence,
            taken: now,
            identity: Arc::clone(&self.identity),
            elected_time: self.elected_time,
            leader: self.leader.clone(),
            recovered: self.recovered,
            agents,
            recovered_agents: self.agents.sets.recovered.rows().clone(),
            unreachable_agents: Arc::clone(self.agents.sets.unreachable()),
            gone_agents: Arc::clone(self.agents.sets.gone()),
            frameworks,
            completed_frameworks,
            role_settings: Arc::clone(&self.roles),
            outstanding_offers: self.offers.by_id.len(),
            allocator: Arc::clone(&self.figures),
            registrar: RegistrarFigures {
                queued_operations: self.registrar.queued(),
                registry: self.registrar.stored_bytes().clone(),
                recovered: self.recovered,
            },
            counters: self.counters.clone(),
        })
    }
}

fn identity(config: &Config, random: &mut Random) -> Identity {
    let id = random.uuid().to_string();
    let address = config.address;
    let kinds = pb::master_info::capability::Type::AgentUpdate as i32
        ..=pb::master_info::capability::Type::QuotaV2 as i32;
    let info = pb::MasterInfo {
        id: id.clone(),
        // The original keeps the address in network byte order and sends the number as the host reads it.
        ip: u32::from_le_bytes(address.ip().octets()),
        port: u32::from(address.port()),
        pid: Some(format!("master@{address}")),
        hostname: Some(config.hostname.clone()),
        version: Some(VERSION.to_owned()),
        address: Some(pb::Address {
            hostname: Some(config.hostname.clone()),
            ip: Some(address.ip().to_string()),
            port: i32::from(address.port()),
        }),
        domain: config.domain.clone(),
        capabilities: kinds
            .map(|kind| pb::master_info::Capability { r#type: Some(kind) })
            .collect(),
    };
    Identity {
        id: id.into(),
        hostname: config.hostname.clone(),
        address,
        version: VERSION.to_owned(),
        cluster: config.cluster.clone(),
        domain: config.domain.clone(),
        start_time: config.start_time,
        info,
    }
}
