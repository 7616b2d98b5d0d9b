//! The name of this machine's address.
//!
//! Compat: agent §2 (`hostname_lookup`), master §11 (`hostname_lookup`).

use std::net::{Ipv4Addr, SocketAddr};

/// What the system's resolver (hosts file, then DNS) calls an address; an address that it knows no name of is its own.
///
/// # Errors
/// The resolver failed; a daemon that has to look its name up does not start then.
pub fn name_of(ip: Ipv4Addr) -> Result<String, String> {
    let address = SocketAddr::from((ip, 0));
    let (name, _) = dns_lookup::getnameinfo(&address, 0).map_err(|error| {
        let error = std::io::Error::from(error);
        format!("Failed to look up the host name of {ip}: {error}")
    })?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_has_the_name_of_the_hosts_file() {
        let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
        let line = hosts.lines().find(|line| line.starts_with("127.0.0.1"));
        let Some(expected) = line.and_then(|line| line.split_whitespace().nth(1)) else {
            return;
        };
        assert_eq!(name_of(Ipv4Addr::LOCALHOST).as_deref(), Ok(expected));
    }
}
