//! A seeded random walk over everything peers may do, with the books checked after every step.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use mesos_master::event::{Event, Message};
use mesos_model::Resources;
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState as S,
        scheduler::{Call, call},
    },
};

use crate::cluster::{
    Cluster, agent, aware, command_task, driver, framework_info, launch, resources, scalar,
};

const STEPS: usize = 600;
const SEEDS: u64 = 8;
/// The driver whose framework does not checkpoint.
const FRAGILE: u16 = 2;
/// Cpus and mem of every task.
const TASK: (f64, f64) = (0.7, 100.0);

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

/// What an emulated agent runs.
#[derive(Default)]
struct AgentModel {
    id: Option<pb::SlaveId>,
    tasks: HashMap<String, (pb::FrameworkId, S)>,
    /// Updates without acknowledgement: the next try goes out again.
    unacknowledged: HashMap<String, (pb::FrameworkId, S, Bytes)>,
}

fn info_of(id: pb::FrameworkId, fragile: &HashSet<String>) -> pb::FrameworkInfo {
    let checkpoint = Some(!fragile.contains(&id.value));
    pb::FrameworkInfo {
        id: Some(id),
        checkpoint,
        ..framework_info("f")
    }
}

fn reported(name: &str, slave: &pb::SlaveId, id: &pb::FrameworkId, state: S) -> pb::Task {
    let mut task = crate::status::reported(name, slave, id, state);
    task.resources[0].scalar = Some(pb::value::Scalar { value: TASK.0 });
    task.resources[1].scalar = Some(pb::value::Scalar { value: TASK.1 });
    task
}

struct World {
    cluster: Cluster,
    dice: Dice,
    agents: Vec<AgentModel>,
    frameworks: HashMap<u16, pb::FrameworkId>,
    offers: HashMap<u16, Vec<pb::Offer>>,
    next_task: usize,
    next_uuid: u64,
    /// Ids of frameworks that do not checkpoint: their tasks end when their agent's link breaks.
    fragile: HashSet<String>,
    /// Terminal updates that some framework acknowledged, by uuid.
    acknowledged: HashSet<Bytes>,
    trace: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            cluster: Cluster::new(),
            dice: Dice(seed),
            agents: (0..4).map(|_| AgentModel::default()).collect(),
            frameworks: HashMap::new(),
            offers: HashMap::new(),
            next_task: 0,
            next_uuid: 0,
            fragile: HashSet::new(),
            acknowledged: HashSet::new(),
            trace: Vec::new(),
        }
    }

    fn step(&mut self) {
        let kind = self.dice.roll(12);
        self.trace.push(format!("{kind}"));
        match kind {
            0 => self.register(),
            1 => self.subscribe(),
            2..=4 => self.offer_and_launch(),
            5..=7 => self.progress(),
            8 => self.kill_or_teardown(),
            9 => self.break_link(),
            10 => self.reregister(),
            _ => self.pass_time(),
        }
        self.deliver();
        self.check();
    }

    fn register(&mut self) {
        let n = self.dice.roll(self.agents.len());
        if self.agents[n].id.is_some() {
            return;
        }
        self.cluster
            .register(n as u16, crate::cluster::slave_info("host"), &[]);
        let registered = self
            .cluster
            .take::<internal::SlaveRegisteredMessage>(&agent(n as u16));
        self.agents[n].id = registered.last().map(|message| message.slave_id.clone());
    }

    fn subscribe(&mut self) {
        let n = self.dice.roll(3) as u16;
        let base = pb::FrameworkInfo {
            failover_timeout: Some(20.0),
            checkpoint: Some(n != FRAGILE),
            ..framework_info("f")
        };
        let mut info = if n == 1 { aware(base) } else { base };
        info.id = self.frameworks.get(&n).cloned();
        let force = info.id.is_some();
        self.cluster.subscribe(&driver(n), info, force);
        if let Some(message) = self
            .cluster
            .take::<internal::FrameworkRegisteredMessage>(&driver(n))
            .pop()
        {
            if n == FRAGILE {
                self.fragile.insert(message.framework_id.value.clone());
            }
            self.frameworks.insert(n, message.framework_id);
            self.offers.remove(&n);
        } else if !self.cluster.errors(n).is_empty() {
            self.frameworks.remove(&n);
        }
    }

    fn offer_and_launch(&mut self) {
        for n in 0..3 {
            let new = self.cluster.offers(n);
            self.offers.entry(n).or_default().extend(new);
        }
        let n = self.dice.roll(3) as u16;
        let Some(id) = self.frameworks.get(&n).cloned() else {
            return;
        };
        let Some(offer) = self.offers.entry(n).or_default().pop() else {
            return;
        };
        if self.dice.roll(4) == 0 {
            let decline = call::Decline {
                offer_ids: vec![offer.id],
                filters: Some(pb::Filters {
                    refuse_seconds: Some(self.dice.roll(3) as f64),
                }),
            };
            let call = Call {
                decline: Some(decline),
                ..Call::default()
            };
            self.cluster
                .framework_call(&driver(n), &id, call::Type::Decline, call);
            return;
        }
        let mut tasks = Vec::new();
        for _ in 0..=self.dice.roll(3) {
            self.next_task += 1;
            let mut task = command_task(
                &format!("t{}", self.next_task),
                &offer.slave_id,
                resources(TASK.0, TASK.1),
            );
            if self.dice.roll(3) == 0 {
                task.command = None;
                task.executor = Some(pb::ExecutorInfo {
                    executor_id: pb::ExecutorId {
                        value: format!("e{}", self.dice.roll(2)),
                    },
                    command: Some(pb::CommandInfo {
                        value: Some("x".into()),
                        ..pb::CommandInfo::default()
                    }),
                    resources: vec![scalar("cpus", 0.1), scalar("mem", 32.0)],
                    ..pb::ExecutorInfo::default()
                });
            }
            tasks.push(task);
        }
        self.cluster.accept(n, &id, &[&offer], vec![launch(tasks)]);
    }

    /// A task somewhere goes on; its update is sent.
    fn progress(&mut self) {
        let n = self.dice.roll(self.agents.len());
        let mut names: Vec<String> = self.agents[n].tasks.keys().cloned().collect();
        names.sort();
        if names.is_empty() {
            return;
        }
        let name = names[self.dice.roll(names.len())].clone();
        let states = [S::TaskRunning, S::TaskFinished, S::TaskFailed];
        let state = states[self.dice.roll(states.len())];
        let Some((framework, current)) = self.agents[n].tasks.get_mut(&name) else {
            return;
        };
        if *current != S::TaskRunning && *current != S::TaskStaging {
            return;
        }
        *current = state;
        let framework = framework.clone();
        self.next_uuid += 1;
        let mut uuid = vec![0; 16];
        uuid[8..].copy_from_slice(&self.next_uuid.to_be_bytes());
        uuid[6] = 0x40;
        let uuid = Bytes::from(uuid);
        self.agents[n]
            .unacknowledged
            .insert(name, (framework, state, uuid));
        self.send_updates(n);
    }

    fn send_updates(&mut self, n: usize) {
        let Some(slave) = self.agents[n].id.clone() else {
            return;
        };
        let mut waiting: Vec<_> = self.agents[n].unacknowledged.clone().into_iter().collect();
        waiting.sort_by(|a, b| a.0.cmp(&b.0));
        for (task, (framework, state, uuid)) in waiting {
            let status = pb::TaskStatus {
                task_id: pb::TaskId { value: task },
                state: state as i32,
                slave_id: Some(slave.clone()),
                uuid: Some(uuid.clone()),
                ..pb::TaskStatus::default()
            };
            let update = internal::StatusUpdate {
                framework_id: framework,
                slave_id: Some(slave.clone()),
                status,
                timestamp: 1.0,
                uuid: Some(uuid),
                latest_state: Some(state as i32),
                ..internal::StatusUpdate::default()
            };
            let message = internal::StatusUpdateMessage {
                update,
                pid: Some(agent(n as u16).to_string()),
            };
            self.cluster.message(
                &agent(n as u16),
                Message::StatusUpdate(mesos_proto::Raw::new(message)),
            );
        }
    }

    fn kill_or_teardown(&mut self) {
        let n = self.dice.roll(3) as u16;
        let Some(id) = self.frameworks.get(&n).cloned() else {
            return;
        };
        if self.dice.roll(6) == 0 {
            self.cluster
                .framework_call(&driver(n), &id, call::Type::Teardown, Call::default());
            self.frameworks.remove(&n);
            self.offers.remove(&n);
            return;
        }
        let task = pb::TaskId {
            value: format!("t{}", self.dice.roll(self.next_task + 1)),
        };
        let call = Call {
            kill: Some(call::Kill {
                task_id: task,
                ..call::Kill::default()
            }),
            ..Call::default()
        };
        self.cluster
            .framework_call(&driver(n), &id, call::Type::Kill, call);
    }

    fn break_link(&mut self) {
        let n = self.dice.roll(7) as u16;
        if n < 3 {
            self.cluster.leave(&driver(n));
            return;
        }
        let model = &mut self.agents[usize::from(n - 3)];
        model
            .tasks
            .retain(|_, (id, _)| !self.fragile.contains(&id.value));
        model
            .unacknowledged
            .retain(|_, (id, ..)| !self.fragile.contains(&id.value));
        self.cluster.event(Event::Exited { pid: agent(n - 3) });
    }

    fn reregister(&mut self) {
        let n = self.dice.roll(self.agents.len());
        let Some(slave) = self.agents[n].id.clone() else {
            return;
        };
        let mut tasks = Vec::new();
        let mut frameworks: Vec<pb::FrameworkId> = Vec::new();
        for (name, (framework, state)) in &self.agents[n].tasks {
            tasks.push(reported(name, &slave, framework, *state));
            if !frameworks.contains(framework) {
                frameworks.push(framework.clone());
            }
        }
        let fragile = self.fragile.clone();
        self.cluster.reregister(n as u16, &slave, |message| {
            message.frameworks = frameworks
                .into_iter()
                .map(|id| info_of(id, &fragile))
                .collect();
            message.tasks = tasks;
        });
        self.send_updates(n);
    }

    fn pass_time(&mut self) {
        let seconds = [1, 5, 30][self.dice.roll(3)];
        for n in 0..self.agents.len() {
            if self.dice.roll(3) > 0 {
                self.send_updates(n);
            }
        }
        self.cluster.advance(Duration::from_secs(seconds));
    }

    /// Peers react to what the master sent.
    fn deliver(&mut self) {
        for sent in std::mem::take(&mut self.cluster.sent) {
            let to_agent = (0..self.agents.len()).find(|n| sent.to == agent(*n as u16));
            match (to_agent, sent.name) {
                (Some(n), "RunTaskMessage") => {
                    let run: internal::RunTaskMessage = sent.decode();
                    let id = run.framework.id.expect("the master fills it in");
                    let old = self.agents[n]
                        .tasks
                        .insert(run.task.task_id.value, (id, S::TaskStaging));
                    assert!(old.is_none(), "no task is launched twice");
                }
                (Some(n), "StatusUpdateAcknowledgementMessage") => {
                    let ack: internal::StatusUpdateAcknowledgementMessage = sent.decode();
                    let name = &ack.task_id.value;
                    let matches = |(_, _, uuid): &(pb::FrameworkId, S, Bytes)| *uuid == ack.uuid;
                    if self.agents[n].unacknowledged.get(name).is_some_and(matches) {
                        let (_, state, _) = self.agents[n]
                            .unacknowledged
                            .remove(name)
                            .expect("it is there");
                        if !matches!(state, S::TaskRunning | S::TaskStaging) {
                            self.agents[n].tasks.remove(name);
                        }
                    }
                }
                (Some(n), "ShutdownFrameworkMessage") => {
                    let message: internal::ShutdownFrameworkMessage = sent.decode();
                    self.agents[n]
                        .tasks
                        .retain(|_, (id, _)| *id != message.framework_id);
                    self.agents[n]
                        .unacknowledged
                        .retain(|_, (id, ..)| *id != message.framework_id);
                }
                (Some(n), "ShutdownMessage") => self.agents[n] = AgentModel::default(),
                (None, "ResourceOffersMessage") => {
                    let message: internal::ResourceOffersMessage = sent.decode();
                    if let Some(n) = (0..3).find(|n| sent.to == driver(*n)) {
                        self.offers.entry(n).or_default().extend(message.offers);
                    }
                }
                (None, "StatusUpdateMessage") => {
                    let message: internal::StatusUpdateMessage = sent.decode();
                    self.acknowledge(&sent.to, message);
                }
                _ => {}
            }
        }
    }

    fn acknowledge(&mut self, to: &mesos_process::Upid, message: internal::StatusUpdateMessage) {
        let Some(uuid) = message.update.uuid.clone() else {
            return;
        };
        self.acknowledged.insert(uuid.clone());
        let acknowledge = call::Acknowledge {
            slave_id: message.update.slave_id.expect("agents say where"),
            task_id: message.update.status.task_id,
            uuid,
        };
        let call = Call {
            acknowledge: Some(acknowledge),
            ..Call::default()
        };
        self.cluster.framework_call(
            to,
            &message.update.framework_id,
            call::Type::Acknowledge,
            call,
        );
    }

    /// used + offered never exceed the total, the sums of both sides agree, and no resource is offered twice.
    fn check(&mut self) {
        let trace = self.trace.join(" ");
        let snapshot = self.cluster.snapshot();
        let mut used_by_agents = Resources::new();
        let mut offered_by_agents = Resources::new();
        for agent in snapshot.agents.iter() {
            let held = &agent.used.unallocated() + &agent.offered.unallocated();
            assert!(
                agent.total.contains(&held),
                "agent {} holds {held} of {}: {trace}",
                agent.id,
                agent.total
            );
            assert!(
                agent.offered.is_empty() || agent.active,
                "an inactive agent is not offered: {trace}"
            );
            used_by_agents += &agent.used;
            offered_by_agents += &agent.offered;
        }
        let mut used = Resources::new();
        let mut offered = Resources::new();
        let mut offers = 0;
        for framework in snapshot.frameworks.iter() {
            let mut sum = Resources::new();
            for task in framework.tasks.iter().filter(|task| task.holds_resources()) {
                sum += &task.fixed.resources;
            }
            for executor in framework.executors.iter() {
                sum += &executor.resources;
            }
            assert_eq!(
                sum, framework.used,
                "tasks and executors make up what is used: {trace}"
            );
            let of_offers = framework
                .offers
                .iter()
                .fold(Resources::new(), |sum, offer| &sum + &offer.resources);
            assert_eq!(of_offers, framework.offered, "{trace}");
            assert!(framework.offers.is_empty() || framework.active, "{trace}");
            offers += framework.offers.len();
            used += &framework.used;
            offered += &framework.offered;
        }
        assert_eq!(used, used_by_agents, "{trace}");
        assert_eq!(offered, offered_by_agents, "{trace}");
        assert_eq!(offers, snapshot.outstanding_offers, "{trace}");
    }

    /// Faults stop: everything must be offered again, every terminal update acknowledged.
    fn settle(&mut self) {
        for _ in 0..3 {
            for n in 0..self.agents.len() {
                self.agents[n].tasks.values_mut().for_each(|(_, state)| {
                    if *state == S::TaskStaging {
                        *state = S::TaskRunning;
                    }
                });
            }
            for n in 0..3 {
                if let Some(id) = self.frameworks.get(&n).cloned() {
                    let info = pb::FrameworkInfo {
                        failover_timeout: Some(20.0),
                        ..info_of(id, &self.fragile)
                    };
                    let info = if n == 1 { aware(info) } else { info };
                    self.cluster.subscribe(&driver(n), info, true);
                    if !self.cluster.errors(n).is_empty() {
                        self.frameworks.remove(&n);
                    }
                    self.offers.remove(&n);
                }
            }
            for n in 0..self.agents.len() {
                let Some(slave) = self.agents[n].id.clone() else {
                    continue;
                };
                let mut tasks = Vec::new();
                let mut ids: Vec<pb::FrameworkId> = Vec::new();
                for (name, (id, state)) in &self.agents[n].tasks {
                    tasks.push(reported(name, &slave, id, *state));
                    if !ids.contains(id) {
                        ids.push(id.clone());
                    }
                }
                let fragile = self.fragile.clone();
                self.cluster.reregister(n as u16, &slave, |message| {
                    message.frameworks = ids.into_iter().map(|id| info_of(id, &fragile)).collect();
                    message.tasks = tasks;
                });
                self.deliver();
                self.send_updates(n);
                self.deliver();
                self.check();
            }
        }
        for n in 0..self.agents.len() {
            let lost: Vec<_> = self.agents[n]
                .unacknowledged
                .values()
                .filter(|(id, ..)| self.frameworks.values().any(|known| known == id))
                .collect();
            assert!(lost.is_empty(), "updates without acknowledgement: {lost:?}");
        }
    }
}

#[test]
fn whatever_peers_do_the_books_stay_equal_and_updates_arrive() {
    walk(&[]);
}

#[test]
fn the_same_holds_for_frameworks_over_http() {
    walk(&[0, FRAGILE]);
}

/// The walk of every seed; some drivers make their calls over HTTP.
fn walk(over_http: &[u16]) {
    let mut acknowledged = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for n in over_http {
            world.cluster.over_http.insert(driver(*n), None);
        }
        for _ in 0..STEPS {
            world.step();
        }
        world.settle();
        acknowledged += world.acknowledged.len();
    }
    assert!(
        acknowledged > 100,
        "the walk reaches the end of tasks: {acknowledged}"
    );
}

#[test]
fn one_seed_gives_one_result() {
    let run = || {
        let mut world = World::new(5);
        for _ in 0..200 {
            world.step();
        }
        let snapshot = world.cluster.snapshot();
        (
            snapshot.counters.master,
            world.acknowledged.len(),
            snapshot.outstanding_offers,
        )
    };
    assert_eq!(run(), run());
}
