//! Durations: `10secs`, `1.5hrs`. Compat: FLG-5.

use crate::value::{format_double, parse_double};
use std::{fmt, time::Duration};
use thiserror::Error;

/// Signed nanoseconds, as the protocol's DurationInfo carries them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nanos(pub i64);

/// Smallest first.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("secs", 1_000_000_000),
    ("mins", 60_000_000_000),
    ("hrs", 3_600_000_000_000),
    ("days", 86_400_000_000_000),
    ("weeks", 604_800_000_000_000),
];

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    #[error("Failed to convert '{0}' to number")]
    Number(String),
    #[error(
        "Unknown duration unit '{0}'; supported units are \
         'ns', 'us', 'ms', 'secs', 'mins', 'hrs', 'days', and 'weeks'"
    )]
    Unit(String),
    #[error("Argument out of the range that a Duration can represent due to int64_t's size limit")]
    OutOfRange,
    #[error("Invalid duration '{0}'")]
    NoUnit(String),
}

impl Nanos {
    pub const ZERO: Nanos = Nanos(0);

    pub const fn secs(count: i64) -> Self {
        Self(count.saturating_mul(1_000_000_000))
    }

    pub const fn millis(count: i64) -> Self {
        Self(count.saturating_mul(1_000_000))
    }

    pub const fn mins(count: i64) -> Self {
        Self::secs(count.saturating_mul(60))
    }

    pub const fn hrs(count: i64) -> Self {
        Self::mins(count.saturating_mul(60))
    }

    /// From the protocol's floating seconds.
    pub fn from_secs_f64(secs: f64) -> Result<Self, DurationError> {
        let nanos = secs * 1e9;
        if nanos.is_nan() || nanos > i64::MAX as f64 || nanos < i64::MIN as f64 {
            return Err(DurationError::OutOfRange);
        }
        Ok(Self(nanos as i64))
    }

    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// As an unsigned duration; negative becomes zero.
    pub fn to_std(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// Reads a decimal number and a unit in its exact spelling; negative durations have no text form.
pub fn parse_duration(text: &str) -> Result<Nanos, DurationError> {
    let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '.') else {
        return Err(DurationError::NoUnit(text.to_owned()));
    };
    let (digits, unit) = text.split_at(at);
    let value = parse_double(digits).ok_or_else(|| DurationError::Number(digits.to_owned()))?;
    let Some(&(_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(DurationError::Unit(unit.to_owned()));
    };
    let nanos = value * factor as f64;
    if nanos > i64::MAX as f64 {
        return Err(DurationError::OutOfRange);
    }
    Ok(Nanos(nanos as i64))
}

/// Prints as the original does: `90secs`, `1mins`, `1.5secs`.
pub fn format_duration(duration: Nanos) -> String {
    duration.to_string()
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.checked_abs().unwrap_or(i64::MAX);
        let bucket = UNITS
            .iter()
            .rposition(|&(_, size)| nanos >= size)
            .unwrap_or(0);
        // One unit below the bucket reads better when only it gives a whole number.
        let finer = bucket > 0
            && nanos % UNITS[bucket].1 != 0
            && (bucket == 1 || nanos % UNITS[bucket - 1].1 == 0);
        let (unit, size) = UNITS[if finer { bucket - 1 } else { bucket }];
        let count = if nanos % size == 0 {
            (nanos / size).to_string()
        } else {
            format_double(nanos as f64 / size as f64)
        };
        write!(f, "{count}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_whole_in_the_bucket_or_one_unit_below() {
        let cases = [
            ("0secs", "0ns"),
            ("60secs", "1mins"),
            ("90secs", "90secs"),
            ("1.5secs", "1500ms"),
            ("10days", "10days"),
            ("2weeks", "2weeks"),
            ("1500ns", "1500ns"),
            ("0.5hrs", "30mins"),
            ("1.0000001secs", "1.0000001secs"),
            ("15mins", "15mins"),
            ("6hrs", "6hrs"),
        ];
        for (text, printed) in cases {
            assert_eq!(parse_duration(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn malformed_durations_are_refused_with_the_recorded_texts() {
        let text = |input| parse_duration(input).unwrap_err().to_string();
        assert_eq!(text("5"), "Invalid duration '5'");
        assert_eq!(text("-1secs"), "Failed to convert '' to number");
        assert!(text("5xyz").starts_with("Unknown duration unit 'xyz'; supported units are 'ns',"));
        assert!(text("99999999999weeks").starts_with("Argument out of the range"));
    }
}
