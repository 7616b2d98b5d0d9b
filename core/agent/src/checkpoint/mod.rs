//! The agent's files: where they are (`paths`), how they are framed (`record`), how they are
//! written so that a crash leaves either the old or the new content (`write`).
//!
//! Compat: agent §5.1–§5.3.

pub mod paths;
pub mod record;
pub mod write;
