//! Refuses messages from the network that the original's parser would refuse.

use bytes::Bytes;
use mesos_proto::wire::{self, WireError};

/// Checks that a message of that name has all required fields and only known required enum values. Messages that
/// no driver knows pass: the machines ignore them.
pub(crate) fn check(name: &str, body: &Bytes) -> Result<(), WireError> {
    match wire::check(name, body) {
        Ok(_) | Err(WireError::Unknown(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
