//! Sets of text items in insertion order. Compat: RES-10.

use std::{fmt, sync::Arc};

/// A list of distinct items; clones share storage.
#[derive(Clone, Debug, Default)]
pub struct Set(Arc<[Arc<str>]>);

impl Set {
    pub fn new<'a>(items: impl IntoIterator<Item = &'a str>) -> Self {
        Self(items.into_iter().map(Arc::from).collect())
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|item| &**item)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, item: &str) -> bool {
        self.0.iter().any(|have| &**have == item)
    }

    pub fn contains(&self, other: &Set) -> bool {
        other.len() <= self.len() && other.iter().all(|item| self.has(item))
    }

    pub fn add(&mut self, other: &Set) {
        let missing = other.0.iter().filter(|item| !self.has(item));
        self.0 = self.0.iter().chain(missing).cloned().collect();
    }

    pub fn subtract(&mut self, other: &Set) {
        self.0 = self
            .0
            .iter()
            .filter(|item| !other.has(item))
            .cloned()
            .collect();
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && other.iter().all(|item| self.has(item))
    }
}

impl Eq for Set {}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, item) in self.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{item}")?;
        }
        f.write_str("}")
    }
}
