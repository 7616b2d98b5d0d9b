//! Why something from outside was refused, in the words that clients see.

use std::{borrow::Cow, fmt};

/// A refusal; `Display` is the exact text that reaches frameworks and operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(Cow<'static, str>);

impl Invalid {
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// The same refusal with a lead-in.
    pub fn within(self, lead: &str) -> Self {
        Self(format!("{lead}{}", self.0).into())
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

impl From<crate::role::RoleError> for Invalid {
    fn from(error: crate::role::RoleError) -> Self {
        Self(error.to_string().into())
    }
}

/// Shorthand for a refusal with a fixed text.
pub(crate) fn refuse<T>(text: &'static str) -> Result<T, Invalid> {
    Err(Invalid::new(text))
}
