//! Values: fixed-point scalars, ranges, sets, text. Compat: RES-1..RES-14.
use std::sync::Arc;

/// A scalar: compared and added in thousandths, the raw double kept until then (RES-1, RES-2).
#[derive(Clone, Copy, Debug)]
pub struct Scalar { pub milli: i64, pub raw: f64 }
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range { pub begin: u64, pub end: u64 }
#[derive(Clone, Debug)]
pub enum Value { Scalar(Scalar), Ranges(Vec<Range>), Set(Vec<Arc<str>>) }
