//! The resource algebra: entries, bags of entries, quantities and limits. Compat: RES-1..RES-57.

mod entry;
mod limits;
mod quantities;
mod set;

pub use entry::{Disk, Name, Reservation, ReservationKind, Resource, ResourceError};
pub use limits::ResourceLimits;
pub use quantities::ResourceQuantities;
pub use set::{ApplyError, Conversion, Resources};
