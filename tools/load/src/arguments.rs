//! `--name=value` words.

use std::collections::BTreeMap;

/// What the command line says.
pub(crate) struct Arguments(BTreeMap<String, String>);

impl Arguments {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut found = BTreeMap::new();
        for word in words {
            let (name, value) = word
                .strip_prefix("--")
                .and_then(|rest| rest.split_once('='))
                .ok_or_else(|| format!("`{word}`: expected --name=value"))?;
            found.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self(found))
    }

    pub(crate) fn text(&self, name: &str, default: &str) -> String {
        self.0
            .get(name)
            .cloned()
            .unwrap_or_else(|| default.to_owned())
    }

    pub(crate) fn number(&self, name: &str, default: usize) -> Result<usize, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(default);
        };
        value
            .parse()
            .map_err(|_| format!("--{name}={value}: expected a whole number"))
    }
}
