//! What the daemons share: flags, log files, metrics, the file endpoints, and the small endpoints
//! that every process serves (`/version`, `/system/stats.json`, `/help`, ...).
//!
//! Library code never installs a logger or prints by itself: a main calls [`logging::install`].

#![forbid(unsafe_code)]

pub mod endpoints;
pub mod files;
pub mod flags;
pub mod host;
pub mod json;
pub mod logging;
pub mod metrics;
pub mod system;
pub mod version;
