//! Numbers as the original prints them.

/// Appends an integer.
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends an unsigned integer.
pub fn write_u64(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a double: shortest form that reads back, `4.0` for whole numbers, exponent from 1e21 up.
pub fn write_f64(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{value:?}").as_bytes());
}
