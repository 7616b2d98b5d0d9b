//! The hierarchical DRF allocator: decides which framework is offered which resources.
//!
//! A machine: [`Event`]s and the time go in, [`Command`]s come out. It knows agents, frameworks and
//! roles only by dense numbers inside; names live at the edge. It never reads a clock: the owner
//! sends [`Event::Tick`] when [`Allocator::next_deadline`] has passed, after draining its inbox, so
//! that many triggers end in one run (ALC-5). Nothing is offered between two events of one batch, so
//! there is nothing to pause while the owner's books are in between two states (ALC-7).
//!
//! Compat: ALC-1..ALC-32, ALC-34..ALC-37 (rules of `spec/master-allocator.md`).
#![forbid(unsafe_code)]

mod agents;
mod allocator;
mod amounts;
mod books;
mod changes;
mod check;
mod command;
mod config;
pub mod constraint;
mod cycle;
mod event;
mod explain;
mod filter;
mod frameworks;
mod headroom;
mod index;
mod metrics;
mod offer;
mod on;
mod orphans;
mod pattern;
mod quota;
mod random;
mod roles;
mod shares;
mod sorter;

pub use allocator::{Allocator, LastRun};
pub use command::{Command, RoleOffer};
pub use config::{Config, MinAllocatable, Recovery, SorterKind, default_min_allocatable};
pub use constraint::{ConstraintError, OfferConstraints};
pub use event::{AgentSpec, Event, FrameworkSpec, Held, InverseAnswer, Unavailability};
pub use explain::{ConstraintsOutlook, Outlook, Reason, RoleOutlook};
pub use on::UpdateAvailableError;
pub use pattern::PatternError;
pub use quota::Quota;
pub use shares::{FrameworkShare, RoleShares};
