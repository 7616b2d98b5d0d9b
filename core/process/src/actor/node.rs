//! One libprocess instance: listener, process table, connections and links.
//!
//! Compat: libprocess §2, §3 (address of this instance).

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::link::{Exit, Links};
use super::listen::{accept, listen, os_text, own_ip};
use super::mailbox::{Envelope, HARD_LIMIT, Mailbox, Push, Queue};
use super::outgoing::{Outgoing, Queued};
use super::peer::{self, End, Peer};
use super::pid::Upid;
use super::table::Table;
use crate::env::NodeConfig;
use crate::http;

/// How long a shutdown waits for queued messages to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);
/// How often [`Node::flush`] looks whether all is written.
const FLUSH_POLL: Duration = Duration::from_millis(1);

/// Why a node could not start. The texts are the original's.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("Failed to initialize: Failed to bind on {address}: {text}")]
    Bind {
        address: SocketAddrV4,
        text: String,
        source: io::Error,
    },
    #[error(
        "Failed to obtain the IP address for '{host}'; the DNS service may not be able to resolve \
         it: {reason}"
    )]
    Resolve { host: String, reason: String },
}

/// How [`Node::link`] treats an existing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkMode {
    Reuse,
    /// Opens a new connection and moves what is queued to it; no Exited event.
    Reconnect,
}

/// Counters of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeStatistics {
    pub messages_received: u64,
    pub messages_sent: u64,
    /// Dropped because a queue was full.
    pub messages_dropped: u64,
    /// Lost because a connection broke or could not be made.
    pub messages_lost: u64,
}

#[derive(Default)]
struct Counters {
    received: AtomicU64,
    /// Accepted for a remote process; written or lost later.
    queued: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    lost: AtomicU64,
}

/// Connections and links change together, under one lock.
#[derive(Default)]
struct Network {
    peers: HashMap<SocketAddrV4, Peer, foldhash::fast::RandomState>,
    links: Links,
    generation: u64,
    closed: bool,
}

pub(crate) struct Inner {
    address: SocketAddrV4,
    config: NodeConfig,
    runtime: Handle,
    table: Table,
    network: Mutex<Network>,
    handler: RwLock<Option<Arc<dyn http::Handler>>>,
    counters: Counters,
    pub(super) shutdown: watch::Sender<bool>,
    /// Owns the listening socket.
    accepting: Mutex<Option<JoinHandle<()>>>,
    /// Outgoing connection tasks that still run.
    connections: AtomicUsize,
    connection_done: Notify,
}

/// One libprocess instance; clones share it. It lives until [`Node::shutdown`].
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

impl Node {
    /// Binds, and starts accepting connections on the current tokio runtime.
    pub async fn bind(config: NodeConfig) -> Result<Node, BindError> {
        let wanted = SocketAddrV4::new(config.ip.unwrap_or(Ipv4Addr::UNSPECIFIED), config.port);
        let listener = listen(wanted).map_err(|source| BindError::Bind {
            address: wanted,
            text: os_text(&source),
            source,
        })?;
        let bound = listener
            .local_addr()
            .map_or(wanted.port(), |address| address.port());
        let ip =
            match config.advertise_ip.unwrap_or(*wanted.ip()) {
                ip if ip.is_unspecified() => tokio::task::spawn_blocking(own_ip)
                    .await
                    .unwrap_or_else(|error| {
                        Err(BindError::Resolve {
                            host: String::new(),
                            reason: error.to_string(),
                        })
                    })?,
                ip => ip,
            };
        let address = SocketAddrV4::new(ip, config.advertise_port.unwrap_or(bound));
        let (shutdown, _) = watch::channel(false);
        let inner = Arc::new(Inner {
            address,
            config,
            runtime: Handle::current(),
            table: Table::default(),
            network: Mutex::default(),
            handler: RwLock::new(None),
            counters: Counters::default(),
            shutdown,
            accepting: Mutex::new(None),
            connections: AtomicUsize::new(0),
            connection_done: Notify::new(),
        });
        let accepting = inner.runtime.spawn(accept(inner.clone(), listener));
        *inner
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(accepting);
        Ok(Self { inner })
    }

    /// The advertised address.
    pub fn address(&self) -> SocketAddrV4 {
        self.inner.address
    }

    /// The UPID of a process of this node, whether it exists or not.
    pub fn upid(&self, id: &str) -> Upid {
        Upid::new(id, self.address())
    }

    /// Starts a process. A second process of the same id replaces the first.
    pub fn spawn(&self, id: &str) -> Mailbox {
        let upid = self.upid(id);
        let queue = Arc::new(Queue::default());
        if *self.inner.shutdown.borrow() {
            queue.close();
        } else if let Some(old) = self.inner.table.insert(upid.id.clone(), queue.clone()) {
            old.close();
        }
        Mailbox {
            queue,
            upid,
            node: Arc::downgrade(&self.inner),
        }
    }

    /// Ids of all live processes, sorted.
    pub fn process_ids(&self) -> Vec<String> {
        self.inner.table.ids()
    }

    /// Sends a message: never blocks, at most once, in order per peer. May be called from any
    /// thread. Sending to the null UPID does nothing.
    pub fn send(&self, from: &Upid, to: &Upid, name: &str, body: Bytes) {
        self.inner.send(from, to, name, body);
    }

    /// Makes `watcher` (a process of this node) receive [`Envelope::Exited`] when the connection
    /// to `to` breaks or cannot be made, or when the local process `to` ends.
    pub fn link(&self, watcher: &Upid, to: &Upid, mode: LinkMode) {
        self.inner.link(watcher, to, mode);
    }

    /// Installs the handler of all requests that are not messages.
    pub fn serve(&self, handler: Arc<dyn http::Handler>) {
        *self
            .inner
            .handler
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(handler);
    }

    pub fn statistics(&self) -> NodeStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.inner.counters;
        NodeStatistics {
            messages_received: read(&counters.received),
            messages_sent: read(&counters.sent),
            messages_dropped: read(&counters.dropped),
            messages_lost: read(&counters.lost),
        }
    }

    /// Waits until every message sent so far to another node has been written or lost.
    pub async fn flush(&self) {
        let counters = &self.inner.counters;
        let goal = counters.queued.load(Ordering::Relaxed);
        let done = || {
            let (sent, lost) = (&counters.sent, &counters.lost);
            sent.load(Ordering::Relaxed) + lost.load(Ordering::Relaxed)
        };
        while done() < goal {
            tokio::time::sleep(FLUSH_POLL).await;
        }
    }

    /// Writes what is queued (for at most two seconds), then closes the listener, all connections
    /// and all mailboxes.
    pub async fn shutdown(&self) {
        let inner = &self.inner;
        let outgoing: Vec<_> = {
            let mut network = inner.network();
            network.closed = true;
            network
                .peers
                .values()
                .map(|peer| peer.outgoing.clone())
                .collect()
        };
        for queue in &outgoing {
            queue.finish();
        }
        let flushed = async {
            loop {
                let done = inner.connection_done.notified();
                if inner.connections.load(Ordering::Acquire) == 0 {
                    return;
                }
                done.await;
            }
        };
        let _ = tokio::time::timeout(FLUSH_TIMEOUT, flushed).await;
        inner.shutdown.send_replace(true);
        let accepting = inner
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(accepting) = accepting {
            // The port is free when this returns; the task cannot fail in a way that matters.
            let _ = accepting.await;
        }
        inner.table.close_all();
        *inner
            .handler
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Inner {
    pub(crate) fn address(&self) -> SocketAddrV4 {
        self.address
    }

    pub(crate) fn requires_address_match(&self) -> bool {
        self.config.require_peer_address_ip_match
    }

    pub(crate) fn process(&self, id: &str) -> Option<Arc<Queue>> {
        self.table.get(id)
    }

    pub(crate) fn handler(&self) -> Option<Arc<dyn http::Handler>> {
        self.handler
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn received(&self) {
        self.counters.received.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, messages: usize, all: bool) {
        let counter = if all {
            &self.counters.sent
        } else {
            &self.counters.lost
        };
        counter.fetch_add(messages as u64, Ordering::Relaxed);
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(self: &Arc<Self>, from: &Upid, to: &Upid, name: &str, body: Bytes) {
        if to.is_null() {
            return;
        }
        if to.address == self.address {
            self.send_locally(from, to, name, body);
            return;
        }
        let result = {
            let mut network = self.network();
            if network.closed {
                return;
            }
            let mut result = Queued::Closed;
            if let Some(peer) = network.peers.get(&to.address) {
                result = peer.outgoing.push(from, &to.id, name, &body);
            }
            if result == Queued::Closed {
                let outgoing = self.open(&mut network, to.address, Outgoing::default());
                result = outgoing.push(from, &to.id, name, &body);
            }
            result
        };
        if result == Queued::Yes {
            self.counters.queued.fetch_add(1, Ordering::Relaxed);
        } else {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("Dropped message '{name}' to {to}: its queue is full");
        }
    }

    fn send_locally(&self, from: &Upid, to: &Upid, name: &str, body: Bytes) {
        let Some(queue) = self.table.get(&to.id) else {
            return;
        };
        let (from, to, name) = (from.clone(), to.clone(), Arc::from(name));
        let envelope = Envelope::Message {
            from,
            to,
            name,
            body,
        };
        if let (Push::Full, _) = queue.push(envelope, HARD_LIMIT) {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Starts a connection task and makes it the one for `address`.
    fn open(
        self: &Arc<Self>,
        network: &mut Network,
        address: SocketAddrV4,
        outgoing: Outgoing,
    ) -> Arc<Outgoing> {
        let outgoing = Arc::new(outgoing);
        network.generation += 1;
        let generation = network.generation;
        network.peers.insert(
            address,
            Peer {
                outgoing: outgoing.clone(),
                generation,
            },
        );
        self.connections.fetch_add(1, Ordering::AcqRel);
        let connection = peer::run(self.clone(), address, outgoing.clone(), generation);
        let mut shutdown = self.shutdown.subscribe();
        self.runtime.spawn(async move {
            tokio::select! {
                () = connection => {}
                _ = shutdown.wait_for(|down| *down) => {}
            }
        });
        outgoing
    }

    fn link(self: &Arc<Self>, watcher: &Upid, to: &Upid, mode: LinkMode) {
        if to.is_null() {
            return;
        }
        if to.address == self.address {
            // Recorded before the look-up, so that an end in between is not missed.
            self.network().links.add(watcher.id.clone(), to);
            if self.table.get(&to.id).is_none() {
                self.exited(self.network().links.ended(to));
            }
            return;
        }
        let mut network = self.network();
        if network.closed {
            return;
        }
        network.links.add(watcher.id.clone(), to);
        let existing = network
            .peers
            .get(&to.address)
            .map(|peer| peer.outgoing.clone());
        match existing {
            Some(outgoing) if mode == LinkMode::Reuse && !outgoing.is_closed() => {}
            Some(outgoing) => {
                let moved = outgoing.close();
                self.open(&mut network, to.address, Outgoing::starting_with(moved));
            }
            None => {
                self.open(&mut network, to.address, Outgoing::default());
            }
        }
    }

    /// Closes a connection that nobody used for a while, unless it is linked or was just used.
    pub(crate) fn close_idle(
        &self,
        address: SocketAddrV4,
        generation: u64,
        outgoing: &Outgoing,
    ) -> bool {
        let mut network = self.network();
        if network.links.is_linked(address) || !outgoing.close_if_empty() {
            return false;
        }
        if network
            .peers
            .get(&address)
            .is_some_and(|peer| peer.generation == generation)
        {
            network.peers.remove(&address);
        }
        true
    }

    /// A connection task ended: its links end with it unless it was replaced.
    pub(crate) fn connection_ended(
        self: &Arc<Self>,
        address: SocketAddrV4,
        generation: u64,
        outgoing: &Outgoing,
        end: End,
    ) {
        let exits = {
            let mut network = self.network();
            let unsent = outgoing.close();
            let current = network
                .peers
                .get(&address)
                .is_some_and(|peer| peer.generation == generation);
            if current {
                network.peers.remove(&address);
            }
            let linked = network.links.is_linked(address);
            match &end {
                End::Broken(_) if current && !linked && unsent.messages > 0 && !network.closed => {
                    // The peer closed an idle connection while messages were on their way to it:
                    // none of them was written, so a new connection still gives at most once.
                    self.open(&mut network, address, Outgoing::starting_with(unsent));
                }
                End::Closed | End::Refused(_) | End::Broken(_) => {
                    self.counters
                        .lost
                        .fetch_add(unsent.messages as u64, Ordering::Relaxed);
                }
            }
            if current && linked && !network.closed {
                network.links.broken(address)
            } else {
                Vec::new()
            }
        };
        match end {
            End::Closed => {}
            End::Refused(error) => {
                tracing::warn!("Failed to connect to {address}: {}", os_text(&error));
            }
            End::Broken(error) => {
                tracing::debug!("Connection to {address} broke: {}", os_text(&error));
            }
        }
        self.exited(exits);
        self.connections.fetch_sub(1, Ordering::AcqRel);
        self.connection_done.notify_waiters();
    }

    /// A mailbox was dropped.
    pub(crate) fn process_ended(&self, upid: &Upid, queue: &Arc<Queue>) {
        if self.table.remove(&upid.id, queue) {
            let exits = self.network().links.ended(upid);
            self.exited(exits);
        }
    }

    fn exited(&self, exits: Vec<Exit>) {
        for (watcher, pid) in exits {
            if let Some(queue) = self.table.get(&watcher) {
                queue.push(Envelope::Exited { pid }, HARD_LIMIT);
            }
        }
    }
}
