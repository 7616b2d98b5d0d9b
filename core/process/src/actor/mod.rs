//! Named processes, their mailboxes, and messages between them.

pub mod codec;
pub(crate) mod link;
pub(crate) mod listen;
pub mod mailbox;
pub mod node;
pub(crate) mod outgoing;
pub(crate) mod peer;
pub mod pid;
pub(crate) mod receive;
pub(crate) mod table;
