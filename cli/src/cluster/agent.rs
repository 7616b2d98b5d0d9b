//! One agent: its state, its statistics and the files below its sandboxes.

use crate::address::Address;
use crate::cluster::Master;
use crate::cluster::part::Part;
use crate::cluster::text;
use crate::http::{Answer, Http, HttpError, escaped};
use serde_json::Value;

/// An agent and how it is asked.
#[derive(Clone, Debug)]
pub struct Agent {
    pub id: String,
    pub hostname: String,
    pub address: Address,
    /// `slave(1)`: where its endpoints are.
    pub process: String,
    /// Before the agent's endpoints, where they are asked for through the master: `/agent/ID`.
    pub prefix: Option<String>,
    pub http: Http,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    Missing,
    Failed(String),
}

impl From<HttpError> for FileError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Status { code: 404, .. } => Self::Missing,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl Agent {
    /// From an entry of the master's `/slaves` or `/state`.
    pub fn listed(entry: &Value, http: Http) -> Result<Self, String> {
        let id = text(entry, "id");
        let pid = text(entry, "pid");
        let address = Address::parse(pid).map_err(|error| format!("Agent '{id}': {error}"))?;
        let process = pid.split('@').next().unwrap_or_default();
        Ok(Self {
            id: id.to_owned(),
            hostname: text(entry, "hostname").to_owned(),
            address,
            process: process.to_owned(),
            prefix: None,
            http,
        })
    }

    /// The same agent, asked by way of its master: the agent's own port may be closed.
    #[must_use]
    pub fn through(mut self, master: &Master) -> Self {
        self.prefix = Some(format!("/agent/{}", escaped(&self.id)));
        self.address = master.address.clone();
        self.http = master.http.clone();
        self
    }

    /// Where an endpoint is; some are below the agent's process unless the master is asked.
    fn place(&self, endpoint: &str, below_process: bool) -> String {
        match &self.prefix {
            Some(prefix) => format!("{prefix}{endpoint}"),
            None if below_process => format!("/{}{endpoint}", self.process),
            None => endpoint.to_owned(),
        }
    }

    pub fn state(&self) -> Result<Value, HttpError> {
        let path = self.place("/state", true);
        self.http.get(&self.address, &path)?.successful()?.json()
    }

    /// Usage of each executor.
    pub fn statistics(&self) -> Result<Value, HttpError> {
        let path = self.place("/monitor/statistics", false);
        self.http.get(&self.address, &path)?.successful()?.json()
    }

    /// The entries of a folder.
    pub fn browse(&self, path: &str) -> Result<Vec<Value>, FileError> {
        let path = self.place(&format!("/files/browse?path={}", escaped(path)), false);
        let answer = self.http.get(&self.address, &path)?.successful()?;
        match answer.json()? {
            Value::Array(entries) => Ok(entries),
            _ => Err(FileError::Failed("the answer is not a list".to_owned())),
        }
    }

    /// How long a file is.
    pub fn length(&self, path: &str) -> Result<u64, FileError> {
        let answer = self.read_request(path, "-1", None)?;
        Ok(part(&answer)?.offset)
    }

    /// Part of a file, beginning at that byte.
    pub fn read(&self, path: &str, offset: u64, length: u64) -> Result<Part, FileError> {
        let answer = self.read_request(path, &offset.to_string(), Some(length))?;
        part(&answer)
    }

    fn read_request(
        &self,
        path: &str,
        offset: &str,
        length: Option<u64>,
    ) -> Result<Answer, HttpError> {
        let mut query = format!("/files/read?path={}&offset={offset}", escaped(path));
        if let Some(length) = length {
            query.push_str(&format!("&length={length}"));
        }
        let path = self.place(&query, false);
        self.http.get(&self.address, &path)?.successful()
    }
}

fn part(answer: &Answer) -> Result<Part, FileError> {
    Part::parse(&answer.body)
        .ok_or_else(|| FileError::Failed("the agent's answer is not a part of a file".to_owned()))
}
