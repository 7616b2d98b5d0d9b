//! What the daemons share: log files, metrics, the file endpoints, and the small endpoints that
//! every process serves (`/version`, `/system/stats.json`, `/help`, ...).
//!
//! Library code never installs a logger or prints by itself: a main calls [`logging::install`].

#![forbid(unsafe_code)]

pub mod files;
pub mod flags;
pub mod logging;
pub mod metrics;
pub mod endpoints;
