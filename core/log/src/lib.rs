//! The replicated log: what masters keep their registry in, and frameworks what they like.
//!
//! [`replica`] answers requests of the protocol and keeps what it promised, [`coordinator`] makes a quorum of replicas
//! agree on entries; both are machines. [`leveldb`] keeps a replica's records in the original's format, so that either
//! can open what the other has written. [`single`] is a log of one replica, and [`variables`] are named values in a log.
//!
//! Compat: LOG-1..LOG-21, REG-21..REG-26.
#![forbid(unsafe_code)]

pub mod coordinator;
pub mod leveldb;
pub mod positions;
pub mod replica;
pub mod single;
pub mod storage;
pub mod svndiff;
pub mod variables;

/// Positions count the entries of a log from 0.
pub type Position = u64;
/// Numbers of those who want to write; the highest that a quorum has promised wins.
pub type Proposal = u64;
