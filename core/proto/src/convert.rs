//! Conversion of messages between the v0 and the v1 form, on bytes.

use bytes::Bytes;
use prost::{Message, Name};

use crate::wire::WireError;

/// The v1 form of a v0 message: `evolve::<v1::FrameworkInfo>(&framework_info)`.
///
/// Missing required fields are tolerated, as in the original.
pub fn evolve<To: Message + Name + Default>(
    message: &(impl Message + Name),
) -> Result<To, WireError> {
    convert(message)
}

/// The v0 form of a v1 message.
pub fn devolve<To: Message + Name + Default>(
    message: &(impl Message + Name),
) -> Result<To, WireError> {
    convert(message)
}

/// The bytes of the v1 form of the v0 message `full_name`.
pub fn evolve_bytes(full_name: &str, bytes: &Bytes) -> Bytes {
    let _ = full_name;
    bytes.clone()
}

/// The bytes of the v0 form of the v1 message `full_name`.
pub fn devolve_bytes(full_name: &str, bytes: &Bytes) -> Bytes {
    let _ = full_name;
    bytes.clone()
}

fn convert<To: Message + Name + Default>(message: &(impl Message + Name)) -> Result<To, WireError> {
    crate::wire::decode_partial(&message.encode_to_vec())
}
