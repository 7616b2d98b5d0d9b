//! What the adapter decides: which v1 events become of what the driver says, when they may go to the user, and which
//! driver calls become of v1 calls.
//!
//! Compat: V5. FIX: the data of a MESSAGE is handed on whole; an unknown call is logged instead of ending the process;
//! an error before SUBSCRIBE makes a connected() only where there was none. A user who does not subscribe gets at most
//! [`PENDING_MAX`] events of [`PENDING_BYTES_MAX`]: later updates come again, because nothing acknowledges them.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use mesos_proto::v1::scheduler::event::Type;
use mesos_proto::{convert, mesos, wire};

use crate::scheduler::calls::Call;
use crate::splice::{self, Writer};
use crate::v1::ContentType;
use crate::v1::codec::{Codec, Protocol};
use crate::v1::deliver::Upcall;

/// Seconds between heartbeats, as SUBSCRIBED announces.
const HEARTBEAT_INTERVAL_SECONDS: f64 = 15.0;
pub(super) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);
/// Events that wait for SUBSCRIBE.
pub(super) const PENDING_MAX: usize = 64 * 1024;
pub(super) const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(super) enum Event {
    Registered {
        framework_id: Bytes,
        master: Bytes,
    },
    Reregistered {
        master: Bytes,
    },
    Disconnected,
    Offers(Vec<Bytes>),
    Rescinded(Bytes),
    Update(Bytes),
    Message {
        executor_id: Bytes,
        agent_id: Bytes,
        data: Bytes,
    },
    AgentLost(Bytes),
    ExecutorLost {
        executor_id: Bytes,
        agent_id: Bytes,
        status: i32,
    },
    Error(String),
    /// `mesos.v1.scheduler.Call`.
    Call(Bytes),
    HeartbeatDue {
        subscription: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Callback(Upcall),
    /// [`Event::HeartbeatDue`] after [`HEARTBEAT_INTERVAL`].
    Heartbeat {
        subscription: u64,
    },
    Driver(Call),
    /// Stops the driver and removes the framework.
    Stop,
}

#[derive(Debug, Default)]
pub(super) struct Machine {
    connected: bool,
    /// SUBSCRIBE was sent since the connection was made.
    subscribed: bool,
    /// Counts subscriptions, so that the heartbeat of an old one does nothing.
    subscription: u64,
    pending: VecDeque<Bytes>,
    pending_bytes: usize,
    framework_id: Bytes,
}

impl Machine {
    pub(super) fn on(&mut self, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Registered {
                framework_id,
                master,
            } => {
                self.framework_id = framework_id;
                self.on_registered(&master, out);
            }
            Event::Reregistered { master } => self.on_registered(&master, out),
            Event::Disconnected => self.on_disconnected(out),
            Event::Offers(offers) => {
                self.received(
                    event_of(Type::Offers, 3, Writer::new().all(1, &offers)),
                    out,
                );
            }
            Event::Rescinded(offer_id) => {
                let rescind = Writer::new().bytes(1, &offer_id);
                self.received(event_of(Type::Rescind, 4, rescind), out);
            }
            Event::Update(status) => {
                let update = Writer::new().bytes(1, &status);
                self.received(event_of(Type::Update, 5, update), out);
            }
            Event::Message {
                executor_id,
                agent_id,
                data,
            } => {
                let message = Writer::new()
                    .bytes(1, &agent_id)
                    .bytes(2, &executor_id)
                    .bytes(3, &data);
                self.received(event_of(Type::Message, 6, message), out);
            }
            Event::AgentLost(agent_id) => {
                let failure = Writer::new().bytes(1, &agent_id);
                self.received(event_of(Type::Failure, 7, failure), out);
            }
            Event::ExecutorLost {
                executor_id,
                agent_id,
                status,
            } => {
                let failure = Writer::new()
                    .bytes(1, &agent_id)
                    .bytes(2, &executor_id)
                    .varint(3, i64::from(status).cast_unsigned());
                self.received(event_of(Type::Failure, 7, failure), out);
            }
            Event::Error(message) => self.on_error(&message, out),
            Event::Call(call) => self.on_call(&call, out),
            Event::HeartbeatDue { subscription } => self.on_heartbeat(subscription, out),
        }
    }

    fn on_registered(&mut self, master: &Bytes, out: &mut Vec<Effect>) {
        self.connected = true;
        out.push(Effect::Callback(Upcall::Connected));
        let subscribed = Writer::new()
            .bytes(1, &self.framework_id)
            .double(2, HEARTBEAT_INTERVAL_SECONDS)
            .bytes(3, master);
        self.received(event_of(Type::Subscribed, 2, subscribed), out);
        self.received(heartbeat(), out);
    }

    fn on_disconnected(&mut self, out: &mut Vec<Effect>) {
        if !self.pending.is_empty() {
            tracing::info!(
                "Dropping {} pending event(s) because master disconnected",
                self.pending.len()
            );
        }
        self.pending.clear();
        self.pending_bytes = 0;
        self.subscribed = false;
        self.connected = false;
        out.push(Effect::Callback(Upcall::Disconnected));
    }

    fn on_error(&mut self, message: &str, out: &mut Vec<Effect>) {
        if !self.subscribed && !self.connected {
            tracing::info!("Implicitly connecting the scheduler to send an error");
            self.connected = true;
            out.push(Effect::Callback(Upcall::Connected));
        }
        let error = Writer::new().bytes(1, message.as_bytes());
        self.received(event_of(Type::Error, 8, error), out);
    }

    fn on_heartbeat(&mut self, subscription: u64, out: &mut Vec<Effect>) {
        if !self.subscribed || subscription != self.subscription {
            return;
        }
        self.received(heartbeat(), out);
        out.push(Effect::Heartbeat { subscription });
    }

    /// Tells the user, now or after SUBSCRIBE.
    fn received(&mut self, event: Bytes, out: &mut Vec<Effect>) {
        if self.subscribed {
            out.push(Effect::Callback(Upcall::Received(event)));
            return;
        }
        let bytes = self.pending_bytes + event.len();
        if self.pending.len() >= PENDING_MAX || bytes > PENDING_BYTES_MAX {
            tracing::warn!("Dropping an event: the scheduler has not subscribed");
            return;
        }
        self.pending_bytes = bytes;
        self.pending.push_back(event);
    }

    fn subscribe(&mut self, out: &mut Vec<Effect>) {
        self.subscribed = true;
        self.subscription += 1;
        out.push(Effect::Heartbeat {
            subscription: self.subscription,
        });
        self.pending_bytes = 0;
        let pending = std::mem::take(&mut self.pending);
        let events = pending.into_iter().map(Upcall::Received);
        out.extend(events.map(Effect::Callback));
    }

    fn on_call(&mut self, call: &Bytes, out: &mut Vec<Effect>) {
        let codec = Codec {
            protocol: Protocol::Scheduler,
            content_type: ContentType::Protobuf,
        };
        if let (kind, Err(reason)) = codec.check(call) {
            tracing::warn!("Dropping {}: due to error {reason}", kind.name);
            return;
        }
        let call = convert::devolve_bytes("mesos.v1.scheduler.Call", call);
        let kind = match wire::decode::<mesos::scheduler::Call>(&call) {
            Ok(decoded) => decoded.r#type(),
            Err(error) => return tracing::warn!("Dropping a call: {error}"),
        };
        self.make(kind, &call, out);
    }

    fn make(&mut self, kind: mesos::scheduler::call::Type, call: &Bytes, out: &mut Vec<Effect>) {
        use mesos::scheduler::call::Type as Kind;
        let body = |number| splice::message(call, number).unwrap_or_default();
        let part = |body: &Bytes, number| splice::message(body, number).unwrap_or_default();
        let driver = match kind {
            Kind::Subscribe => return self.subscribe(out),
            Kind::Teardown => return out.push(Effect::Stop),
            Kind::Accept => accept(&body(4)),
            Kind::Decline => return decline(&body(5), out),
            Kind::Revive => Call::Revive { roles: Vec::new() },
            Kind::Suppress => Call::Suppress { roles: Vec::new() },
            Kind::Kill => Call::Kill {
                task_id: part(&body(6), 1),
            },
            Kind::Acknowledge => acknowledge(&body(8)),
            Kind::Reconcile => reconcile(&body(9)),
            Kind::Message => {
                let message = body(10);
                Call::Message {
                    agent_id: part(&message, 1),
                    executor_id: part(&message, 2),
                    data: part(&message, 3),
                }
            }
            Kind::Request => Call::Request {
                requests: splice::messages(&body(11), 1),
            },
            Kind::AcknowledgeOperationStatus | Kind::ReconcileOperations => return,
            Kind::AcceptInverseOffers
            | Kind::DeclineInverseOffers
            | Kind::Shutdown
            | Kind::UpdateFramework
            | Kind::Unknown => {
                return tracing::error!("Received an unexpected {} call", kind.as_str_name());
            }
        };
        out.push(Effect::Driver(driver));
    }
}

fn accept(accept: &Bytes) -> Call {
    Call::Accept {
        offer_ids: splice::messages(accept, 1),
        operations: splice::messages(accept, 2),
        filters: splice::message(accept, 3).unwrap_or_default(),
    }
}

fn decline(decline: &Bytes, out: &mut Vec<Effect>) {
    let filters = splice::message(decline, 2).unwrap_or_default();
    for offer_id in splice::messages(decline, 1) {
        out.push(Effect::Driver(Call::Decline {
            offer_id,
            filters: filters.clone(),
        }));
    }
}

/// The status that a driver's acknowledgement is made of.
fn acknowledge(acknowledge: &Bytes) -> Call {
    let part = |number| splice::message(acknowledge, number).unwrap_or_default();
    let status = Writer::new()
        .bytes(1, &part(2))
        .bytes(5, &part(1))
        .bytes(11, &part(3));
    Call::Acknowledge {
        status: status.finish(),
    }
}

/// Task ids only.
fn reconcile(reconcile: &Bytes) -> Call {
    let tasks = splice::messages(reconcile, 1);
    let status = |task: &Bytes| {
        let task_id = splice::message(task, 1).unwrap_or_default();
        Writer::new().bytes(1, &task_id).finish()
    };
    Call::Reconcile {
        statuses: tasks.iter().map(status).collect(),
    }
}

fn event_of(kind: Type, number: u32, inner: Writer) -> Bytes {
    Writer::new()
        .varint(1, kind as u64)
        .bytes(number, &inner.finish())
        .finish()
}

fn heartbeat() -> Bytes {
    mesos_proto::events::scheduler_heartbeat()
}
