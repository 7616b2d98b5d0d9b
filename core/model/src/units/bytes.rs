//! Byte sizes: `10MB`, whole numbers only. Compat: FLG-6.

use crate::value::parse_unsigned;
use std::fmt;
use thiserror::Error;

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(pub u64);

const UNITS: [(&str, u64); 5] = [
    ("B", 1),
    ("KB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
    ("TB", 1 << 40),
];

impl Bytes {
    pub fn megabytes(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }
}

/// Why a text is no byte size.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BytesError {
    #[error("Fractional bytes '{0}'")]
    Fraction(String),
    #[error("Failed to convert '{0}' to number")]
    Number(String),
    #[error("Unknown bytes unit '{0}'")]
    Unit(String),
    #[error("Invalid bytes '{0}'")]
    NoUnit(String),
}

/// Reads digits and a unit in any case.
pub fn parse_bytes(text: &str) -> Result<Bytes, BytesError> {
    let Some(at) = text.find(|c: char| !c.is_ascii_digit()) else {
        return Err(BytesError::NoUnit(text.to_owned()));
    };
    let (digits, unit) = text.split_at(at);
    if unit.starts_with('.') {
        return Err(BytesError::Fraction(text.to_owned()));
    }
    let number = || BytesError::Number(digits.to_owned());
    let count = parse_unsigned(digits).ok_or_else(number)?;
    let unit = unit.to_ascii_uppercase();
    let Some(&(_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(BytesError::Unit(unit));
    };
    Ok(Bytes(count.checked_mul(size).ok_or_else(number)?))
}

/// Prints in the largest unit that loses nothing.
pub fn format_bytes(bytes: Bytes) -> String {
    bytes.to_string()
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |&&(_, size): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(size);
        let (unit, size) = UNITS.iter().rev().find(whole).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", self.0 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_print_in_the_largest_lossless_unit() {
        for (text, printed) in [
            ("0MB", "0B"),
            ("1024kb", "1MB"),
            ("2GB", "2GB"),
            ("1025B", "1025B"),
        ] {
            assert_eq!(parse_bytes(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn fractions_and_missing_units_are_refused() {
        let text = |input| parse_bytes(input).unwrap_err().to_string();
        assert_eq!(text("1.5GB"), "Fractional bytes '1.5GB'");
        assert_eq!(text("12"), "Invalid bytes '12'");
        assert_eq!(text("12xb"), "Unknown bytes unit 'XB'");
        assert_eq!(text("MB"), "Failed to convert '' to number");
    }
}
