//! The types a flag can have: how each is read from text and shown. Compat: FLG-3..FLG-6.

use super::load::Files;
use mesos_model::{
    debug_text,
    units::{Bytes, Nanos, parse_bytes, parse_duration},
    value::{format_double, parse_unsigned},
};
use mesos_proto::json;
use prost::{Message, Name};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A value of a flag.
pub trait FlagValue: Sized {
    const BOOLEAN: bool = false;

    /// What stands in the struct before any default.
    fn unset() -> Self;
    /// Reads the text itself.
    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String>;
    /// `None` if unset.
    fn print(&self) -> Option<String>;

    /// Reads the text, or the file it names with `file://`.
    fn fetch(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        match text.strip_prefix("file://") {
            Some(path) => {
                let content = files.read(path)?;
                Self::parse(&content, files)
            }
            None => Self::parse(text, files),
        }
    }
}

impl<T: FlagValue> FlagValue for Option<T> {
    const BOOLEAN: bool = T::BOOLEAN;

    fn unset() -> Self {
        None
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        T::parse(text, files).map(Some)
    }

    fn print(&self) -> Option<String> {
        self.as_ref().and_then(T::print)
    }

    fn fetch(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        T::fetch(text, files).map(Some)
    }
}

impl FlagValue for bool {
    const BOOLEAN: bool = true;

    fn unset() -> Self {
        false
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("Expecting a boolean (e.g., true or false)".to_owned()),
        }
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl FlagValue for String {
    fn unset() -> Self {
        String::new()
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn print(&self) -> Option<String> {
        Some(self.clone())
    }
}

/// Numbers are read like a C++ stream reads them: leading blanks skipped, the whole rest a number.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    let digits = text.trim_start();
    let digits = digits
        .strip_prefix('+')
        .filter(|d| !d.starts_with(['+', '-']))
        .unwrap_or(digits);
    digits
        .parse()
        .map_err(|_| "Failed to convert into required type".to_owned())
}

macro_rules! numeric {
    ($($kind:ty),+) => {
        $(impl FlagValue for $kind {
            fn unset() -> Self {
                Default::default()
            }

            fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
                number(text)
            }

            fn print(&self) -> Option<String> {
                Some(self.to_string())
            }
        })+
    };
}
numeric!(u16, i32);

impl FlagValue for u64 {
    fn unset() -> Self {
        0
    }

    /// A negative count wraps around and means "practically without limit".
    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        number::<u64>(text).or_else(|error| {
            number::<i64>(text)
                .map(|negative| negative as u64)
                .map_err(|_| error)
        })
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl FlagValue for f64 {
    fn unset() -> Self {
        0.0
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        let value: f64 = number(text)?;
        // Words such as `inf` are numbers in Rust only.
        if value.is_finite() {
            Ok(value)
        } else {
            Err("Failed to convert into required type".to_owned())
        }
    }

    fn print(&self) -> Option<String> {
        Some(format_double(*self))
    }
}

impl FlagValue for Nanos {
    fn unset() -> Self {
        Nanos::ZERO
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        parse_duration(text).map_err(|error| error.to_string())
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl FlagValue for Bytes {
    fn unset() -> Self {
        Bytes(0)
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        parse_bytes(text).map_err(|error| error.to_string())
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A comma list without duplicates.
impl FlagValue for BTreeSet<String> {
    fn unset() -> Self {
        BTreeSet::new()
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        let mut set = BTreeSet::new();
        for token in text.split(',').filter(|token| !token.is_empty()) {
            if !set.insert(token.to_owned()) {
                return Err(format!("Duplicate token '{token}'"));
            }
        }
        Ok(set)
    }

    fn print(&self) -> Option<String> {
        let items: Vec<&str> = self.iter().map(String::as_str).collect();
        Some(format!("{{ {} }}", items.join(", ")))
    }
}

/// A comma list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UintList(pub Vec<u32>);

impl FlagValue for UintList {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        let tokens = text.split(',').filter(|token| !token.is_empty());
        let list = tokens.map(|token| {
            let number = parse_unsigned(token).and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| {
                format!("Failed to numify '{token}': Failed to convert '{token}' to number")
            })
        });
        list.collect::<Result<_, _>>().map(Self)
    }

    fn print(&self) -> Option<String> {
        let items: Vec<String> = self.0.iter().map(u32::to_string).collect();
        Some(format!("[ {} ]", items.join(", ")))
    }
}

/// A path that stays a path: `file://` in front is dropped, the file is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathFlag(pub PathBuf);

impl PathFlag {
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl FlagValue for PathFlag {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, _: &mut Files<'_>) -> Result<Self, String> {
        Ok(Self(text.strip_prefix("file://").unwrap_or(text).into()))
    }

    fn print(&self) -> Option<String> {
        Some(self.0.display().to_string())
    }

    fn fetch(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        Self::parse(text, files)
    }
}

/// A text that may hold credentials: given as `file://`, listings show the path only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecureText {
    pub value: String,
    pub path: Option<PathBuf>,
}

impl SecureText {
    /// The value without the line end that files have.
    pub fn text(&self) -> &str {
        self.value.trim()
    }
}

impl FlagValue for SecureText {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let Some(path) = text.strip_prefix("file://") else {
            return Ok(Self {
                value: text.to_owned(),
                path: None,
            });
        };
        Ok(Self {
            value: files.read(path)?,
            path: Some(path.into()),
        })
    }

    fn print(&self) -> Option<String> {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        Some(path.unwrap_or_else(|| self.value.clone()))
    }

    fn fetch(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        Self::parse(text, files)
    }
}

/// JSON text, or the file an absolute path names (a habit of old, noted as deprecated).
pub(super) fn parse_any_json(
    text: &str,
    files: &mut Files<'_>,
) -> Result<serde_json::Value, String> {
    let value = if text.starts_with('/') {
        files.note_bare_path();
        json::parse(files.read(text)?.as_bytes())
    } else {
        json::parse(text.as_bytes())
    };
    value.map_err(|error| error.to_string())
}

pub(super) fn parse_json(text: &str, files: &mut Files<'_>) -> Result<serde_json::Value, String> {
    let value = parse_any_json(text, files)?;
    if !value.is_object() {
        return Err("Unexpected JSON type parsed".to_owned());
    }
    Ok(value)
}

/// Any JSON object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonObject(pub serde_json::Map<String, serde_json::Value>);

impl FlagValue for JsonObject {
    fn unset() -> Self {
        Self::default()
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        match parse_json(text, files)? {
            serde_json::Value::Object(object) => Ok(Self(object)),
            _ => Err("Unexpected JSON type parsed".to_owned()),
        }
    }

    fn print(&self) -> Option<String> {
        Some(serde_json::Value::Object(self.0.clone()).to_string())
    }
}

/// A JSON object in the shape of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json<T>(pub T);

impl<T: Message + Name + Default> FlagValue for Json<T> {
    fn unset() -> Self {
        Self(T::default())
    }

    fn parse(text: &str, files: &mut Files<'_>) -> Result<Self, String> {
        let value = parse_json(text, files)?;
        json::from_value(&value)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn print(&self) -> Option<String> {
        Some(debug_text::format(&self.0))
    }
}
