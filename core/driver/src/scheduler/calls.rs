//! The calls of a framework as they wait for the driver's thread.
//!
//! Compat: S19, S22–S30.

use bytes::Bytes;

use crate::splice::Writer;

/// One call; fields are serialised messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Request {
        requests: Vec<Bytes>,
    },
    Accept {
        offer_ids: Vec<Bytes>,
        operations: Vec<Bytes>,
        filters: Bytes,
    },
    Decline {
        offer_id: Bytes,
        filters: Bytes,
    },
    /// No roles means all roles.
    Revive {
        roles: Vec<String>,
    },
    /// No roles means all roles.
    Suppress {
        roles: Vec<String>,
    },
    Kill {
        task_id: Bytes,
    },
    Acknowledge {
        status: Bytes,
    },
    Message {
        executor_id: Bytes,
        agent_id: Bytes,
        data: Bytes,
    },
    Reconcile {
        statuses: Vec<Bytes>,
    },
    UpdateFramework {
        framework: Bytes,
        suppressed_roles: Vec<String>,
        offer_constraints: Bytes,
    },
}

impl Call {
    /// launchTasks is an accept with one LAUNCH that holds all tasks (S19).
    #[must_use]
    pub fn launch(offer_ids: Vec<Bytes>, tasks: &[Bytes], filters: Bytes) -> Self {
        let launch = Writer::new().all(1, tasks).finish();
        let operation = Writer::new().varint(1, 1).bytes(2, &launch).finish();
        Self::Accept {
            offer_ids,
            operations: vec![operation],
            filters,
        }
    }
}
