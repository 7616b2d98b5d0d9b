//! What becomes of each flag: no flag is ignored without a word. Compat: FLG-10.
//!
//! A table a set; `mod tests` asserts that it has each flag exactly once, so that a new flag must be thought about.

/// What a program does about a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The flag does what it says; values that ask for something absent are refused one by one.
    Honoured,
    /// Any value but the default is refused at the start; the text is the feature that is not built yet.
    Refused(&'static str),
    /// The flag changes nothing by itself, in the original neither: it tunes this feature, which is not built yet and
    /// is refused itself, wherever it is asked for.
    Tunes(&'static str),
}

/// One row: the flag's name and its fate.
pub type Row = (&'static str, Fate);

pub(super) const HTTP_AUTHENTICATION: &str = "HTTP authentication";
pub(super) const MODULES: &str = "loading modules";
pub(super) const PROFILING: &str = "memory profiling";
pub(super) const ZOOKEEPER: &str = "leader election through ZooKeeper";
/// Daemons have no drivers of frameworks in them.
pub(super) const NO_DRIVERS: &str = "drivers inside a daemon";
