//! Replicas and coordinators over a network that loses, repeats and reorders, with crashes: what was agreed on stays.
//!
//! Everything follows from a seed. Compat: LOG-6..LOG-19.

mod memory;

use std::collections::BTreeMap;

use bytes::Bytes;
use memory::Memory;
use mesos_log::coordinator::{Coordinator, Outcome, Output, Request, Response, Ticket};
use mesos_log::replica::Replica;
use mesos_log::single::answer;
use mesos_log::{Position, coordinator};
use mesos_proto::internal::log::Action;
use mesos_proto::internal::log::metadata::Status;

const REPLICAS: usize = 3;
const QUORUM: usize = 2;
const STEPS: usize = 3_000;
const SEEDS: u64 = 400;
const MEMORY: &str = "memory does not fail";

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below a usize")
    }

    fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }
}

enum Message {
    Ask(Ticket, Request),
    Answer(Ticket, Response),
    Learned(Action),
}

struct Envelope {
    from: usize,
    to: usize,
    /// Which life of the asker it belongs to.
    life: u32,
    message: Message,
}

struct Node {
    replica: Replica<Memory>,
    coordinator: Coordinator,
    life: u32,
    has_timer: bool,
    /// What it appends or truncates now.
    writing: Option<Bytes>,
    is_busy: bool,
    /// The last position that was acknowledged when its election began.
    acknowledged_before: Option<Position>,
}

impl Node {
    fn start(storage: Memory, life: u32, seed: u64) -> Self {
        let mut replica = Replica::open(storage).expect(MEMORY);
        if replica.status() == Status::Empty {
            replica.set_status(Status::Voting).expect(MEMORY);
        }
        Self {
            replica,
            coordinator: Coordinator::new(QUORUM, seed),
            life,
            has_timer: false,
            writing: None,
            is_busy: false,
            acknowledged_before: None,
        }
    }
}

struct World {
    chance: Chance,
    nodes: Vec<Node>,
    network: Vec<Envelope>,
    /// Percent of messages that are lost, and delivered twice.
    loss: usize,
    written: u64,
    /// What every replica that knows a position must say of it.
    agreed: BTreeMap<Position, Action>,
    acknowledged: BTreeMap<Position, Bytes>,
    truncated: Position,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let loss = chance.below(30);
        let nodes = (0..REPLICAS).map(|node| Node::start(Memory::default(), 0, seed + node as u64));
        Self {
            nodes: nodes.collect(),
            chance,
            network: Vec::new(),
            loss,
            written: 0,
            agreed: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            truncated: 0,
        }
    }

    fn step(&mut self, faults: bool) {
        let node = self.chance.below(REPLICAS);
        match self.chance.below(100) {
            0..=69 => self.deliver(faults),
            70..=79 if self.nodes[node].has_timer => self.fire(node),
            80..=97 => self.act(node),
            98 if faults => self.crash(node),
            _ => {}
        }
    }

    fn deliver(&mut self, faults: bool) {
        if self.network.is_empty() {
            return;
        }
        let at = self.chance.below(self.network.len());
        let envelope = self.network.swap_remove(at);
        if faults && self.chance.percent(self.loss) {
            return;
        }
        let (from, to, life) = (envelope.from, envelope.to, envelope.life);
        let mut out = Vec::new();
        match envelope.message {
            Message::Ask(ticket, request) => {
                let response = answer(&mut self.nodes[to].replica, &request).unwrap_or(None);
                self.check(to);
                let twice = faults && self.chance.percent(10);
                for response in response
                    .into_iter()
                    .flat_map(|one| vec![one; 1 + usize::from(twice)])
                {
                    // A requester takes one answer of each replica, as the original's does.
                    let message = Message::Answer(ticket, response);
                    self.network.push(Envelope {
                        from: to,
                        to: from,
                        life,
                        message,
                    });
                    if twice {
                        break;
                    }
                }
            }
            Message::Answer(ticket, response) => {
                let node = &mut self.nodes[to];
                if node.life != life {
                    return;
                }
                node.coordinator
                    .on_response(ticket, response, &node.replica, &mut out);
            }
            Message::Learned(action) => {
                self.nodes[to].replica.learn(&action).expect(MEMORY);
                if faults && self.chance.percent(20) {
                    let message = Message::Learned(action);
                    self.network.push(Envelope {
                        from,
                        to,
                        life,
                        message,
                    });
                }
                self.check(to);
            }
        }
        self.execute(to, out);
    }

    fn fire(&mut self, node: usize) {
        let mut out = Vec::new();
        self.nodes[node].has_timer = false;
        self.nodes[node].coordinator.on_timer(&mut out);
        self.execute(node, out);
    }

    /// Elects, appends, truncates, or gives up what takes too long.
    fn act(&mut self, at: usize) {
        let mut out = Vec::new();
        let node = &mut self.nodes[at];
        if node.is_busy {
            if self.chance.percent(6) {
                node.coordinator.give_up();
                node.is_busy = false;
                node.writing = None;
            }
            return;
        }
        if !node.coordinator.is_elected() {
            if self.chance.percent(60) {
                node.is_busy = true;
                let last = self.acknowledged.last_key_value();
                node.acknowledged_before = last.map(|(position, _)| *position);
                node.coordinator.elect(&node.replica, &mut out);
            }
        } else if self.chance.percent(20) {
            let to = node.replica.end();
            node.is_busy = true;
            node.coordinator.truncate(to, &mut out);
        } else {
            self.written += 1;
            let bytes = Bytes::from(self.written.to_string());
            node.writing = Some(bytes.clone());
            node.is_busy = true;
            node.coordinator.append(bytes, &mut out);
        }
        self.execute(at, out);
    }

    fn crash(&mut self, at: usize) {
        let seed = self.chance.below(1 << 30) as u64;
        let old = self.nodes.remove(at);
        let life = old.life + 1;
        let node = Node::start(old.replica.into_storage(), life, seed);
        self.nodes.insert(at, node);
        self.check(at);
    }

    fn execute(&mut self, at: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Broadcast { ticket, request } => {
                    for to in 0..REPLICAS {
                        let message = Message::Ask(ticket, request.clone());
                        let life = self.nodes[at].life;
                        self.network.push(Envelope {
                            from: at,
                            to,
                            life,
                            message,
                        });
                    }
                }
                Output::Learned(action) => self.learned(at, &action),
                Output::Timer(_) => self.nodes[at].has_timer = true,
                Output::Finished(outcome) => self.finished(at, outcome),
            }
        }
    }

    fn learned(&mut self, at: usize, action: &Action) {
        let node = &mut self.nodes[at];
        node.replica.learn(action).expect(MEMORY);
        let mut out = Vec::new();
        node.coordinator.on_learned(&node.replica, &mut out);
        for to in (0..REPLICAS).filter(|to| *to != at) {
            let message = Message::Learned(action.clone());
            let life = self.nodes[at].life;
            self.network.push(Envelope {
                from: at,
                to,
                life,
                message,
            });
        }
        self.check(at);
        self.execute(at, out);
    }

    fn finished(&mut self, at: usize, outcome: Outcome) {
        let node = &mut self.nodes[at];
        node.is_busy = false;
        let bytes = node.writing.take();
        match outcome {
            Outcome::Written(position) => {
                let Some(bytes) = bytes else { return };
                let earlier = self.acknowledged.insert(position, bytes);
                assert!(earlier.is_none(), "position {position} was written twice");
            }
            Outcome::Elected(last) => {
                // Who may write knows all that was acknowledged before.
                let Some(before) = node.acknowledged_before else {
                    return;
                };
                for (position, bytes) in self.acknowledged.range(..=before) {
                    if *position < node.replica.begin() {
                        continue;
                    }
                    assert!(*position <= last, "position {position} is lost");
                    let action = node
                        .replica
                        .read(*position)
                        .expect(MEMORY)
                        .expect("it is there");
                    assert_eq!(&action.append.expect("an entry").bytes, bytes);
                }
            }
            Outcome::NotElected | Outcome::NotWritten => {}
        }
    }

    /// All replicas agree on what any of them has learned, and none forgets.
    fn check(&mut self, at: usize) {
        let replica = &mut self.nodes[at].replica;
        self.truncated = self.truncated.max(replica.begin());
        for position in replica.begin()..=replica.end() {
            let Some(action) = replica
                .read(position)
                .expect(MEMORY)
                .filter(Action::learned)
            else {
                continue;
            };
            let agreed = self
                .agreed
                .entry(position)
                .or_insert_with(|| action.clone());
            assert_eq!(
                (agreed.r#type, &agreed.append, agreed.truncate),
                (action.r#type, &action.append, action.truncate),
                "replicas differ at position {position}"
            );
        }
    }

    /// Without faults, somebody gets to write, and all come to know everything.
    fn heal(&mut self) {
        let target = self.written + 20;
        for _ in 0..200_000 {
            self.step(false);
            if self.written >= target {
                return;
            }
        }
        panic!("nothing is written any more");
    }
}

fn run(seed: u64) -> (u64, usize) {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step(true);
    }
    world.heal();
    (world.written, world.acknowledged.len())
}

#[test]
fn what_was_agreed_on_stays_whatever_the_network_and_crashes_do() {
    let mut acknowledged = 0;
    for seed in 0..SEEDS {
        let ran = std::panic::catch_unwind(|| run(seed));
        acknowledged += ran.unwrap_or_else(|_| panic!("with seed {seed}")).1;
    }
    assert!(
        acknowledged > 1_000,
        "only {acknowledged} writes were acknowledged"
    );
}

#[test]
fn one_seed_gives_one_history() {
    assert_eq!(run(7), run(7));
}

#[test]
fn log_17_who_is_not_elected_writes_nothing() {
    let mut out = Vec::new();
    coordinator::Coordinator::new(QUORUM, 1).append(Bytes::from_static(b"x"), &mut out);
    assert_eq!(out, [Output::Finished(Outcome::NotWritten)]);
}
