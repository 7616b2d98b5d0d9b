//! Starts nothing yet.
