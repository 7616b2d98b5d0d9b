//! Values: fixed-point scalars, ranges, sets, and the text they are read from. Compat: RES-1..RES-14.

mod message;
mod number;
mod parse;
mod ranges;
mod scalar;
mod set;

pub use message::format_message;
pub use number::{format_double, parse_double, parse_unsigned};
pub use parse::{Parsed, ValueError, check_input_scalar, parse};
pub use ranges::{Range, Ranges};
pub use scalar::{Scalar, from_milli, to_milli};
pub use set::Set;

use std::fmt;

/// What a resource amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Scalar(Scalar),
    Ranges(Ranges),
    Set(Set),
}

impl Value {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Scalar(scalar) => scalar.milli() == 0,
            Value::Ranges(ranges) => ranges.is_empty(),
            Value::Set(set) => set.is_empty(),
        }
    }

    pub fn same_type(&self, other: &Value) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether `other` fits inside; false for different types.
    pub fn contains(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Scalar(left), Value::Scalar(right)) => right.milli() <= left.milli(),
            (Value::Ranges(left), Value::Ranges(right)) => left.contains(right),
            (Value::Set(left), Value::Set(right)) => left.contains(right),
            (Value::Scalar(_) | Value::Ranges(_) | Value::Set(_), _) => false,
        }
    }

    /// Adds a value of the same type; a different type leaves `self` as it is.
    pub fn add(&mut self, other: &Value) {
        match (self, other) {
            (Value::Scalar(left), Value::Scalar(right)) => left.add(*right),
            (Value::Ranges(left), Value::Ranges(right)) => left.add(right),
            (Value::Set(left), Value::Set(right)) => left.add(right),
            (Value::Scalar(_) | Value::Ranges(_) | Value::Set(_), _) => {}
        }
    }

    /// Subtracts a value of the same type; a different type leaves `self` as it is.
    pub fn subtract(&mut self, other: &Value) {
        match (self, other) {
            (Value::Scalar(left), Value::Scalar(right)) => left.subtract(*right),
            (Value::Ranges(left), Value::Ranges(right)) => left.subtract(right),
            (Value::Set(left), Value::Set(right)) => left.subtract(right),
            (Value::Scalar(_) | Value::Ranges(_) | Value::Set(_), _) => {}
        }
    }

    /// Scalar thousandths; 1000 for each range value or set item.
    pub fn quantity_milli(&self) -> i64 {
        match self {
            Value::Scalar(scalar) => scalar.milli(),
            Value::Ranges(ranges) => i64::try_from(ranges.count())
                .unwrap_or(i64::MAX)
                .saturating_mul(1000),
            Value::Set(set) => set.len() as i64 * 1000,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Scalar(scalar) => scalar.fmt(f),
            Value::Ranges(ranges) => ranges.fmt(f),
            Value::Set(set) => set.fmt(f),
        }
    }
}
