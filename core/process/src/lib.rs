//! Actors that talk over the libprocess wire protocol, and the HTTP server that shares their port.
//!
//! A [`Node`] is one libprocess instance: it owns a listening socket, a table of named processes
//! (each a bounded [`Mailbox`]), one outgoing connection per peer and the links between processes.
//! Requests that are not messages go to an [`http::Handler`], usually an [`http::Router`].
//!
//! Framing, parsing and record encoding are plain functions over bytes ([`actor::codec`],
//! [`http::decode`], [`recordio`]); sockets and tasks live in [`actor::node`] and `http::server`.

#![forbid(unsafe_code)]

pub mod actor;
pub mod env;
pub mod http;
pub mod recordio;

pub use actor::mailbox::{Envelope, Mailbox};
pub use actor::node::{BindError, LinkMode, Node, NodeStatistics};
pub use actor::pid::{Upid, unique_id};
pub use env::{EnvError, NodeConfig};
