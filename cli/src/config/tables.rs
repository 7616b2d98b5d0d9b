//! The TOML of the new CLI.
//!
//! Compat: operations §3.2.

use crate::address::{self, Address};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::{Table, Value};

/// The file's tables; none without a file.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    path: PathBuf,
    data: Table,
}

impl Tables {
    pub fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let data = text.parse().map_err(|error| {
            format!(
                "Error loading config file as TOML: {}: {error}",
                path.display()
            )
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            data,
        })
    }

    /// Where `[master]` says the master is; `None` without that table.
    pub fn master(&self) -> Result<Option<Address>, String> {
        let Some(master) = self.table("master")? else {
            return Ok(None);
        };
        let (address, zookeeper) = (master.get("address"), master.get("zookeeper"));
        match (address, zookeeper) {
            (Some(_), Some(_)) => Err(
                "The 'master' field should only contain an 'address' field or a 'zookeeper' \
                 dictionary but not both"
                    .to_owned(),
            ),
            (Some(address), None) => {
                let text = address
                    .as_str()
                    .ok_or("The 'master' address must be a string")?;
                Address::parse(text).map(Some).map_err(|error| {
                    format!("The 'master' address {text} is formatted incorrectly: {error}")
                })
            }
            (None, Some(zookeeper)) => Err(refuse_zookeeper(zookeeper)),
            (None, None) => Err(
                "The 'master' field must either contain an 'address' field or a 'zookeeper' \
                 dictionary"
                    .to_owned(),
            ),
        }
    }

    /// `principal` and `secret` of that table.
    pub fn credential(&self, table: &str) -> Result<Option<(String, String)>, String> {
        let Some(values) = self.table(table)? else {
            return Ok(None);
        };
        let text = |key: &str| match values.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("The '{table}->{key}' field must be a string")),
        };
        Ok(text("principal")?.zip(text("secret")?))
    }

    /// `agent.timeout`.
    pub fn timeout(&self) -> Result<Option<Duration>, String> {
        let Some(value) = self.table("agent")?.and_then(|agent| agent.get("timeout")) else {
            return Ok(None);
        };
        let seconds = value
            .as_integer()
            .and_then(|number| u64::try_from(number).ok());
        match seconds {
            Some(seconds) if seconds > 0 => Ok(Some(Duration::from_secs(seconds))),
            _ => Err("The 'agent->timeout' field must be a number in seconds".to_owned()),
        }
    }

    /// `agent.ssl` and `agent.ssl_verify`: checked, and refused when they ask for TLS.
    pub fn check_agent_tls(&self) -> Result<(), String> {
        for key in ["ssl", "ssl_verify"] {
            let value = self.table("agent")?.and_then(|agent| agent.get(key));
            match value.map(Value::as_bool) {
                None | Some(Some(false)) => {}
                Some(None) => return Err(format!("The 'agent->{key}' field must be True/False")),
                // Verification alone asks for nothing.
                Some(Some(true)) if key == "ssl_verify" => {}
                Some(Some(true)) => {
                    return Err(
                        "'agent->ssl' needs TLS, which this program is built without".into(),
                    );
                }
            }
        }
        Ok(())
    }

    /// The folders of Python plug-ins.
    pub fn plugins(&self) -> Result<Vec<PathBuf>, String> {
        let Some(value) = self.data.get("plugins") else {
            return Ok(Vec::new());
        };
        let wrong = || {
            let path = self.path.display();
            format!("Unable to parse config file '{path}': 'plugins' field must be a list")
        };
        let mut found = Vec::new();
        for plugin in value.as_array().ok_or_else(wrong)? {
            let plugin = PathBuf::from(plugin.as_str().ok_or_else(wrong)?);
            if !plugin.exists() {
                return Err(format!("Plugin path not found: {}", plugin.display()));
            }
            found.push(plugin);
        }
        Ok(found)
    }

    fn table(&self, name: &str) -> Result<Option<&Table>, String> {
        match self.data.get(name) {
            None => Ok(None),
            Some(Value::Table(table)) => Ok(Some(table)),
            Some(_) => Err(format!("The '{name}' field must be a dictionary")),
        }
    }
}

/// What is wrong with `[master.zookeeper]`, or that nothing is and it cannot be used yet.
fn refuse_zookeeper(value: &Value) -> String {
    let addresses = value.get("addresses").and_then(Value::as_array);
    let Some(addresses) = addresses else {
        return "The 'zookeeper' field must contain an 'addresses' list".to_owned();
    };
    let Some(path) = value.get("path").and_then(Value::as_str) else {
        return "The 'zookeeper' field must contain a 'path' field".to_owned();
    };
    if !path.starts_with('/') {
        return "The 'zookeeper' field 'path' must start with a '/'".to_owned();
    }
    if path == "/" {
        return "The 'zookeeper' field 'path' should be nested ('/' is not supported)".to_owned();
    }
    let mut hosts = Vec::new();
    for address in addresses {
        let text = address.as_str().unwrap_or_default();
        match Address::parse(text) {
            Ok(address) => hosts.push(address.to_string()),
            Err(error) => {
                return format!("The 'zookeeper' address {text} is formatted incorrectly: {error}");
            }
        }
    }
    let url = format!("zk://{}{path}", hosts.join(","));
    format!(
        "Could not resolve the leading master: {}",
        address::zookeeper_is_not_built(&url)
    )
}
