//! Tests of the message layer against recorded facts, traffic and answers.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod convert;
mod facts;
mod golden;
mod json;
mod laws;
mod wire;
