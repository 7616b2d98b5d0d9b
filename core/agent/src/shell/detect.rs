//! Where the master is.
//!
//! Compat: `--master` forms; agent §7.1.

use std::net::{SocketAddr, SocketAddrV4, ToSocketAddrs};

use mesos_process::Upid;

use super::StartError;

/// A master that never changes its address. Elections need ZooKeeper, which is not built yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detector {
    master: Upid,
}

impl Detector {
    pub fn parse(text: &str) -> Result<Self, StartError> {
        let failed = |why: String| StartError(format!("Failed to create a master detector: {why}"));
        if let Some(path) = text.strip_prefix("file://") {
            let content = std::fs::read_to_string(path).map_err(|error| {
                failed(format!("Failed to read from file at '{path}': {error}"))
            })?;
            return Self::parse(content.trim());
        }
        if let Some(rest) = text.strip_prefix("zk://") {
            let path = rest.split_once('/').map_or("", |(_, path)| path);
            let why = if path.trim_matches('/').is_empty() {
                "Expecting a (chroot) path for ZooKeeper ('/' is not supported)"
            } else {
                "Flag 'master': detection through ZooKeeper is not built yet; give it as host:port"
            };
            return Err(failed(why.to_owned()));
        }
        let host_port = text.strip_prefix("master@").unwrap_or(text);
        let address =
            resolve(host_port).ok_or_else(|| failed(format!("Failed to parse '{text}'")))?;
        Ok(Self {
            master: Upid::new("master", address),
        })
    }

    pub fn master(&self) -> Upid {
        self.master.clone()
    }
}

fn resolve(host_port: &str) -> Option<SocketAddrV4> {
    let mut found = host_port.to_socket_addrs().ok()?;
    found.find_map(|address| match address {
        SocketAddr::V4(address) if address.port() != 0 => Some(address),
        SocketAddr::V4(_) | SocketAddr::V6(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_is_given_as_host_and_port_with_or_without_its_process() {
        let expected = Upid::parse("master@127.0.0.1:5050");
        for text in ["127.0.0.1:5050", "master@127.0.0.1:5050"] {
            assert_eq!(Detector::parse(text).unwrap().master(), expected);
        }
    }

    #[test]
    fn a_text_that_is_no_address_is_named() {
        let error = Detector::parse("foo bar").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Failed to create a master detector: Failed to parse 'foo bar'"
        );
    }
}
