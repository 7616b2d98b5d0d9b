//! Durations and byte sizes with the original's texts. Compat: FLG-5, FLG-6.

mod bytes;
mod duration;

pub use bytes::{Bytes, BytesError, format_bytes, parse_bytes};
pub use duration::{DurationError, Nanos, format_duration, parse_duration};
