//! The registrar: applies operations to the registry in batches, one store at a time.
//!
//! Compat: REG-1, REG-6, REG-5, REG-7, REG-8, REG-13, REG-20 (prunes exactly what it is told), §2.3.

use std::collections::HashMap;

use bytes::Bytes;
use mesos_model::{AgentId, WallTime};
use mesos_process::Upid;
use mesos_proto::{
    Raw,
    internal::{self, Registry, registry},
    mesos as pb, wire,
};
use prost::Message as _;

/// A change of the registry.
#[derive(Debug)]
pub enum Operation {
    /// Puts this master's info in; the first store after every start.
    Recover(Box<pb::MasterInfo>),
    Admit(Box<pb::SlaveInfo>),
    Update(Box<pb::SlaveInfo>),
    MarkUnreachable(AgentId, WallTime),
    MarkReachable(Box<pb::SlaveInfo>),
    Remove(AgentId),
    Prune {
        unreachable: Vec<AgentId>,
        gone: Vec<AgentId>,
    },
    Weights(Vec<(String, f64)>),
}

/// What the master does once an operation is stored.
#[derive(Debug)]
pub enum Then {
    FinishRecovery,
    Register {
        pid: Upid,
        id: AgentId,
        message: Box<internal::RegisterSlaveMessage>,
        info: Raw<pb::SlaveInfo>,
    },
    Reregister {
        pid: Upid,
        id: AgentId,
        message: Box<internal::ReregisterSlaveMessage>,
        info: Raw<pb::SlaveInfo>,
    },
    Unreachable {
        id: AgentId,
        recovery: bool,
        since: WallTime,
    },
    Removed {
        id: AgentId,
        reason: RemovalReason,
    },
    Pruned {
        unreachable: Vec<AgentId>,
        gone: Vec<AgentId>,
    },
    Nothing,
}

/// Why an agent leaves for good (AGT-37).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemovalReason {
    Unregistered,
    /// A new agent registered from the same pid; its message is handled again afterwards.
    Replaced,
}

/// An operation's outcome with its continuation.
pub type Outcome = (Result<(), String>, Then);

struct InFlight {
    number: u64,
    bytes: Bytes,
    outcomes: Vec<Outcome>,
}

/// The registry and what waits to be stored.
#[derive(Default)]
pub struct Registrar {
    registry: Registry,
    admitted: HashMap<AgentId, usize>,
    queue: Vec<(Operation, Then)>,
    in_flight: Option<InFlight>,
    number: u64,
    stored: Bytes,
    recovered_agents: usize,
}

impl Registrar {
    /// How many agents the registry held at the election.
    pub fn recovered_agents(&self) -> usize {
        self.recovered_agents
    }

    pub fn set_recovered_agents(&mut self, count: usize) {
        self.recovered_agents = count;
    }

    /// Takes what was fetched; an empty text is an empty registry.
    pub fn recover(&mut self, bytes: &Bytes) -> Result<&Registry, String> {
        let registry: Registry =
            wire::decode(bytes).map_err(|e| format!("Failed to recover registrar: {e}"))?;
        self.registry = registry;
        self.index();
        Ok(&self.registry)
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub fn stored_bytes(&self) -> &Bytes {
        &self.stored
    }

    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn apply(&mut self, operation: Operation, then: Then) {
        self.queue.push((operation, then));
    }

    /// Begins a store of everything queued unless one is in flight.
    pub fn flush(&mut self) -> Option<(u64, Bytes)> {
        if self.in_flight.is_some() || self.queue.is_empty() {
            return None;
        }
        let queue = std::mem::take(&mut self.queue);
        let outcomes = queue
            .into_iter()
            .map(|(operation, then)| (self.perform(operation), then))
            .collect();
        self.number += 1;
        let bytes: Bytes = self.registry.encode_to_vec().into();
        self.in_flight = Some(InFlight {
            number: self.number,
            bytes: bytes.clone(),
            outcomes,
        });
        Some((self.number, bytes))
    }

    /// Ends a store; hands out the continuations in order.
    pub fn stored(&mut self, number: u64) -> Vec<Outcome> {
        match self.in_flight.take() {
            Some(batch) if batch.number == number => {
                self.stored = batch.bytes;
                batch.outcomes
            }
            other => {
                self.in_flight = other;
                Vec::new()
            }
        }
    }

    fn index(&mut self) {
        let slaves = self
            .registry
            .slaves
            .iter()
            .flat_map(|slaves| &slaves.slaves);
        let ids = slaves.map(|slave| slave.info.id.as_ref());
        self.admitted = ids
            .enumerate()
            .filter_map(|(at, id)| Some((AgentId::from(id?), at)))
            .collect();
    }

    fn perform(&mut self, operation: Operation) -> Result<(), String> {
        match operation {
            Operation::Recover(info) => {
                self.registry.master = Some(registry::Master { info: *info });
                Ok(())
            }
            Operation::Admit(info) => {
                let id = AgentId::from(info.id.as_ref().ok_or("no agent id")?);
                if self.admitted.contains_key(&id) {
                    return Err("Agent already admitted".to_owned());
                }
                self.push(
                    id,
                    registry::Slave {
                        info: *info,
                        ..registry::Slave::default()
                    },
                );
                Ok(())
            }
            Operation::Update(info) => self.update(*info),
            Operation::MarkUnreachable(id, since) => self.mark_unreachable(&id, since),
            Operation::MarkReachable(info) => self.mark_reachable(*info),
            Operation::Remove(id) => self.take(&id).map(|_| ()),
            Operation::Prune { unreachable, gone } => {
                if let Some(list) = &mut self.registry.unreachable {
                    list.slaves
                        .retain(|slave| !unreachable.contains(&AgentId::from(&slave.id)));
                }
                if let Some(list) = &mut self.registry.gone {
                    list.slaves
                        .retain(|slave| !gone.contains(&AgentId::from(&slave.id)));
                }
                Ok(())
            }
            Operation::Weights(weights) => {
                for (role, weight) in weights {
                    let info = pb::WeightInfo {
                        weight,
                        role: Some(role),
                    };
                    self.registry
                        .weights
                        .retain(|other| other.info.role != info.role);
                    self.registry.weights.push(registry::Weight { info });
                }
                Ok(())
            }
        }
    }

    fn slaves(&mut self) -> &mut Vec<registry::Slave> {
        &mut self.registry.slaves.get_or_insert_default().slaves
    }

    fn push(&mut self, id: AgentId, slave: registry::Slave) {
        let at = self.slaves().len();
        self.slaves().push(slave);
        self.admitted.insert(id, at);
    }

    fn take(&mut self, id: &AgentId) -> Result<registry::Slave, String> {
        let at = self.admitted.remove(id).ok_or("Agent not yet admitted")?;
        let slave = self.slaves().swap_remove(at);
        let moved = self
            .slaves()
            .get(at)
            .and_then(|moved| moved.info.id.as_ref())
            .map(AgentId::from);
        if let Some(moved) = moved {
            self.admitted.insert(moved, at);
        }
        Ok(slave)
    }

    fn update(&mut self, info: pb::SlaveInfo) -> Result<(), String> {
        let id = AgentId::from(info.id.as_ref().ok_or("no agent id")?);
        let at = *self.admitted.get(&id).ok_or("Agent not yet admitted")?;
        self.slaves()[at].info = info;
        Ok(())
    }

    fn mark_unreachable(&mut self, id: &AgentId, since: WallTime) -> Result<(), String> {
        let slave = self.take(id)?;
        self.registry
            .unreachable
            .get_or_insert_default()
            .slaves
            .push(registry::UnreachableSlave {
                id: id.to_proto(),
                timestamp: pb::TimeInfo {
                    nanoseconds: since.as_nanos(),
                },
                drain_info: slave.drain_info,
                deactivated: slave.deactivated,
            });
        Ok(())
    }

    fn mark_reachable(&mut self, info: pb::SlaveInfo) -> Result<(), String> {
        let id = AgentId::from(info.id.as_ref().ok_or("no agent id")?);
        if self.admitted.contains_key(&id) {
            return Ok(());
        }
        let list = &mut self.registry.unreachable.get_or_insert_default().slaves;
        let known = list.iter().position(|slave| slave.id.value == id.as_str());
        let (drain_info, deactivated) = match known {
            Some(at) => {
                let slave = list.remove(at);
                (slave.drain_info, slave.deactivated)
            }
            None => (None, None),
        };
        self.push(
            id,
            registry::Slave {
                info,
                drain_info,
                deactivated,
            },
        );
        Ok(())
    }
}
