//! Authentication: of drivers and agents with CRAM-MD5 over messages, of HTTP clients with basic credentials.
//!
//! The conversation machines are sans-IO; [`session`] runs the client side over a node, for drivers and agents alike.
#![forbid(unsafe_code)]

pub mod basic;
pub mod cram_md5;
pub mod session;

/// A principal and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub principal: String,
    pub secret: Vec<u8>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.principal)
    }
}

/// How a conversation ended for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    /// Unknown principal or wrong secret: trying again is of no use.
    Refused,
    /// An error or no answer in time; another attempt may work.
    Failed(String),
}
