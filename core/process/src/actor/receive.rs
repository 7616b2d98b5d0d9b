//! What a connection does with each message request it has parsed.
//!
//! Compat: libprocess §1, "Receiving".

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::codec::{self, TargetError};
use super::mailbox::{Envelope, Push, Queue, SOFT_LIMIT};
use super::node::Inner;
use super::pid::Upid;

/// Targets and senders a connection remembers; beyond it starts anew.
const CACHE_ENTRIES: usize = 1024;

struct Target {
    to: Upid,
    name: Arc<str>,
    queue: Option<Arc<Queue>>,
}

/// The answer to a message request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    NotFound,
    BadRequest(String),
    Internal(String),
}

/// Delivers the messages of one connection.
pub(crate) struct Receiver {
    node: Arc<Inner>,
    peer: IpAddr,
    targets: HashMap<Box<str>, Target, RandomState>,
    senders: HashMap<Box<str>, Upid, RandomState>,
}

impl Receiver {
    pub fn new(node: Arc<Inner>, peer: IpAddr) -> Self {
        Self {
            node,
            peer,
            targets: HashMap::default(),
            senders: HashMap::default(),
        }
    }

    /// Delivers one message, waiting while the mailbox is full.
    pub async fn deliver(&mut self, target: &str, from: &str, body: Bytes) -> Verdict {
        let from = self.sender(from);
        if self.node.requires_address_match() && self.peer != IpAddr::V4(*from.address.ip()) {
            return Verdict::BadRequest(format!(
                "UPID IP address validation failed: Message from {from} was sent from IP {}",
                self.peer
            ));
        }
        let target = match self.target(target) {
            Ok(target) => target,
            Err(verdict) => return verdict,
        };
        let Some(queue) = target.queue.clone() else {
            return Verdict::NotFound;
        };
        let (to, name) = (target.to.clone(), target.name.clone());
        let envelope = Envelope::Message {
            from,
            to,
            name,
            body,
        };
        let delivered = match queue.push(envelope, SOFT_LIMIT) {
            (Push::Done, _) => true,
            (Push::Closed, _) | (Push::Full, None) => false,
            (Push::Full, Some(envelope)) => queue.push_remote(envelope).await,
        };
        if !delivered {
            return Verdict::NotFound;
        }
        self.node.received();
        Verdict::Accepted
    }

    fn sender(&mut self, text: &str) -> Upid {
        if let Some(known) = self.senders.get(text) {
            return known.clone();
        }
        // A name instead of an address would need a blocking look-up for each forged header.
        let upid = Upid::parse_literal(text);
        if self.senders.len() >= CACHE_ENTRIES {
            self.senders.clear();
        }
        self.senders.insert(text.into(), upid.clone());
        upid
    }

    fn target(&mut self, text: &str) -> Result<&Target, Verdict> {
        let live = |target: &Target| {
            target
                .queue
                .as_ref()
                .is_some_and(|queue| !queue.is_closed())
        };
        if !self.targets.get(text).is_some_and(live) {
            let destination = codec::parse_target(text).map_err(|error| match error {
                TargetError::NoSlash => {
                    Verdict::BadRequest("Request URL path must start with '/'".to_owned())
                }
                TargetError::BadEscape(reason) => {
                    Verdict::Internal(format!("Failed to decode URL path: {reason}"))
                }
            })?;
            let queue = self.node.process(&destination.id);
            let to = Upid::new(destination.id, self.node.address());
            let target = Target {
                to,
                name: destination.name.into(),
                queue,
            };
            if self.targets.len() >= CACHE_ENTRIES {
                self.targets.clear();
            }
            self.targets.insert(text.into(), target);
        }
        self.targets.get(text).ok_or(Verdict::NotFound)
    }
}
