//! What the master string of a framework means.
//!
//! Compat: ZK-1 (fixed forms), S9–S11. ZooKeeper detection is not built yet; such a string is parsed, and then refused with a sentence
//! that says so.

use std::net::{SocketAddrV4, ToSocketAddrs};

use bytes::Bytes;
use mesos_process::Upid;

use super::machine::Leader;
use crate::splice::Writer;

/// Where the leading master is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Fixed(Upid),
    /// The in-process cluster.
    Local,
}

/// Why a master string cannot be used; `Display` is the text of the error callback.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Failed to create a master detector for '{master}': {reason}")]
pub struct DetectError {
    pub master: String,
    pub reason: String,
}

/// `file://` inside a file would otherwise allow an endless chain.
const MAX_FILES: u32 = 4;

/// # Errors
/// With the reason the original gives.
pub fn locate(master: &str) -> Result<Location, DetectError> {
    parse(master, MAX_FILES).map_err(|reason| DetectError {
        master: master.to_owned(),
        reason,
    })
}

fn parse(master: &str, files: u32) -> Result<Location, String> {
    if master == "local" {
        return Ok(Location::Local);
    }
    if let Some(path) = master.strip_prefix("file://") {
        tracing::warn!("Reading the master's location out of a file is deprecated");
        let failed = |_| format!("Failed to read from file at '{path}'");
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let files = files
            .checked_sub(1)
            .ok_or_else(|| format!("Failed to read from file at '{path}'"))?;
        return parse(text.trim(), files);
    }
    if let Some(rest) = master.strip_prefix("zk://") {
        return Err(zookeeper(rest, master));
    }
    let pid = if master.contains('@') {
        master.to_owned()
    } else {
        format!("master@{master}")
    };
    fixed(&pid)
        .map(Location::Fixed)
        .ok_or_else(|| format!("Failed to parse '{master}'"))
}

fn zookeeper(rest: &str, master: &str) -> String {
    match rest.split_once('/') {
        None | Some((_, "")) => {
            "Expecting a (chroot) path for ZooKeeper ('/' is not supported)".to_owned()
        }
        Some(_) => format!(
            "detection through ZooKeeper is not built yet, use host:port instead of '{master}'"
        ),
    }
}

/// A pid whose host may be a name.
fn fixed(pid: &str) -> Option<Upid> {
    let (id, address) = pid.split_once('@')?;
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    let found = (host, port).to_socket_addrs().ok()?;
    let v4 = found.filter_map(|address| match address {
        std::net::SocketAddr::V4(v4) => Some(v4),
        std::net::SocketAddr::V6(_) => None,
    });
    let address: SocketAddrV4 = v4.into_iter().next()?;
    (!id.is_empty() && !address.ip().is_unspecified())
        .then(|| Upid::parse(&format!("{id}@{address}")))
}

/// A fixed leader with the `mesos.MasterInfo` that follows from its pid.
#[must_use]
pub fn leader_of(pid: Upid) -> Leader {
    let address = pid.address;
    let ip = address.ip().to_string();
    let port = u64::from(address.port());
    let text = pid.to_string();
    let nested = Writer::new()
        .bytes(1, ip.as_bytes())
        .bytes(2, ip.as_bytes())
        .varint(3, port)
        .finish();
    let info: Bytes = Writer::new()
        .bytes(1, text.as_bytes())
        .varint(2, u64::from(u32::from_le_bytes(address.ip().octets())))
        .varint(3, port)
        .bytes(4, text.as_bytes())
        .bytes(5, ip.as_bytes())
        .bytes(7, &nested)
        .finish();
    Leader { pid, info }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_forms_resolve_with_and_without_an_id() {
        let expected = Location::Fixed(Upid::parse("master@127.0.0.1:5050"));
        assert_eq!(locate("127.0.0.1:5050"), Ok(expected.clone()));
        assert_eq!(locate("master@127.0.0.1:5050"), Ok(expected.clone()));
        assert_eq!(locate("localhost:5050"), Ok(expected));
        assert_eq!(locate("local"), Ok(Location::Local));
    }

    #[test]
    fn bad_strings_are_refused_in_the_recorded_words() {
        let text = |master: &str| locate(master).unwrap_err().to_string();
        assert_eq!(
            text("not a master"),
            "Failed to create a master detector for 'not a master': Failed to parse 'not a master'"
        );
        assert_eq!(
            text("zk://127.0.0.1:2181/"),
            "Failed to create a master detector for 'zk://127.0.0.1:2181/': \
             Expecting a (chroot) path for ZooKeeper ('/' is not supported)"
        );
        assert_eq!(
            text("file:///nonexistent/master.txt"),
            "Failed to create a master detector for 'file:///nonexistent/master.txt': \
             Failed to read from file at '/nonexistent/master.txt'"
        );
        assert!(text("zk://127.0.0.1:2181/mesos").contains("not built yet"));
    }

    #[test]
    fn a_file_names_the_master() {
        let file = std::env::temp_dir().join(format!("mesos-master-{}", std::process::id()));
        std::fs::write(&file, "127.0.0.1:5050\n").unwrap();
        let found = locate(&format!("file://{}", file.display()));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(
            found,
            Ok(Location::Fixed(Upid::parse("master@127.0.0.1:5050")))
        );
    }
}
