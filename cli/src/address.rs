//! Where a master or an agent listens, in the forms that people write.
//!
//! Compat: operations §3.2 (`master.address`), §3.4 (`--master` of the legacy tools).

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs as _};

/// The port of a URL without one.
const HTTP_PORT: u16 = 80;
/// How many `file://` may point to each other.
const MAX_FILES: usize = 4;
/// Longer files are no addresses.
const MAX_FILE_BYTES: u64 = 4096;

/// Where plain HTTP is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Address {
    /// `host:port`, `http://host[:port]`, or a process' `master@host:port`.
    ///
    /// An IPv4 address needs a port, a name may leave it out; IPv6 is not supported.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("zk://") {
            return Err(zookeeper_is_not_built(text));
        }
        let rest = match text.split_once("://") {
            None => text,
            Some(("http", rest)) => rest,
            Some(("https", _)) => {
                return Err(format!(
                    "'{text}' needs TLS, which this program is built without"
                ));
            }
            Some((scheme, _)) => {
                return Err(format!(
                    "the scheme '{scheme}' is not supported; http is expected"
                ));
            }
        };
        let rest = rest.rsplit_once('@').map_or(rest, |(_, address)| address);
        let rest = rest.trim_end_matches('/');
        if rest.starts_with('[') || rest.matches(':').count() > 1 {
            return Err(format!("'{text}': IPv6 addresses are not supported"));
        }
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if host.is_empty() || !host.bytes().all(good) {
            return Err(format!("'{text}' is not of the form 'host:port'"));
        }
        let port = match port {
            Some(port) => port
                .parse()
                .map_err(|_| format!("the port '{port}' is not valid"))?,
            None if host.parse::<IpAddr>().is_ok() => {
                return Err(format!("the IP address '{host}' needs a port"));
            }
            None => HTTP_PORT,
        };
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// The same, and `file:///path` of a file that holds one of these forms.
    pub fn parse_or_read(text: &str) -> Result<Self, String> {
        let mut text = text.trim().to_owned();
        for _ in 0..MAX_FILES {
            let Some(path) = text.strip_prefix("file://") else {
                return Self::parse(&text);
            };
            let failed = |error| format!("Failed to read from file at '{path}': {error}");
            let length = std::fs::metadata(path)
                .map_err(|e| failed(e.to_string()))?
                .len();
            if length > MAX_FILE_BYTES {
                return Err(failed(format!("{length} bytes are no address")));
            }
            text = std::fs::read_to_string(path)
                .map_err(|e| failed(e.to_string()))?
                .trim()
                .to_owned();
        }
        Err("files that name files: no address is found".to_owned())
    }

    /// `ip:port`, with the name looked up.
    pub fn resolved(&self) -> Result<String, String> {
        let failed = |why: String| format!("Failed to resolve '{}': {why}", self.host);
        let found = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| failed(error.to_string()))?;
        found
            .into_iter()
            .find(|address| address.is_ipv4())
            .map(|address| address.to_string())
            .ok_or_else(|| failed("no IPv4 address".to_owned()))
    }
}

/// What is said wherever ZooKeeper would be asked for the leading master.
pub fn zookeeper_is_not_built(text: &str) -> String {
    format!(
        "'{text}' names ZooKeeper: finding the leading master there comes with high availability, \
         which is not built yet; give the master's host:port"
    )
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn parsed(text: &str) -> String {
        Address::parse(text).map_or_else(|error| error, |address| address.to_string())
    }

    #[test]
    fn the_forms_that_people_write_are_read() {
        assert_eq!(parsed("127.0.0.1:5050"), "127.0.0.1:5050");
        assert_eq!(
            parsed("http://mesos.example.org:5050/"),
            "mesos.example.org:5050"
        );
        assert_eq!(parsed("mesos.example.org"), "mesos.example.org:80");
        assert_eq!(parsed("master@10.0.0.1:5050"), "10.0.0.1:5050");
    }

    #[test]
    fn what_cannot_be_served_says_why() {
        assert!(parsed("zk://a:2181/mesos").contains("high availability"));
        assert!(parsed("https://a:5050").contains("TLS"));
        assert!(parsed("[::1]:5050").contains("IPv6"));
        assert!(parsed("10.0.0.1").contains("needs a port"));
        assert!(parsed("a:99999").contains("99999"));
        assert!(parsed("a b:1").contains("host:port"));
        assert!(parsed("ftp://a:1").contains("ftp"));
        assert!(parsed("").contains("host:port"));
    }

    #[test]
    fn a_file_holds_an_address_and_never_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master");
        let url = format!("file://{}", path.display());
        std::fs::write(&path, "10.0.0.1:5050\n").expect("written");
        let read = Address::parse_or_read(&url).expect("an address");
        assert_eq!(read.to_string(), "10.0.0.1:5050");
        std::fs::write(&path, &url).expect("written");
        assert!(Address::parse_or_read(&url).is_err());
    }
}
