//! One level of a reservation stack.

use crate::{Role, label};
use mesos_proto::mesos as pb;
use pb::resource::{ReservationInfo, reservation_info::Type};
use std::sync::Arc;

/// Declared by the agent's operator, or made at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationKind {
    Static,
    Dynamic,
}

/// One reservation; a resource carries a stack of them, outermost role first.
#[derive(Clone, Debug)]
pub struct Reservation {
    pub kind: ReservationKind,
    pub role: Role,
    pub principal: Option<Arc<str>>,
    pub labels: Option<Arc<pb::Labels>>,
}

impl Reservation {
    pub fn fixed(role: &Role) -> Self {
        Self {
            kind: ReservationKind::Static,
            role: role.clone(),
            principal: None,
            labels: None,
        }
    }

    pub fn dynamic(role: &Role, principal: Option<&str>) -> Self {
        let principal = principal.map(Arc::from);
        Self {
            kind: ReservationKind::Dynamic,
            role: role.clone(),
            principal,
            labels: None,
        }
    }

    pub fn from_proto(message: &ReservationInfo) -> Self {
        let kind = match message.r#type() {
            Type::Dynamic => ReservationKind::Dynamic,
            Type::Static | Type::Unknown => ReservationKind::Static,
        };
        Self {
            kind,
            role: Role::new(message.role()),
            principal: message.principal.as_deref().map(Arc::from),
            labels: message.labels.clone().map(Arc::new),
        }
    }

    pub fn to_proto(&self) -> ReservationInfo {
        let kind = match self.kind {
            ReservationKind::Static => Type::Static,
            ReservationKind::Dynamic => Type::Dynamic,
        };
        ReservationInfo {
            r#type: Some(kind as i32),
            role: Some(self.role.to_string()),
            principal: self.principal.as_deref().map(str::to_owned),
            labels: self.labels.as_deref().cloned(),
        }
    }
}

impl PartialEq for Reservation {
    fn eq(&self, other: &Self) -> bool {
        let labels = match (&self.labels, &other.labels) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right) || label::equal(left, right),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        labels
            && self.kind == other.kind
            && self.role == other.role
            && self.principal == other.principal
    }
}
