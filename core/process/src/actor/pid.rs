//! UPIDs: the address of one process, `id@ip:port`.
//!
//! Compat: libprocess §3.

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4, ToSocketAddrs};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The address of a process.
///
/// Equality is by id and socket address.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Upid {
    pub id: Arc<str>,
    pub address: SocketAddrV4,
}

impl Upid {
    pub fn new(id: impl Into<Arc<str>>, address: SocketAddrV4) -> Self {
        Self {
            id: id.into(),
            address,
        }
    }

    /// The UPID that addresses nobody; it prints as `@0.0.0.0:0`.
    pub fn null() -> Self {
        Self {
            id: Arc::from(""),
            address: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
        }
    }

    /// Whether any of id, ip and port is missing. Sends and links to such a UPID do nothing.
    pub fn is_null(&self) -> bool {
        self.id.is_empty() || self.address.ip().is_unspecified() || self.address.port() == 0
    }

    /// Parses `id@host:port`; text that is not one gives the null UPID.
    ///
    /// A host that is no IPv4 literal is looked up, which blocks. Text that came from the network
    /// must go through [`Upid::parse_literal`].
    pub fn parse(text: &str) -> Self {
        let Some((id, host, port)) = split(text) else {
            return Self::null();
        };
        let ip = host.parse().ok().or_else(|| resolve(host));
        ip.map_or_else(Self::null, |ip| Self::new(id, SocketAddrV4::new(ip, port)))
    }

    /// As [`Upid::parse`], but a host name gives the null UPID instead of a look-up.
    pub fn parse_literal(text: &str) -> Self {
        let Some((id, host, port)) = split(text) else {
            return Self::null();
        };
        host.parse().map_or_else(
            |_| Self::null(),
            |ip| Self::new(id, SocketAddrV4::new(ip, port)),
        )
    }
}

impl fmt::Display for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.address)
    }
}

impl fmt::Debug for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split(text: &str) -> Option<(&str, &str, u16)> {
    let word = text.split_ascii_whitespace().next()?;
    let (id, rest) = word.split_once('@')?;
    let (host, port) = rest.split_once(':')?;
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    Some((id, host, port[..digits].parse().ok()?))
}

fn resolve(host: &str) -> Option<Ipv4Addr> {
    if host.is_empty() {
        return None;
    }
    (host, 0)
        .to_socket_addrs()
        .ok()?
        .find_map(|address| match address.ip() {
            std::net::IpAddr::V4(ip) => Some(ip),
            std::net::IpAddr::V6(_) => None,
        })
}

/// `prefix(N)`, N counting from 1 for each prefix in this OS process.
pub fn unique_id(prefix: &str) -> String {
    static COUNTERS: OnceLock<Mutex<HashMap<String, u64>>> = OnceLock::new();
    let counters = COUNTERS.get_or_init(Mutex::default);
    let mut counters = counters.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counters.entry(prefix.to_owned()).or_default();
    *count += 1;
    format!("{prefix}({count})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_the_original_form() {
        let upid = Upid::parse("slave(1)@127.0.0.1:5051");
        assert_eq!(&*upid.id, "slave(1)");
        assert_eq!(upid.to_string(), "slave(1)@127.0.0.1:5051");
        assert_eq!(Upid::null().to_string(), "@0.0.0.0:0");
    }

    #[test]
    fn takes_one_word_and_ignores_what_follows_the_port() {
        assert_eq!(
            Upid::parse(" a@127.0.0.1:80xyz rest").to_string(),
            "a@127.0.0.1:80"
        );
        assert_eq!(Upid::parse("a@localhost:80").to_string(), "a@127.0.0.1:80");
        assert_eq!(Upid::parse_literal("a@localhost:80"), Upid::null());
    }

    #[test]
    fn anything_incomplete_is_the_null_upid() {
        for text in [
            "",
            "a",
            "a@",
            "a@1.2.3.4",
            "a@1.2.3.4:",
            "a@1.2.3.4:x",
            "a@1.2.3.4:70000",
        ] {
            assert_eq!(Upid::parse(text), Upid::null(), "{text}");
            assert!(Upid::parse(text).is_null());
        }
        assert!(
            Upid::parse("@1.2.3.4:5").is_null(),
            "an empty id is not valid either"
        );
    }

    #[test]
    fn generated_ids_count_per_prefix() {
        assert_eq!(unique_id("pid-test"), "pid-test(1)");
        assert_eq!(unique_id("pid-test"), "pid-test(2)");
        assert_eq!(unique_id("pid-other"), "pid-other(1)");
    }
}
