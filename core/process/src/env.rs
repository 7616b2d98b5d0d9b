//! Configuration of a node from `LIBPROCESS_*` variables.
//!
//! Compat: E2, libprocess §4.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a node listens and what it advertises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeConfig {
    pub ip: Option<Ipv4Addr>,
    /// 0 lets the system choose.
    pub port: u16,
    pub advertise_ip: Option<Ipv4Addr>,
    pub advertise_port: Option<u16>,
    pub require_peer_address_ip_match: bool,
    /// Only recorded; messaging is IPv4.
    pub ip6: Option<Ipv6Addr>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    #[error("Failed to load flag '{name}': Failed to load value '{value}': {reason}")]
    BadValue {
        name: String,
        value: String,
        reason: String,
    },
    #[error(
        "LIBPROCESS_SSL_ENABLED is set, but this build has no TLS: unset it or put a TLS proxy in front"
    )]
    Tls,
}

impl NodeConfig {
    /// Listens on 127.0.0.1 and a port of the system's choice (tests).
    pub fn loopback() -> Self {
        Self {
            ip: Some(Ipv4Addr::LOCALHOST),
            ..Self::default()
        }
    }

    /// Reads the variables of this OS process. The only place here that looks at them.
    pub fn from_process_env() -> Result<Self, EnvError> {
        Self::from_env(|name| std::env::var(name).ok())
    }

    /// Reads `LIBPROCESS_*` through `get`, which maps an upper-case name to its value.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        let get = |name: &str| {
            let value = get(&format!("LIBPROCESS_{}", name.to_ascii_uppercase()))?;
            Some((name.to_owned(), value))
        };
        if let Some(pair) = get("ssl_enabled")
            && boolean(pair)?
        {
            return Err(EnvError::Tls);
        }
        Ok(Self {
            ip: get("ip").map(ipv4).transpose()?,
            ip6: get("ip6").map(ipv6).transpose()?,
            port: get("port")
                .map(|pair| port(pair, 0))
                .transpose()?
                .unwrap_or(0),
            advertise_ip: get("advertise_ip").map(ipv4).transpose()?,
            advertise_port: get("advertise_port")
                .map(|pair| port(pair, 1))
                .transpose()?,
            require_peer_address_ip_match: get("require_peer_address_ip_match")
                .map(boolean)
                .transpose()?
                .unwrap_or(false),
        })
    }
}

/// The default of `LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT`.
pub const METRICS_RATE_LIMIT: &str = "2/1secs";

/// The rate limit of `/metrics/snapshot`: `<n>/<duration>`, or empty for none.
pub fn metrics_rate_limit(get: impl Fn(&str) -> Option<String>) -> String {
    get("LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT")
        .unwrap_or_else(|| METRICS_RATE_LIMIT.to_owned())
}

/// `LIBPROCESS_NUM_WORKER_THREADS`: `None` when it is unset, the complaint when it is no number in
/// 1..=1024 (the original then warns and goes on with its default).
pub fn worker_threads(get: impl Fn(&str) -> Option<String>) -> Result<Option<usize>, String> {
    let Some(text) = get("LIBPROCESS_NUM_WORKER_THREADS") else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(count @ 1..=1024) => Ok(Some(count)),
        Ok(_) | Err(_) => Err(format!(
            "Invalid value '{text}' for LIBPROCESS_NUM_WORKER_THREADS: expecting 1 to 1024"
        )),
    }
}

fn bad(name: String, value: String, reason: String) -> EnvError {
    EnvError::BadValue {
        name,
        value,
        reason,
    }
}

fn address((name, value): (String, String)) -> Result<(String, String, IpAddr), EnvError> {
    match value.parse() {
        Ok(ip) => Ok((name, value, ip)),
        Err(_) => {
            let reason = format!("Failed to parse IP as either IPv4 or IPv6:{value}");
            Err(bad(name, value, reason))
        }
    }
}

fn ipv4(pair: (String, String)) -> Result<Ipv4Addr, EnvError> {
    match address(pair)? {
        (_, _, IpAddr::V4(ip)) => Ok(ip),
        (name, value, IpAddr::V6(_)) => Err(bad(
            name,
            value,
            "Currently IPv6 is not supported".to_owned(),
        )),
    }
}

fn ipv6(pair: (String, String)) -> Result<Ipv6Addr, EnvError> {
    match address(pair)? {
        (_, _, IpAddr::V6(ip)) => Ok(ip),
        (name, value, IpAddr::V4(_)) => {
            Err(bad(name, value, "Expecting an IPv6 address".to_owned()))
        }
    }
}

fn port((name, value): (String, String), least: i64) -> Result<u16, EnvError> {
    let Ok(number) = value.trim().parse::<i64>() else {
        let reason = format!("Failed to convert '{value}' to number");
        return Err(bad(name, value, reason));
    };
    let in_range = number >= least && number <= i64::from(u16::MAX);
    in_range.then_some(number as u16).ok_or_else(|| {
        let reason = format!("expecting a port in {least}..65535");
        bad(name, value, reason)
    })
}

fn boolean((name, value): (String, String)) -> Result<bool, EnvError> {
    match value.as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => {
            let reason =
                format!("Expecting a boolean (e.g., true or false), but received '{value}'");
            Err(bad(name, value, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<NodeConfig, EnvError> {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        NodeConfig::from_env(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn reads_addresses_ports_and_booleans() {
        let config = load(&[
            ("LIBPROCESS_IP", "10.0.0.1"),
            ("LIBPROCESS_PORT", "5050"),
            ("LIBPROCESS_ADVERTISE_PORT", "80"),
            ("LIBPROCESS_REQUIRE_PEER_ADDRESS_IP_MATCH", "1"),
        ])
        .expect("valid");
        assert_eq!(config.ip, Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!((config.port, config.advertise_port), (5050, Some(80)));
        assert!(config.require_peer_address_ip_match);
    }

    #[test]
    fn a_bad_address_gives_the_originals_sentence() {
        let error = load(&[("LIBPROCESS_IP", "zz")]).expect_err("no address");
        assert_eq!(
            error.to_string(),
            "Failed to load flag 'ip': Failed to load value 'zz': \
             Failed to parse IP as either IPv4 or IPv6:zz"
        );
    }

    #[test]
    fn tls_is_refused_by_name() {
        let error = load(&[("LIBPROCESS_SSL_ENABLED", "true")]).expect_err("no TLS");
        assert!(error.to_string().contains("LIBPROCESS_SSL_ENABLED"));
        assert!(load(&[("LIBPROCESS_SSL_ENABLED", "0")]).is_ok());
    }

    #[test]
    fn worker_threads_are_bounded() {
        let threads = |text: &str| {
            let text = text.to_owned();
            worker_threads(move |_| Some(text.clone()))
        };
        assert_eq!(threads("4"), Ok(Some(4)));
        assert!(threads("0").is_err() && threads("1025").is_err() && threads("x").is_err());
        assert_eq!(worker_threads(|_| None), Ok(None));
        assert_eq!(metrics_rate_limit(|_| None), "2/1secs");
    }

    #[test]
    fn ports_are_checked() {
        assert!(load(&[("LIBPROCESS_PORT", "65536")]).is_err());
        assert!(load(&[("LIBPROCESS_ADVERTISE_PORT", "0")]).is_err());
        assert!(load(&[("LIBPROCESS_PORT", "0")]).is_ok());
    }
}
