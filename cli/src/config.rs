//! The configuration files of two histories.
//!
//! The new CLI reads TOML from `~/.mesos/config.toml`, `mesos.cli` reads JSON with profiles from the
//! first of five places; `MESOS_CLI_CONFIG` names a file of either kind, told apart by its content.
//! A file that is not there means the defaults.
//!
//! Where the master is: the TOML's `[master]`, else the JSON's profile, else `127.0.0.1:5050`.
//!
//! Compat: operations §3.1 rule 4, §3.2, §3.6; S4-28.

pub mod profiles;
pub mod tables;

use crate::address::Address;
use crate::http::Http;
use profiles::Profiles;
use std::path::{Path, PathBuf};
use tables::Tables;

/// Names the file, for both histories.
pub const VARIABLE: &str = "MESOS_CLI_CONFIG";
/// Where a master listens when nothing says otherwise.
pub const DEFAULT_MASTER: &str = "127.0.0.1:5050";
/// Below the home folder.
const TOML_PLACE: &str = ".mesos/config.toml";
/// In each of the folders of `mesos.cli`.
const JSON_NAME: &str = ".mesos.json";
const JSON_FOLDERS: [&str; 3] = ["/etc", "/usr/etc", "/usr/local/etc"];
/// A larger file is no configuration.
const MAX_BYTES: u64 = 1024 * 1024;

/// What both files say.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the new CLI's file is or would be.
    pub path: PathBuf,
    /// Its text; `None` when there is no file.
    pub text: Option<String>,
    tables: Result<Tables, String>,
    profiles: Result<Profiles, String>,
}

/// What decides where the files are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub named: Option<PathBuf>,
    pub home: Option<PathBuf>,
    /// The working folder and the ones of the system.
    pub folders: Vec<PathBuf>,
}

impl Places {
    pub fn of_this_process() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let mut folders = vec![PathBuf::from(".")];
        folders.extend(JSON_FOLDERS.map(PathBuf::from));
        Self {
            named: variable(VARIABLE).map(PathBuf::from),
            home: variable("HOME").map(PathBuf::from),
            folders,
        }
    }

    fn toml(&self) -> PathBuf {
        self.home.clone().unwrap_or_default().join(TOML_PLACE)
    }

    /// Every place of the JSON, the working folder first and then the home.
    fn json(&self) -> Vec<PathBuf> {
        let mut folders = self.folders.clone();
        if let Some(home) = &self.home {
            folders.insert(folders.len().min(1), home.clone());
        }
        folders
            .iter()
            .map(|folder| folder.join(JSON_NAME))
            .collect()
    }
}

/// Whether a text is the JSON of `mesos.cli`: TOML never begins with a brace.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

impl Config {
    /// Reads the files. What is wrong with one is told when something of it is needed.
    pub fn load(places: &Places) -> Self {
        let mut toml = (places.toml(), None);
        let mut json = None;
        if let Some(path) = &places.named {
            match read(path) {
                Some(Ok(text)) if is_json(&text) => json = Some((path.clone(), Ok(text))),
                text => toml = (path.clone(), text),
            }
        } else {
            toml.1 = read(&toml.0);
            json = places
                .json()
                .into_iter()
                .find_map(|path| read(&path).map(|text| (path, text)));
        }
        let (path, text) = toml;
        let tables = match &text {
            None => Ok(Tables::default()),
            Some(text) => text.clone().and_then(|text| Tables::parse(&path, &text)),
        };
        let profiles = match json {
            Some((path, text)) => text.and_then(|text| Profiles::parse(&path, &text)),
            None => {
                let own = places.named.clone();
                let home = places.home.clone().unwrap_or_default();
                Ok(Profiles::new(own.unwrap_or_else(|| home.join(JSON_NAME))))
            }
        };
        Self {
            path,
            text: text.and_then(Result::ok),
            tables,
            profiles,
        }
    }

    pub fn tables(&self) -> Result<&Tables, String> {
        self.tables.as_ref().map_err(Clone::clone)
    }

    pub fn profiles(&self) -> Result<&Profiles, String> {
        self.profiles.as_ref().map_err(Clone::clone)
    }

    /// Where the master is.
    pub fn master(&self) -> Result<Address, String> {
        if let Some(master) = self.tables()?.master()? {
            return Ok(master);
        }
        match self.profiles()?.given("master") {
            Some(text) => Address::parse_or_read(&text),
            None => Address::parse(DEFAULT_MASTER),
        }
    }

    /// How the master is asked.
    pub fn master_client(&self) -> Result<Http, String> {
        self.client("master")
    }

    /// How agents are asked.
    pub fn agent_client(&self) -> Result<Http, String> {
        self.client("agent")
    }

    fn client(&self, table: &str) -> Result<Http, String> {
        let tables = self.tables()?;
        tables.check_agent_tls()?;
        let timeout = match tables.timeout()? {
            Some(timeout) => timeout,
            None => self.profiles()?.timeout()?,
        };
        Ok(Http {
            timeout,
            credential: tables.credential(table)?,
        })
    }
}

/// The text of a file; `None` when there is none.
fn read(path: &Path) -> Option<Result<String, String>> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(unreadable(path, &error.to_string()))),
    };
    if length > MAX_BYTES {
        return Some(Err(unreadable(path, "it is too large")));
    }
    let text = std::fs::read_to_string(path);
    Some(text.map_err(|error| unreadable(path, &error.to_string())))
}

fn unreadable(path: &Path, why: &str) -> String {
    format!("Unable to read config file '{}': {why}", path.display())
}

#[cfg(test)]
mod tests;
