//! The JSON of `mesos.cli`: profiles of settings, one of which is in use.
//!
//! Compat: operations §3.6.

use crate::http::DEFAULT_TIMEOUT;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_PROFILE: &str = "default";
/// Which profile is in use; the only key outside profiles.
const PROFILE: &str = "profile";

/// The settings with what they are when nobody sets them.
pub const SETTINGS: &[(&str, Setting)] = &[
    ("debug", Setting::Text("false")),
    ("log_file", Setting::Nothing),
    ("log_level", Setting::Text("warning")),
    ("master", Setting::Text("localhost:5050")),
    ("max_workers", Setting::Number(5)),
    ("response_timeout", Setting::Number(5)),
    ("scheme", Setting::Text("http")),
];

/// A default.
#[derive(Clone, Copy, Debug)]
pub enum Setting {
    Text(&'static str),
    Number(u32),
    Nothing,
}

impl Setting {
    fn value(self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Nothing => Value::Null,
        }
    }
}

/// The file's content.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// Where it is written back to.
    pub path: PathBuf,
    items: Map<String, Value>,
}

impl Profiles {
    /// Without a file.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            items: Map::new(),
        }
    }

    pub fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("Invalid Config JSON: {why} [{}]", path.display());
        let items: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            path: path.to_path_buf(),
            items,
        })
    }

    fn profile_name(&self) -> &str {
        let name = self.items.get(PROFILE).and_then(Value::as_str);
        name.unwrap_or(DEFAULT_PROFILE)
    }

    /// What the profile in use says; `None` when it says nothing.
    fn own(&self, key: &str) -> Option<&Value> {
        self.items.get(self.profile_name())?.get(key)
    }

    /// A text or number that is set, as text.
    pub fn given(&self, key: &str) -> Option<String> {
        self.own(key).map(shown)
    }

    /// The setting or its default, as text.
    pub fn get(&self, key: &str) -> Option<String> {
        if key == PROFILE {
            return Some(self.profile_name().to_owned());
        }
        let (_, default) = SETTINGS.iter().find(|(name, _)| *name == key)?;
        Some(self.given(key).unwrap_or_else(|| shown(&default.value())))
    }

    /// Sets it in the profile in use; false when there is no such setting.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        if key == PROFILE {
            self.items.insert(PROFILE.to_owned(), json!(value));
            return true;
        }
        if !SETTINGS.iter().any(|(name, _)| *name == key) {
            return false;
        }
        let profile = self.profile_name().to_owned();
        let entry = self.items.entry(profile).or_insert_with(|| json!({}));
        if !entry.is_object() {
            *entry = json!({});
        }
        entry[key] = json!(value);
        true
    }

    /// Everything, the defaults of the default profile included.
    pub fn all(&self) -> Value {
        let mut all = Map::new();
        let defaults = SETTINGS
            .iter()
            .map(|(name, default)| ((*name).to_owned(), default.value()))
            .collect();
        all.insert(DEFAULT_PROFILE.to_owned(), Value::Object(defaults));
        all.insert(PROFILE.to_owned(), json!(DEFAULT_PROFILE));
        all.extend(self.items.clone());
        Value::Object(all)
    }

    /// Writes the file in one step.
    pub fn save(&self) -> Result<(), String> {
        let failed = |error: std::io::Error| {
            format!(
                "Unable to write config file '{}': {error}",
                self.path.display()
            )
        };
        let text = crate::output::indented(&self.all());
        let mut draft = self.path.clone().into_os_string();
        draft.push(format!(".{}", std::process::id()));
        std::fs::write(&draft, text).map_err(failed)?;
        std::fs::rename(&draft, &self.path).map_err(failed)
    }

    /// `response_timeout`, a number of seconds even where it is written as text.
    pub fn timeout(&self) -> Result<Duration, String> {
        let Some(text) = self.given("response_timeout") else {
            return Ok(DEFAULT_TIMEOUT);
        };
        let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| format!("'response_timeout' must be a number in seconds, not '{text}'"))
    }

    /// The scheme, of which only one can be spoken.
    pub fn check_scheme(&self) -> Result<(), String> {
        match self.given("scheme").as_deref() {
            None | Some("http") => Ok(()),
            Some("https") => {
                Err("the scheme 'https' needs TLS, which this program is built without".to_owned())
            }
            Some(other) => Err(format!("the scheme '{other}' is not supported")),
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    }
}
