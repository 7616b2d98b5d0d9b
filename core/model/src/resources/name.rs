//! Resource names.

use std::{cmp::Ordering, fmt, sync::Arc};

/// A resource name; the first-class ones cost nothing to clone or compare. Ordered by text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Name {
    Cpus,
    Disk,
    Gpus,
    Mem,
    Ports,
    Other(Arc<str>),
}

impl Name {
    pub fn new(text: &str) -> Self {
        match text {
            "cpus" => Name::Cpus,
            "disk" => Name::Disk,
            "gpus" => Name::Gpus,
            "mem" => Name::Mem,
            "ports" => Name::Ports,
            other => Name::Other(other.into()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Name::Cpus => "cpus",
            Name::Disk => "disk",
            Name::Gpus => "gpus",
            Name::Mem => "mem",
            Name::Ports => "ports",
            Name::Other(text) => text,
        }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
