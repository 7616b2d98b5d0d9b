//! What each event does to the books, one file per group of events. Compat: ALC table 9.3.

mod agent;
mod framework;
mod maintenance;
mod offers;
mod quota;
mod resources;

pub use resources::UpdateAvailableError;
