//! The tables of flags, read from JSON.

use crate::shell::Outcome;
use serde_json::Value;

/// The flags of one program.
#[derive(Debug)]
pub struct Program {
    pub name: String,
    pub flags: Vec<Flag>,
}

/// One flag.
#[derive(Debug, Default)]
pub struct Flag {
    pub name: String,
    /// The name of old, which is accepted as well.
    pub deprecated: Option<String>,
    pub boolean: bool,
    pub required: bool,
    pub default: Option<String>,
    pub help: String,
    /// The feature for want of which any other value than the default is refused.
    pub not_built: Option<String>,
    /// The feature that is not built and that this flag would tune.
    pub tunes: Option<String>,
}

impl Flag {
    /// The flag as it is written: `--name=VALUE` or `--[no-]name`.
    pub fn form(&self) -> String {
        match self.boolean {
            true => format!("--[no-]{}", self.name),
            false => format!("--{}=VALUE", self.name),
        }
    }

    /// What there is to say besides the help.
    pub fn remark(&self) -> Option<String> {
        if let Some(feature) = &self.not_built {
            return Some(format!(
                "Not built yet: {feature}. Any other value than the default is refused."
            ));
        }
        let feature = self.tunes.as_ref()?;
        Some(format!("Without effect so far: it tunes {feature}."))
    }

    /// The first sentence of the help.
    pub fn summary(&self) -> &str {
        let end = self.help.find([';', '\n']).unwrap_or(self.help.len());
        let first = &self.help[..end];
        let end = first.find(". ").unwrap_or(first.len());
        first[..end].trim_end_matches(['.', ':'])
    }
}

/// Reads the text of `docs/flags/flags.json`.
pub fn parse(json: &str) -> Outcome<Vec<Program>> {
    let value: Value =
        serde_json::from_str(json).map_err(|e| format!("the tables of flags are no JSON: {e}"))?;
    let programs = value.as_array().into_iter().flatten().map(|program| {
        let flags = program["flags"].as_array().into_iter().flatten();
        Program {
            name: text(&program["name"]).unwrap_or_default(),
            flags: flags.map(flag).collect(),
        }
    });
    let programs: Vec<Program> = programs.collect();
    match programs.iter().find(|program| program.flags.is_empty()) {
        None if !programs.is_empty() => Ok(programs),
        None => Err("the tables of flags are empty".to_owned()),
        Some(program) => Err(format!("{} has no flags", program.name)),
    }
}

fn flag(row: &Value) -> Flag {
    Flag {
        name: text(&row["name"]).unwrap_or_default(),
        deprecated: text(&row["deprecated"]),
        boolean: row["boolean"] == true,
        required: row["required"] == true,
        default: text(&row["default"]),
        help: text(&row["help"]).unwrap_or_default(),
        not_built: text(&row["not_built"]),
        tunes: text(&row["tunes"]),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_refused() {
        for text in ["", "[]", "{}", r#"[{"name":"a","flags":[]}]"#] {
            parse(text).expect_err(text);
        }
    }

    #[test]
    fn the_summary_is_the_first_sentence() {
        let flag = |help: &str| Flag {
            help: help.to_owned(),
            ..Flag::default()
        };
        assert_eq!(flag("One. Two.").summary(), "One");
        assert_eq!(flag("A file; more").summary(), "A file");
        assert_eq!(flag("No end").summary(), "No end");
    }
}
