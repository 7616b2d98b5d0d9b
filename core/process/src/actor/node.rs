//! One libprocess instance.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use bytes::Bytes;

use crate::actor::mailbox::{Mailbox, Queue};
use crate::actor::pid::Upid;
use crate::env::NodeConfig;
use crate::http;

/// Why a node could not start. The texts are the original's.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("Failed to initialize: Failed to bind on {address}: {text}")]
    Bind { address: SocketAddrV4, text: String, source: std::io::Error },
    #[error("Failed to obtain the IP address for '{host}'; the DNS service may not be able to resolve it: {reason}")]
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

pub(crate) struct Inner {
    address: SocketAddrV4,
}

impl Inner {
    pub(crate) fn process_ended(&self, _upid: &Upid, _queue: &Arc<Queue>) {}
}

/// One libprocess instance; clones share it.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

impl Node {
    /// Binds, and starts accepting connections on the current tokio runtime.
    pub async fn bind(config: NodeConfig) -> Result<Node, BindError> {
        let ip = config.ip.unwrap_or(Ipv4Addr::LOCALHOST);
        Ok(Self { inner: Arc::new(Inner { address: SocketAddrV4::new(ip, config.port) }) })
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
        Mailbox { queue: Arc::default(), upid: self.upid(id), node: Arc::downgrade(&self.inner) }
    }

    /// Ids of all live processes, sorted.
    pub fn process_ids(&self) -> Vec<String> {
        Vec::new()
    }

    /// Sends a message: never blocks, at most once, in order per peer. May be called from any thread.
    pub fn send(&self, _from: &Upid, _to: &Upid, _name: &str, _body: Bytes) {}

    /// Makes `watcher` (a process of this node) receive [`super::mailbox::Envelope::Exited`] when
    /// the connection to `to` breaks, or when the local process `to` ends.
    pub fn link(&self, _watcher: &Upid, _to: &Upid, _mode: LinkMode) {}

    /// Installs the handler of all requests that are not messages.
    pub fn serve(&self, _handler: Arc<dyn http::Handler>) {}

    pub fn statistics(&self) -> NodeStatistics {
        NodeStatistics::default()
    }

    /// Closes the listener, all connections and all mailboxes.
    pub async fn shutdown(&self) {}
}
