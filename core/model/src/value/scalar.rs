//! Scalars: compared, added and printed in thousandths (RES-1), the raw double kept until then (RES-2).

use super::number::format_double;
use std::fmt;

/// Rounds to thousandths, halves away from zero; out of range and NaN saturate.
pub fn to_milli(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

/// The double a fixed amount stands for: whole part plus thousandths.
pub fn from_milli(milli: i64) -> f64 {
    (milli / 1000) as f64 + (milli % 1000) as f64 / 1000.0
}

/// A scalar amount.
#[derive(Clone, Copy, Debug)]
pub struct Scalar {
    milli: i64,
    raw: f64,
}

impl Scalar {
    pub fn new(raw: f64) -> Self {
        Self {
            milli: to_milli(raw),
            raw,
        }
    }

    pub fn from_milli(milli: i64) -> Self {
        Self {
            milli,
            raw: from_milli(milli),
        }
    }

    pub fn milli(self) -> i64 {
        self.milli
    }

    /// The double as it came, or as arithmetic left it.
    pub fn raw(self) -> f64 {
        self.raw
    }

    /// The double after rounding to thousandths.
    pub fn rounded(self) -> f64 {
        from_milli(self.milli)
    }

    pub fn add(&mut self, other: Scalar) {
        *self = Self::from_milli(self.milli.saturating_add(other.milli));
    }

    pub fn subtract(&mut self, other: Scalar) {
        *self = Self::from_milli(self.milli.saturating_sub(other.milli));
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.milli == other.milli
    }
}

impl Eq for Scalar {}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_double(self.rounded()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_compare_in_thousandths() {
        let mut sum = Scalar::new(0.1);
        sum.add(Scalar::new(0.2));
        assert_eq!(sum, Scalar::new(0.3));
        assert_eq!(Scalar::new(1.0004), Scalar::new(1.0));
        assert_eq!(Scalar::new(0.0004).milli(), 0);
        assert_eq!(Scalar::new(1.0004).raw(), 1.0004);
        assert_eq!(Scalar::new(1.0015).to_string(), "1.002");
    }
}
