//! Byte sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);
pub fn parse_bytes(_text: &str) -> Result<Bytes, String> { todo!() }
pub fn format_bytes(_b: Bytes) -> String { todo!() }
