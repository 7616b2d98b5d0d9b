//! The resource algebra: entries, bags of entries, quantities and limits. Compat: RES-1..RES-57.
//!
//! Inside, a resource is always in the post-refinement form with a fixed-point amount; messages are converted
//! at the edge ([`mod@format`] holds the older wire forms).

mod algebra;
mod bag;
mod check;
mod entry;
pub mod format;
mod limits;
mod name;
mod operation;
mod parse;
mod print;
mod quantities;
mod reservation;
mod search;

pub use crate::error::Invalid as ResourceError;
pub use bag::Resources;
pub use check::{validate, validate_all};
pub use entry::Resource;
pub use limits::ResourceLimits;
pub use name::Name;
pub use operation::{Conversion, conversions, is_speculative, provider_of};
pub use parse::parse_messages;
pub use print::{format_list, format_message};
pub use quantities::ResourceQuantities;
pub use reservation::{Reservation, ReservationKind};
